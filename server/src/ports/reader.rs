//! Reads documents in a process of their own: `solatium extract`, which shuts itself in.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use extract::{Fail, Kind, Portion};
use futures_util::StreamExt;
use service::ports::{Made, Pieces, Reader, ReaderError, ShutIn};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;

/// A document is given up after so long; the process has bounds of its own that end it before. A recording of five
/// minutes is heard three times.
const LONGEST: Duration = Duration::from_secs(600);
/// What it may say at most: a video's preview is the largest.
const LARGEST_ANSWER: u64 = 32 << 20;

pub struct Process {
    program: PathBuf,
    /// Where a document lies while it is read, in clear.
    folder: PathBuf,
    /// Programs that were not here at the start, with what they would read.
    missing: Vec<(&'static str, &'static str)>,
    shut: Shut,
    /// Places of processes that read at once, whoever asked and whether they still wait.
    places: Arc<Semaphore>,
}

const PLACES: usize = 4;

/// How the reader is shut in: the first of these that this machine offers, and nothing weaker.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shut {
    /// By itself, with Landlock and seccomp.
    Itself,
    /// By bubblewrap, where the kernel has no Landlock.
    Bubblewrap(PathBuf),
    /// It cannot be: documents are kept, and entered by hand.
    Not,
}

impl Shut {
    fn find(program: &Path) -> Shut {
        let check = |through: Option<&Path>| {
            // Any file does: none is read.
            let (program, arguments) = command(through, program, program, &["--check".into()]);
            let mut child = std::process::Command::new(program);
            child.args(arguments).env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
            child.output().is_ok_and(|output| output.status.success())
        };
        if check(None) {
            return Shut::Itself;
        }
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&folders).map(|folder| folder.join("bwrap")).find(|path| path.is_file());
        match found.filter(|found| check(Some(found))) {
            Some(found) => Shut::Bubblewrap(found),
            None => Shut::Not,
        }
    }
}

/// The program to start and its arguments, for `program extract FILE` with the others behind. `through`: bubblewrap, which
/// shows it the system's programs, itself and the file, all to be read only, and no network and no other process.
pub fn command(through: Option<&Path>, program: &Path, file: &Path, how: &[String]) -> (PathBuf, Vec<OsString>) {
    let own = [OsString::from("extract"), file.into()].into_iter().chain(how.iter().map(OsString::from));
    let Some(bubblewrap) = through else { return (program.to_owned(), own.collect()) };
    let mut all: Vec<OsString> =
        ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--dev", "/dev"]
            .map(OsString::from)
            .into();
    let files = extract::sandbox::SYSTEM.iter().map(Path::new).filter(|path| !path.starts_with("/dev"));
    for path in files.chain([program, file]) {
        all.extend(["--ro-bind-try".into(), path.into(), path.into()]);
    }
    all.extend(["--remount-ro".into(), "/dev".into(), "--remount-ro".into(), "/".into(), program.into()]);
    all.extend(own);
    all.push("--inside".into());
    (bubblewrap.to_owned(), all)
}

impl Process {
    /// `data_dir`: below it documents lie while they are read. What a crash left there is removed.
    pub fn open(data_dir: &Path) -> anyhow::Result<Process> {
        let folder = data_dir.join("reading");
        crate::state::make_private(&folder)?;
        tidy(&folder);
        let program = std::env::current_exe().context("finding this program itself")?;
        let shut = Shut::find(&program);
        Ok(Process {
            program,
            folder,
            missing: extract::Tools::find().missing(),
            shut,
            places: Arc::new(Semaphore::new(PLACES)),
        })
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
    /// Runs `solatium extract` on these bytes, which lie in a file of ours for as long as that takes.
    async fn run(&self, source: Pieces, mut how: Vec<String>, password: Option<&str>) -> Result<Said, ReaderError> {
        // On its input: whoever lists processes sees arguments. (The child has to give it to poppler as one.)
        let input = password.map(|password| format!("{password}\n").into_bytes()).unwrap_or_default();
        if !input.is_empty() {
            how.push("--password".into());
        }
        how.push("--any-size".into());
        let place = self.places.clone().acquire_owned().await.map_err(failed)?;
        let file = self.written(source).await?;
        let through = match &self.shut {
            Shut::Bubblewrap(path) => Some(path.as_path()),
            // Where it cannot be shut in, it says so itself and reads nothing.
            Shut::Itself | Shut::Not => None,
        };
        let (program, arguments) = command(through, &self.program, file.path(), &how);
        let work = tokio::task::spawn_blocking(move || {
            // Both stay until the process is done, also where nobody waits for it any more.
            let _stay = (file, place);
            let arguments = arguments.iter().map(OsString::as_os_str);
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

    /// A file with these bytes, which only we can read, and which goes when it is dropped, however that comes.
    async fn written(&self, mut source: Pieces) -> Result<NamedTempFile, ReaderError> {
        let folder = self.folder.clone();
        let made = tokio::task::spawn_blocking(move || {
            tidy(&folder);
            let file = tempfile::Builder::new().prefix("document-").tempfile_in(&folder).map_err(failed)?;
            file.as_file().lock().map_err(failed)?;
            let writes = file.as_file().try_clone().map_err(failed)?;
            Ok((file, tokio::fs::File::from_std(writes)))
        });
        let (file, mut writes) = made.await.map_err(failed)??;
        while let Some(piece) = source.next().await {
            writes.write_all(&piece.map_err(failed)?).await.map_err(failed)?;
        }
        writes.flush().await.map_err(failed)?;
        Ok(file)
    }
}

#[async_trait]
impl Reader for Process {
    fn missing(&self) -> Vec<(&'static str, &'static str)> {
        self.missing.clone()
    }

    fn shut_in(&self) -> ShutIn {
        match self.shut {
            Shut::Itself => ShutIn::Fully,
            Shut::Bubblewrap(_) => ShutIn::ByBubblewrap,
            Shut::Not => ShutIn::Not,
        }
    }

    async fn read(&self, source: Pieces, from: u32, password: Option<&str>) -> Result<Portion, ReaderError> {
        match self.run(source, vec!["--from".into(), from.to_string()], password).await? {
            Said::This(answer) => serde_json::from_slice(&answer).map_err(failed),
            Said::TimedOut => Ok(Portion::failed(Kind::Unknown, Fail::TimedOut)),
            Said::Ended => Ok(Portion::failed(Kind::Unknown, Fail::ReaderFailed)),
        }
    }

    async fn make(&self, source: Pieces, what: Made, password: Option<&str>) -> Result<Option<Vec<u8>>, ReaderError> {
        let how = match what {
            Made::Picture(page) => vec!["--picture".into(), page.to_string()],
            Made::Sound => vec!["--sound".into()],
            Made::Preview => vec!["--preview".into()],
        };
        match self.run(source, how, password).await? {
            Said::This(made) => Ok(Some(made)),
            Said::TimedOut | Said::Ended => Ok(None),
        }
    }
}
