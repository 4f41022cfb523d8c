//! Predictions to a CSV or Parquet file, block after block, and where an interrupted run stood.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufWriter, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, bail};
use parquet::{
    basic::Compression,
    data_type::{DoubleType, Int64Type},
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::parser::parse_message_type,
};
use serde::{Deserialize, Serialize};

use super::Scored;

/// Where predictions go.
pub enum Sink {
    Csv { file: BufWriter<File>, state: StateFile },
    Parquet { writer: Box<SerializedFileWriter<File>>, columns: usize },
}

/// How far an interrupted run came, beside its output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// SHA-256 of the bundle.
    pub model: String,
    /// Size of the data file in bytes.
    pub data_bytes: u64,
    /// Whether contributions are written.
    pub reasons: bool,
    /// Rows of the data whose predictions are in the output, and the size of the output then.
    pub rows: u64,
    pub bytes: u64,
}

pub struct StateFile {
    path: PathBuf,
    pub state: State,
}

impl StateFile {
    fn beside(out: &Path) -> PathBuf {
        let mut name = out.as_os_str().to_owned();
        name.push(".state");
        PathBuf::from(name)
    }

    /// Written whole or not at all.
    fn save(&self) -> anyhow::Result<()> {
        let draft = self.path.with_extension("state.new");
        fs::write(&draft, serde_json::to_vec(&self.state)?)?;
        Ok(fs::rename(&draft, &self.path)?)
    }
}

impl Sink {
    /// Opens `out`, to go on where an interrupted run stood if `resume`; gives the rows to skip.
    pub fn open(out: &Path, fresh: State, resume: bool, names: &[String]) -> anyhow::Result<(Sink, u64)> {
        if out.extension().is_some_and(|e| e == "parquet") {
            if resume {
                bail!("a Parquet file cannot be gone on with: write CSV, or begin anew without --resume");
            }
            return Ok((Sink::parquet(out, names)?, 0));
        }
        let path = StateFile::beside(out);
        let writing = || format!("writing {}", out.display());
        match (fs::read(&path), resume) {
            (Ok(bytes), true) => {
                let state: State = serde_json::from_slice(&bytes).with_context(|| {
                    format!("{} is not the state of a run: remove it and begin anew", path.display())
                })?;
                if (State { rows: 0, bytes: 0, ..state.clone() }) != fresh {
                    bail!(
                        "the interrupted run was of another model, file or choice of columns: begin anew, without --resume"
                    );
                }
                let mut file = OpenOptions::new().write(true).open(out).with_context(writing)?;
                // What came after the last whole block is written again.
                file.set_len(state.bytes).with_context(writing)?;
                file.seek(SeekFrom::End(0)).with_context(writing)?;
                let rows = state.rows;
                Ok((Sink::Csv { file: BufWriter::new(file), state: StateFile { path, state } }, rows))
            }
            (Ok(_), false) => bail!(
                "{} holds an interrupted run: go on with --resume, or remove {} to begin anew",
                out.display(),
                path.display()
            ),
            (Err(_), true) => bail!("there is no interrupted run of {}: begin without --resume", out.display()),
            (Err(_), false) => {
                let mut file = BufWriter::new(File::create(out).with_context(writing)?);
                let head = line(names.iter().map(String::as_str))?;
                file.write_all(&head).with_context(writing)?;
                let state = State { bytes: head.len() as u64, ..fresh };
                Ok((Sink::Csv { file, state: StateFile { path, state } }, 0))
            }
        }
    }

    fn parquet(out: &Path, names: &[String]) -> anyhow::Result<Sink> {
        // Names with a colon or a space cannot be parsed; nothing else of ours is odd.
        let field = |name: &String| format!("OPTIONAL DOUBLE {};", name.replace([':', ' '], "_"));
        let fields: String = names.iter().skip(1).map(field).collect();
        let schema = parse_message_type(&format!("message predictions {{ REQUIRED INT64 row; {fields} }}"))?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let file = File::create(out).with_context(|| format!("writing {}", out.display()))?;
        let writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?;
        Ok(Sink::Parquet { writer: Box::new(writer), columns: names.len() })
    }

    /// Writes a block of rows, the first of which has this number (from 1).
    pub fn write(&mut self, first: u64, block: &[Scored]) -> anyhow::Result<()> {
        match self {
            Sink::Csv { file, state } => {
                for (i, scored) in block.iter().enumerate() {
                    let number = (first + i as u64).to_string();
                    let cells = std::iter::once(number).chain(scored.cells());
                    let line = line(cells)?;
                    file.write_all(&line)?;
                    state.state.bytes += line.len() as u64;
                }
                file.flush()?;
                state.state.rows = first - 1 + block.len() as u64;
                state.save()
            }
            Sink::Parquet { writer, columns } => {
                let mut group = writer.next_row_group()?;
                for column in 0..*columns {
                    let Some(mut next) = group.next_column()? else { bail!("the Parquet schema has too few columns") };
                    if column == 0 {
                        let numbers: Vec<i64> = (0..block.len() as i64).map(|i| first as i64 + i).collect();
                        next.typed::<Int64Type>().write_batch(&numbers, None, None)?;
                    } else {
                        let values: Vec<Option<f64>> = block.iter().map(|s| s.pounds(column - 1)).collect();
                        let known: Vec<f64> = values.iter().flatten().copied().collect();
                        let levels: Vec<i16> = values.iter().map(|v| i16::from(v.is_some())).collect();
                        next.typed::<DoubleType>().write_batch(&known, Some(&levels), None)?;
                    }
                    next.close()?;
                }
                group.close()?;
                Ok(())
            }
        }
    }

    /// The output is whole.
    pub fn finish(self) -> anyhow::Result<()> {
        match self {
            Sink::Csv { mut file, state } => {
                file.flush()?;
                // A run without a single block has no state.
                match fs::remove_file(&state.path) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
                    _ => Ok(()),
                }
            }
            Sink::Parquet { writer, .. } => {
                writer.close()?;
                Ok(())
            }
        }
    }
}

/// A line of CSV.
fn line<T: AsRef<[u8]>>(cells: impl IntoIterator<Item = T>) -> anyhow::Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(cells)?;
    csv.into_inner().map_err(|e| anyhow::anyhow!(e.to_string()))
}
