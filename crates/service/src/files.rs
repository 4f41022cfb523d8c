//! Files of companies: put under their content's hash, encrypted, before a row names them.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use domain::id::CompanyId;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use sha2::{Digest, Sha256};
use store::DataKey;
use store::files::{File, Opener, Sealer};

use crate::ports::{FileError, Files, Pieces};
use crate::secret::digest;
use crate::{App, Error, Result};

/// Puts a file where it belongs, and says under which name the caller's transaction has to keep it.
/// One that nobody names is swept after a day.
pub async fn put(app: &App, company: CompanyId, kind: &'static str, bytes: &[u8]) -> Result<File> {
    let file = File { company, sha256: digest(bytes), kind, size: bytes.len() as u64 };
    let path = app.store.file_path(company, &file.sha256)?;
    let sealed = app.store.seal_file(company, &path, bytes).await?;
    app.ports.files.put(&path, sealed).await.map_err(Error::internal)?;
    Ok(file)
}

/// The bytes of a file by their hash; `None` where it is not there.
pub async fn get(app: &App, company: CompanyId, sha256: &str) -> Result<Option<Vec<u8>>> {
    let path = app.store.file_path(company, sha256)?;
    let Some(sealed) = app.ports.files.get(&path).await.map_err(Error::internal)? else { return Ok(None) };
    let bytes = app.store.open_file(company, &path, &sealed).await?;
    if digest(&bytes) == sha256 { Ok(Some(bytes)) } else { Err(Error::internal(format!("{path} holds another file"))) }
}

/// A file as somebody sends it, some bytes at a time.
pub type Source<'a> = BoxStream<'a, Result<Bytes>>;

/// What came in by a [`Source`].
pub struct Received {
    pub size: u64,
    /// In hexadecimal.
    pub sha256: String,
}

/// Encrypts what comes and puts it under a path, a megabyte at a time: it never lies in memory as a whole. `fits` is told
/// how much has come and how it begins, and refuses what is too large. What is refused or breaks off leaves nothing.
pub async fn receive(
    app: &App,
    key: &DataKey,
    path: &str,
    mut source: Source<'_>,
    fits: impl Fn(u64, &[u8]) -> Result<()>,
) -> Result<Received> {
    let mut writing = app.ports.files.begin(path).await.map_err(Error::internal)?;
    let mut sealer = Sealer::new(key, path);
    let (mut waiting, mut head) = (Vec::<u8>::with_capacity(Sealer::CHUNK), Vec::new());
    let (mut hash, mut size) = (Sha256::new(), 0);
    let done: Result<()> = async {
        while let Some(piece) = source.next().await {
            let piece = piece?;
            size += piece.len() as u64;
            hash.update(&piece);
            let room = extract::HEAD.saturating_sub(head.len()).min(piece.len());
            head.extend_from_slice(&piece[..room]);
            fits(size, &head)?;
            waiting.extend_from_slice(&piece);
            // What is left may be the end, which is encrypted as such.
            while waiting.len() > Sealer::CHUNK {
                let rest = waiting.split_off(Sealer::CHUNK);
                let chunk = std::mem::replace(&mut waiting, rest);
                writing.write(sealer.chunk(&chunk, false)?).await.map_err(Error::internal)?;
            }
        }
        if size == 0 {
            return Err(Error::field("file", "this file is empty: choose another"));
        }
        writing.write(sealer.chunk(&waiting, true)?).await.map_err(Error::internal)
    }
    .await;
    if let Err(error) = done {
        writing.abandon().await;
        return Err(error);
    }
    writing.finish().await.map_err(Error::internal)?;
    let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Received { size, sha256 })
}

/// A file that is there, opened part by part.
#[derive(Clone)]
pub struct Opened {
    files: Arc<dyn Files>,
    path: String,
    opener: Arc<Opener>,
}

/// Opens a file; `None` where there is none.
pub async fn open(app: &App, key: &DataKey, path: &str) -> Result<Option<Opened>> {
    let files = app.ports.files.clone();
    let Some(sealed) = files.size(path).await.map_err(Error::internal)? else { return Ok(None) };
    let head = files.part(path, 0..Opener::HEAD.min(sealed)).await.map_err(Error::internal)?;
    let opener = Arc::new(Opener::new(key, path, &head, sealed)?);
    Ok(Some(Opened { files, path: path.to_owned(), opener }))
}

impl Opened {
    /// Bytes of the file as it came.
    pub fn size(&self) -> u64 {
        self.opener.size()
    }

    /// All of it.
    pub fn pieces(&self) -> Pieces {
        self.part(0..self.size())
    }

    /// A part of it. Only the chunks that hold it are read and decrypted, one after the other.
    pub fn part(&self, range: Range<u64>) -> Pieces {
        let end = range.end.min(self.size());
        stream::try_unfold((self.clone(), range.start), move |(opened, at)| async move {
            if at >= end {
                return Ok(None);
            }
            let chunk = Opener::chunk_of(at);
            let sealed = opened.files.part(&opened.path, opened.opener.sealed_range(chunk)).await?;
            let bytes = opened.opener.open(chunk, &sealed).map_err(|error| FileError(error.to_string()))?;
            let start = Opener::start_of(chunk);
            let next = (start + bytes.len() as u64).min(end);
            if next <= at {
                return Err(FileError(format!("the file {} ends too early", opened.path)));
            }
            let (from, to) = ((at - start) as usize, (next - start) as usize);
            Ok(Some((Bytes::from(bytes).slice(from..to), (opened, next))))
        })
        .boxed()
    }

    /// All of it in memory: of what we made ourselves, which is small.
    pub async fn whole(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.size()).unwrap_or_default());
        let mut pieces = self.pieces();
        while let Some(piece) = pieces.next().await {
            bytes.extend_from_slice(&piece.map_err(Error::internal)?);
        }
        Ok(bytes)
    }
}
