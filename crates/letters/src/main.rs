//! `letters bench FROM-TO`: how well documents are read. `letters make SEED FOLDER`: one letter in every medium, with
//! the truth about it. `letters long PAGES FILE`: a PDF of so many pages.

use std::process::ExitCode;

use letters::{Letter, bench};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["bench", seeds, "--only", media] => only(seeds, media, false),
        ["bench", seeds, "--only", media, "--faults"] => only(seeds, media, true),
        ["bench", seeds] => measure(seeds, false),
        ["bench", seeds, "--faults"] => measure(seeds, true),
        ["folder", path] => Some(by_hand(path, false)),
        ["folder", path, "--faults"] => Some(by_hand(path, true)),
        ["long", pages, file] => {
            let pages = pages.parse().ok();
            pages.map(|pages| std::fs::write(file, Letter::long(1, pages).pdf(1).0))
        }
        ["make", seed, folder] => seed.parse().ok().map(|seed| make(seed, folder)),
        _ => None,
    };
    match done {
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(error)) => {
            eprintln!("letters: {error}");
            ExitCode::FAILURE
        }
        None => {
            eprintln!(
                "letters bench FROM-TO [--only MEDIA] [--faults] | letters folder PATH [--faults] | letters make SEED FOLDER | letters long PAGES FILE"
            );
            ExitCode::from(2)
        }
    }
}

fn measure(seeds: &str, faults: bool) -> Option<std::io::Result<()>> {
    let (from, to) = seeds.split_once('-')?;
    let seeds = from.parse().ok()?..=to.parse().ok()?;
    Some(bench::run(seeds, &bench::readable()).map(|scores| print(&scores, faults)))
}

/// Some media alone, by their names with commas.
fn only(seeds: &str, media: &str, faults: bool) -> Option<std::io::Result<()>> {
    let (from, to) = seeds.split_once('-')?;
    let seeds = from.parse().ok()?..=to.parse().ok()?;
    let media: Vec<_> = bench::readable().into_iter().filter(|m| media.split(',').any(|own| own == *m)).collect();
    Some(bench::run(seeds, &media).map(|scores| print(&scores, faults)))
}

/// Letters that others wrote.
fn by_hand(path: &str, faults: bool) -> std::io::Result<()> {
    bench::folder(std::path::Path::new(path)).map(|scores| print(&scores, faults))
}

fn print(scores: &bench::Scores, faults: bool) {
    if faults {
        println!("{}", scores.faults.join("\n"));
    }
    print!("{}", scores.table());
}

fn make(seed: u64, folder: &str) -> std::io::Result<()> {
    let letter = Letter::of(seed);
    let path = |name: &str| std::path::Path::new(folder).join(name);
    std::fs::create_dir_all(folder)?;
    std::fs::write(path("truth.json"), serde_json::to_string_pretty(&letter.truth)?)?;
    std::fs::write(path("letter.txt"), letter.text())?;
    std::fs::write(path("letter.docx"), letter.docx())?;
    let pdf = letter.pdf(seed).0;
    // Pictures are drawn, and voices spoken, by programs that may not be here.
    for (name, made) in [
        ("letter.png", letters::picture::scan(&pdf, seed)),
        ("letter.jpg", letters::picture::photo(&pdf, seed)),
        ("letter.wav", letters::voice::wav(&letter, seed)),
    ] {
        match made {
            Ok(bytes) => std::fs::write(path(name), bytes)?,
            Err(error) => eprintln!("letters: {name} is left out: {error}"),
        }
    }
    std::fs::write(path("letter.pdf"), pdf)
}
