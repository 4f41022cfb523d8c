//! A linear discriminant that is fitted a thousand times over the same rows.

/// Ridge regression of any target on standardised features, prepared for one split of the rows.
/// All that does not depend on the target is done once: a permutation test asks for one fit for
/// each permutation, and by iterated logistic fits would take minutes. For two classes its ranking
/// is that of the regularised linear discriminant (Hastie, Tibshirani, Friedman 2009, 4.2).
pub struct Ridge {
    train: Vec<usize>,
    pub test: Vec<usize>,
    /// Standardised by the mean and spread of the training rows, in the order of the two above.
    train_rows: Vec<Vec<f64>>,
    test_rows: Vec<Vec<f64>>,
    /// The Cholesky factor of ZᵀZ + λ, its lower half row by row.
    factor: Vec<Vec<f64>>,
}

/// The penalty for each training row: small beside the spread of 1 of each feature, enough for
/// features that depend on each other.
const PENALTY: f64 = 0.01;

impl Ridge {
    /// `rows` have one width; those with `is_test` are kept apart.
    pub fn new(rows: &[Vec<f64>], is_test: impl Fn(usize) -> bool) -> Ridge {
        let (test, train): (Vec<usize>, Vec<usize>) = (0..rows.len()).partition(|row| is_test(*row));
        let n = train.len().max(1) as f64;
        let width = rows.first().map_or(0, Vec::len);
        let mean = |j: usize| train.iter().map(|i| rows[*i][j]).sum::<f64>() / n;
        let means: Vec<f64> = (0..width).map(mean).collect();
        let spread = |j: usize| (train.iter().map(|i| (rows[*i][j] - means[j]).powi(2)).sum::<f64>() / n).sqrt();
        // A constant feature keeps scale 1.
        let scales: Vec<f64> = (0..width).map(|j| Some(spread(j)).filter(|s| *s > 1e-9).unwrap_or(1.0)).collect();
        let scaled = |i: &usize| (0..width).map(|j| (rows[*i][j] - means[j]) / scales[j]).collect::<Vec<f64>>();
        let train_rows: Vec<Vec<f64>> = train.iter().map(scaled).collect();
        let test_rows = test.iter().map(scaled).collect();
        let factor = cholesky(&train_rows, width, PENALTY * n);
        Ridge { train, test, train_rows, test_rows, factor }
    }

    /// The scores of the test rows after a fit to whether a row has `code` of `codes`. They lack the
    /// intercept, which no ranking needs.
    pub fn scores(&self, codes: &[usize], code: usize) -> Vec<f64> {
        let mut weights = vec![0.0; self.factor.len()];
        for (row, _) in self.train_rows.iter().zip(&self.train).filter(|(_, i)| codes[**i] == code) {
            weights.iter_mut().zip(row).for_each(|(weight, x)| *weight += x);
        }
        self.solve(&mut weights);
        self.test_rows.iter().map(|row| row.iter().zip(&weights).map(|(x, w)| x * w).sum()).collect()
    }

    /// Forward and back substitution, in place.
    fn solve(&self, x: &mut [f64]) {
        let factor = &self.factor;
        for j in 0..x.len() {
            let known: f64 = (0..j).map(|k| factor[j][k] * x[k]).sum();
            x[j] = (x[j] - known) / factor[j][j];
        }
        for j in (0..x.len()).rev() {
            let known: f64 = (j + 1..x.len()).map(|k| factor[k][j] * x[k]).sum();
            x[j] = (x[j] - known) / factor[j][j];
        }
    }
}

/// Of the Gram matrix of `rows` with `penalty` on its diagonal, which is positive definite.
fn cholesky(rows: &[Vec<f64>], width: usize, penalty: f64) -> Vec<Vec<f64>> {
    let mut factor: Vec<Vec<f64>> = Vec::with_capacity(width);
    for j in 0..width {
        let mut line: Vec<f64> = Vec::with_capacity(j + 1);
        for k in 0..=j {
            let gram: f64 = rows.iter().map(|row| row[j] * row[k]).sum();
            let above: &[f64] = if k == j { &line } else { &factor[k] };
            let known: f64 = line.iter().zip(above).map(|(a, b)| a * b).sum();
            let value = if k == j {
                (gram + penalty - known).max(f64::MIN_POSITIVE).sqrt()
            } else {
                (gram - known) / factor[k][k]
            };
            line.push(value);
        }
        factor.push(line);
    }
    factor
}
