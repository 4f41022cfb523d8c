//! What changes when the attribute alone is changed.

use serde::{Deserialize, Serialize};

use crate::drift::Sorted;

/// Of |Δ| in pounds over the rows: all nil when the attribute is not a feature.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flip {
    pub rows: usize,
    /// Rows whose prediction changes at all.
    pub changed: usize,
    pub median: f64,
    /// 95th percentile.
    pub p95: f64,
    pub max: f64,
}

/// From the predictions (pounds) of the same rows before and after. `None` for no rows, different
/// lengths, and predictions that are not finite.
pub fn flip(before: &[f64], after: &[f64]) -> Option<Flip> {
    if before.len() != after.len() {
        return None;
    }
    let deltas = Sorted::of(before.iter().zip(after).map(|(before, after)| (after - before).abs()).collect())?;
    Some(Flip {
        rows: before.len(),
        changed: before.len() - deltas.up_to(0.0),
        median: deltas.quantile(0.5),
        p95: deltas.quantile(0.95),
        max: deltas.max(),
    })
}

/// Gives `column` each of `values` in turn and takes, for each row, the largest change from what
/// `predict` says of the row as it is. `None` as for [`flip`], and where a row has no such column.
pub fn flip_attribute(
    rows: &[Vec<f64>],
    column: usize,
    values: &[f64],
    predict: impl Fn(&[f64]) -> f64,
) -> Option<Flip> {
    if rows.iter().any(|row| row.len() <= column) {
        return None;
    }
    let before: Vec<f64> = rows.iter().map(|row| predict(row)).collect();
    let furthest = |(row, before): (&Vec<f64>, &f64)| {
        let mut row = row.clone();
        let mut with = |value: &f64| {
            row[column] = *value;
            predict(&row)
        };
        // To this order an answer that is not a number is furthest, and refused below.
        let further = |a: &f64, b: &f64| (a - before).abs().total_cmp(&(b - before).abs());
        values.iter().map(&mut with).max_by(further).unwrap_or(*before)
    };
    let after: Vec<f64> = rows.iter().zip(&before).map(furthest).collect();
    flip(&before, &after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_the_absolute_changes() {
        let found = flip(&[100.0, 200.0, 300.0, 400.0], &[90.0, 200.0, 320.0, 440.0]).unwrap();
        assert_eq!((found.rows, found.changed, found.median, found.max), (4, 3, 15.0, 40.0));
        // numpy.quantile([0, 10, 20, 40], 0.95)
        assert!((found.p95 - 37.0).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn the_furthest_value_of_the_attribute_counts() {
        let rows = [vec![1.0, 0.0], vec![2.0, 1.0]];
        let found = flip_attribute(&rows, 1, &[0.0, 1.0, 2.0], |row| 100.0 * row[0] + 7.0 * row[1]).unwrap();
        assert_eq!((found.max, found.median, found.changed), (14.0, 10.5, 2));
        let unused = flip_attribute(&rows, 1, &[0.0, 1.0, 2.0], |row| 100.0 * row[0]).unwrap();
        assert_eq!((unused.changed, unused.max), (0, 0.0));
    }

    #[test]
    fn nothing_is_said_of_nothing() {
        assert_eq!(flip(&[], &[]), None);
        assert_eq!(flip(&[1.0], &[1.0, 2.0]), None);
        assert_eq!(flip(&[1.0], &[f64::NAN]), None);
        assert_eq!(flip_attribute(&[vec![1.0]], 1, &[0.0], |row| row[0]), None);
        assert_eq!(flip_attribute(&[vec![1.0]], 0, &[0.0, 2.0], |r| if r[0] == 0.0 { f64::NAN } else { 1.0 }), None);
    }
}
