//! Rows with what the library that trained the model answered to them.

use super::{ImportError, Mapping, Raw};
use crate::features::Schema;

/// Rows of inputs and the exporter's answers, each list with one entry for each row.
#[derive(Debug, Clone, PartialEq)]
pub struct Probes {
    /// In the order of the mapping; NaN where a value is unknown.
    pub rows: Vec<Vec<f64>>,
    /// In pounds of the model's own target, as are the two below.
    pub prediction: Vec<f64>,
    /// Empty where the file has no such column.
    pub lower: Vec<f64>,
    pub upper: Vec<f64>,
}

/// Largest file and most rows.
const LARGEST: usize = 16 << 20;
const MOST_ROWS: usize = 10_000;

impl Probes {
    /// Reads CSV with one column for each input of the mapping, `prediction` and, for quantile models,
    /// `lower` and `upper`; other columns are not looked at. A blank or `nan` is an unknown value.
    pub fn read(csv: &[u8], mapping: &Mapping) -> Result<Probes, ImportError> {
        if csv.len() > LARGEST {
            return Err(fault(format!("{} bytes; at most {LARGEST} are read: keep some 100 rows", csv.len())));
        }
        let mut reader = csv::Reader::from_reader(csv);
        let header = reader
            .headers()
            .map_err(|e| fault(format!("the file cannot be read ({e}): save it as CSV in UTF-8")))?
            .clone();
        let place = |name: &str| header.iter().position(|h| h.trim_start_matches('\u{feff}').trim() == name);
        let needed = |name: &str| {
            place(name)
                .ok_or_else(|| fault(format!("there is no column {name:?}: write one for each input, and prediction")))
        };
        let inputs: Vec<usize> = mapping.0.iter().map(|entry| needed(&entry.input)).collect::<Result<_, _>>()?;
        let answers = [Some(needed("prediction")?), place("lower"), place("upper")];
        let mut probes = Probes { rows: Vec::new(), prediction: Vec::new(), lower: Vec::new(), upper: Vec::new() };
        for (i, record) in reader.records().enumerate() {
            let line = i + 2;
            if i == MOST_ROWS {
                return Err(fault(format!("more than {MOST_ROWS} rows: keep some 100")));
            }
            let record = record.map_err(|e| fault(format!("line {line} cannot be read: {e}")))?;
            let cell = |place: usize| {
                number(line, header.get(place).unwrap_or_default(), record.get(place).unwrap_or_default())
            };
            probes.rows.push(inputs.iter().map(|place| cell(*place)).collect::<Result<_, _>>()?);
            for (place, to) in answers.iter().zip([&mut probes.prediction, &mut probes.lower, &mut probes.upper]) {
                if let Some(place) = place {
                    to.push(answer(line, cell(*place)?)?);
                }
            }
        }
        if probes.rows.is_empty() {
            return Err(fault("there are no rows: write some 100 with their predictions"));
        }
        Ok(probes)
    }

    /// The rows as a bundle of `schema` has them: in its precision, and nil for heads that only the
    /// sum is made of, which stand behind the inputs of `raw`.
    pub fn for_schema(&self, raw: &Raw, schema: &Schema) -> Result<Vec<Vec<f64>>, ImportError> {
        let blank = |row: &Vec<f64>| {
            row.iter().zip(&schema.columns).position(|(x, column)| x.is_nan() && !column.keeps_unknown)
        };
        for (i, row) in self.rows.iter().enumerate() {
            if row.len() != raw.count {
                return Err(fault(format!("row {i} has {} values for {} inputs", row.len(), raw.count)));
            }
            if let Some(at) = blank(row) {
                let name = schema.columns.get(at).map(|c| c.feature.name()).unwrap_or_default();
                return Err(fault(format!(
                    "line {} has no {name}, but its unknown values are replaced: say \"unknown\": \"keep\" in the mapping (or --keep-unknown)",
                    i + 2
                )));
            }
        }
        let widened = |row: &Vec<f64>| {
            row.iter()
                .copied()
                .chain(std::iter::repeat(0.0))
                .take(schema.len())
                .map(|x| schema.precision.round(x))
                .collect()
        };
        Ok(self.rows.iter().map(widened).collect())
    }
}

fn number(line: usize, column: &str, text: &str) -> Result<f64, ImportError> {
    let text = text.trim();
    if text.is_empty() || text.eq_ignore_ascii_case("nan") {
        return Ok(f64::NAN);
    }
    let number: Option<f64> = match text {
        "True" | "true" => Some(1.0),
        "False" | "false" => Some(0.0),
        _ => text.parse().ok(),
    };
    number.filter(|x| x.is_finite() && x.abs() <= 1e12).ok_or_else(|| {
        fault(format!("line {line}, {column:.60}: {text:.40} is no number, or above 1e12: write it as 1234.5"))
    })
}

fn answer(line: usize, number: f64) -> Result<f64, ImportError> {
    match number.is_finite() {
        true => Ok(number),
        false => Err(fault(format!("line {line} has no prediction: ask the model, or leave the row out"))),
    }
}

fn fault(detail: impl Into<String>) -> ImportError {
    ImportError::Probes(detail.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(csv: &str) -> Result<Probes, ImportError> {
        let mapping = Mapping::read(br#"[{"input": "a"}, {"input": "b"}]"#).unwrap();
        Probes::read(csv.as_bytes(), &mapping)
    }

    #[test]
    fn columns_are_found_by_name_and_blanks_are_unknown() {
        let probes = read("prediction,b,extra,a,lower\n10,2,x,1,5\n-1.5,,y,nan,6\n").unwrap();
        assert_eq!(probes.rows[0], [1.0, 2.0]);
        assert!(probes.rows[1].iter().all(|x| x.is_nan()));
        assert_eq!((probes.prediction, probes.lower, probes.upper), (vec![10.0, -1.5], vec![5.0, 6.0], vec![]));
    }

    #[test]
    fn what_is_missing_or_no_number_is_told_with_its_place() {
        let fault = |csv: &str| read(csv).unwrap_err().to_string();
        assert!(fault("a,prediction\n1,2\n").contains("no column \"b\""));
        assert!(fault("a,b\n1,2\n").contains("no column \"prediction\""));
        assert!(fault("a,b,prediction\n").contains("no rows"));
        assert!(fault("a,b,prediction\n1,2,3\n1,x,3\n").contains("line 3, b: x"));
        assert!(fault("a,b,prediction\n1,1e300,3\n").contains("1e12"));
        assert!(fault("a,b,prediction\n1,2,\n").contains("line 2 has no prediction"));
        assert!(fault("").contains("no column"));
    }
}
