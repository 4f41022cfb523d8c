//! Files: in a directory, or in an S3-compatible store. What arrives here is encrypted already.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use service::ports::{FileError, Files, Stored, Writing};

pub struct Store {
    inner: Arc<dyn ObjectStore>,
    /// Where it is a directory of this machine.
    directory: Option<PathBuf>,
}

/// What a store takes as a part of a larger file at least (S3: 5 MiB, but for the last one).
const PART: usize = 5 << 20;

impl Store {
    /// `file:///directory`, which is made, or `s3://bucket?endpoint=https://…&region=…`; keys come from
    /// `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.
    pub fn open(url: &str) -> anyhow::Result<Store> {
        let parsed = url::Url::parse(url)?;
        let mut directory = None;
        let inner: Arc<dyn ObjectStore> = match parsed.scheme() {
            "file" => {
                let dir = parsed.to_file_path().map_err(|()| anyhow::anyhow!("{url} names no directory"))?;
                crate::state::make_private(&dir)?;
                directory = Some(dir.clone());
                Arc::new(LocalFileSystem::new_with_prefix(dir)?)
            }
            "s3" => {
                anyhow::ensure!(
                    matches!(parsed.path(), "" | "/"),
                    "a folder of a bucket cannot be named: give a bucket of its own"
                );
                let bucket = parsed.host_str().ok_or_else(|| anyhow::anyhow!("the address names no bucket"))?;
                let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
                for (name, value) in parsed.query_pairs() {
                    builder = match name.as_ref() {
                        "endpoint" => {
                            builder.with_allow_http(value.starts_with("http://")).with_endpoint(value.into_owned())
                        }
                        "region" => builder.with_region(value.into_owned()),
                        other => anyhow::bail!("{other} is not known: there are endpoint and region"),
                    };
                }
                Arc::new(builder.build()?)
            }
            other => anyhow::bail!("{other}:// is not known: use file:///directory or s3://bucket?endpoint=https://…"),
        };
        Ok(Store { inner, directory })
    }
}

fn failed(error: object_store::Error) -> FileError {
    FileError(error.to_string())
}

#[async_trait]
impl Files for Store {
    async fn put(&self, path: &str, bytes: Vec<u8>) -> Result<(), FileError> {
        self.inner.put(&Path::from(path), bytes.into()).await.map(drop).map_err(failed)
    }

    async fn begin(&self, path: &str) -> Result<Box<dyn Writing>, FileError> {
        let (inner, path) = (self.inner.clone(), Path::from(path));
        Ok(Box::new(Begun { inner, path, first: Vec::new(), rest: None }))
    }

    async fn size(&self, path: &str) -> Result<Option<u64>, FileError> {
        match self.inner.head(&Path::from(path)).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    async fn part(&self, path: &str, range: Range<u64>) -> Result<Bytes, FileError> {
        self.inner.get_range(&Path::from(path), range).await.map_err(failed)
    }

    async fn tidy(&self, before: DateTime<Utc>) -> Result<(), FileError> {
        let Some(directory) = self.directory.clone() else { return Ok(()) };
        let tidied = tokio::task::spawn_blocking(move || tidy(directory, before));
        tidied.await.map_err(|error| FileError(error.to_string()))
    }

    async fn get(&self, path: &str) -> Result<Option<Vec<u8>>, FileError> {
        match self.inner.get(&Path::from(path)).await {
            Ok(found) => Ok(Some(found.bytes().await.map_err(failed)?.into())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    async fn delete(&self, path: &str) -> Result<(), FileError> {
        match self.inner.delete(&Path::from(path)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    fn list(&self) -> BoxStream<'_, Result<Stored, FileError>> {
        let found = self.inner.list(None).map_err(failed);
        found.map_ok(|f| Stored { path: f.location.to_string(), modified: f.last_modified }).boxed()
    }
}

/// A file that is begun: small ones are put at once, larger ones in parts.
struct Begun {
    inner: Arc<dyn ObjectStore>,
    path: Path,
    first: Vec<u8>,
    rest: Option<WriteMultipart>,
}

#[async_trait]
impl Writing for Begun {
    async fn write(&mut self, piece: Vec<u8>) -> Result<(), FileError> {
        if let Some(rest) = &mut self.rest {
            // One part on its way, and the one that is filled: more would lie in memory.
            rest.wait_for_capacity(1).await.map_err(failed)?;
            rest.put(piece.into());
            return Ok(());
        }
        self.first.extend_from_slice(&piece);
        if self.first.len() >= PART {
            let begun = self.inner.put_multipart(&self.path).await.map_err(failed)?;
            let mut rest = WriteMultipart::new_with_chunk_size(begun, PART);
            rest.put(std::mem::take(&mut self.first).into());
            self.rest = Some(rest);
        }
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<(), FileError> {
        match self.rest {
            Some(rest) => rest.finish().await.map(drop).map_err(failed),
            None => self.inner.put(&self.path, self.first.into()).await.map(drop).map_err(failed),
        }
    }

    async fn abandon(self: Box<Self>) {
        if let Some(rest) = self.rest
            && let Err(error) = rest.abort().await
        {
            tracing::warn!(%error, "what was begun of a file could not be taken back");
        }
    }
}

/// Removes files of a directory that were begun and not finished: what a process that was killed has left. They are
/// called as the file with a `#` and a number behind it.
fn tidy(directory: PathBuf, before: DateTime<Utc>) {
    let mut folders = vec![directory];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(about) = entry.metadata() else { continue };
            if about.is_dir() {
                folders.push(entry.path());
                continue;
            }
            let name = entry.file_name();
            let begun = name.to_str().and_then(|n| n.rsplit_once('#')).is_some_and(|(_, n)| n.parse::<u64>().is_ok());
            if begun && about.modified().is_ok_and(|at| DateTime::<Utc>::from(at) < before) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}
