//! A document as a PDF on as many pages as it takes: a full VAT invoice (SI 1995/2518 reg 14), a credit note (reg 15C), a
//! late payment charge. The same document gives the same bytes.

use billing::document::DocumentKind;
use billing::{ComponentKind, TaxGroup};
use chrono::NaiveDate;
use contract::table::grouped;
use domain::Money;
use store::invoices::{Invoice, Line};

use super::credit::groups;
use super::parties::Parties;
use crate::Result;
use crate::paper::{self, Block, Grid};

#[derive(Clone, Copy)]
pub struct Document<'a> {
    /// With its number, its dates.
    pub invoice: &'a Invoice,
    pub lines: &'a [Line],
    pub parties: &'a Parties,
    /// What a credit note corrects.
    pub original: Option<&'a Invoice>,
}

/// As PDF/A-3, for the e-invoice to be put into. How documents were drawn before there were e-invoices is in [`super::pdf_first`].
pub fn draw(document: &Document<'_>) -> Result<Vec<u8>> {
    let (blocks, foot) = laid_out(document)?;
    let on = document.invoice.issued_on.ok_or(store::StoreError::NotFound)?;
    paper::draw_archival(&blocks, &foot, on)
}

fn laid_out(document: &Document<'_>) -> Result<(Vec<Block>, String)> {
    let number = document.invoice.number.clone().unwrap_or_default();
    let supplier = document.parties.supplier.first().cloned().unwrap_or_default();
    Ok((blocks(document, &number)?, format!("{supplier} · {} {number}", document.invoice.kind.label())))
}

fn day(date: NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}

fn blocks(d: &Document<'_>, number: &str) -> Result<Vec<Block>> {
    let invoice = d.invoice;
    let mut blocks = vec![Block::Title(format!("{} {number}", invoice.kind.label()))];
    let facts = facts(d).into_iter().map(|(label, value)| format!("{label}: {value}")).collect();
    blocks.push(Block::Beside(d.parties.supplier.clone(), facts));
    blocks.push(Block::Beside([vec!["To".to_owned()], d.parties.customer.clone()].concat(), Vec::new()));
    blocks.push(Block::Heading("What it is for".into()));
    blocks.push(Block::Table(grid(d.lines)));
    // Whoever is charged for lateness can reckon it again.
    let steps = d.lines.iter().filter(|l| l.component.kind == ComponentKind::Interest).flat_map(|l| &l.component.steps);
    blocks.extend(steps.map(|step| Block::Words(format!("Interest: {step}."))));
    let groups = groups(invoice, d.lines)?;
    blocks.push(Block::Row("Total net".into(), invoice.totals.net.to_string()));
    blocks.extend(groups.iter().map(vat));
    let total = if invoice.kind.is_owed() { "Total to pay" } else { "Total credited" };
    blocks.push(Block::Total(total.into(), invoice.totals.gross.to_string()));
    // What the row of VAT says already is not said again.
    let said =
        |words: &&str| !groups.iter().any(|g| g.tax.rate.basis_points() == 0 && g.tax.category.label() == *words);
    let mut reasons: Vec<&str> = groups.iter().filter_map(|g| g.tax.category.reason()).filter(said).collect();
    reasons.dedup();
    blocks.extend(reasons.into_iter().map(|words| Block::Words(format!("{words}."))));
    blocks.extend(payment(d, number));
    Ok(blocks)
}

fn facts(d: &Document<'_>) -> Vec<(&'static str, String)> {
    let invoice = d.invoice;
    let mut facts = vec![("Date", invoice.issued_on.map(day).unwrap_or_default())];
    if invoice.kind != DocumentKind::LateCharge {
        facts.push(("Tax point", invoice.tax_point.map(day).unwrap_or_default()));
    }
    if let Some(due) = invoice.due_on.filter(|_| invoice.kind.is_owed()) {
        facts.push(("Payment due", day(due)));
    }
    facts.push(("Period", invoice.period.words()));
    if !invoice.po_number.is_empty() {
        facts.push(("Your purchase order", invoice.po_number.clone()));
    }
    if let Some(original) = d.original {
        let of = original.number.clone().unwrap_or_default();
        let on = original.issued_on.map(|on| format!(" of {}", day(on))).unwrap_or_default();
        let label = if invoice.kind == DocumentKind::CreditNote { "Corrects invoice" } else { "About invoice" };
        facts.push((label, format!("{of}{on}")));
    }
    if !invoice.reason.is_empty() {
        facts.push(("Reason", invoice.reason.clone()));
    }
    facts
}

fn grid(lines: &[Line]) -> Grid {
    let columns = [("Description", false), ("Quantity", true), ("Unit price", true), ("VAT", true), ("Net", true)];
    let row = |line: &Line| {
        let part = &line.component;
        // What is no use has its days in its words, or is about them all.
        let words = match part.kind {
            ComponentKind::Usage | ComponentKind::Package | ComponentKind::Free => {
                format!("{}, {}", part.description, part.span.words())
            }
            _ => part.description.clone(),
        };
        vec![
            words,
            quantity(part.quantity),
            part.unit_price.to_string(),
            line.tax.rate.to_string(),
            part.net.to_string(),
        ]
    };
    Grid {
        columns: columns.map(|(label, figures)| (label.to_owned(), figures)).to_vec(),
        rows: lines.iter().map(row).collect(),
    }
}

/// Thousands apart; what is taken off has its sign.
fn quantity(number: i64) -> String {
    format!("{}{}", if number < 0 { "-" } else { "" }, grouped(number.unsigned_abs()))
}

fn vat(group: &TaxGroup) -> Block {
    let label = if group.tax.rate.basis_points() == 0 {
        format!("{}: VAT on {}", group.tax.category.label(), group.net)
    } else {
        format!("VAT at {} on {}", group.tax.rate, group.net)
    };
    Block::Row(label, group.vat.to_string())
}

fn payment(d: &Document<'_>, number: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    if d.invoice.kind.is_owed() && d.invoice.totals.gross > Money::ZERO {
        let due = d.invoice.due_on.map(day).unwrap_or_default();
        blocks.push(Block::Heading("How to pay".into()));
        blocks.push(Block::Words(format!("Please pay by {due} quoting {number}.")));
        blocks.extend(d.parties.pay_to.iter().cloned().map(Block::Words));
    }
    let (seller, _) = d.parties.sides();
    if !seller.email.is_empty() {
        blocks.push(Block::Words(format!("Questions about this document: {}.", seller.email)));
    }
    blocks.push(Block::Words("All amounts are in pounds sterling. No cash discount is offered.".into()));
    blocks
}
