//! A letter as a PDF of A4 pages, and where on them each fact stands.

use extract::Quad;
use krilla::Document;
use krilla::geom::Point;
use krilla::page::PageSettings;
use krilla::text::{Font, TextDirection};

use crate::{Block, Piece};

const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const LEFT: f32 = 60.0;
const RIGHT: f32 = WIDTH - 60.0;
const BOTTOM: f32 = HEIGHT - 60.0;

/// Typefaces of this machine; the house's own is there everywhere.
const FACES: &[&str] = &[
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
];
const OWN: &[u8] = include_bytes!("../../service/assets/LiberationSans-Regular.ttf");

/// Text that is to be drawn: page, from the left, from the top, and its fact.
struct Drawn {
    page: u32,
    x: f32,
    y: f32,
    text: String,
    field: Option<&'static str>,
}

struct Sheet {
    face: ttf_parser::Face<'static>,
    size: f32,
    page: u32,
    y: f32,
    drawn: Vec<Drawn>,
}

pub fn of(blocks: &[Block], seed: u64) -> (Vec<u8>, Vec<(&'static str, u32, Quad)>) {
    // Leaked on purpose: a few typefaces for the length of a measurement.
    let own: &'static [u8] = OWN;
    let bytes: &'static [u8] = match (seed / 7) as usize % (FACES.len() + 1) {
        0 => own,
        n => std::fs::read(FACES[n - 1]).map_or(own, |bytes| bytes.leak()),
    };
    let parse = |bytes| ttf_parser::Face::parse(bytes, 0);
    let Ok(face) = parse(bytes).or_else(|_| parse(own)) else { return Default::default() };
    let mut sheet = Sheet { face, size: 9.5 + (seed % 3) as f32, page: 1, y: 70.0, drawn: Vec::new() };
    for block in blocks {
        sheet.block(block);
        sheet.y += sheet.size;
    }
    let places = sheet.places();
    (sheet.file(bytes).unwrap_or_default(), places)
}

impl Sheet {
    fn width(&self, text: &str) -> f32 {
        let units = f32::from(self.face.units_per_em());
        let advance =
            |c: char| self.face.glyph_index(c).and_then(|g| self.face.glyph_hor_advance(g)).unwrap_or_default();
        text.chars().map(|c| f32::from(advance(c))).sum::<f32>() / units * self.size
    }

    fn line(&mut self) {
        self.y += self.size * 1.45;
        if self.y > BOTTOM {
            (self.page, self.y) = (self.page + 1, 70.0);
        }
    }

    fn put(&mut self, x: f32, piece: &Piece) {
        self.drawn.push(Drawn { page: self.page, x, y: self.y, text: piece.text.clone(), field: piece.field });
    }

    fn words(&mut self, x: f32, text: &str) {
        self.put(x, &Piece::words(text));
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(words) => {
                self.words(LEFT, words);
                self.line();
            }
            Block::Paragraph(pieces) => self.paragraph(pieces),
            Block::Entries { leaders, rows } => {
                for (label, value) in rows {
                    self.entry(label, value, *leaders);
                    self.line();
                }
            }
            Block::Pairs(rows) => self.beside(rows, false),
            Block::Grid(rows) => self.beside(rows, true),
            Block::Table { head, rows } => {
                let column = (RIGHT - LEFT) / head.len() as f32;
                for (i, words) in head.iter().enumerate() {
                    self.words(LEFT + column * i as f32, words);
                }
                self.line();
                for row in rows {
                    for (i, piece) in row.iter().enumerate() {
                        // Figures end at the edge of their column.
                        let x =
                            if i == 0 { LEFT } else { LEFT + column * (i + 1) as f32 - 30.0 - self.width(&piece.text) };
                        self.put(x.max(LEFT + column * i as f32), piece);
                    }
                    self.line();
                }
            }
        }
    }

    fn entry(&mut self, label: &str, value: &Piece, leaders: bool) {
        let label = if leaders {
            let room = 330.0 - self.width(&format!("{label}  "));
            format!("{label} {}", ".".repeat((room / self.width(".")).max(3.0) as usize))
        } else {
            format!("{label}:")
        };
        self.words(LEFT, &label);
        let x = LEFT + self.width(&format!("{label} "));
        self.put(x, value);
    }

    fn beside(&mut self, rows: &[(String, Piece)], above: bool) {
        for pair in rows.chunks(2) {
            if self.y + self.size * 3.0 > BOTTOM {
                (self.page, self.y) = (self.page + 1, 70.0);
            }
            let edges = [LEFT, (LEFT + RIGHT) / 2.0];
            for (x, (label, value)) in edges.iter().zip(pair) {
                if above {
                    self.words(*x, label);
                } else {
                    let label = format!("{label}:");
                    self.words(*x, &label);
                    self.put(x + self.width(&format!("{label} ")), value);
                }
            }
            self.line();
            if above {
                for (x, (_, value)) in edges.iter().zip(pair) {
                    self.put(*x, value);
                }
                self.line();
                self.y += self.size * 0.5;
            }
        }
    }

    /// Word by word, wrapped at the edge; a fact that is broken over two lines is told by its first part.
    fn paragraph(&mut self, pieces: &[Piece]) {
        let mut x = LEFT;
        for piece in pieces {
            let whole = self.width(&piece.text);
            // A value is kept on one line, as a careful typist does.
            if piece.field.is_some() && x + whole > RIGHT && x > LEFT {
                self.line();
                x = LEFT;
            }
            if piece.field.is_some() {
                self.put(x, piece);
                x += self.width(&format!("{} ", piece.text));
                continue;
            }
            for word in piece.text.split(' ') {
                if x + self.width(word) > RIGHT && x > LEFT {
                    self.line();
                    x = LEFT;
                }
                self.words(x, word);
                x += self.width(&format!("{word} "));
            }
        }
        self.line();
    }

    fn places(&self) -> Vec<(&'static str, u32, Quad)> {
        let of = |d: &Drawn| {
            let (left, right) = (d.x / WIDTH, (d.x + self.width(&d.text)) / WIDTH);
            let (top, bottom) = ((d.y - self.size * 0.8) / HEIGHT, (d.y + self.size * 0.22) / HEIGHT);
            Some((d.field?, d.page, [[left, top], [right, top], [right, bottom], [left, bottom]]))
        };
        self.drawn.iter().filter_map(of).collect()
    }

    fn file(&self, bytes: &'static [u8]) -> Option<Vec<u8>> {
        let font = Font::new(bytes.to_vec().into(), 0)?;
        let mut pdf = Document::new();
        for number in 1..=self.page {
            let mut page = pdf.start_page_with(PageSettings::from_wh(WIDTH, HEIGHT)?);
            let mut surface = page.surface();
            for d in self.drawn.iter().filter(|d| d.page == number && !d.text.is_empty()) {
                surface.draw_text(
                    Point::from_xy(d.x, d.y),
                    font.clone(),
                    self.size,
                    &d.text,
                    false,
                    TextDirection::Auto,
                );
            }
            surface.finish();
            page.finish();
        }
        pdf.finish().ok()
    }
}
