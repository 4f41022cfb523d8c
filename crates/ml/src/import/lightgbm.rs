//! LightGBM's text format (`Booster.save_model`), versions 3 and 4.
//!
//! What each field means is read off LightGBM's own `src/io/tree.cpp` and `gbdt_model_text.cpp`.

mod grow;

use super::{ImportError, MOST_INPUTS, Raw, parse, scale, tree::Budget};
use crate::{families::imported::Link, features::Precision};

/// The fields above the first tree.
#[derive(Debug, Default)]
struct Header<'a> {
    version: Option<&'a str>,
    classes: Option<&'a str>,
    per_iteration: Option<&'a str>,
    last_feature: Option<&'a str>,
    objective: Option<&'a str>,
    names: Option<&'a str>,
    sizes: Option<&'a str>,
    averages: bool,
}

impl<'a> Header<'a> {
    fn take(&mut self, line: &'a str) {
        match line.split_once('=') {
            Some(("version", value)) => self.version = Some(value),
            Some(("num_class", value)) => self.classes = Some(value),
            Some(("num_tree_per_iteration", value)) => self.per_iteration = Some(value),
            Some(("max_feature_idx", value)) => self.last_feature = Some(value),
            Some(("objective", value)) => self.objective = Some(value),
            Some(("feature_names", value)) => self.names = Some(value),
            Some(("tree_sizes", value)) => self.sizes = Some(value),
            Some(_) => {}
            None => self.averages |= line == "average_output",
        }
    }

    fn check(&self) -> Result<(), ImportError> {
        match self.version {
            Some("v3" | "v4") => {}
            Some(other) => {
                return Err(ImportError::unsupported(format!(
                    "LightGBM text of version {other:.20}; v3 and v4 are read: load and save it with LightGBM 4"
                )));
            }
            None => return Err(missing("version")),
        }
        if self.classes != Some("1") || self.per_iteration != Some("1") {
            return Err(ImportError::unsupported(
                "the model has several outputs: train one regression model an output",
            ));
        }
        Ok(())
    }

    fn link(&self) -> Result<Link, ImportError> {
        let objective = self.objective.ok_or_else(|| {
            ImportError::unsupported(
                "the file names no objective, so what its sum means is unknown: train with an objective of LightGBM's own",
            )
        })?;
        let mut words = objective.split_ascii_whitespace();
        let link = match words.next() {
            Some("regression" | "regression_l1" | "huber" | "quantile" | "mape" | "fair") => Link::Identity,
            Some("poisson" | "gamma" | "tweedie") => Link::Log,
            _ => {
                return Err(ImportError::unsupported(format!(
                    "objective {objective:.60}; taken are regression, regression_l1, huber, quantile, mape, fair, poisson, gamma and tweedie"
                )));
            }
        };
        match words.find(|word| *word == "sqrt") {
            Some(_) => Err(ImportError::unsupported("it learnt square roots (reg_sqrt): train without")),
            None => Ok(link),
        }
    }

    /// How many inputs there are, and their names.
    fn inputs(&self) -> Result<(usize, Vec<String>), ImportError> {
        let last: usize = parse("max_feature_idx", self.last_feature.ok_or_else(|| missing("max_feature_idx"))?)?;
        let names: Vec<&str> =
            self.names.ok_or_else(|| missing("feature_names"))?.split(' ').take(MOST_INPUTS + 1).collect();
        if last >= MOST_INPUTS {
            return Err(ImportError::unsupported(format!("{last} inputs; at most {MOST_INPUTS} are taken")));
        }
        if names.len() != last + 1 {
            let found = names.len();
            return Err(ImportError::unreadable(format!(
                "{found} names for {} inputs: save the model again",
                last + 1
            )));
        }
        Ok((last + 1, names.into_iter().map(str::to_owned).collect()))
    }
}

/// Reads a whole file.
pub fn read(bytes: &[u8]) -> Result<Raw, ImportError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|e| ImportError::unreadable(format!("not UTF-8 from byte {} on: save it again", e.valid_up_to())))?;
    let mut lines = text.lines().map(|line| line.trim_end_matches('\r'));
    let mut header = Header::default();
    let mut started = false;
    for line in lines.by_ref() {
        if line.starts_with("Tree=") {
            started = true;
            break;
        }
        header.take(line);
    }
    header.check()?;
    let (link, (count, names)) = (header.link()?, header.inputs()?);
    let mut budget = Budget::of(count);
    let mut trees = Vec::new();
    if started {
        loop {
            let (fields, end) = grow::Fields::read(&mut lines);
            trees.push(fields.tree(&mut budget).map_err(|e| e.within(&format!("tree {}", trees.len())))?);
            match end {
                Some("end of trees") => break,
                Some(_) => {}
                None => return Err(ImportError::unreadable("it ends before its trees do: save and copy it again")),
            }
        }
    }
    if trees.is_empty() {
        return Err(ImportError::unreadable("it has no trees: save and copy it again"));
    }
    let declared = header.sizes.unwrap_or_default().split_ascii_whitespace().count();
    if declared != trees.len() {
        return Err(ImportError::unreadable(format!(
            "{} trees instead of {declared}: save and copy it again",
            trees.len()
        )));
    }
    pandas(lines)?;
    if header.averages {
        let count = trees.len() as f64;
        scale(&mut trees, 1.0 / count);
    }
    Ok(Raw {
        source: format!(
            "LightGBM text {}, objective {:.60}",
            header.version.unwrap_or_default(),
            header.objective.unwrap_or_default()
        ),
        inputs: Some(names),
        count,
        link,
        intercept: 0.0,
        coefficients: vec![0.0; count],
        trees,
        precision: Precision::Double,
    })
}

/// Categories of a data frame are numbered anew by LightGBM's Python package, by a table that only
/// it applies.
fn pandas<'a>(mut rest: impl Iterator<Item = &'a str>) -> Result<(), ImportError> {
    match rest.find_map(|line| line.strip_prefix("pandas_categorical:")) {
        None | Some("null" | "[]" | "") => Ok(()),
        Some(_) => Err(ImportError::unsupported(
            "it was trained on columns of pandas' type category, whose codes only Python knows: make them integers and name them in categorical_feature",
        )),
    }
}

fn missing(field: &str) -> ImportError {
    ImportError::unreadable(format!("it has no {field}: save it again with Booster.save_model"))
}
