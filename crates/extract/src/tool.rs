//! The programs that read what we do not: found once, run with a limit of time.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::Fail;

/// Where each program is; a missing one switches off what it reads.
#[derive(Debug, Clone, Default)]
pub struct Tools {
    pub pdftotext: Option<PathBuf>,
    pub pdfinfo: Option<PathBuf>,
    pub pdftoppm: Option<PathBuf>,
    pub tesseract: Option<PathBuf>,
    pub tesseract_version: String,
    /// Opens a PDF that is locked; given for one reading.
    pub password: Option<String>,
    pub ffmpeg: Option<PathBuf>,
    pub pocketsphinx: Option<PathBuf>,
    /// Of poppler, as it says itself; empty where it is missing.
    pub poppler_version: String,
}

impl Tools {
    /// Looks through the folders of `PATH`.
    pub fn find() -> Tools {
        let folders: Vec<PathBuf> =
            std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
        let find = |name: &str| folders.iter().map(|f| f.join(name)).find(|p| p.is_file());
        let mut tools = Tools {
            pdftotext: find("pdftotext"),
            pdfinfo: find("pdfinfo"),
            pdftoppm: find("pdftoppm"),
            tesseract: find("tesseract"),
            ffmpeg: find("ffmpeg"),
            pocketsphinx: find("pocketsphinx_continuous"),
            ..Tools::default()
        };
        if let Some(program) = tools.pdftotext.as_deref() {
            tools.poppler_version = version(program, "-v").unwrap_or_default();
        }
        if let Some(program) = tools.tesseract.as_deref() {
            tools.tesseract_version = version(program, "--version").unwrap_or_default();
        }
        tools
    }

    /// What is missing, with what it would read.
    pub fn missing(&self) -> Vec<(&'static str, &'static str)> {
        let mut missing = Vec::new();
        if self.pdftotext.is_none() {
            missing.push(("poppler-utils", "PDF documents"));
        }
        if self.tesseract.is_none() {
            missing.push(("tesseract-ocr", "scans and photos"));
        }
        if self.ffmpeg.is_none() {
            missing.push(("ffmpeg", "recordings"));
        }
        if self.pocketsphinx.is_none() {
            missing.push(("pocketsphinx", "recordings"));
        }
        missing
    }
}

/// `pdftotext version 22.12.0` to `22.12.0`.
fn version(program: &Path, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).env_clear().output().ok()?;
    let said = if output.stdout.is_empty() { &output.stderr } else { &output.stdout };
    let text = String::from_utf8_lossy(said).into_owned();
    text.lines().next()?.rsplit(' ').next().map(str::to_owned)
}

/// How much a program may complain before the rest is not read.
const COMPLAINTS: u64 = 16 << 10;

/// Runs a program without an environment but for where programs are, and gives its output to `use_it` as it comes. Also
/// answers what it said on its error output.
///
/// # Errors
///
/// Where it cannot be started, and where it took longer than `seconds`: then it was ended.
pub fn run<'a, T>(
    program: &Path,
    arguments: impl IntoIterator<Item = &'a OsStr>,
    seconds: u64,
    use_it: impl FnOnce(ChildStdout) -> T,
) -> Result<Ran<T>, Fail> {
    run_with(program, arguments, seconds, Vec::new(), use_it)
}

/// The same with something for it to read on its input.
pub fn run_with<'a, T>(
    program: &Path,
    arguments: impl IntoIterator<Item = &'a OsStr>,
    seconds: u64,
    input: Vec<u8>,
    use_it: impl FnOnce(ChildStdout) -> T,
) -> Result<Ran<T>, Fail> {
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|_| Fail::ToolMissing)?;
    if let Some(mut entry) = child.stdin.take() {
        // On a thread of its own: a program that writes before it has read all would wait for us, and we for it.
        std::thread::spawn(move || entry.write_all(&input));
    }
    let (Some(out), Some(err)) = (child.stdout.take(), child.stderr.take()) else { return Err(Fail::ToolMissing) };
    let listener = std::thread::spawn(move || {
        let mut said = String::new();
        let mut err = err;
        let _ = err.by_ref().take(COMPLAINTS).read_to_string(&mut said);
        // Whoever is not listened to would wait for ever.
        let _ = std::io::copy(&mut err, &mut std::io::sink());
        said
    });
    // The output ends when the program does: whoever ends it late ends the reading.
    let (done, watched) = std::sync::mpsc::channel::<()>();
    let watch = std::thread::spawn(move || watch(child, Duration::from_secs(seconds), &watched));
    let value = use_it(out);
    drop(done);
    let succeeded = watch.join().unwrap_or(None);
    let said = listener.join().unwrap_or_default();
    succeeded.map(|succeeded| Ran { value, said, succeeded }).ok_or(Fail::TimedOut)
}

/// What came of a program.
pub struct Ran<T> {
    pub value: T,
    /// On its error output.
    pub said: String,
    /// It ended by itself, and said that all is well.
    pub succeeded: bool,
}

/// Waits until a program has ended: whether it succeeded, or `None` where it took too long and was ended. Once nobody
/// reads it any more it has a second left.
fn watch(mut child: Child, time: Duration, read: &Receiver<()>) -> Option<bool> {
    let mut end = Instant::now() + time;
    let mut reading = true;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) if Instant::now() >= end => {
                let _ = child.kill();
                let _ = child.wait();
                return if reading { None } else { Some(false) };
            }
            Ok(None) | Err(_) => {}
        }
        if !reading {
            std::thread::sleep(Duration::from_millis(5));
        } else if let Err(RecvTimeoutError::Disconnected) = read.recv_timeout(Duration::from_millis(5)) {
            reading = false;
            end = end.min(Instant::now() + Duration::from_secs(1));
        }
    }
}
