//! The invoice as it was drawn up to version 0.3: for those that were issued with it and are not filed yet. It never
//! changes; [`super::pdf`] draws what is issued now.

use chrono::NaiveDate;
use krilla::Document as Pdf;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};
use store::invoices::{Invoice, Line};

use super::parties::Parties;
use crate::paper::{BOLD, REGULAR};
use crate::{Error, Result};

/// A4 in points.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const LEFT: f32 = 56.0;
const RIGHT: f32 = WIDTH - 56.0;

pub struct Document<'a> {
    pub number: &'a str,
    pub on: NaiveDate,
    pub due: NaiveDate,
    pub invoice: &'a Invoice,
    pub lines: &'a [Line],
    pub parties: &'a Parties,
}

struct Pen<'s, 'd> {
    surface: &'s mut Surface<'d>,
    regular: Font,
    bold: Font,
}

impl Pen<'_, '_> {
    fn text(&mut self, x: f32, y: f32, size: f32, bold: bool, text: &str) {
        let font = if bold { self.bold.clone() } else { self.regular.clone() };
        self.surface.draw_text(Point::from_xy(x, y), font, size, text, false, TextDirection::Auto);
    }

    /// Text that ends at `x`. Figures of this font are all as wide, so the width can be reckoned.
    fn right(&mut self, x: f32, y: f32, size: f32, bold: bool, text: &str) {
        self.text(x - width(text, size, bold), y, size, bold, text);
    }

    fn rule(&mut self, y: f32) {
        let mut path = PathBuilder::new();
        path.move_to(LEFT, y);
        path.line_to(RIGHT, y);
        let Some(path) = path.finish() else { return };
        self.surface.set_fill(None);
        self.surface.set_stroke(Some(Stroke {
            paint: rgb::Color::new(160, 166, 176).into(),
            width: 0.6,
            ..Stroke::default()
        }));
        self.surface.draw_path(&path);
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(Fill { paint: rgb::Color::new(24, 28, 36).into(), ..Fill::default() }));
    }
}

/// The width in points by Liberation Sans' own advance widths (thousandths of the size) of the
/// signs that occur in amounts and headings.
fn width(text: &str, size: f32, bold: bool) -> f32 {
    let advance = |c: char| match c {
        '0'..='9' | '£' => 556.0,
        ',' | '.' | ' ' => 278.0,
        '\u{2212}' | '+' => 584.0,
        '%' => 889.0,
        'A'..='Z' => {
            if bold {
                700.0
            } else {
                680.0
            }
        }
        'i' | 'l' | 'j' => {
            if bold {
                278.0
            } else {
                222.0
            }
        }
        't' | 'f' | 'r' => 333.0,
        _ => {
            if bold {
                585.0
            } else {
                545.0
            }
        }
    };
    text.chars().map(advance).sum::<f32>() / 1_000.0 * size
}

/// The same invoice gives the same bytes.
pub fn draw(document: &Document<'_>) -> Result<Vec<u8>> {
    let font = |data: &'static [u8]| Font::new(data.into(), 0).ok_or_else(|| Error::internal("font"));
    let (regular, bold) = (font(REGULAR)?, font(BOLD)?);
    let mut pdf = Pdf::new();
    let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| Error::internal("page size"))?;
    let mut page = pdf.start_page_with(size);
    let mut surface = page.surface();
    let mut pen = Pen { surface: &mut surface, regular, bold };
    let y = heading(&mut pen, document);
    let y = table(&mut pen, document, y);
    foot(&mut pen, document, y);
    surface.finish();
    page.finish();
    pdf.finish().map_err(|e| Error::internal(format!("pdf: {e:?}")))
}

fn heading(pen: &mut Pen<'_, '_>, d: &Document<'_>) -> f32 {
    let day = |date: NaiveDate| date.format("%-d %B %Y").to_string();
    pen.text(LEFT, 78.0, 24.0, true, "Invoice");
    pen.right(RIGHT, 78.0, 13.0, true, d.number);
    let mut y = 112.0;
    for (i, line) in d.parties.supplier.iter().enumerate() {
        pen.text(LEFT, y + 14.0 * i as f32, 10.0, i == 0, line);
    }
    let from = day(d.invoice.period.from);
    let to = day(d.invoice.period.last());
    for (i, (label, value)) in [
        ("Invoice date", day(d.on)),
        ("Tax point", day(d.on)),
        ("Payment due", day(d.due)),
        ("Period from", from),
        ("Period to", to),
    ]
    .into_iter()
    .enumerate()
    {
        let line = y + 14.0 * i as f32;
        pen.text(360.0, line, 10.0, false, label);
        pen.text(440.0, line, 10.0, true, &value);
    }
    y += 14.0 * d.parties.supplier.len().max(5) as f32 + 22.0;
    pen.text(LEFT, y, 9.0, false, "Invoice to");
    for (i, line) in d.parties.customer.iter().enumerate() {
        pen.text(LEFT, y + 16.0 + 14.0 * i as f32, 10.0, i == 0, line);
    }
    y + 16.0 + 14.0 * d.parties.customer.len() as f32 + 26.0
}

/// Right edges of the number columns.
const QUANTITY: f32 = 360.0;
const PRICE: f32 = 425.0;
const VAT: f32 = 470.0;

fn table(pen: &mut Pen<'_, '_>, d: &Document<'_>, top: f32) -> f32 {
    pen.text(LEFT, top, 9.0, true, "Description");
    for (x, label) in [(QUANTITY, "Quantity"), (PRICE, "Unit price"), (VAT, "VAT"), (RIGHT, "Net")] {
        pen.right(x, top, 9.0, true, label);
    }
    pen.rule(top + 7.0);
    let mut y = top + 24.0;
    for line in d.lines {
        pen.text(LEFT, y, 10.0, false, &line.component.description);
        pen.right(QUANTITY, y, 10.0, false, &line.component.quantity.to_string());
        pen.right(PRICE, y, 10.0, false, &line.component.unit_price.to_string());
        pen.right(VAT, y, 10.0, false, &line.tax.rate.to_string());
        pen.right(RIGHT, y, 10.0, false, &line.component.net.to_string());
        y += 18.0;
    }
    pen.rule(y - 6.0);
    y + 14.0
}

fn foot(pen: &mut Pen<'_, '_>, d: &Document<'_>, top: f32) {
    let rates: Vec<String> = d.lines.iter().map(|l| l.tax.rate.to_string()).collect();
    let vat = format!("VAT at {}", rates.first().cloned().unwrap_or_default());
    for (i, (label, amount)) in [
        ("Total net", d.invoice.totals.net),
        (vat.as_str(), d.invoice.totals.vat),
        ("Total to pay", d.invoice.totals.gross),
    ]
    .into_iter()
    .enumerate()
    {
        let (y, bold) = (top + 18.0 * i as f32, i == 2);
        pen.text(360.0, y, if bold { 12.0 } else { 10.0 }, bold, label);
        pen.right(RIGHT, y, if bold { 12.0 } else { 10.0 }, bold, &amount.to_string());
    }
    let y = top + 90.0;
    pen.text(LEFT, y, 9.0, false, &format!("Please pay by {} quoting {}.", d.due.format("%-d %B %Y"), d.number));
    pen.text(LEFT, y + 13.0, 9.0, false, "All amounts are in pounds sterling. No cash discount is offered.");
}
