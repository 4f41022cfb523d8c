//! Reads documents in a process of their own: `solatium extract`, which shuts itself in.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use extract::Extraction;
use service::ports::{Reader, ReaderError};

/// A document is given up after so long; the process has bounds of its own that end it before.
const LONGEST: Duration = Duration::from_secs(180);
/// What it may say at most: candidates of 300 pages are far below.
const LARGEST_ANSWER: u64 = 16 << 20;

pub struct Process {
    program: PathBuf,
    /// Where a document lies while it is read, in clear.
    folder: PathBuf,
}

impl Process {
    /// `data_dir`: below it documents lie while they are read. What a crash left there is removed.
    pub fn open(data_dir: &Path) -> anyhow::Result<Process> {
        let folder = data_dir.join("reading");
        crate::state::make_private(&folder)?;
        for old in std::fs::read_dir(&folder)?.flatten() {
            // Another process of this directory may read it at this moment: documents are read for minutes at most.
            let is_old = old
                .metadata()
                .and_then(|m| m.modified())
                .is_ok_and(|at| at.elapsed().unwrap_or_default() > 2 * LONGEST);
            if is_old {
                let _ = std::fs::remove_file(old.path());
            }
        }
        let program = std::env::current_exe().context("finding this program itself")?;
        Ok(Process { program, folder })
    }
}

fn failed(error: impl std::fmt::Display) -> ReaderError {
    ReaderError(error.to_string())
}

#[async_trait]
impl Reader for Process {
    async fn read(&self, bytes: Vec<u8>) -> Result<Extraction, ReaderError> {
        let folder = self.folder.clone();
        let program = self.program.clone();
        let work = tokio::task::spawn_blocking(move || {
            // Only we can read it, and it goes when this ends, however it ends.
            let mut file = tempfile::Builder::new().prefix("document-").tempfile_in(folder).map_err(failed)?;
            file.write_all(&bytes).map_err(failed)?;
            let arguments = [OsStr::new("extract"), file.path().as_os_str(), OsStr::new("--json")];
            let (answer, said) = extract::run(&program, arguments, LONGEST.as_secs(), |out| {
                let mut answer = Vec::new();
                out.take(LARGEST_ANSWER).read_to_end(&mut answer).map(|_| answer)
            })
            .map_err(|fail| failed(fail.words()))?;
            // An answer that is cut or none: the process was ended. What it said is about itself, not the document.
            serde_json::from_slice(&answer.map_err(failed)?)
                .map_err(|error| failed(format!("{error}: {}", said.lines().next().unwrap_or_default())))
        });
        work.await.map_err(failed)?
    }
}
