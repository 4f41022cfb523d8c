//! Pictures of documents: scans and photos. A photo is straightened first ([`paper`]), every picture is made even and
//! turned upright ([`even`]), and then its words are recognised with their boxes ([`recognise`]).
//!
//! Places are shares of the picture as it is shown to a person: the straightened one.

mod dots;
mod even;
mod gray;
mod paper;
mod recognise;

use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageReader};

pub(crate) use gray::Gray;

use crate::layout::Page;
use crate::tool::Tools;
use crate::{Fail, Limits, Read};

/// The most pixels that are decoded: 40 megapixels. A small file can say that it has a thousand times as many.
const MOST_PIXELS: u64 = 40_000_000;

/// The most pixels of a page that is made larger.
const MOST_SCALED: f64 = 12_000_000.0;

/// How wide a page is made before its words are recognised, in pixels: some 220 to the inch of A4.
const WIDE: usize = 1_800;

pub(crate) fn read(path: &Path, tools: &Tools, limits: &Limits) -> Result<Read, Fail> {
    let page = straightened(path)?;
    let words = recognise::words(&dots::removed(page.clone()), tools, limits)?;
    let (width, height) = (page.width as f32, page.height as f32);
    let page = Page { number: 1, width, height, words, by_characters: false };
    Ok(Read {
        pages: vec![page],
        count: 1,
        extractor: format!("tesseract@{}", tools.tesseract_version),
        recognised: false,
        times: Vec::new(),
    })
}

/// A page's picture as its words are recognised on it.
pub(crate) fn levelled(picture: &[u8]) -> Result<Vec<u8>, Fail> {
    let page = even::upright(scaled(decoded(picture)?));
    fitted(page).png().ok_or(Fail::Damaged)
}

/// The words of a page that is there as a picture alone, such as of a PDF that was scanned.
pub(crate) fn page(number: u32, picture: &[u8], tools: &Tools, limits: &Limits) -> Result<Page, Fail> {
    let gray = even::upright(scaled(decoded(picture)?));
    let words = recognise::words(&dots::removed(gray.clone()), tools, limits)?;
    Ok(Page { number, width: gray.width as f32, height: gray.height as f32, words, by_characters: false })
}

/// The page as it was read, drawn anew.
pub(crate) fn picture(path: &Path) -> Result<Vec<u8>, Fail> {
    fitted(straightened(path)?).png().ok_or(Fail::Damaged)
}

/// Made small enough for a page's picture.
fn fitted(page: Gray) -> Gray {
    let side = page.width.max(page.height);
    let most = crate::PICTURE as usize;
    if side > most { page.scaled(page.width * most / side) } else { page }
}

fn straightened(path: &Path) -> Result<Gray, Fail> {
    let bytes = std::fs::read(path).map_err(|_| Fail::Damaged)?;
    let gray = decoded(&bytes)?;
    let gray = match paper::found(&gray) {
        Some(corners) => paper::straightened(&gray, corners, WIDE),
        None => scaled(gray),
    };
    Ok(even::upright(gray))
}

/// Whether a JPEG has its end: what is missing of one that was cut would be read as grey paper.
fn ends(jpeg: &[u8]) -> bool {
    // Segments tell how long they are; in one of them there may be a small picture with an end of its own.
    let mut at = 2;
    while let Some([0xff, kind, high, low]) = jpeg.get(at..at + 4) {
        at += 2 + usize::from(u16::from_be_bytes([*high, *low]));
        if *kind == 0xda {
            break;
        }
    }
    jpeg.get(at..).is_some_and(|rest| rest.windows(2).any(|pair| pair == b"\xff\xd9"))
}

/// Small pictures are made larger: letters of ten pixels are not read.
fn scaled(gray: Gray) -> Gray {
    // A strip of a till's paper is long: all of it together stays within bounds.
    let most = ((MOST_SCALED * gray.width as f64 / gray.height.max(1) as f64).sqrt() as usize).max(1);
    if WIDE > most {
        return gray.scaled(most.min(gray.width));
    }
    if gray.width < WIDE * 9 / 10 || gray.width > WIDE * 3 / 2 { gray.scaled(WIDE) } else { gray }
}

/// Shades of grey, the right side up as the camera says.
fn decoded(bytes: &[u8]) -> Result<Gray, Fail> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| Fail::Damaged)?;
    let mut decoder = reader.into_decoder().map_err(|_| Fail::Damaged)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Fail::Bomb);
    }
    if width < 50 || height < 50 {
        return Err(Fail::NoText);
    }
    if bytes.starts_with(b"\xff\xd8") && !ends(bytes) {
        return Err(Fail::Damaged);
    }
    let turned = decoder.orientation().ok();
    let mut image = DynamicImage::from_decoder(decoder).map_err(|_| Fail::Damaged)?;
    if let Some(turned) = turned {
        image.apply_orientation(turned);
    }
    Ok(Gray::of(&image))
}
