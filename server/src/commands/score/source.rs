//! Claims from a CSV or Parquet file, some at a time.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::Context;
use ml::data::{ClaimReader, Header, ParsedRow, RowProblem};
use parquet::{
    file::reader::{FileReader, SerializedFileReader},
    record::{Field, reader::RowIter},
};

/// A file of claims being read.
pub struct Source {
    rows: Rows,
    done: Arc<Done>,
}

/// How far a file has been read: so many parts of so many.
#[derive(Debug, Default)]
pub struct Done {
    parts: AtomicU64,
    of: AtomicU64,
}

enum Rows {
    Csv(Box<ClaimReader<Counted<File>>>),
    Parquet { rows: RowIter<'static>, header: Header, line: u64 },
}

impl Done {
    /// From 0 to 1.
    pub fn share(&self) -> f64 {
        self.parts.load(Ordering::Relaxed) as f64 / self.of.load(Ordering::Relaxed).max(1) as f64
    }
}

impl Source {
    /// Opens a file; Parquet is told by its first bytes. Problems of the header are added to `problems`.
    pub fn open(path: &Path, problems: &mut Vec<RowProblem>) -> anyhow::Result<Source> {
        let open = || File::open(path).with_context(|| format!("reading {}", path.display()));
        let mut start = [0; 4];
        let is_parquet = open()?.read_exact(&mut start).is_ok() && &start == b"PAR1";
        let done = Arc::new(Done::default());
        let rows = if is_parquet {
            let reader = SerializedFileReader::new(open()?).context("reading the Parquet file's footer")?;
            let metadata = reader.metadata().file_metadata();
            done.of.store(u64::try_from(metadata.num_rows()).unwrap_or(0), Ordering::Relaxed);
            let names: Vec<String> =
                metadata.schema().get_fields().iter().map(|field| field.name().to_owned()).collect();
            let header = Header::of(1, names.iter().map(String::as_bytes), problems);
            Rows::Parquet { rows: reader.into_iter(), header, line: 1 }
        } else {
            let file = open()?;
            done.of.store(file.metadata().map_or(0, |m| m.len()), Ordering::Relaxed);
            Rows::Csv(Box::new(ClaimReader::new(Counted { reader: file, done: done.clone() })))
        };
        Ok(Source { rows, done })
    }

    /// Shared with whoever shows the progress.
    pub fn done(&self) -> Arc<Done> {
        self.done.clone()
    }

    /// At most `most` further claims; none at the end. Problems are added to `problems`.
    pub fn next(&mut self, most: usize, problems: &mut Vec<RowProblem>) -> anyhow::Result<Vec<ParsedRow>> {
        let mut claims = Vec::with_capacity(most);
        match &mut self.rows {
            Rows::Csv(reader) => {
                while claims.len() < most
                    && let Some(row) = reader.next_row(problems)
                {
                    claims.push(row);
                }
            }
            Rows::Parquet { rows, header, line } => {
                for row in rows.by_ref().take(most) {
                    let row = row.context("reading the Parquet file")?;
                    *line += 1;
                    let cells: Vec<String> = row.get_column_iter().map(|(_, field)| text(field)).collect();
                    claims.push(header.row(*line, cells.iter().map(String::as_bytes).collect::<Vec<_>>(), problems));
                }
                self.done.parts.fetch_add(claims.len() as u64, Ordering::Relaxed);
            }
        }
        Ok(claims)
    }
}

/// A value as it would stand in a CSV file.
fn text(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Bool(yes) => if *yes { "Yes" } else { "No" }.to_owned(),
        Field::Float(x) if x.is_nan() => String::new(),
        Field::Double(x) if x.is_nan() => String::new(),
        Field::Float(x) => x.to_string(),
        Field::Double(x) => x.to_string(),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned(),
        Field::Date(days) => moment(i64::from(*days) * 86_400),
        Field::TimestampMillis(t) => moment(t.div_euclid(1_000)),
        Field::TimestampMicros(t) => moment(t.div_euclid(1_000_000)),
        other => other.to_string(),
    }
}

/// Seconds since 1970 as date and time.
fn moment(seconds: i64) -> String {
    chrono::DateTime::from_timestamp(seconds, 0).map_or_else(String::new, |t| t.format("%Y-%m-%d %H:%M:%S").to_string())
}

/// Counts the bytes that are read.
struct Counted<R> {
    reader: R,
    done: Arc<Done>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.done.parts.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
