//! Looks through files for malware by a ClamAV daemon (`INSTREAM`, clamd(8)): each chunk behind its length in four bytes,
//! a length of nothing at the end.

use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use futures_util::StreamExt;
use service::ports::{Pieces, ScanError, Scanner, Verdict};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// A file is given up after so long.
const LONGEST: Duration = Duration::from_secs(120);
const CHUNK: usize = 64 << 10;

/// Where the daemon listens.
pub enum Clamd {
    Tcp(String),
    Unix(std::path::PathBuf),
}

impl Clamd {
    /// `tcp://host:port` or `unix:///path`.
    ///
    /// # Errors
    ///
    /// Where it is neither.
    pub fn open(url: &str) -> anyhow::Result<Clamd> {
        if let Some(address) = url.strip_prefix("tcp://").filter(|a| a.contains(':')) {
            return Ok(Clamd::Tcp(address.to_owned()));
        }
        let path = url.strip_prefix("unix://").filter(|path| path.starts_with('/'));
        path.map(|path| Clamd::Unix(path.into())).context("give tcp://host:port or unix:///path/of/socket")
    }
}

fn failed(error: impl std::fmt::Display) -> ScanError {
    ScanError(error.to_string())
}

#[async_trait]
impl Scanner for Clamd {
    async fn scan(&self, source: Pieces) -> Result<Verdict, ScanError> {
        let asked = async {
            match self {
                Clamd::Tcp(address) => ask(tokio::net::TcpStream::connect(address).await?, source).await,
                Clamd::Unix(path) => ask(tokio::net::UnixStream::connect(path).await?, source).await,
            }
        };
        let answer = tokio::time::timeout(LONGEST, asked).await.map_err(failed)?.map_err(failed)?;
        // "stream: OK", "stream: Eicar-Signature FOUND", "INSTREAM size limit exceeded. ERROR".
        let answer = answer.trim_matches(['\0', '\n', ' ']);
        match answer.strip_prefix("stream: ") {
            Some("OK") => Ok(Verdict::Clean),
            Some(found) if found.ends_with(" FOUND") => Ok(Verdict::Infected),
            _ => Err(failed(answer)),
        }
    }
}

async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin, mut source: Pieces) -> std::io::Result<String> {
    stream.write_all(b"zINSTREAM\0").await?;
    while let Some(piece) = source.next().await {
        for chunk in piece.map_err(std::io::Error::other)?.chunks(CHUNK) {
            // A chunk is far smaller than four bytes can count.
            stream.write_all(&(chunk.len() as u32).to_be_bytes()).await?;
            stream.write_all(chunk).await?;
        }
    }
    stream.write_all(&0_u32.to_be_bytes()).await?;
    stream.flush().await?;
    let mut answer = Vec::new();
    stream.take(4_096).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
