//! Which files there are. Their bytes are elsewhere, encrypted; a row names each, in the transaction
//! that needs it.

use std::ops::Range;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use chrono::{DateTime, Utc};
use domain::id::CompanyId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use crate::cipher::{DataKey, random};
use crate::companies::key;
use crate::entity::files as table;
use crate::{Handle, Result, Store, StoreError, Tx};

/// A file by what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub company: CompanyId,
    /// Of the bytes, in hexadecimal.
    pub sha256: String,
    /// What it is, such as `invoice`.
    pub kind: &'static str,
    pub size: u64,
}

/// Bytes of a chunk before it is encrypted.
const CHUNK: usize = 1024 * 1024;
/// What encryption adds to each.
const TAG: usize = 16;
const MAGIC: &[u8; 6] = b"SOLF1\n";
const NONCE: usize = 24;

impl Store {
    /// Where a file of this content is kept for a company: nobody who sees the place can tell what is
    /// in it.
    pub fn file_path(&self, company: CompanyId, sha256: &str) -> Result<String> {
        let name = self.cipher().lookup("file", &format!("{company}|{sha256}"))?;
        Ok(format!("{company}/{}/{name}", &name[..2]))
    }

    /// Encrypts a file with its company's key, 1 MiB a chunk, each bound to its place and to where the
    /// file ends.
    pub async fn seal_file(&self, company: CompanyId, path: &str, bytes: &[u8]) -> Result<Vec<u8>> {
        seal_with(&key(self, company).await?, path, bytes)
    }

    /// The bytes of a file; one that was changed, cut or put elsewhere does not open.
    pub async fn open_file(&self, company: CompanyId, path: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        open_with(&key(self, company).await?, path, sealed)
    }
}

/// [`Store::seal_file`] with a key of one's own, such as a document's.
pub fn seal_with(key: &DataKey, path: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut sealer = Sealer::new(key, path);
    let mut sealed = Vec::with_capacity(bytes.len() + (bytes.len() / CHUNK + 1) * TAG + MAGIC.len() + NONCE);
    let mut chunks = bytes.chunks(CHUNK).peekable();
    loop {
        let chunk = chunks.next().unwrap_or_default();
        let last = chunks.peek().is_none();
        sealed.extend(sealer.chunk(chunk, last)?);
        if last {
            return Ok(sealed);
        }
    }
}

/// Encrypts a file as it comes, chunk by chunk.
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    path: String,
    nonce: [u8; NONCE],
    count: usize,
}

impl Sealer {
    /// Bytes of every chunk but the last, which may have fewer.
    pub const CHUNK: usize = CHUNK;

    pub fn new(key: &DataKey, path: &str) -> Sealer {
        Sealer { cipher: XChaCha20Poly1305::new((&key.key).into()), path: path.into(), nonce: random(), count: 0 }
    }

    /// The next chunk, encrypted. `last`: the file ends with it.
    ///
    /// # Errors
    ///
    /// Where it is no whole chunk and not the last.
    pub fn chunk(&mut self, bytes: &[u8], last: bool) -> Result<Vec<u8>> {
        if bytes.len() > CHUNK || !last && bytes.len() != CHUNK {
            return Err(StoreError::Corrupt("a chunk of wrong length".into()));
        }
        let mut sealed = Vec::with_capacity(bytes.len() + TAG + MAGIC.len() + NONCE);
        if self.count == 0 {
            sealed.extend_from_slice(MAGIC);
            sealed.extend_from_slice(&self.nonce);
        }
        let aad = associated(&self.path, self.count, last);
        let payload = Payload { msg: bytes, aad: aad.as_bytes() };
        let chunk = self.cipher.encrypt(XNonce::from_slice(&nonce_of(&self.nonce, self.count)), payload);
        sealed.extend(chunk.map_err(|_| StoreError::Corrupt("a file could not be encrypted".into()))?);
        self.count += 1;
        Ok(sealed)
    }
}

/// Opens any part of a file by the chunks that hold it.
pub struct Opener {
    cipher: XChaCha20Poly1305,
    path: String,
    nonce: [u8; NONCE],
    /// Bytes of the file before it was encrypted.
    size: u64,
    chunks: u64,
}

impl Opener {
    /// Bytes at the beginning that [`Opener::new`] needs.
    pub const HEAD: u64 = (MAGIC.len() + NONCE) as u64;

    /// `sealed`: how many bytes the encrypted file has.
    ///
    /// # Errors
    ///
    /// Where it is no such file.
    pub fn new(key: &DataKey, path: &str, head: &[u8], sealed: u64) -> Result<Opener> {
        let nonce = head.strip_prefix(MAGIC.as_slice()).and_then(|nonce| nonce.try_into().ok());
        let (Some(nonce), Some(body)) = (nonce, sealed.checked_sub(Self::HEAD)) else { return Err(unreadable(path)) };
        let chunks = body.div_ceil((CHUNK + TAG) as u64);
        let size = body.checked_sub(chunks * TAG as u64).filter(|_| chunks > 0).ok_or_else(|| unreadable(path))?;
        Ok(Opener { cipher: XChaCha20Poly1305::new((&key.key).into()), path: path.into(), nonce, size, chunks })
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// The chunk that holds a byte.
    pub fn chunk_of(at: u64) -> u64 {
        at / CHUNK as u64
    }

    /// The first byte of a chunk.
    pub fn start_of(chunk: u64) -> u64 {
        chunk * CHUNK as u64
    }

    /// Where a chunk lies in the encrypted file.
    pub fn sealed_range(&self, chunk: u64) -> Range<u64> {
        let sealed = (CHUNK + TAG) as u64;
        let end = Self::HEAD + self.size + self.chunks * TAG as u64;
        let from = Self::HEAD + chunk * sealed;
        from..(from + sealed).min(end)
    }

    pub fn open(&self, chunk: u64, sealed: &[u8]) -> Result<Vec<u8>> {
        let number = usize::try_from(chunk).map_err(|_| unreadable(&self.path))?;
        let aad = associated(&self.path, number, chunk + 1 == self.chunks);
        let payload = Payload { msg: sealed, aad: aad.as_bytes() };
        let opened = self.cipher.decrypt(XNonce::from_slice(&nonce_of(&self.nonce, number)), payload);
        opened.map_err(|_| unreadable(&self.path))
    }
}

fn unreadable(path: &str) -> StoreError {
    StoreError::Corrupt(format!("the file {path} does not decrypt"))
}

/// [`Store::open_file`] with a key of one's own.
pub fn open_with(key: &DataKey, path: &str, sealed: &[u8]) -> Result<Vec<u8>> {
    let head = &sealed[..sealed.len().min(MAGIC.len() + NONCE)];
    let opener = Opener::new(key, path, head, sealed.len() as u64)?;
    let mut bytes = Vec::with_capacity(sealed.len());
    for (number, chunk) in sealed[head.len()..].chunks(CHUNK + TAG).enumerate() {
        bytes.extend(opener.open(number as u64, chunk)?);
    }
    Ok(bytes)
}

fn associated(path: &str, chunk: usize, last: bool) -> String {
    format!("file|{path}|{chunk}|{last}")
}

/// A nonce for each chunk: the file's own, with the chunk's number in its last eight bytes.
fn nonce_of(nonce: &[u8], chunk: usize) -> [u8; NONCE] {
    let mut own = [0; NONCE];
    own.copy_from_slice(&nonce[..NONCE]);
    for (byte, count) in own[NONCE - 8..].iter_mut().zip((chunk as u64).to_be_bytes()) {
        *byte ^= count;
    }
    own
}

/// Names a file whose bytes have been put; naming it twice is once.
pub async fn name(tx: &Tx, file: &File, now: DateTime<Utc>) -> Result<()> {
    table::Entity::insert(table::ActiveModel {
        path: Set(tx.store().file_path(file.company, &file.sha256)?),
        company_id: Set(file.company.to_string()),
        sha256: Set(file.sha256.clone()),
        kind: Set(file.kind.into()),
        size_bytes: Set(i64::try_from(file.size).unwrap_or(i64::MAX)),
        created_at: Set(now.timestamp_millis()),
    })
    .on_conflict(OnConflict::column(table::Column::Path).do_nothing().to_owned())
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// Names a file at a place of its own, whose content no column tells.
pub async fn name_at(tx: &Tx, company: CompanyId, path: &str, kind: &str, size: u64, now: DateTime<Utc>) -> Result<()> {
    table::Entity::insert(table::ActiveModel {
        path: Set(path.into()),
        company_id: Set(company.to_string()),
        sha256: Set(String::new()),
        kind: Set(kind.into()),
        size_bytes: Set(i64::try_from(size).unwrap_or(i64::MAX)),
        created_at: Set(now.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// Which of these places are named.
pub async fn named(handle: &impl Handle, paths: &[String]) -> Result<Vec<String>> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let rows = table::Entity::find()
        .filter(table::Column::Path.is_in(paths.iter().map(String::as_str)))
        .all(handle.connection())
        .await?;
    Ok(rows.into_iter().map(|row| row.path).collect())
}

pub async fn is_named(handle: &impl Handle, path: &str) -> Result<bool> {
    Ok(!named(handle, &[path.to_owned()]).await?.is_empty())
}

/// Forgets names of files: what they named is an orphan from then on.
pub async fn unname(tx: &Tx, paths: &[String]) -> Result<()> {
    for portion in paths.chunks(100) {
        table::Entity::delete_many()
            .filter(table::Column::Path.is_in(portion.iter().map(String::as_str)))
            .exec(tx.connection())
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_file_opens_by_its_chunks_alone() {
        let key = DataKey { id: "doc_1".into(), key: random() };
        for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7] {
            let bytes: Vec<u8> = (0..size).map(|i| (i * 7 % 251) as u8).collect();
            let sealed = seal_with(&key, "a/b", &bytes).unwrap();
            assert_eq!(open_with(&key, "a/b", &sealed).unwrap(), bytes);
            let opener = Opener::new(&key, "a/b", &sealed[..Opener::HEAD as usize], sealed.len() as u64).unwrap();
            assert_eq!(opener.size(), size as u64);
            let at = size.saturating_sub(1) as u64;
            let chunk = Opener::chunk_of(at);
            let range = opener.sealed_range(chunk);
            let opened = opener.open(chunk, &sealed[range.start as usize..range.end as usize]).unwrap();
            assert_eq!(opened.last(), bytes.last(), "{size}");
            // Cut at a chunk's edge, the last that is left was not the last.
            if size > CHUNK {
                let cut = &sealed[..opener.sealed_range(0).end as usize];
                assert!(open_with(&key, "a/b", cut).is_err(), "{size}");
            }
            assert!(open_with(&key, "elsewhere", &sealed).is_err());
        }
    }
}
