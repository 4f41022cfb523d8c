//! How a letter is laid out. The last two occur only in seeds from 100 on.

use crate::facts::{Facts, called, date, field, money, piece};
use crate::{Block, Dice, Piece};

type Make = fn(&Facts, &mut Dice) -> Vec<Block>;

const KNOWN: &[(&str, Make)] =
    &[("form", form), ("leaders", leaders), ("table", table), ("grid", grid), ("prose", prose)];

const UNSEEN: &[(&str, Make)] = &[("offers", offers), ("pairs", pairs)];

pub fn of(seed: u64, facts: &Facts, dice: &mut Dice) -> (&'static str, Vec<Block>) {
    let all = KNOWN.len() + if seed >= 100 { UNSEEN.len() } else { 0 };
    let at = (seed as usize) % all;
    let (name, make) = KNOWN.iter().chain(UNSEEN).nth(at).copied().unwrap_or(KNOWN[0]);
    (name, make(facts, dice))
}

type Entry = (String, Piece);

/// Who writes to whom, with dates and numbers that are none of the claim's.
fn opening(f: &Facts, dice: &mut Dice) -> Vec<Block> {
    let written = date(f.claim + chrono::Days::new(3 + dice.roll(20)), dice);
    vec![
        Block::Heading(dice.one(&["Letter of claim", "Claim for damages", "Notification of claim"]).to_owned()),
        Block::Paragraph(vec![Piece::words(format!("Date of letter: {written}"))]),
        Block::Paragraph(vec![Piece::words(format!("Claimant: {}", f.claimant))]),
    ]
}

fn closing(f: &Facts, dice: &mut Dice) -> Block {
    let report = money(domain::Money::from_pounds(180 + dice.roll(90) as i64), dice);
    Block::Paragraph(vec![Piece::words(format!(
        "The medical report fee of {report} is paid by us and is not part of this claim. Please acknowledge this letter \
         to {} within 21 days.",
        f.claimant
    ))])
}

fn particulars(f: &Facts, dice: &mut Dice) -> Vec<Entry> {
    let yes = |answer: bool| if answer { "Yes" } else { "No" };
    let boxed = |answer: bool, dice: &mut Dice| match dice.roll(3) {
        0 => format!("[{}] Yes [{}] No", if answer { "x" } else { " " }, if answer { " " } else { "x" })
            .replace("[ ]", "[]"),
        _ => yes(answer).to_owned(),
    };
    let months = match (dice.roll(4), f.months) {
        (0, 1) => "one month".to_owned(),
        (0, 7) => "seven months".to_owned(),
        (_, 1) => "1 month".to_owned(),
        (_, months) => format!("{months} months"),
    };
    vec![
        (
            dice.one(&["Claim reference", "Your reference", "Claim number"]).into(),
            piece("external_reference", &*f.reference),
        ),
        ("Our ref".into(), Piece::words(format!("SOL/{}", 1_000 + dice.roll(9_000)))),
        ("Date of birth".into(), Piece::words(date(f.born, dice))),
        (
            dice.one(&["Date of accident", "Accident date", "Date of incident"]).into(),
            piece("accident_date", date(f.accident, dice)),
        ),
        (dice.one(&["Date of claim", "Claim made on", "Claim date"]).into(), piece("claim_date", date(f.claim, dice))),
        (
            dice.one(&["Prognosis", "Expected recovery", "Recovery period"]).into(),
            piece("injury_prognosis_months", months),
        ),
        (dice.one(&["Whiplash injury", "Whiplash"]).into(), piece("whiplash", boxed(f.whiplash, dice))),
        (
            dice.one(&["Minor psychological injury", "Psychological injury"]).into(),
            piece("minor_psychological_injury", boxed(f.psychological, dice)),
        ),
    ]
}

fn heads(f: &Facts, dice: &mut Dice) -> Vec<Entry> {
    f.heads
        .iter()
        .map(|(head, amount)| (called(*head, dice).to_owned(), piece(field(*head), money(*amount, dice))))
        .collect()
}

fn with_total(f: &Facts, mut rows: Vec<Entry>, dice: &mut Dice) -> Vec<Entry> {
    rows.push((dice.one(&["Total", "Total claimed", "Sum claimed"]).into(), Piece::words(f.total().to_string())));
    rows
}

fn form(f: &Facts, dice: &mut Dice) -> Vec<Block> {
    let mut blocks = opening(f, dice);
    blocks.push(Block::Entries { leaders: false, rows: particulars(f, dice) });
    blocks.push(Block::Heading("Heads of loss".into()));
    let rows = heads(f, dice);
    blocks.push(Block::Entries { leaders: false, rows: with_total(f, rows, dice) });
    blocks.push(closing(f, dice));
    blocks
}

fn leaders(f: &Facts, dice: &mut Dice) -> Vec<Block> {
    let mut blocks = opening(f, dice);
    blocks.push(Block::Entries { leaders: false, rows: particulars(f, dice) });
    let rows = heads(f, dice);
    blocks.push(Block::Entries { leaders: true, rows: with_total(f, rows, dice) });
    blocks.push(closing(f, dice));
    blocks
}

fn table(f: &Facts, dice: &mut Dice) -> Vec<Block> {
    let mut blocks = opening(f, dice);
    let rows =
        |entries: Vec<Entry>| entries.into_iter().map(|(label, value)| vec![Piece::words(label), value]).collect();
    blocks.push(Block::Table { head: vec!["Particulars".into(), "".into()], rows: rows(particulars(f, dice)) });
    let amounts = heads(f, dice);
    blocks.push(Block::Table {
        head: vec!["Head of loss".into(), "Amount claimed".into()],
        rows: rows(with_total(f, amounts, dice)),
    });
    blocks.push(closing(f, dice));
    blocks
}

fn grid(f: &Facts, dice: &mut Dice) -> Vec<Block> {
    let mut blocks = opening(f, dice);
    blocks.push(Block::Grid(particulars(f, dice)));
    blocks.push(Block::Heading("Amounts claimed".into()));
    blocks.push(Block::Grid(heads(f, dice)));
    blocks.push(closing(f, dice));
    blocks
}

fn prose(f: &Facts, dice: &mut Dice) -> Vec<Block> {
    let mut blocks = opening(f, dice);
    let (accident, claim) = (date(f.accident, dice), date(f.claim, dice));
    blocks.push(Block::Paragraph(vec![Piece::words("Claim reference:"), piece("external_reference", &*f.reference)]));
    blocks.push(Block::Paragraph(vec![
        Piece::words(format!(
            "We act for {}, born on {}, who was injured in a road traffic",
            f.claimant,
            date(f.born, dice)
        )),
        Piece::words("accident on"),
        piece("accident_date", accident),
        Piece::words("when your insured failed to stop. The claim was made on"),
        piece("claim_date", claim),
        Piece::words("through the portal. The doctor saw our client and expects that the injury will resolve within"),
        piece("injury_prognosis_months", format!("{} months", f.months)),
        Piece::words("of the accident."),
    ]));
    let yes = |answer: bool| if answer { "Yes" } else { "No" };
    blocks.push(Block::Entries {
        leaders: false,
        rows: vec![
            ("Whiplash injury".into(), piece("whiplash", yes(f.whiplash))),
            ("Minor psychological injury".into(), piece("minor_psychological_injury", yes(f.psychological))),
        ],
    });
    let mut sentence = vec![Piece::words("Our client claims")];
    let rows = heads(f, dice);
    let last = rows.len() - 1;
    for (i, (label, value)) in rows.into_iter().enumerate() {
        sentence.push(value);
        let end = if i == last {
            "."
        } else if i + 1 == last {
            " and"
        } else {
            ","
        };
        let label = if label.starts_with("Pain") { "general damages".to_owned() } else { label.to_lowercase() };
        sentence.push(Piece::words(format!("for {label}{end}")));
    }
    sentence.push(Piece::words(format!("The total claimed is {}.", f.total())));
    blocks.push(Block::Paragraph(sentence));
    blocks.push(closing(f, dice));
    blocks
}

/// A schedule with the other side's offers and the reasons, as it goes back and forth.
fn offers(f: &Facts, dice: &mut Dice) -> Vec<Block> {
    let mut blocks = opening(f, dice);
    blocks.push(Block::Entries { leaders: false, rows: particulars(f, dice) });
    let mut rows = Vec::new();
    for (label, value) in heads(f, dice) {
        let offered = domain::Money::from_pence(dice.roll(90_000) as i64).to_string();
        rows.push(vec![Piece::words(label), Piece::words(offered), value]);
    }
    rows.push(vec![Piece::words("Total"), Piece::words("£1,000.00"), Piece::words(f.total().to_string())]);
    blocks.push(Block::Table { head: vec!["Head".into(), "Offered".into(), "Claimed".into()], rows });
    blocks.push(closing(f, dice));
    blocks
}

fn pairs(f: &Facts, dice: &mut Dice) -> Vec<Block> {
    let mut blocks = opening(f, dice);
    blocks.push(Block::Pairs(particulars(f, dice)));
    blocks.push(Block::Heading("Schedule of loss".into()));
    let rows = heads(f, dice);
    blocks.push(Block::Pairs(with_total(f, rows, dice)));
    blocks.push(closing(f, dice));
    blocks
}
