//! What a file is, by its beginning and its structure; its name says nothing.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{Fail, Limits};

/// Each kind has one reader: a file that could be two things is read as the first that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Pdf,
    Docx,
    Email,
    Text,
    /// A scan or a photo: PNG or JPEG.
    Image,
    /// A recording: WAV, MP3, Ogg, FLAC, M4A.
    Audio,
    /// MP4, QuickTime, WebM.
    Video,
    Unknown,
}

/// How much of a file shows what it is.
pub const HEAD: usize = 4_096;

/// How large a file may be that begins like this, in bytes.
pub fn largest(head: &[u8], limits: &Limits) -> u64 {
    match recording(head) {
        Some(Kind::Video) => limits.video,
        Some(_) => limits.audio,
        None => limits.bytes,
    }
}

pub(crate) fn of(path: &Path, limits: &Limits) -> Result<Kind, (Kind, Fail)> {
    let broken = |_| (Kind::Unknown, Fail::Damaged);
    let file = File::open(path).map_err(broken)?;
    let size = file.metadata().map_err(broken)?.len();
    let mut head = Vec::new();
    file.take(HEAD as u64).read_to_end(&mut head).map_err(broken)?;
    let kind = of_head(&head, path);
    if size > largest(&head, limits) {
        return Err((kind, Fail::TooLarge));
    }
    match kind {
        Kind::Unknown => Err((kind, Fail::UnknownType)),
        known => Ok(known),
    }
}

fn of_head(head: &[u8], path: &Path) -> Kind {
    if head.starts_with(b"\x89PNG\r\n\x1a\n") || head.starts_with(b"\xff\xd8\xff") {
        return Kind::Image;
    }
    // Some programs write a line before the mark; readers look for it in the first kilobyte.
    let start = &head[..head.len().min(1_024)];
    if start.windows(5).any(|w| w == b"%PDF-") {
        return Kind::Pdf;
    }
    if let Some(kind) = recording(head) {
        return kind;
    }
    if head.starts_with(b"PK\x03\x04") {
        return if is_docx(path) { Kind::Docx } else { Kind::Unknown };
    }
    match readable(head) {
        Some(text) if is_mail(&text) => Kind::Email,
        Some(_) => Kind::Text,
        None => Kind::Unknown,
    }
}

/// Sound and moving pictures, by the marks of their containers.
fn recording(head: &[u8]) -> Option<Kind> {
    let at = |from: usize, mark: &[u8]| head.get(from..).is_some_and(|rest| rest.starts_with(mark));
    let mp3 = head.len() > 3 && head[0] == 0xff && matches!(head[1], 0xfa | 0xfb | 0xf2 | 0xf3);
    if (at(0, b"RIFF") && at(8, b"WAVE")) || at(0, b"ID3") || mp3 || at(0, b"OggS") || at(0, b"fLaC") {
        return Some(Kind::Audio);
    }
    if at(4, b"ftyp") {
        return Some(if at(8, b"M4A") { Kind::Audio } else { Kind::Video });
    }
    at(0, b"\x1a\x45\xdf\xa3").then_some(Kind::Video)
}

fn is_docx(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    zip::ZipArchive::new(file).is_ok_and(|archive| archive.index_for_name("word/document.xml").is_some())
}

/// The text, where it is one: no control characters but those of lines, and few letters that are none.
fn readable(head: &[u8]) -> Option<String> {
    let text = crate::text::decoded(head);
    let odd = text.chars().filter(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}')).count();
    let unknown = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    // A letter may be cut at the end of what was read.
    (!text.trim().is_empty() && odd == 0 && unknown <= 1).then_some(text)
}

/// Headers as a mail has them: names and colons from the first line on, and who sent it.
fn is_mail(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().take_while(|line| !line.trim().is_empty()).collect();
    let name = |line: &str| line.split_once(':').map(|(name, _)| name.to_ascii_lowercase());
    let header = |line: &&str| {
        line.starts_with([' ', '\t'])
            || name(line).is_some_and(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
    };
    let names: Vec<String> = lines.iter().filter_map(|line| name(line)).collect();
    let has = |wanted: &str| names.iter().any(|n| n == wanted);
    lines.len() >= 3 && lines.iter().all(header) && has("from") && (has("subject") || has("received") || has("date"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(bytes: &[u8]) -> Kind {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        of(file.path(), &Limits::default()).unwrap_or_else(|(kind, _)| kind)
    }

    #[test]
    fn a_file_is_what_its_bytes_say() {
        assert_eq!(kind(b"%PDF-1.7\n..."), Kind::Pdf);
        assert_eq!(kind(b"PK\x03\x04 and nothing more"), Kind::Unknown);
        assert_eq!(kind(b"Physiotherapy: \xc2\xa3420"), Kind::Text);
        assert_eq!(kind(b"From: a@b.example\r\nTo: c@d.example\r\nSubject: Claim\r\n\r\nHello"), Kind::Email);
        assert_eq!(kind(b"Dear Sirs\n\nFrom: the claimant\n"), Kind::Text);
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n\0\0"), Kind::Image);
        assert_eq!(kind(b"\xff\xd8\xff\xe0\0\x10JFIF"), Kind::Image);
        assert_eq!(kind(b""), Kind::Unknown);
        assert_eq!(kind(&[0u8; 100]), Kind::Unknown);
    }
}
