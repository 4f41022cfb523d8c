//! Files: in a directory, or in an S3-compatible store. What arrives here is encrypted already.

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use service::ports::{FileError, Files, Stored};

pub struct Store {
    inner: Box<dyn ObjectStore>,
}

impl Store {
    /// `file:///directory`, which is made, or `s3://bucket?endpoint=https://…&region=…`; keys come from
    /// `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.
    pub fn open(url: &str) -> anyhow::Result<Store> {
        let parsed = url::Url::parse(url)?;
        let inner: Box<dyn ObjectStore> = match parsed.scheme() {
            "file" => {
                let dir = parsed.to_file_path().map_err(|()| anyhow::anyhow!("{url} names no directory"))?;
                crate::state::make_private(&dir)?;
                Box::new(LocalFileSystem::new_with_prefix(dir)?)
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
                Box::new(builder.build()?)
            }
            other => anyhow::bail!("{other}:// is not known: use file:///directory or s3://bucket?endpoint=https://…"),
        };
        Ok(Store { inner })
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
