//! A letter read out: by flite's voices, which are a robot's. What it says is in words, as people speak.

use std::io::Read as _;
use std::path::Path;

use chrono::{Datelike, NaiveDate};
use extract::run;
use serde_json::Value;

use crate::{Dice, Letter};

/// What is said.
pub fn script(letter: &Letter) -> String {
    let mut said = vec!["Good morning. I am calling about my claim.".to_owned()];
    let date = |field: &str| {
        let day: NaiveDate = letter.truth.get(field)?.as_str()?.parse().ok()?;
        Some(format!("the {} of {} {}", ordinal(day.day()), day.format("%B"), year(day.year())))
    };
    if let Some(day) = date("accident_date") {
        said.push(format!("The date of the accident was {day}."));
    }
    if let Some(months) = letter.truth.get("injury_prognosis_months").and_then(Value::as_i64) {
        said.push(format!("The prognosis is {} months.", number(months as u64)));
    }
    for (field, words) in HEADS {
        let Some(pence) = letter.truth.get(*field).and_then(Value::as_i64).filter(|p| *p > 0) else { continue };
        let (pounds, rest) = (pence as u64 / 100, pence as u64 % 100);
        let pence = if rest == 0 { String::new() } else { format!(" and {} pence", number(rest)) };
        said.push(format!("{words}, {} pounds{pence}.", number(pounds)));
    }
    said.push("Thank you.".into());
    said.join(" ")
}

/// How the heads are called when they are spoken.
const HEADS: &[(&str, &str)] = &[
    ("special_therapy_pence", "Physiotherapy"),
    ("special_earnings_loss_pence", "Loss of earnings"),
    ("special_asset_damage_pence", "Damage to vehicle"),
    ("special_journey_expenses_pence", "Travel to treatment"),
    ("special_loaner_vehicle_pence", "Vehicle hire"),
    ("special_overage_pence", "Policy excess"),
    ("special_medications_pence", "Medication"),
    ("special_health_expenses_pence", "Medical expenses"),
    ("special_fixes_pence", "Repairs"),
];

/// The letter's truth as far as it is said.
pub fn said(letter: &Letter) -> Vec<&'static str> {
    letter
        .truth
        .iter()
        .filter(|(field, value)| {
            ["accident_date", "injury_prognosis_months"].contains(field)
                || (HEADS.iter().any(|(own, _)| own == *field) && value.as_i64().is_some_and(|p| p > 0))
        })
        .map(|(field, _)| *field)
        .collect()
}

const UNITS: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const ORDINALS: [&str; 20] = [
    "",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
];

/// In words, up to a million.
pub fn number(n: u64) -> String {
    let below_hundred = |n: u64| match n {
        0..=19 => UNITS[n as usize].to_owned(),
        _ if n.is_multiple_of(10) => TENS[n as usize / 10].to_owned(),
        _ => format!("{} {}", TENS[n as usize / 10], UNITS[n as usize % 10]),
    };
    match n {
        0..=99 => below_hundred(n),
        100..=999 if n.is_multiple_of(100) => format!("{} hundred", UNITS[n as usize / 100]),
        100..=999 => format!("{} hundred and {}", UNITS[n as usize / 100], below_hundred(n % 100)),
        _ if n.is_multiple_of(1_000) => format!("{} thousand", number(n / 1_000)),
        _ if n % 1_000 < 100 => format!("{} thousand and {}", number(n / 1_000), below_hundred(n % 1_000)),
        _ => format!("{} thousand {}", number(n / 1_000), number(n % 1_000)),
    }
}

fn ordinal(day: u32) -> String {
    match day {
        1..=19 => ORDINALS[day as usize].to_owned(),
        20 => "twentieth".into(),
        30 => "thirtieth".into(),
        _ => format!("{} {}", TENS[day as usize / 10], ORDINALS[day as usize % 10]),
    }
}

fn year(year: i32) -> String {
    format!("two thousand and {}", number(year.unsigned_abs().into()).replace("two thousand and ", ""))
}

/// Spoken by one of three voices, as a WAV.
pub fn wav(letter: &Letter, seed: u64) -> std::io::Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    let (text, sound) = (folder.path().join("said.txt"), folder.path().join("said.wav"));
    std::fs::write(&text, script(letter))?;
    let voice = Dice::new(seed ^ 0x701c).one(&["slt", "rms", "awb"]);
    let arguments = ["-voice", voice, "-f"].map(std::ffi::OsStr::new).into_iter();
    let arguments = arguments.chain([text.as_os_str(), std::ffi::OsStr::new("-o"), sound.as_os_str()]);
    let ran = run(Path::new("/usr/bin/flite"), arguments, 60, |mut out| {
        let mut said = String::new();
        out.read_to_string(&mut said).map(|_| ())
    });
    ran.map_err(|_| std::io::Error::other("flite speaks the letters, and is not here"))?.value?;
    std::fs::read(&sound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spoken_as_people_do() {
        for (n, words) in [
            (0, "zero"),
            (21, "twenty one"),
            (310, "three hundred and ten"),
            (1_005, "one thousand and five"),
            (2_640, "two thousand six hundred and forty"),
        ] {
            assert_eq!(number(n), words);
        }
        assert_eq!(year(2026), "two thousand and twenty six");
        assert!(script(&Letter::of(3)).contains("pounds"));
    }
}
