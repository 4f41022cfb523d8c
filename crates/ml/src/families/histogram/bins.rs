//! Features as small numbers, so that a split can be looked for by counting.

use super::Lesson;

/// Most bins of a feature: a bin is one byte.
const MOST: usize = 255;

/// The rows of a lesson, each value replaced by the bin it falls into.
#[derive(Debug, Clone)]
pub struct Binned {
    /// Row after row, one byte a feature.
    bins: Vec<u8>,
    /// For each feature the upper bounds of all bins but the last, rising.
    cuts: Vec<Vec<f64>>,
}

impl Binned {
    /// Bins hold about as many rows each; where a feature has few values, each has its own bin, and
    /// the bounds lie halfway between neighbours.
    pub fn of(lesson: Lesson) -> Binned {
        let width = lesson.rows.first().map_or(0, |row| row.len());
        let cuts: Vec<Vec<f64>> = (0..width).map(|f| cuts(lesson.rows.iter().map(|row| row[f]).collect())).collect();
        let bin = |row: &&[f64], f: usize| cuts[f].partition_point(|cut| *cut < row[f]) as u8;
        let bins = lesson.rows.iter().flat_map(|row| (0..width).map(|f| bin(row, f)).collect::<Vec<_>>()).collect();
        Binned { bins, cuts }
    }

    pub fn width(&self) -> usize {
        self.cuts.len()
    }

    /// One bin for each feature.
    pub fn row(&self, i: usize) -> &[u8] {
        &self.bins[i * self.width()..][..self.width()]
    }

    /// How many bins a feature has.
    pub fn bins(&self, feature: usize) -> usize {
        self.cuts[feature].len() + 1
    }

    /// The upper bound of a bin that is not the feature's last.
    pub fn cut(&self, feature: usize, bin: u8) -> f64 {
        self.cuts[feature][usize::from(bin)]
    }
}

fn cuts(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    let mut distinct = values.clone();
    distinct.dedup();
    let halfway = |pair: &[f64]| f64::midpoint(pair[0], pair[1]);
    if distinct.len() <= MOST {
        return distinct.windows(2).map(halfway).collect();
    }
    // Between the values on both sides of each 255th part of the rows; a value that fills several
    // parts is cut off once.
    let mut cuts: Vec<f64> = (1..MOST)
        .map(|k| {
            let at = values[k * values.len() / MOST];
            let next = distinct[distinct.partition_point(|v| *v <= at).min(distinct.len() - 1)];
            f64::midpoint(at, next)
        })
        .collect();
    cuts.dedup();
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binned(values: &[f64]) -> Binned {
        let rows: Vec<[f64; 1]> = values.iter().map(|v| [*v]).collect();
        let rows: Vec<&[f64]> = rows.iter().map(|r| r.as_slice()).collect();
        let zeros = vec![0.0; rows.len()];
        Binned::of(Lesson { rows: &rows, target: &zeros, weight: &zeros, rules: &[] })
    }

    #[test]
    fn few_values_have_a_bin_each_with_bounds_halfway() {
        let binned = binned(&[5.0, 1.0, 1.0, 2.0]);
        assert_eq!((0..4).map(|i| binned.row(i)[0]).collect::<Vec<_>>(), [2, 0, 0, 1]);
        assert_eq!((binned.bins(0), binned.cut(0, 0), binned.cut(0, 1)), (3, 1.5, 3.5));
    }

    #[test]
    fn many_values_share_bins_of_like_size_and_keep_their_order() {
        let values: Vec<f64> = (0..5_000).map(|i| f64::from(i * 7 % 5_000)).collect();
        let binned = binned(&values);
        assert_eq!(binned.bins(0), 255);
        let mut counts = [0usize; 255];
        for (i, value) in values.iter().enumerate() {
            let bin = binned.row(i)[0];
            counts[usize::from(bin)] += 1;
            assert!(bin == 0 || binned.cut(0, bin - 1) < *value);
            assert!(usize::from(bin) + 1 == 255 || *value <= binned.cut(0, bin));
        }
        assert!(counts.iter().all(|c| (15..=25).contains(c)), "{counts:?}");
    }

    #[test]
    fn a_constant_has_one_bin() {
        assert_eq!(binned(&[3.0; 9]).bins(0), 1);
        // One value in most rows, 400 others in the rest.
        let mostly: Vec<f64> = (0..2_000).map(|i| if i < 1_600 { 0.0 } else { f64::from(i) }).collect();
        assert!(binned(&mostly).bins(0) > 40);
    }
}
