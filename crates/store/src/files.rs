//! Which files there are. Their bytes are elsewhere, encrypted; a row names each, in the transaction
//! that needs it.

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

/// [`Store::seal_file`] with a key of one's own, such as a claimant's.
pub fn seal_with(key: &DataKey, path: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    let cipher = XChaCha20Poly1305::new((&key.key).into());
    let nonce: [u8; NONCE] = random();
    let mut sealed = Vec::with_capacity(bytes.len() + (bytes.len() / CHUNK + 1) * TAG + MAGIC.len() + NONCE);
    sealed.extend_from_slice(MAGIC);
    sealed.extend_from_slice(&nonce);
    let count = bytes.len().div_ceil(CHUNK).max(1);
    for i in 0..count {
        let chunk = &bytes[i * CHUNK..bytes.len().min((i + 1) * CHUNK)];
        let aad = associated(path, i, i + 1 == count);
        let payload = Payload { msg: chunk, aad: aad.as_bytes() };
        let chunk = cipher.encrypt(XNonce::from_slice(&nonce_of(&nonce, i)), payload);
        sealed.extend(chunk.map_err(|_| StoreError::Corrupt("a file could not be encrypted".into()))?);
    }
    Ok(sealed)
}

/// [`Store::open_file`] with a key of one's own.
pub fn open_with(key: &DataKey, path: &str, sealed: &[u8]) -> Result<Vec<u8>> {
    let unreadable = || StoreError::Corrupt(format!("the file {path} does not decrypt"));
    let cipher = XChaCha20Poly1305::new((&key.key).into());
    let rest = sealed.strip_prefix(MAGIC.as_slice()).ok_or_else(unreadable)?;
    let (nonce, body) = rest.split_at_checked(NONCE).ok_or_else(unreadable)?;
    let count = body.len().div_ceil(CHUNK + TAG);
    let mut bytes = Vec::with_capacity(body.len());
    for (i, chunk) in body.chunks(CHUNK + TAG).enumerate() {
        let aad = associated(path, i, i + 1 == count);
        let payload = Payload { msg: chunk, aad: aad.as_bytes() };
        let opened = cipher.decrypt(XNonce::from_slice(&nonce_of(nonce, i)), payload);
        bytes.extend(opened.map_err(|_| unreadable())?);
    }
    if count == 0 { Err(unreadable()) } else { Ok(bytes) }
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
