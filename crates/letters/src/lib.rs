//! Letters of claim that nobody wrote, with the truth about each. The same seed gives the same letter.
//!
//! A letter is made of blocks ([`Block`]); each medium draws them its own way ([`text`], [`docx`], [`pdf`]). Two of the
//! layouts occur only in seeds from 100 on, which nothing is developed on: what [`bench`] says of them is honest.

pub mod bench;
mod dice;
mod docx;
mod facts;
mod layout;
mod pdf;
pub mod picture;
mod text;
pub mod voice;

use std::collections::BTreeMap;

use extract::Quad;

pub use dice::Dice;

/// Part of a text, and which fact it states, if any.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    pub text: String,
    pub field: Option<&'static str>,
}

impl Piece {
    pub fn words(text: impl Into<String>) -> Piece {
        Piece { text: text.into(), field: None }
    }
}

/// What a letter is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    Heading(String),
    Paragraph(Vec<Piece>),
    /// `label: value`, one below the other; with dots between where `leaders`.
    Entries {
        leaders: bool,
        rows: Vec<(String, Piece)>,
    },
    /// Two entries a line.
    Pairs(Vec<(String, Piece)>),
    /// The label above its value, two beside one another.
    Grid(Vec<(String, Piece)>),
    Table {
        head: Vec<String>,
        rows: Vec<Vec<Piece>>,
    },
}

/// A letter and what it states: field to value as the API has both.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    pub layout: &'static str,
    pub blocks: Vec<Block>,
    pub truth: BTreeMap<&'static str, serde_json::Value>,
}

impl Letter {
    pub fn of(seed: u64) -> Letter {
        let mut dice = Dice::new(seed);
        let facts = facts::Facts::roll(&mut dice);
        let (layout, blocks) = layout::of(seed, &facts, &mut dice);
        Letter { layout, blocks, truth: facts.truth() }
    }

    /// The same with so many pages behind it that say nothing of the claim, as those of a hospital do.
    pub fn long(seed: u64, pages: usize) -> Letter {
        let mut letter = Letter::of(seed);
        const LINE: &str = "The patient attended as arranged and was seen by the team on duty, who recorded that there was nothing further to report and that the previous plan would be followed until the next visit.";
        // Some eighteen of these fill a page.
        for number in 0..pages * 18 {
            letter.blocks.push(Block::Paragraph(vec![Piece::words(format!("{number}. {LINE}"))]));
        }
        letter
    }

    pub fn text(&self) -> String {
        text::of(&self.blocks)
    }

    pub fn docx(&self) -> Vec<u8> {
        docx::of(&self.blocks)
    }

    /// The file, and on which page and where each fact stands. `seed` chooses the typeface.
    pub fn pdf(&self, seed: u64) -> (Vec<u8>, Vec<(&'static str, u32, Quad)>) {
        pdf::of(&self.blocks, seed)
    }
}
