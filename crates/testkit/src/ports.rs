//! Mail that is kept, and files in a directory.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use extract::{Limits, Portion, Tools};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use service::Ports;
use service::ports::{BillingService, BillingServiceError, Event, Known, Pushed, Standing};
use service::ports::{FileError, Files, Letter, Made, Mail, MailError, Pieces, Reader, ReaderError, Stored, Writing};
use service::ports::{Steps, Trainer, TrainerError};
use service::training::{Example, Wanted};

/// Without mail, with files below a directory, where a server process finds them too.
pub fn below(dir: &Path) -> Ports {
    let files = Directory(dir.join("files"));
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    Ports {
        mail: None,
        files: Arc::new(files),
        reader: Arc::new(InProcess),
        trainer: Arc::new(InProcess),
        billing: Arc::new(service::ports::Manual),
        scanner: None,
        files_are_shared: true,
        public_url: "http://solatium.test".into(),
        audit_key: Arc::new(key),
    }
}

/// Reads and trains in this process: what is read and learnt from is the tests' own.
pub struct InProcess;

#[async_trait]
impl Trainer for InProcess {
    async fn train(&self, wanted: Wanted, examples: Arc<Vec<Example>>, steps: Steps) -> Result<Vec<u8>, TrainerError> {
        let work = move || wanted.train(&examples, &*steps).map_err(TrainerError);
        tokio::task::spawn_blocking(work).await.unwrap()
    }
}

fn tools(password: Option<&str>) -> Tools {
    Tools { password: password.map(str::to_owned), ..Tools::find() }
}

async fn written(mut source: Pieces) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    while let Some(piece) = source.next().await {
        std::io::Write::write_all(&mut file, &piece.unwrap()).unwrap();
    }
    file
}

#[async_trait]
impl Reader for InProcess {
    fn missing(&self) -> Vec<(&'static str, &'static str)> {
        Tools::find().missing()
    }

    async fn read(&self, source: Pieces, from: u32, password: Option<&str>) -> Result<Portion, ReaderError> {
        let file = written(source).await;
        Ok(extract::portion(file.path(), &tools(password), &Limits::default(), from))
    }

    async fn make(&self, source: Pieces, what: Made, password: Option<&str>) -> Result<Option<Vec<u8>>, ReaderError> {
        let (file, tools, limits) = (written(source).await, tools(password), Limits::default());
        let made = match what {
            Made::Picture(page) => extract::picture(file.path(), page, &tools, &limits),
            Made::Sound => extract::sound(file.path(), &tools, &limits),
            Made::Preview => extract::preview(file.path(), &tools, &limits),
        };
        Ok(made.ok())
    }
}

/// Never comes to an end with a document, as one whose process is killed each time.
pub struct Failing;

#[async_trait]
impl Reader for Failing {
    fn missing(&self) -> Vec<(&'static str, &'static str)> {
        vec![("poppler-utils", "PDF documents")]
    }

    async fn read(&self, _: Pieces, _: u32, _: Option<&str>) -> Result<Portion, ReaderError> {
        Err(ReaderError("the process ended".into()))
    }

    async fn make(&self, _: Pieces, _: Made, _: Option<&str>) -> Result<Option<Vec<u8>>, ReaderError> {
        Err(ReaderError("the process ended".into()))
    }
}

/// Recognises pages that say what they are told to, one a portion, and is killed before a page as often as it is told.
#[derive(Default)]
pub struct Pages {
    pub count: u32,
    /// Before which page it is killed.
    pub killed_at: Mutex<Vec<u32>>,
    /// The pages that were asked for.
    pub asked: Mutex<Vec<u32>>,
}

#[async_trait]
impl Reader for Pages {
    fn missing(&self) -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }

    async fn read(&self, _: Pieces, from: u32, _: Option<&str>) -> Result<Portion, ReaderError> {
        self.asked.lock().unwrap().push(from);
        let mut killed = self.killed_at.lock().unwrap();
        if let Some(at) = killed.iter().position(|page| *page == from) {
            killed.remove(at);
            return Err(ReaderError("the process ended".into()));
        }
        let text = format!("Physiotherapy: £{from}.00");
        let mut read = {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), &text).unwrap();
            extract::portion(file.path(), &Tools::default(), &Limits::default(), 1)
        };
        (read.kind, read.count) = (extract::Kind::Pdf, self.count);
        read.next = (from < self.count).then_some(from + 1);
        for page in &mut read.pages {
            (page.page, page.recognised) = (from, true);
            page.candidates.iter_mut().for_each(|found| found.page = from);
        }
        Ok(read)
    }

    async fn make(&self, _: Pieces, _: Made, _: Option<&str>) -> Result<Option<Vec<u8>>, ReaderError> {
        Ok(None)
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

    async fn begin(&self, path: &str) -> Result<Box<dyn Writing>, FileError> {
        let place = self.place(path);
        std::fs::create_dir_all(place.parent().unwrap()).map_err(failed)?;
        Ok(Box::new(Begun { place, file: tempfile::NamedTempFile::new().map_err(failed)? }))
    }

    async fn size(&self, path: &str) -> Result<Option<u64>, FileError> {
        Ok(std::fs::metadata(self.place(path)).ok().map(|about| about.len()))
    }

    async fn part(&self, path: &str, range: Range<u64>) -> Result<Bytes, FileError> {
        let bytes = std::fs::read(self.place(path)).map_err(failed)?;
        let part = bytes.get(range.start as usize..range.end as usize);
        part.map(Bytes::copy_from_slice).ok_or_else(|| FileError("there is no such part".into()))
    }

    async fn tidy(&self, _: DateTime<Utc>) -> Result<(), FileError> {
        Ok(())
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

struct Begun {
    place: PathBuf,
    file: tempfile::NamedTempFile,
}

#[async_trait]
impl Writing for Begun {
    async fn write(&mut self, piece: Vec<u8>) -> Result<(), FileError> {
        std::io::Write::write_all(&mut self.file, &piece).map_err(failed)
    }

    async fn finish(self: Box<Self>) -> Result<(), FileError> {
        std::fs::copy(self.file.path(), &self.place).map(drop).map_err(failed)
    }

    async fn abandon(self: Box<Self>) {}
}

/// A file of bytes that are at hand, as somebody sends it.
pub fn sent(bytes: impl Into<Vec<u8>>) -> service::files::Source<'static> {
    let bytes: Vec<u8> = bytes.into();
    // In pieces, as they come.
    let pieces: Vec<_> = bytes.chunks(64 << 10).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces).boxed()
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

/// A billing service that remembers what it is told and told of: documents by their ids there, with what was paid.
#[derive(Default)]
pub struct Online {
    documents: Mutex<BTreeMap<String, (i64, i64, String)>>,
    taken_back: Mutex<BTreeMap<String, i64>>,
}

impl Online {
    /// Pays so many pence more of a document.
    pub fn pay(&self, external: &str, pence: i64) {
        let mut all = self.documents.lock().unwrap();
        let (gross, paid, stands) = all.get_mut(external).unwrap();
        *paid += pence;
        *stands = if *paid >= *gross { "paid" } else { "open" }.into();
    }

    /// Gives so many pence back of what was paid; that it was paid stays.
    pub fn give_back(&self, external: &str, pence: i64) {
        self.taken_back.lock().unwrap().insert(external.to_owned(), pence);
    }

    /// Forgets a document.
    pub fn forget(&self, external: &str) {
        self.documents.lock().unwrap().remove(external);
    }

    /// How many it knows.
    pub fn count(&self) -> usize {
        self.documents.lock().unwrap().len()
    }
}

#[async_trait]
impl BillingService for Online {
    fn name(&self) -> &'static str {
        "online"
    }

    async fn push_document(&self, document: &Pushed) -> Result<Known, BillingServiceError> {
        let external = format!("in_{}", document.document);
        let fresh = (document.gross.pence(), 0, "open".to_owned());
        self.documents.lock().unwrap().entry(external.clone()).or_insert(fresh);
        let link = Some(format!("https://pay.test/{external}"));
        Ok(Known { external, customer: document.customer.clone().unwrap_or_else(|| "cus_1".into()), link })
    }

    async fn payment_link(&self, external: &str) -> Result<Option<String>, BillingServiceError> {
        Ok(Some(format!("https://pay.test/{external}")))
    }

    /// `id kind external`, signed by the word "signed".
    fn record_event(&self, body: &[u8], signature: &str, _: DateTime<Utc>) -> Result<Event, BillingServiceError> {
        let text = String::from_utf8_lossy(body).into_owned();
        let parts: Vec<&str> = text.split(' ').collect();
        match (parts.as_slice(), signature) {
            ([id, kind, external], "signed") => {
                Ok(Event { id: (*id).to_owned(), kind: (*kind).to_owned(), external: Some((*external).to_owned()) })
            }
            _ => Err(BillingServiceError::Refused("no".into())),
        }
    }

    async fn reconcile(&self, external: &str) -> Result<Standing, BillingServiceError> {
        let all = self.documents.lock().unwrap();
        let (gross, paid, stands) = all.get(external).ok_or_else(|| BillingServiceError::Refused("unknown".into()))?;
        Ok(Standing {
            paid: domain::Money::from_pence(*paid),
            asked: domain::Money::from_pence((gross - paid).max(0)),
            stands: stands.clone(),
            link: None,
            taken_back: domain::Money::from_pence(
                self.taken_back.lock().unwrap().get(external).copied().unwrap_or_default(),
            ),
            disputed: false,
        })
    }
}
