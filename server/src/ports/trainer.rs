//! Trains models in a process of its own, `solatium train-apart`: of low priority, so that whoever is answered waits no
//! longer, and within bounds of memory. It is ended when nobody waits for it.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use service::ports::{Steps, Trainer, TrainerError};
use service::training::{Example, Wanted};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, BufWriter};
use tokio::process::Command;

pub struct Process {
    program: PathBuf,
    /// What lowers the priority, where this machine has it.
    nice: Option<PathBuf>,
}

impl Process {
    pub fn open() -> anyhow::Result<Process> {
        let program = std::env::current_exe().context("finding this program")?;
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let nice = std::env::split_paths(&folders).map(|folder| folder.join("nice")).find(|path| path.is_file());
        Ok(Process { program, nice })
    }

    fn command(&self) -> Command {
        let mut command = match &self.nice {
            Some(nice) => {
                let mut command = Command::new(nice);
                command.args(["-n", "15"]).arg(&self.program);
                command
            }
            None => Command::new(&self.program),
        };
        command.arg("train-apart").env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.kill_on_drop(true);
        command
    }
}

fn failed(error: impl std::fmt::Display) -> TrainerError {
    TrainerError(format!("the process that trains: {error}"))
}

#[async_trait]
impl Trainer for Process {
    async fn train(&self, wanted: Wanted, examples: Arc<Vec<Example>>, steps: Steps) -> Result<Vec<u8>, TrainerError> {
        let mut child = self.command().spawn().map_err(failed)?;
        let (Some(input), Some(mut output), Some(said)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(failed("it has no pipes"));
        };
        let send = async move {
            let mut input = BufWriter::with_capacity(1 << 16, input);
            let line = |value: serde_json::Result<Vec<u8>>| value.map_err(std::io::Error::other);
            let mut bytes = line(serde_json::to_vec(&wanted))?;
            bytes.push(b'\n');
            input.write_all(&bytes).await?;
            for example in examples.iter() {
                let mut bytes = line(serde_json::to_vec(example))?;
                bytes.push(b'\n');
                input.write_all(&bytes).await?;
            }
            input.shutdown().await
        };
        let listen = async move {
            let (mut lines, mut last) = (BufReader::new(said).lines(), String::new());
            while let Some(line) = lines.next_line().await? {
                let step = line.split_once('/').and_then(|(done, of)| Some((done.parse().ok()?, of.parse().ok()?)));
                match step {
                    Some((done, of)) => steps(done, of),
                    None => last = line,
                }
            }
            Ok::<String, std::io::Error>(last)
        };
        let read = async move {
            let mut bundle = Vec::new();
            output.read_to_end(&mut bundle).await.map(|_| bundle)
        };
        let (sent, said, bundle) = tokio::join!(send, listen, read);
        let status = child.wait().await.map_err(failed)?;
        let said = said.map_err(failed)?;
        if !status.success() {
            // It says why in its last line; ended from outside it says nothing.
            return Err(TrainerError(if said.is_empty() {
                format!("the process that trains ended: {status}")
            } else {
                said
            }));
        }
        sent.map_err(failed)?;
        bundle.map_err(failed)
    }
}
