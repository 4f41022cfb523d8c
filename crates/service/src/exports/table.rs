//! Rows of named columns, written as CSV or Parquet a portion at a time.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use domain::Money;
use parquet::basic::{Compression, Repetition};
use parquet::basic::{LogicalType, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use crate::csv::lines;
use crate::{Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Csv,
    Parquet,
}

impl Format {
    pub const ALL: [Format; 2] = [Format::Csv, Format::Parquet];

    pub const fn key(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Parquet => "parquet",
        }
    }

    pub fn from_key(key: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|f| f.key() == key)
    }

    pub const fn content_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8",
            Format::Parquet => "application/vnd.apache.parquet",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    /// In CSV as `1240.50`; in Parquet a decimal of 14 digits, two behind the point.
    Pounds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    name: &'static str,
    kind: Kind,
}

impl Column {
    pub const fn text(name: &'static str) -> Column {
        Column { name, kind: Kind::Text }
    }

    pub const fn pounds(name: &'static str) -> Column {
        Column { name, kind: Kind::Pounds }
    }
}

/// A cell. An empty text is no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Pounds(Option<Money>),
}

impl Value {
    pub fn text(text: Option<String>) -> Value {
        Value::Text(text.unwrap_or_default())
    }

    fn plain(self) -> String {
        match self {
            Value::Text(text) => text,
            Value::Pounds(amount) => amount.map(Money::plain).unwrap_or_default(),
        }
    }
}

/// Rows of a Parquet group: fewer would make it large, more would have to be kept.
const GROUP: usize = 20_000;

pub(super) enum Writer {
    Csv {
        /// Given with the first rows, or at the end where there are none.
        header: Option<Vec<String>>,
    },
    Parquet {
        columns: Vec<Column>,
        writer: Box<SerializedFileWriter<Written>>,
        written: Written,
        waiting: Vec<Vec<Value>>,
    },
}

impl Writer {
    pub fn new(format: Format, columns: Vec<Column>) -> Result<Writer> {
        if format == Format::Csv {
            return Ok(Writer::Csv { header: Some(columns.iter().map(|c| c.name.to_owned()).collect()) });
        }
        let fields: std::result::Result<Vec<_>, ParquetError> = columns.iter().map(field).collect();
        let schema = Type::group_type_builder("rows").with_fields(fields.map_err(Error::internal)?).build();
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let written = Written::default();
        let writer = SerializedFileWriter::new(
            written.clone(),
            Arc::new(schema.map_err(Error::internal)?),
            Arc::new(properties),
        );
        let writer = Box::new(writer.map_err(Error::internal)?);
        Ok(Writer::Parquet { columns, writer, written, waiting: Vec::new() })
    }

    /// The bytes that are ready with these rows; may be none yet.
    pub fn rows(&mut self, rows: Vec<Vec<Value>>) -> Result<Vec<u8>> {
        match self {
            Writer::Csv { header } => {
                let rows = rows.into_iter().map(|row| row.into_iter().map(Value::plain).collect());
                lines(header.take().into_iter().chain(rows))
            }
            Writer::Parquet { columns, writer, written, waiting } => {
                waiting.extend(rows);
                if waiting.len() >= GROUP {
                    group(writer, columns, std::mem::take(waiting)).map_err(Error::internal)?;
                }
                Ok(written.take())
            }
        }
    }

    /// What ends the file.
    pub fn end(self) -> Result<Vec<u8>> {
        match self {
            Writer::Csv { header } => lines(header),
            Writer::Parquet { columns, mut writer, written, waiting } => {
                if !waiting.is_empty() {
                    group(&mut writer, &columns, waiting).map_err(Error::internal)?;
                }
                writer.close().map_err(Error::internal)?;
                Ok(written.take())
            }
        }
    }
}

fn field(column: &Column) -> std::result::Result<Arc<Type>, ParquetError> {
    let field = match column.kind {
        Kind::Text => {
            Type::primitive_type_builder(column.name, Physical::BYTE_ARRAY).with_logical_type(Some(LogicalType::String))
        }
        Kind::Pounds => Type::primitive_type_builder(column.name, Physical::INT64)
            .with_logical_type(Some(LogicalType::Decimal { scale: 2, precision: 14 }))
            .with_precision(14)
            .with_scale(2),
    };
    Ok(Arc::new(field.with_repetition(Repetition::OPTIONAL).build()?))
}

fn group(
    writer: &mut SerializedFileWriter<Written>,
    columns: &[Column],
    rows: Vec<Vec<Value>>,
) -> std::result::Result<(), ParquetError> {
    let mut group: SerializedRowGroupWriter<'_, Written> = writer.next_row_group()?;
    for (i, column) in columns.iter().enumerate() {
        let Some(mut next) = group.next_column()? else { break };
        let cells = rows.iter().map(|row| row.get(i));
        match column.kind {
            Kind::Text => {
                let values: Vec<Option<ByteArray>> = cells
                    .map(|cell| match cell {
                        Some(Value::Text(text)) if !text.is_empty() => Some(ByteArray::from(text.as_str())),
                        _ => None,
                    })
                    .collect();
                let levels: Vec<i16> = values.iter().map(|v| i16::from(v.is_some())).collect();
                let known: Vec<ByteArray> = values.into_iter().flatten().collect();
                next.typed::<ByteArrayType>().write_batch(&known, Some(&levels), None)?;
            }
            Kind::Pounds => {
                let values: Vec<Option<i64>> = cells
                    .map(|cell| match cell {
                        Some(Value::Pounds(amount)) => amount.map(Money::pence),
                        _ => None,
                    })
                    .collect();
                let levels: Vec<i16> = values.iter().map(|v| i16::from(v.is_some())).collect();
                let known: Vec<i64> = values.into_iter().flatten().collect();
                next.typed::<Int64Type>().write_batch(&known, Some(&levels), None)?;
            }
        }
        next.close()?;
    }
    group.close()?;
    Ok(())
}

/// What was written and not taken yet.
#[derive(Clone, Default)]
pub(super) struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};

    use super::*;

    fn written(format: Format, portions: usize) -> Vec<u8> {
        let columns = vec![Column::text("name"), Column::pounds("amount")];
        let mut writer = Writer::new(format, columns).unwrap();
        let mut bytes = Vec::new();
        for portion in 0..portions {
            let rows = (0..9_000).map(|i| {
                let amount = (i % 3 > 0).then(|| Money::from_pence(portion as i64 * 9_000 + i));
                vec![Value::text((i % 2 > 0).then(|| format!("row {i}"))), Value::Pounds(amount)]
            });
            bytes.extend(writer.rows(rows.collect()).unwrap());
        }
        bytes.extend(writer.end().unwrap());
        bytes
    }

    #[test]
    fn parquet_is_written_in_groups_and_reads_back() {
        let bytes = written(Format::Parquet, 5);
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
        assert_eq!(reader.metadata().file_metadata().num_rows(), 45_000);
        assert_eq!(reader.num_row_groups(), 2);
        let rows: Vec<String> = reader.get_row_iter(None).unwrap().take(3).map(|r| r.unwrap().to_string()).collect();
        assert_eq!(
            rows,
            ["{name: null, amount: null}", "{name: \"row 1\", amount: 0.01}", "{name: null, amount: 0.02}"]
        );
    }

    #[test]
    fn csv_has_one_header_also_where_nothing_follows() {
        let text = String::from_utf8(written(Format::Csv, 2)).unwrap();
        assert_eq!(text.lines().count(), 18_001);
        assert_eq!(text.lines().nth(2), Some("row 1,0.01"));
        assert_eq!(written(Format::Csv, 0), b"name,amount\n");
    }
}
