//! How well documents are read: what was proposed beside what is true.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::time::Instant;

use extract::{Candidate, Limits, Place, Quad, Tools};

use crate::Letter;

/// The media that letters are made in.
pub const MEDIA: &[&str] = &["text", "docx", "pdf", "scan", "photo", "voice"];

/// Those that can be read on this machine: a PDF needs poppler.
pub fn readable() -> Vec<&'static str> {
    let tools = Tools::find();
    let pdf = tools.pdftotext.is_some();
    let pictures = pdf && tools.tesseract.is_some();
    let can = |medium: &&str| match *medium {
        "pdf" => pdf,
        "scan" | "photo" => pictures,
        "voice" => tools.pocketsphinx.is_some() && std::path::Path::new("/usr/bin/flite").exists(),
        _ => true,
    };
    MEDIA.iter().copied().filter(can).collect()
}

/// Of one field in one medium.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Score {
    pub stated: u32,
    /// The true value alone was proposed.
    pub exact: u32,
    pub missed: u32,
    /// Something else was proposed; `pair`: what was proposed is another fact of the same letter.
    pub wrong: u32,
    pub pair: u32,
    /// Proposed though the letter does not state it.
    pub invented: u32,
    /// Of the boxes of what is exact, in a PDF: intersection over union.
    pub overlap: Vec<f32>,
}

/// Medium to field to score, and the seconds that each document took.
#[derive(Debug, Default)]
pub struct Scores {
    pub of: BTreeMap<&'static str, BTreeMap<String, Score>>,
    pub seconds: BTreeMap<&'static str, Vec<f64>>,
    /// What was wrong, to look into it: seed, medium, layout, field, proposed, true.
    pub faults: Vec<String>,
}

pub fn run(seeds: RangeInclusive<u64>, media: &[&'static str]) -> std::io::Result<Scores> {
    let (tools, limits) = (Tools::find(), Limits::default());
    let mut scores = Scores::default();
    let folder = tempfile::tempdir()?;
    for seed in seeds {
        let letter = Letter::of(seed);
        for medium in media {
            let (bytes, places) = match *medium {
                "text" => (letter.text().into_bytes(), Vec::new()),
                "docx" => (letter.docx(), Vec::new()),
                "pdf" => letter.pdf(seed),
                "voice" => (crate::voice::wav(&letter, seed)?, Vec::new()),
                picture => {
                    let (pdf, places) = letter.pdf(seed);
                    let draw = if picture == "scan" { crate::picture::scan } else { crate::picture::photo };
                    (draw(&pdf, seed)?, crate::picture::places(places))
                }
            };
            let path = folder.path().join("letter");
            std::fs::write(&path, bytes)?;
            let began = Instant::now();
            let found = extract::read(&path, &tools, &limits);
            scores.seconds.entry(medium).or_default().push(began.elapsed().as_secs_f64());
            let mut letter = letter.clone();
            if *medium == "voice" {
                let said = crate::voice::said(&letter);
                letter.truth.retain(|field, _| said.contains(field));
            }
            scores.add(seed, medium, &letter, &found.candidates, &places);
        }
    }
    Ok(scores)
}

/// Letters in a folder, each `NAME.txt` beside `NAME.json` with the truth about it.
pub fn folder(path: &std::path::Path) -> std::io::Result<Scores> {
    let (tools, limits) = (Tools::find(), Limits::default());
    let mut scores = Scores::default();
    let mut files: Vec<_> = std::fs::read_dir(path)?.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "txt"));
    files.sort();
    for (seed, file) in files.iter().enumerate() {
        let truth: BTreeMap<String, serde_json::Value> =
            serde_json::from_slice(&std::fs::read(file.with_extension("json"))?)?;
        // Leaked on purpose: names of fields for the length of a measurement.
        let truth = truth.into_iter().map(|(field, value)| (&*field.leak(), value)).collect();
        let letter = Letter { layout: "by hand", blocks: Vec::new(), truth };
        let began = Instant::now();
        let found = extract::read(file, &tools, &limits);
        scores.seconds.entry("by hand").or_default().push(began.elapsed().as_secs_f64());
        scores.add(seed as u64 + 1, "by hand", &letter, &found.candidates, &[]);
    }
    Ok(scores)
}

impl Scores {
    fn add(
        &mut self,
        seed: u64,
        medium: &'static str,
        letter: &Letter,
        candidates: &[Candidate],
        places: &[(&'static str, u32, Quad)],
    ) {
        let fields = self.of.entry(medium).or_default();
        let json = |c: &Candidate| serde_json::to_value(&c.value).unwrap_or_default();
        for (field, truth) in &letter.truth {
            let score = fields.entry((*field).to_owned()).or_default();
            score.stated += 1;
            let proposed: Vec<&Candidate> = candidates.iter().filter(|c| c.field == *field).collect();
            match proposed.as_slice() {
                [] => score.missed += 1,
                [one] if json(one) == *truth => {
                    score.exact += 1;
                    let place = places.iter().find(|(f, page, _)| f == field && *page == one.page);
                    if let (Place::Quad(quad), Some((_, _, wanted))) = (&one.place, place) {
                        score.overlap.push(overlap(quad, wanted));
                    }
                }
                several => {
                    score.wrong += 1;
                    // Nil, yes and small numbers stand in a letter many times: only what is one fact's alone tells.
                    let of_other = |c: &&&Candidate| {
                        json(c) != *truth && letter.truth.iter().any(|(f, v)| f != field && *v == json(c) && telling(v))
                    };
                    score.pair += u32::from(several.iter().any(|c| of_other(&c)));
                    let said: Vec<String> = several.iter().map(|c| json(c).to_string()).collect();
                    self.faults.push(format!(
                        "{seed} {medium} {} {field}: {} for {truth}",
                        letter.layout,
                        said.join(" and ")
                    ));
                }
            }
            if proposed.is_empty() {
                self.faults.push(format!("{seed} {medium} {} {field}: nothing for {truth}", letter.layout));
            }
        }
        for extra in candidates.iter().filter(|c| !letter.truth.contains_key(c.field.as_str())) {
            fields.entry(extra.field.clone()).or_default().invented += 1;
            self.faults.push(format!("{seed} {medium} {} {}: {} for nothing", letter.layout, extra.field, extra.raw));
        }
    }

    /// A medium's fields together.
    pub fn all(&self, medium: &str) -> Score {
        let mut all = Score::default();
        for score in self.of.get(medium).into_iter().flatten().map(|(_, score)| score) {
            all.stated += score.stated;
            all.exact += score.exact;
            all.missed += score.missed;
            all.wrong += score.wrong;
            all.pair += score.pair;
            all.invented += score.invented;
            all.overlap.extend(&score.overlap);
        }
        all
    }

    /// As the table of `docs/documents.md`.
    pub fn table(&self) -> String {
        let mut text = String::from(
            "| Medium | Field | Stated | Exact | Missed | Wrong value | Wrong pair | Invented | Box IoU | Seconds |\n|---|---|---|---|---|---|---|---|---|---|\n",
        );
        for (medium, fields) in &self.of {
            let mut times = self.seconds[medium].clone();
            times.sort_by(f64::total_cmp);
            let seconds = format!("{:.3}", times.get(times.len() / 2).copied().unwrap_or_default());
            row(&mut text, medium, "**all**", &self.all(medium), &seconds);
            for (field, score) in fields {
                row(&mut text, medium, &format!("`{field}`"), score, "");
            }
        }
        text
    }
}

fn row(text: &mut String, medium: &str, field: &str, s: &Score, seconds: &str) {
    let share =
        if s.stated == 0 { "–".into() } else { format!("{:.1}%", 100.0 * f64::from(s.exact) / f64::from(s.stated)) };
    let mut overlap = s.overlap.clone();
    overlap.sort_by(f32::total_cmp);
    let overlap = overlap.get(overlap.len() / 2).map_or_else(String::new, |v| format!("{v:.2}"));
    // Writing into a text cannot fail.
    let _ = writeln!(
        text,
        "| {medium} | {field} | {} | {share} | {} | {} | {} | {} | {overlap} | {seconds} |",
        s.stated, s.missed, s.wrong, s.pair, s.invented
    );
}

fn telling(value: &serde_json::Value) -> bool {
    value.is_string() || value.as_i64().is_some_and(|n| n > 100)
}

/// Intersection over union of two upright boxes.
fn overlap(a: &Quad, b: &Quad) -> f32 {
    let side = |q: &Quad| (q[0][0], q[0][1], q[2][0], q[2][1]);
    let ((l, t, r, u), (l2, t2, r2, u2)) = (side(a), side(b));
    let both = (r.min(r2) - l.max(l2)).max(0.0) * (u.min(u2) - t.max(t2)).max(0.0);
    let area = |l: f32, t: f32, r: f32, u: f32| (r - l) * (u - t);
    both / (area(l, t, r, u) + area(l2, t2, r2, u2) - both).max(1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What holds while developing; `make bench-documents` measures on other seeds.
    #[test]
    fn letters_are_read_in_every_medium() {
        // Pictures take seconds each, and have a test of their own.
        let media: Vec<_> = readable().into_iter().filter(|m| ["text", "docx", "pdf"].contains(m)).collect();
        let scores = run(0..=29, &media).unwrap_or_default();
        for medium in media {
            let all = scores.all(medium);
            assert!(all.stated > 250, "{medium}: {all:?}");
            assert!(f64::from(all.exact) >= 0.99 * f64::from(all.stated), "{medium}: {:#?}", scores.faults);
            assert_eq!((all.wrong, all.invented), (0, 0), "{medium}: {:#?}", scores.faults);
        }
    }

    #[test]
    fn scans_and_photos_are_read() {
        let media: Vec<_> = readable().into_iter().filter(|m| ["scan", "photo"].contains(m)).collect();
        let scores = run(0..=2, &media).unwrap_or_default();
        for medium in media {
            let all = scores.all(medium);
            assert!(f64::from(all.exact) >= 0.8 * f64::from(all.stated), "{medium}: {:#?}", scores.faults);
            assert_eq!(all.wrong, 0, "{medium}: {:#?}", scores.faults);
        }
    }

    /// A camera that was held in another way gives the same fields at the same places.
    #[test]
    fn the_eight_orientations_of_a_photo_are_read_alike() {
        if !readable().contains(&"photo") {
            return;
        }
        let letter = Letter::of(3);
        let page = image::DynamicImage::ImageLuma8(crate::picture::drawn(&letter.pdf(3).0, 2_200).unwrap_or_default());
        let (tools, limits) = (Tools::find(), Limits::default());
        let file = std::env::temp_dir().join(format!("orientation-{}.jpg", std::process::id()));
        let mut seen = Vec::new();
        for how in 0..8 {
            let (held, tag) = crate::picture::held(&page, how);
            let mut jpeg = Vec::new();
            let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 92);
            assert!(held.write_with_encoder(encoder).is_ok());
            assert!(std::fs::write(&file, crate::picture::with_orientation(&jpeg, tag)).is_ok());
            let found = extract::read(&file, &tools, &limits).candidates;
            let mut fields: Vec<_> = found.iter().map(|c| (c.field.clone(), format!("{:?}", c.value))).collect();
            fields.sort();
            let corner = found.iter().find(|c| c.field == "accident_date").map(|c| match &c.place {
                Place::Quad(quad) => quad[0].map(|v| (v * 50.0).round()),
                _ => [-1.0; 2],
            });
            seen.push((fields, corner));
        }
        let _ = std::fs::remove_file(&file);
        assert!(seen[0].0.len() > 5, "{seen:?}");
        for other in &seen[1..] {
            assert_eq!(*other, seen[0]);
        }
    }

    /// What was reached with letters that others wrote, so that it is not lost again.
    #[test]
    fn letters_by_hand_are_read_no_worse() {
        let dev = concat!(env!("CARGO_MANIFEST_DIR"), "/by-hand/dev");
        let scores = folder(std::path::Path::new(dev)).unwrap_or_default();
        let all = scores.all("by hand");
        assert!(all.stated == 236 && all.exact >= 160, "{all:?}");
        assert!(all.wrong <= 2 && all.invented == 0, "{:#?}", scores.faults);
    }

    #[test]
    fn a_letter_is_the_same_each_time() {
        assert_eq!(Letter::of(7), Letter::of(7));
        assert_ne!(Letter::of(7).text(), Letter::of(8).text());
        assert_eq!(Letter::of(7).pdf(7).0, Letter::of(7).pdf(7).0);
    }
}
