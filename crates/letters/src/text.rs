//! A letter as plain text.

use crate::{Block, Piece};

/// Letters a line of a paragraph has at most.
const WIDTH: usize = 92;

pub fn of(blocks: &[Block]) -> String {
    blocks.iter().map(block).collect::<Vec<_>>().join("\n")
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading(words) => format!("{}\n", words.to_uppercase()),
        Block::Paragraph(pieces) => wrapped(&joined(pieces)),
        Block::Entries { leaders, rows } => rows
            .iter()
            .map(|(label, value)| {
                if *leaders {
                    format!("{label} {} {}\n", ".".repeat(48_usize.saturating_sub(label.chars().count())), value.text)
                } else {
                    format!("{label}: {}\n", value.text)
                }
            })
            .collect(),
        Block::Pairs(rows) => beside(rows, |label, value| vec![format!("{label}: {value}")]),
        Block::Grid(rows) => beside(rows, |label, value| vec![label.to_owned(), value.to_owned(), String::new()]),
        Block::Table { head, rows } => {
            let line = |cells: Vec<&str>| {
                let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:<40}")).collect();
                format!("{}\n", cells.concat().trim_end())
            };
            let head = line(head.iter().map(String::as_str).collect());
            head + &rows.iter().map(|row| line(row.iter().map(|p| p.text.as_str()).collect())).collect::<String>()
        }
    }
}

pub fn joined(pieces: &[Piece]) -> String {
    pieces.iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn wrapped(text: &str) -> String {
    let (mut all, mut line) = (String::new(), String::new());
    for word in text.split(' ') {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            all += &std::mem::take(&mut line);
            all.push('\n');
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    format!("{all}{line}\n")
}

/// Two entries a line, each of so many lines.
fn beside(rows: &[(String, Piece)], lines: impl Fn(&str, &str) -> Vec<String>) -> String {
    let mut all = String::new();
    for pair in rows.chunks(2) {
        let sides: Vec<Vec<String>> = pair.iter().map(|(label, value)| lines(label, &value.text)).collect();
        for i in 0..sides[0].len() {
            let cells: Vec<String> = sides.iter().map(|side| format!("{:<48}", side[i])).collect();
            all += cells.concat().trim_end();
            all.push('\n');
        }
    }
    all
}
