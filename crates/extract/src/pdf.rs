//! A PDF's text with the box of each word, as poppler reads it.

use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::layout::{Page, Word};
use crate::tool::{Tools, run};
use crate::{Fail, Limits, Read};

pub(crate) fn read(path: &Path, tools: &Tools, limits: &Limits) -> Result<Read, Fail> {
    let program = tools.pdftotext.as_deref().ok_or(Fail::ToolMissing)?;
    let last = limits.pages.to_string();
    let arguments = ["-bbox-layout", "-enc", "UTF-8", "-l", &last].map(std::ffi::OsStr::new);
    let arguments = arguments.into_iter().chain(unlocking(tools)).chain([path.as_os_str(), std::ffi::OsStr::new("-")]);
    let most = limits.budget();
    let ran = run(program, arguments, limits.seconds, |out| pages(BufReader::new(out), most))?;
    match ran.value {
        // A password and damage end alike: only what it says tells them apart.
        Err(_) | Ok(_) if ran.said.contains("Incorrect password") => Err(Fail::Password),
        // What broke off in the middle would hide what comes after.
        Ok(pages) if ran.succeeded && !pages.is_empty() => {
            let count = count(path, tools, limits).unwrap_or(pages.len() as u32);
            if pages.iter().all(|page| page.words.is_empty()) && tools.tesseract.is_some() {
                return scanned(path, tools, limits, count);
            }
            Ok(Read { pages, count, extractor: format!("pdftotext@{}", tools.poppler_version), times: Vec::new() })
        }
        _ => Err(Fail::Damaged),
    }
}

/// The password, where one was given for this reading. Only the same user's processes on this machine could see it, for
/// as long as the program runs.
fn unlocking(tools: &Tools) -> impl Iterator<Item = &std::ffi::OsStr> {
    tools.password.iter().flat_map(|password| [std::ffi::OsStr::new("-upw"), std::ffi::OsStr::new(password)])
}

/// How many pages of a scanned PDF are read: each takes seconds.
pub const SCANNED: u32 = 20;

/// A PDF of pictures alone: each page is drawn and its words are recognised.
fn scanned(path: &Path, tools: &Tools, limits: &Limits, count: u32) -> Result<Read, Fail> {
    let mut pages = Vec::new();
    for number in 1..=count.min(SCANNED) {
        let drawn = picture(path, number, tools, limits)?;
        pages.push(crate::image::page(number, &drawn, tools, limits)?);
    }
    Ok(Read { pages, count, extractor: format!("tesseract@{}", tools.tesseract_version), times: Vec::new() })
}

/// Draws a page. Scaled to pixels whatever size the page says it has: one of 800 inches would fill the memory.
pub(crate) fn picture(path: &Path, page: u32, tools: &Tools, limits: &Limits) -> Result<Vec<u8>, Fail> {
    let program = tools.pdftoppm.as_deref().ok_or(Fail::ToolMissing)?;
    let (page, size) = (page.to_string(), crate::PICTURE.to_string());
    let arguments = ["-png", "-f", &page, "-l", &page, "-singlefile", "-scale-to", &size].map(std::ffi::OsStr::new);
    let arguments = arguments.into_iter().chain(unlocking(tools)).chain([path.as_os_str()]);
    let ran = run(program, arguments, limits.seconds, |out| {
        let mut drawn = Vec::new();
        out.take(limits.bytes).read_to_end(&mut drawn).map(|_| drawn)
    })?;
    match ran.value {
        Ok(drawn) if ran.succeeded && drawn.starts_with(b"\x89PNG") => Ok(drawn),
        _ => Err(Fail::Damaged),
    }
}

/// How many pages there are.
fn count(path: &Path, tools: &Tools, limits: &Limits) -> Option<u32> {
    let program = tools.pdfinfo.as_deref()?;
    let ran = run(program, unlocking(tools).chain([path.as_os_str()]), limits.seconds, |out| {
        let mut text = String::new();
        out.take(64 << 10).read_to_string(&mut text).map(|_| text)
    })
    .ok()?;
    ran.value.ok()?.lines().find_map(|line| line.strip_prefix("Pages:")).and_then(|n| n.trim().parse().ok())
}

/// Whatever lies beyond so many letters is left out.
fn pages(source: impl BufRead, most: usize) -> Result<Vec<Page>, Fail> {
    let mut reader = Reader::from_reader(source);
    reader.config_mut().check_end_names = false;
    let (mut buffer, mut pages) = (Vec::new(), Vec::<Page>::new());
    let mut word: Option<Word> = None;
    let mut chars = 0;
    loop {
        match reader.read_event_into(&mut buffer).map_err(|_| Fail::Damaged)? {
            Event::Start(tag) if tag.local_name().as_ref() == b"page" => {
                let [width, height] = numbers(&tag, ["width", "height"]);
                let number = pages.len() as u32 + 1;
                pages.push(Page {
                    number,
                    width: width.max(1.0),
                    height: height.max(1.0),
                    words: Vec::new(),
                    by_characters: false,
                });
            }
            Event::Start(tag) if tag.local_name().as_ref() == b"word" => {
                let [left, top, right, bottom] = numbers(&tag, ["xMin", "yMin", "xMax", "yMax"]);
                word = Some(Word { text: String::new(), left, top, right, bottom, chars: 0..0, confidence: 1.0 });
            }
            Event::Text(text) => {
                if let Some(word) = word.as_mut() {
                    word.text.push_str(&text.decode().map_err(|_| Fail::Damaged)?);
                }
            }
            Event::GeneralRef(reference) => {
                if let Some(word) = word.as_mut() {
                    word.text.push_str(&crate::docx::character(&reference));
                }
            }
            Event::End(tag) if tag.local_name().as_ref() == b"word" => {
                if let (Some(mut word), Some(page)) = (word.take(), pages.last_mut()) {
                    let length = word.text.chars().count();
                    word.chars = chars..chars + length;
                    chars += length + 1;
                    if length > 0 && chars <= most {
                        page.words.push(word);
                    }
                }
            }
            Event::Eof => return Ok(pages),
            _ => {}
        }
        buffer.clear();
    }
}

fn numbers<const N: usize>(tag: &BytesStart<'_>, names: [&str; N]) -> [f32; N] {
    names.map(|name| {
        let value = tag.try_get_attribute(name).ok().flatten();
        value
            .and_then(|v| std::str::from_utf8(&v.value).ok()?.parse().ok())
            .filter(|v: &f32| v.is_finite())
            .unwrap_or(0.0)
    })
}
