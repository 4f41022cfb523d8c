//! A PDF's text with the box of each word, as poppler reads it.

use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::layout::{Page, Word};
use crate::tool::{Tools, run};
use crate::{Fail, Limits, Read};

/// The pages from `from` on, up to the first that is a picture alone: that one's words are recognised.
pub(crate) fn read(path: &Path, tools: &Tools, limits: &Limits, from: u32) -> Result<Read, Fail> {
    let program = tools.pdftotext.as_deref().ok_or(Fail::ToolMissing)?;
    let (first, last) = (from.to_string(), from.saturating_add(limits.pages - 1).to_string());
    let arguments = ["-bbox-layout", "-enc", "UTF-8", "-f", &first, "-l", &last].map(std::ffi::OsStr::new);
    let arguments = arguments.into_iter().chain(unlocking(tools)).chain([path.as_os_str(), std::ffi::OsStr::new("-")]);
    let most = limits.budget();
    let ran = run(program, arguments, limits.seconds, |out| pages(BufReader::new(out), from, most))?;
    let mut pages = match ran.value {
        // A password and damage end alike: only what it says tells them apart.
        Err(_) | Ok(_) if ran.said.contains("Incorrect password") => return Err(Fail::Password),
        // What broke off in the middle would hide what comes after.
        Ok(pages) if ran.succeeded && !pages.is_empty() => pages,
        _ => return Err(Fail::Damaged),
    };
    let count = count(path, tools, limits).unwrap_or(from + pages.len() as u32 - 1);
    let picture = pages.iter().position(|page| page.words.is_empty()).filter(|_| tools.tesseract.is_some());
    let mut extractor = format!("pdftotext@{}", tools.poppler_version);
    match picture {
        // What has its text is one portion, and what stands behind it the next.
        Some(at) if at > 0 => pages.truncate(at),
        Some(_) => {
            let drawn = self::picture(path, from, tools, limits)?;
            pages = vec![crate::image::page(from, &drawn, tools, limits)?];
            extractor = format!("tesseract@{}", tools.tesseract_version);
        }
        None => {}
    }
    Ok(Read { pages, count, extractor, recognised: picture == Some(0), times: Vec::new() })
}

/// The password, where one was given for this reading. Only the same user's processes on this machine could see it, for
/// as long as the program runs.
fn unlocking(tools: &Tools) -> impl Iterator<Item = &std::ffi::OsStr> {
    tools.password.iter().flat_map(|password| [std::ffi::OsStr::new("-upw"), std::ffi::OsStr::new(password)])
}

/// A page as a person sees it: one whose words were recognised stands as it was recognised, straight, so that places on it
/// are where they are said to be.
pub(crate) fn shown(path: &Path, page: u32, tools: &Tools, limits: &Limits) -> Result<Vec<u8>, Fail> {
    let drawn = picture(path, page, tools, limits)?;
    if has_text(path, page, tools, limits)? || tools.tesseract.is_none() {
        return Ok(drawn);
    }
    crate::image::levelled(&drawn)
}

/// Whether a page has its text.
fn has_text(path: &Path, page: u32, tools: &Tools, limits: &Limits) -> Result<bool, Fail> {
    let program = tools.pdftotext.as_deref().ok_or(Fail::ToolMissing)?;
    let page = page.to_string();
    let arguments = ["-f", &page, "-l", &page].map(std::ffi::OsStr::new);
    let arguments = arguments.into_iter().chain(unlocking(tools)).chain([path.as_os_str(), std::ffi::OsStr::new("-")]);
    let ran = run(program, arguments, limits.seconds, |out| {
        let mut text = String::new();
        out.take(64 << 10).read_to_string(&mut text).map(|_| text)
    })?;
    Ok(ran.value.is_ok_and(|text| !text.trim().is_empty()))
}

/// A drawn page in bytes, far more than any has.
const MOST_DRAWN: u64 = 32 << 20;

/// Draws a page. Scaled to pixels whatever size the page says it has: one of 800 inches would fill the memory.
pub(crate) fn picture(path: &Path, page: u32, tools: &Tools, limits: &Limits) -> Result<Vec<u8>, Fail> {
    let program = tools.pdftoppm.as_deref().ok_or(Fail::ToolMissing)?;
    let (page, size) = (page.to_string(), crate::PICTURE.to_string());
    let arguments = ["-png", "-f", &page, "-l", &page, "-singlefile", "-scale-to", &size].map(std::ffi::OsStr::new);
    let arguments = arguments.into_iter().chain(unlocking(tools)).chain([path.as_os_str()]);
    let ran = run(program, arguments, limits.seconds, |out| {
        let mut drawn = Vec::new();
        out.take(MOST_DRAWN).read_to_end(&mut drawn).map(|_| drawn)
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
fn pages(source: impl BufRead, from: u32, most: usize) -> Result<Vec<Page>, Fail> {
    let mut reader = Reader::from_reader(source);
    reader.config_mut().check_end_names = false;
    let (mut buffer, mut pages) = (Vec::new(), Vec::<Page>::new());
    let mut word: Option<Word> = None;
    let mut chars = 0;
    loop {
        match reader.read_event_into(&mut buffer).map_err(|_| Fail::Damaged)? {
            Event::Start(tag) if tag.local_name().as_ref() == b"page" => {
                let [width, height] = numbers(&tag, ["width", "height"]);
                let number = pages.len() as u32 + from;
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
