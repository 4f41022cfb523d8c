//! Recordings: what somebody said of a claim. The sound of an audio or video file is taken out by ffmpeg, looked at for
//! whether anybody speaks, recognised by pocketsphinx, and its spoken numbers are written as figures.

mod numbers;

use std::ffi::OsStr;
use std::io::Read as _;
use std::path::Path;

use self::numbers::{Written, written};
use crate::layout::{Page, words_of};
use crate::tool::{Tools, run, run_with};
use crate::{Fail, Limits, Read};

/// Samples a second, which the acoustic model wants.
const RATE: usize = 16_000;
/// The first minutes are heard.
const SECONDS: usize = 180;
/// Decibels below full scale at which nobody speaks: silence, and the hiss of a line.
const SILENT: f32 = -50.0;
/// Recognition is given up after so many seconds.
const LONGEST: u64 = 150;

pub(crate) fn read(path: &Path, tools: &Tools, limits: &Limits) -> Result<Read, Fail> {
    let samples = heard(path, tools, limits)?;
    if level(&samples) < SILENT {
        return Err(Fail::NoSpeech);
    }
    let words = written(&recognised(&samples, tools)?);
    if words.iter().all(|word| word.text.is_empty()) {
        return Err(Fail::NoSpeech);
    }
    Ok(laid_out(words))
}

/// The sound as an MP3 of small size, for listening: nothing of the file itself reaches a browser.
pub(crate) fn sound(path: &Path, tools: &Tools, limits: &Limits) -> Result<Vec<u8>, Fail> {
    let how = ["-vn", "-ac", "1", "-ar", "16000", "-b:a", "32k", "-f", "mp3"];
    taken_out(path, tools, limits, &how, MOST_SOUND)
}

/// The moving pictures with their sound, 360 lines high. It is cut into fragments, so that it plays while it arrives.
pub(crate) fn preview(path: &Path, tools: &Tools, limits: &Limits) -> Result<Vec<u8>, Fail> {
    let how = "-vf scale=-2:360 -r 15 -c:v libx264 -preset ultrafast -crf 32 -pix_fmt yuv420p -c:a aac -ac 1 -b:a 32k \
               -movflags frag_keyframe+empty_moov+default_base_moof -f mp4";
    taken_out(path, tools, limits, &how.split_whitespace().collect::<Vec<_>>(), MOST_PREVIEW)
}

/// What is taken for a recording: none of them names another file to open, as a playlist would.
const FORMATS: &str = "wav,mp3,aac,ogg,flac,mov,matroska";

/// Bytes that are taken of what a program makes.
const MOST_SOUND: u64 = (SECONDS * RATE * 2) as u64;
const MOST_PREVIEW: u64 = 32 << 20;

fn taken_out(path: &Path, tools: &Tools, limits: &Limits, how: &[&str], most: u64) -> Result<Vec<u8>, Fail> {
    let program = tools.ffmpeg.as_deref().ok_or(Fail::ToolMissing)?;
    let seconds = SECONDS.to_string();
    let before = [
        "-nostdin",
        "-loglevel",
        "error",
        "-threads",
        "1",
        "-protocol_whitelist",
        "file,pipe",
        "-format_whitelist",
        FORMATS,
        "-i",
    ];
    let arguments = before.map(OsStr::new).into_iter().chain([path.as_os_str()]);
    let arguments = arguments.chain(["-t", &seconds].map(OsStr::new)).chain(how.iter().map(OsStr::new));
    let arguments: Vec<&OsStr> = arguments.chain([OsStr::new("pipe:1")]).collect();
    let ran = run(program, arguments, limits.seconds * 3, |out| {
        let mut bytes = Vec::new();
        out.take(most).read_to_end(&mut bytes).map(|_| bytes)
    })?;
    match ran.value {
        Ok(bytes) if ran.succeeded && !bytes.is_empty() => Ok(bytes),
        Ok(_) if ran.said.contains("does not contain any stream") => Err(Fail::NoSpeech),
        _ => Err(Fail::Damaged),
    }
}

fn heard(path: &Path, tools: &Tools, limits: &Limits) -> Result<Vec<i16>, Fail> {
    if tools.pocketsphinx.is_none() {
        return Err(Fail::ToolMissing);
    }
    let bytes = taken_out(path, tools, limits, &["-vn", "-ac", "1", "-ar", "16000", "-f", "s16le"], MOST_SOUND)?;
    Ok(bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect())
}

/// The loudest half second, in decibels below full scale.
fn level(samples: &[i16]) -> f32 {
    let loudest = samples
        .chunks(RATE / 2)
        .map(|part| part.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / part.len().max(1) as f64)
        .fold(0.0, f64::max);
    (20.0 * (loudest.sqrt() / 32_768.0).max(1e-9).log10()) as f32
}

/// A word as it was recognised.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spoken {
    pub text: String,
    pub from: f32,
    pub to: f32,
    /// 0 to 1.
    pub sure: f32,
}

fn recognised(samples: &[i16], tools: &Tools) -> Result<Vec<Spoken>, Fail> {
    let program = tools.pocketsphinx.as_deref().ok_or(Fail::ToolMissing)?;
    let arguments = ["-infile", "/dev/stdin", "-time", "yes", "-logfn", "/dev/null"].map(OsStr::new);
    let input = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let ran = run_with(program, arguments, LONGEST, input, |out| {
        let mut text = String::new();
        out.take(4 << 20).read_to_string(&mut text).map(|_| text)
    })?;
    match ran.value {
        Ok(text) if ran.succeeded => Ok(parsed(&text)),
        _ => Err(Fail::ReaderFailed),
    }
}

/// `word(2) 1.250 1.460 0.105`; `<s>` and `</s>` stand around an utterance, `<sil>` for a pause.
fn parsed(said: &str) -> Vec<Spoken> {
    let mut words = Vec::new();
    for line in said.lines() {
        let cells: Vec<&str> = line.split(' ').collect();
        let [word, from, to, sure] = cells.as_slice() else { continue };
        let number = |cell: &str| cell.parse::<f32>().ok();
        let (Some(from), Some(to), Some(sure)) = (number(from), number(to), number(sure)) else { continue };
        let text = word.split('(').next().unwrap_or_default();
        let text = if text.starts_with('<') || text.starts_with('[') { "" } else { text };
        words.push(Spoken { text: text.to_owned(), from, to, sure: sure.clamp(0.0, 1.0) });
    }
    words
}

/// A line for each utterance; places on it are characters, and each word keeps its seconds.
fn laid_out(words: Vec<Written>) -> Read {
    let (mut page, mut times) = (Vec::new(), Vec::new());
    let (mut top, mut left, mut chars) = (0.0, 0.0, 0);
    for word in words {
        if word.text.is_empty() {
            // A pause of a breath ends what was said of one thing.
            (top, left) = (top + 2.0, 0.0);
            continue;
        }
        for mut made in words_of(&word.text, left, top, chars) {
            left = made.right + 1.0;
            chars = made.chars.end + 1;
            made.confidence = word.sure;
            times.push((made.chars.clone(), word.from, word.to));
            page.push(made);
        }
    }
    let page = Page { number: 1, width: 1_000.0, height: top + 2.0, words: page, by_characters: true };
    Read { pages: vec![page], count: 1, extractor: "pocketsphinx@0.8".into(), recognised: false, times }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_told_from_speech() {
        assert!(level(&vec![0; RATE]) < SILENT);
        assert!(level(&vec![12; RATE]) < SILENT, "a line's hiss");
        let tone: Vec<i16> = (0..RATE).map(|i| ((i as f32 * 0.1).sin() * 6_000.0) as i16).collect();
        assert!(level(&tone) > -20.0);
    }

    #[test]
    fn recognised_words_keep_their_seconds() {
        let said = "i am calling\n<s> 0.090 0.190 1.0\ni 0.200 0.400 0.9\nam(2) 0.410 0.600 0.5\n</s> 2.0 2.3 1.0\n";
        let words = parsed(said);
        assert_eq!(words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>(), ["", "i", "am", ""]);
        assert_eq!((words[2].from, words[2].to), (0.41, 0.6));
    }
}
