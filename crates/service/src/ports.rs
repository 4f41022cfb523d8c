//! What the use cases reach outside the process: mail and files. The server brings the real ones,
//! tests bring their own.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::Money;
use domain::id::{CompanyId, InvoiceId};
use ed25519_dalek::SigningKey;
use futures_util::stream::BoxStream;

use crate::training::{Example, Wanted};

/// The way out, as a server has it. Cheap to clone.
#[derive(Clone)]
pub struct Ports {
    /// `None` where no mail server is set: links are then shown once instead.
    pub mail: Option<Arc<dyn Mail>>,
    pub files: Arc<dyn Files>,
    pub reader: Arc<dyn Reader>,
    pub trainer: Arc<dyn Trainer>,
    /// Where documents are paid online; one by hand where nothing is connected.
    pub billing: Arc<dyn BillingService>,
    /// `None` where documents are not scanned.
    pub scanner: Option<Arc<dyn Scanner>>,
    /// Whether every process that shares the database reaches these files.
    pub files_are_shared: bool,
    /// How people reach the site, without a slash at the end: what links in mails begin with.
    pub public_url: String,
    /// Signs the heads of the audit log.
    pub audit_key: Arc<SigningKey>,
}

/// A letter in plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The same at each attempt, so that a mail server can tell a second one.
    pub id: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub attached: Vec<Attached>,
}

/// A file that goes with a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    pub name: String,
    /// Its content type.
    pub kind: &'static str,
    pub bytes: Vec<u8>,
}

/// Why a letter did not leave.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The mail server says that it never will: nobody has this address.
    #[error("the mail server refuses the recipient: {0}")]
    Refused(String),
    /// It may work later.
    #[error("the mail server cannot be reached or does not take mail now: {0}")]
    Failed(String),
}

#[async_trait]
pub trait Mail: Send + Sync {
    /// Hands a letter to the mail server.
    async fn send(&self, letter: &Letter) -> Result<(), MailError>;
}

/// A request to a server of somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// `GET` or `POST`.
    pub method: &'static str,
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// Its answer, whatever its status is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    pub status: u16,
    pub body: Vec<u8>,
}

/// Why a request was not made or not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The address is none that may be asked; trying again does not help.
    #[error("the address may not be asked: {0}")]
    Forbidden(String),
    /// It may work later.
    #[error("the server cannot be reached or does not answer: {0}")]
    Failed(String),
}

/// Asks servers of others. It asks public addresses only, over TLS, and follows no redirect, so that no address that comes
/// from somebody else reaches into the network that we stand in.
#[async_trait]
pub trait Outbound: Send + Sync {
    async fn send(&self, request: Outgoing) -> Result<Answered, OutboundError>;
}

/// A document for a billing service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    pub document: InvoiceId,
    pub number: String,
    pub company: CompanyId,
    pub company_name: String,
    /// Of its billing contact, to whom the service sends its own letters.
    pub email: String,
    /// Under which name the service knows the company.
    pub customer: Option<String>,
    pub gross: Money,
    /// What it is for, in a line.
    pub words: String,
    pub due_in_days: u32,
}

/// Under which names a billing service knows a document and its company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub external: String,
    pub customer: String,
    pub link: Option<String>,
}

/// What a billing service says of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub paid: Money,
    /// What it still asks for.
    pub asked: Money,
    /// What was paid and went back since.
    pub taken_back: Money,
    /// Whoever paid says that they did not.
    pub disputed: bool,
    /// As the service calls it, such as `open`, `paid`, `void`.
    pub stands: String,
    pub link: Option<String>,
}

/// Something that happened there. What it says of amounts is not believed: the document is fetched again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub id: String,
    pub kind: String,
    /// The document there that it is about, where it is about one.
    pub external: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BillingServiceError {
    /// It never will: what was sent is wrong, or the service does not do this.
    #[error("the billing service refuses: {0}")]
    Refused(String),
    /// It may work later.
    #[error("the billing service cannot be reached: {0}")]
    Failed(String),
}

/// A service by which documents are paid. Our ledger is what is true: theirs is told of documents and asked what was paid.
#[async_trait]
pub trait BillingService: Send + Sync {
    /// `manual`, `stripe`.
    fn name(&self) -> &'static str;
    /// Whether documents are pushed to it at all.
    fn connected(&self) -> bool {
        true
    }
    /// Makes the document there. The same document again makes no second one.
    async fn push_document(&self, document: &Pushed) -> Result<Known, BillingServiceError>;
    /// Where it is paid, where there is such a page.
    async fn payment_link(&self, external: &str) -> Result<Option<String>, BillingServiceError>;
    /// An event as it came in, whose signature is over these very bytes. `now`: an old one is refused.
    ///
    /// # Errors
    ///
    /// Refused where the signature is missing, wrong or old, and where the bytes are no event.
    fn record_event(&self, body: &[u8], signature: &str, now: DateTime<Utc>) -> Result<Event, BillingServiceError>;
    /// What it says of a document now.
    async fn reconcile(&self, external: &str) -> Result<Standing, BillingServiceError>;
}

/// Bank transfers, which people record or the bank's file brings: nothing is connected.
pub struct Manual;

#[async_trait]
impl BillingService for Manual {
    fn name(&self) -> &'static str {
        "manual"
    }

    fn connected(&self) -> bool {
        false
    }

    async fn push_document(&self, document: &Pushed) -> Result<Known, BillingServiceError> {
        // The number is what a transfer quotes.
        Ok(Known { external: document.number.clone(), customer: document.company.to_string(), link: None })
    }

    async fn payment_link(&self, _: &str) -> Result<Option<String>, BillingServiceError> {
        Ok(None)
    }

    fn record_event(&self, _: &[u8], _: &str, _: DateTime<Utc>) -> Result<Event, BillingServiceError> {
        Err(BillingServiceError::Refused("no billing service is connected".into()))
    }

    async fn reconcile(&self, _: &str) -> Result<Standing, BillingServiceError> {
        Err(BillingServiceError::Refused("no billing service is connected: read the bank’s file".into()))
    }
}

/// Why a document came back unread; it may work later, and is no fault of the document.
#[derive(Debug, thiserror::Error)]
#[error("the reader of documents: {0}")]
pub struct ReaderError(pub String);

/// What is made of a document for looking at it and listening to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// A page as a PNG; pages count from 1.
    Picture(u32),
    /// A recording's sound as an MP3.
    Sound,
    /// A video as a small MP4.
    Preview,
}

/// How the reader is shut in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShutIn {
    Fully,
    /// The kernel has no Landlock.
    ByBubblewrap,
    /// Nothing is read.
    Not,
}

/// Reads documents somewhere where they can do no harm. `source`: the file, piece by piece. `password`: of a locked one;
/// used for this reading and kept nowhere.
#[async_trait]
pub trait Reader: Send + Sync {
    /// Which programs are not here, and what they would read.
    fn missing(&self) -> Vec<(&'static str, &'static str)>;
    /// How documents are kept from doing harm while they are read.
    fn shut_in(&self) -> ShutIn {
        ShutIn::Fully
    }
    /// What the pages from one on say, up to the first whose words must be recognised. A document that cannot be read is
    /// no error: the answer says why.
    async fn read(&self, source: Pieces, from: u32, password: Option<&str>) -> Result<extract::Portion, ReaderError>;
    /// `None` where it cannot be made of this document.
    async fn make(&self, source: Pieces, what: Made, password: Option<&str>) -> Result<Option<Vec<u8>>, ReaderError>;
}

/// Why nothing was trained, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TrainerError(pub String);

/// Is told how many steps are done, of how many.
pub type Steps = Arc<dyn Fn(usize, usize) + Send + Sync>;

/// Trains models where it takes no time from those who are answered, within bounds of memory. What is not waited for any
/// more is ended.
#[async_trait]
pub trait Trainer: Send + Sync {
    /// A bundle.
    async fn train(&self, wanted: Wanted, examples: Arc<Vec<Example>>, steps: Steps) -> Result<Vec<u8>, TrainerError>;
}

/// What a scanner says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Clean,
    Infected,
}

/// Why a file was not scanned; it may work later.
#[derive(Debug, thiserror::Error)]
#[error("the scanner for malware: {0}")]
pub struct ScanError(pub String);

/// Looks through files for malware.
#[async_trait]
pub trait Scanner: Send + Sync {
    async fn scan(&self, source: Pieces) -> Result<Verdict, ScanError>;
}

/// A file as the store of files has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub path: String,
    pub modified: DateTime<Utc>,
}

#[derive(Debug, thiserror::Error)]
#[error("the store of files: {0}")]
pub struct FileError(pub String);

/// A file's bytes as they come, some at a time.
pub type Pieces = BoxStream<'static, Result<Bytes, FileError>>;

/// A file that is being put. Nobody sees it before it is finished; dropped before that, nothing of it stays.
#[async_trait]
pub trait Writing: Send {
    async fn write(&mut self, piece: Vec<u8>) -> Result<(), FileError>;
    async fn finish(self: Box<Self>) -> Result<(), FileError>;
    async fn abandon(self: Box<Self>);
}

/// Bytes under a path. What is given is encrypted already.
#[async_trait]
pub trait Files: Send + Sync {
    /// Puts a whole file; nobody sees a part of it. One that is there is replaced.
    async fn put(&self, path: &str, bytes: Vec<u8>) -> Result<(), FileError>;
    /// Begins a file that is put piece by piece: it need not lie in memory.
    async fn begin(&self, path: &str) -> Result<Box<dyn Writing>, FileError>;
    /// How large a file is; `None` where there is none.
    async fn size(&self, path: &str) -> Result<Option<u64>, FileError>;
    /// A part of a file that is there.
    async fn part(&self, path: &str, range: Range<u64>) -> Result<Bytes, FileError>;
    /// `None` where there is none.
    async fn get(&self, path: &str) -> Result<Option<Vec<u8>>, FileError>;
    /// Without an error where there is none.
    async fn delete(&self, path: &str) -> Result<(), FileError>;
    /// Removes what was begun and never finished before `before`, where the store does not do that itself.
    async fn tidy(&self, before: DateTime<Utc>) -> Result<(), FileError>;
    /// All files, in any order.
    fn list(&self) -> BoxStream<'_, Result<Stored, FileError>>;
}
