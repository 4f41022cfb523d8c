//! Gauss–Legendre quadrature on [0, 1].

use std::sync::LazyLock;

/// Most points asked for.
const MOST: usize = 32;

/// Abscissae and weights of up to 32 points, computed once.
pub fn rule(points: usize) -> &'static [(f64, f64)] {
    static RULES: LazyLock<Vec<Vec<(f64, f64)>>> = LazyLock::new(|| (0..=MOST).map(quadrature).collect());
    &RULES[points.min(MOST)]
}

/// Abscissae and weights of `n` points; exact for polynomials of degree up to 2n − 1.
///
/// The nodes are the roots of the Legendre polynomial, found by Newton's method from the usual
/// cosine guess (Press et al., Numerical Recipes, 4.6).
fn quadrature(n: usize) -> Vec<(f64, f64)> {
    let mut points = Vec::with_capacity(n);
    for i in 0..n {
        let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n as f64 + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..100 {
            let (value, derivative) = legendre(n, x);
            slope = derivative;
            let step = value / derivative;
            x -= step;
            if step.abs() < 1e-16 {
                break;
            }
        }
        points.push((f64::midpoint(1.0, x), 1.0 / ((1.0 - x * x) * slope * slope)));
    }
    points
}

/// The polynomial of degree `n` ≥ 1 and its derivative at |x| < 1.
fn legendre(n: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for k in 2..=n {
        let k = k as f64;
        (before, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k);
    }
    (value, n as f64 * (x * value - before) / (x * x - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_up_to_the_promised_degree_are_integrated_exactly() {
        for n in 1..=32 {
            let points = quadrature(n);
            for degree in 0..2 * n {
                let sum: f64 = points.iter().map(|(x, w)| w * x.powi(degree as i32)).sum();
                let exact = 1.0 / (degree as f64 + 1.0);
                assert!((sum - exact).abs() < 1e-13, "{n} points, degree {degree}: {sum} {exact}");
            }
        }
    }
}
