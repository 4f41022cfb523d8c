//! Files of companies: put under their content's hash, encrypted, before a row names them.

use domain::id::CompanyId;
use store::files::File;

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
