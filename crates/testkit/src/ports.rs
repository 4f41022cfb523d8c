//! Mail that is kept, and files in a directory.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use extract::{Extraction, Limits, Tools};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use service::Ports;
use service::ports::{FileError, Files, Letter, Mail, MailError, Reader, ReaderError, Stored};

/// Without mail, with files below a directory, where a server process finds them too.
pub fn below(dir: &Path) -> Ports {
    let files = Directory(dir.join("files"));
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    Ports {
        mail: None,
        files: Arc::new(files),
        reader: Arc::new(InProcess),
        scanner: None,
        files_are_shared: true,
        public_url: "http://solatium.test".into(),
        audit_key: Arc::new(key),
    }
}

/// Reads in this process: what is read is the tests' own.
pub struct InProcess;

fn tools(password: Option<&str>) -> Tools {
    Tools { password: password.map(str::to_owned), ..Tools::find() }
}

#[async_trait]
impl Reader for InProcess {
    fn missing(&self) -> Vec<(&'static str, &'static str)> {
        Tools::find().missing()
    }

    async fn read(&self, bytes: Vec<u8>, password: Option<&str>) -> Result<Extraction, ReaderError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        Ok(extract::read(file.path(), &tools(password), &Limits::default()))
    }

    async fn picture(&self, bytes: Vec<u8>, page: u32, password: Option<&str>) -> Result<Option<Vec<u8>>, ReaderError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        Ok(extract::picture(file.path(), page, &tools(password), &Limits::default()).ok())
    }

    async fn sound(&self, bytes: Vec<u8>) -> Result<Option<Vec<u8>>, ReaderError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        Ok(extract::sound(file.path(), &Tools::find(), &Limits::default()).ok())
    }
}

/// Never comes to an end with a document, as one whose process is killed each time.
pub struct Failing;

#[async_trait]
impl Reader for Failing {
    fn missing(&self) -> Vec<(&'static str, &'static str)> {
        vec![("poppler-utils", "PDF documents")]
    }

    async fn read(&self, _: Vec<u8>, _: Option<&str>) -> Result<Extraction, ReaderError> {
        Err(ReaderError("the process ended".into()))
    }

    async fn picture(&self, _: Vec<u8>, _: u32, _: Option<&str>) -> Result<Option<Vec<u8>>, ReaderError> {
        Err(ReaderError("the process ended".into()))
    }

    async fn sound(&self, _: Vec<u8>) -> Result<Option<Vec<u8>>, ReaderError> {
        Err(ReaderError("the process ended".into()))
    }
}

pub struct Directory(PathBuf);

impl Directory {
    /// Where a file is, for tests that look at it or spoil it.
    pub fn place(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }
}

fn failed(error: std::io::Error) -> FileError {
    FileError(error.to_string())
}

#[async_trait]
impl Files for Directory {
    async fn put(&self, path: &str, bytes: Vec<u8>) -> Result<(), FileError> {
        let place = self.place(path);
        std::fs::create_dir_all(place.parent().unwrap()).map_err(failed)?;
        std::fs::write(place, bytes).map_err(failed)
    }

    async fn get(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        match std::fs::read(self.place(path)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    async fn delete(&self, path: &str) -> Result<(), FileError> {
        match std::fs::remove_file(self.place(path)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(error)),
            _ => Ok(()),
        }
    }

    fn list(&self) -> BoxStream<'_, Result<Stored, FileError>> {
        let (mut found, mut dirs) = (Vec::new(), vec![self.0.clone()]);
        while let Some(dir) = dirs.pop() {
            for entry in std::fs::read_dir(dir).into_iter().flatten().map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() {
                    dirs.push(entry.path());
                    continue;
                }
                let path = entry.path().strip_prefix(&self.0).unwrap().display().to_string();
                found.push(Ok(Stored { path, modified: entry.metadata().unwrap().modified().unwrap().into() }));
            }
        }
        stream::iter(found).boxed()
    }
}

/// A mail server that keeps what it is given, or fails as it is told.
#[derive(Default)]
pub struct Mailbox {
    letters: Mutex<Vec<Letter>>,
    /// How it answers next.
    pub failures: Mutex<Vec<MailError>>,
}

impl Mailbox {
    pub fn letters(&self) -> Vec<Letter> {
        self.letters.lock().unwrap().clone()
    }

    pub fn fail(&self, error: MailError) {
        self.failures.lock().unwrap().push(error);
    }
}

#[async_trait]
impl Mail for Mailbox {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        if let Some(error) = self.failures.lock().unwrap().pop() {
            return Err(error);
        }
        self.letters.lock().unwrap().push(letter.clone());
        Ok(())
    }
}
