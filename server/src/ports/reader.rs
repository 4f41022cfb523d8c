//! Reads documents in a process of their own: `solatium extract`, which shuts itself in.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use extract::{Extraction, Fail, Kind};
use service::ports::{Reader, ReaderError};

/// A document is given up after so long; the process has bounds of its own that end it before. A recording of five
/// minutes is heard three times.
const LONGEST: Duration = Duration::from_secs(600);
/// What it may say at most: candidates of 300 pages are far below.
const LARGEST_ANSWER: u64 = 16 << 20;

pub struct Process {
    program: PathBuf,
    /// Where a document lies while it is read, in clear.
    folder: PathBuf,
    /// Programs that were not here at the start, with what they would read.
    missing: Vec<(&'static str, &'static str)>,
}

impl Process {
    /// `data_dir`: below it documents lie while they are read. What a crash left there is removed.
    pub fn open(data_dir: &Path) -> anyhow::Result<Process> {
        let folder = data_dir.join("reading");
        crate::state::make_private(&folder)?;
        tidy(&folder);
        let program = std::env::current_exe().context("finding this program itself")?;
        Ok(Process { program, folder, missing: extract::Tools::find().missing() })
    }
}

/// Removes what a process that was killed has left. Another process of this directory may be reading at this moment.
fn tidy(folder: &Path) {
    for old in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        // Whoever reads a document holds its lock, which ends with the process.
        let left = std::fs::File::open(old.path()).is_ok_and(|file| file.try_lock().is_ok());
        let age = old.metadata().and_then(|m| m.modified()).map(|at| at.elapsed().unwrap_or_default());
        // One that was made a moment ago is about to be locked.
        if left && age.is_ok_and(|age| age > Duration::from_secs(5)) {
            let _ = std::fs::remove_file(old.path());
        }
    }
}

fn failed(error: impl std::fmt::Display) -> ReaderError {
    ReaderError(error.to_string())
}

/// What the process said.
enum Said {
    This(Vec<u8>),
    /// It took too long: trying again would take as long.
    TimedOut,
    /// It ran out of what it may use, or was broken by what it read: it would be again.
    Ended,
}

impl Process {
    /// What was made of a document; `None` where it cannot be.
    async fn made(
        &self,
        bytes: Vec<u8>,
        how: Vec<String>,
        password: Option<&str>,
    ) -> Result<Option<Vec<u8>>, ReaderError> {
        match self.run(bytes, how, password).await? {
            Said::This(made) => Ok(Some(made)),
            Said::TimedOut | Said::Ended => Ok(None),
        }
    }

    /// Runs `solatium extract` on these bytes, which lie in a file of ours for as long as that takes.
    async fn run(&self, bytes: Vec<u8>, mut how: Vec<String>, password: Option<&str>) -> Result<Said, ReaderError> {
        // On its input: whoever lists processes sees arguments. (The child has to give it to poppler as one.)
        let input = password.map(|password| format!("{password}\n").into_bytes()).unwrap_or_default();
        if !input.is_empty() {
            how.push("--password".into());
        }
        let folder = self.folder.clone();
        let program = self.program.clone();
        let work = tokio::task::spawn_blocking(move || {
            tidy(&folder);
            // Only we can read it, and it goes when this ends, however it ends.
            let mut file = tempfile::Builder::new().prefix("document-").tempfile_in(&folder).map_err(failed)?;
            file.as_file().lock().map_err(failed)?;
            file.write_all(&bytes).map_err(failed)?;
            drop(bytes);
            let arguments = [OsStr::new("extract"), file.path().as_os_str()];
            let arguments = arguments.into_iter().chain(how.iter().map(OsStr::new));
            let ran = extract::run_with(&program, arguments, LONGEST.as_secs(), input, |out| {
                let mut answer = Vec::new();
                out.take(LARGEST_ANSWER).read_to_end(&mut answer).map(|_| answer)
            });
            let ran = match ran {
                Ok(ran) => ran,
                Err(Fail::TimedOut) => return Ok(Said::TimedOut),
                Err(fail) => return Err(failed(fail.words())),
            };
            if !ran.succeeded {
                tracing::warn!(said = ran.said.lines().next(), "the reader of a document ended");
                return Ok(Said::Ended);
            }
            ran.value.map(Said::This).map_err(failed)
        });
        work.await.map_err(failed)?
    }
}

#[async_trait]
impl Reader for Process {
    fn missing(&self) -> Vec<(&'static str, &'static str)> {
        self.missing.clone()
    }

    async fn read(&self, bytes: Vec<u8>, password: Option<&str>) -> Result<Extraction, ReaderError> {
        match self.run(bytes, vec!["--json".into()], password).await? {
            Said::This(answer) => serde_json::from_slice(&answer).map_err(failed),
            Said::TimedOut => Ok(Extraction::failed(Kind::Unknown, Fail::TimedOut)),
            Said::Ended => Ok(Extraction::failed(Kind::Unknown, Fail::ReaderFailed)),
        }
    }

    async fn picture(&self, bytes: Vec<u8>, page: u32, password: Option<&str>) -> Result<Option<Vec<u8>>, ReaderError> {
        self.made(bytes, vec!["--picture".into(), page.to_string()], password).await
    }

    async fn sound(&self, bytes: Vec<u8>) -> Result<Option<Vec<u8>>, ReaderError> {
        self.made(bytes, vec!["--sound".into()], None).await
    }
}
