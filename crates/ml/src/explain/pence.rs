//! Pounds as floats to whole pence, so that the parts still add up to the whole.

use domain::Money;

/// A base and parts whose sum is the total, exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rounded {
    pub base: Money,
    pub parts: Vec<Money>,
}

/// Rounds `base` and `parts` (pounds) to pence that add up to `total` exactly. The base is rounded
/// by itself, so that it is the same in every explanation of a model. The parts follow the method of
/// largest remainders: all are rounded down, and the pennies left over go to those that lost most
/// (the first of equals; never to a part that is nil). `None` where a number cannot be held as
/// money, or where base and parts miss the total by more than rounding.
pub fn to_pence(base: f64, parts: &[f64], total: Money) -> Option<Rounded> {
    let base = Money::from_model_pounds(base)?;
    let exact: Vec<f64> = parts.iter().map(|pounds| pounds * 100.0).collect();
    // The bound also keeps the sums below well inside an i64.
    if exact.iter().any(|p| !p.is_finite() || p.abs() > 1e14) {
        return None;
    }
    let mut pence: Vec<i64> = exact.iter().map(|p| p.floor() as i64).collect();
    let left = total.checked_sub(base)?.pence() - pence.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..exact.len()).filter(|&i| exact[i] != 0.0).collect();
    // Each part was rounded down by less than a penny; base and total may add one more either way.
    if left < -1 || left > order.len() as i64 + 1 || (order.is_empty() && left != 0) {
        return None;
    }
    let lost = |i: &usize| exact[*i] - exact[*i].floor();
    order.sort_by(|a, b| lost(b).total_cmp(&lost(a)).then(a.cmp(b)));
    if left < 0 {
        order.reverse();
    }
    for i in 0..left.unsigned_abs() as usize {
        pence[order[i % order.len()]] += left.signum();
    }
    Some(Rounded { base, parts: pence.into_iter().map(Money::from_pence).collect() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pence(rounded: &Rounded) -> Vec<i64> {
        rounded.parts.iter().map(|m| m.pence()).collect()
    }

    #[test]
    fn the_pennies_left_over_go_where_most_was_lost_and_never_to_nothing() {
        let rounded = to_pence(10.004, &[0.009, 0.008, 0.0, -0.001], Money::from_pence(1_002)).unwrap();
        assert_eq!((rounded.base.pence(), pence(&rounded)), (1_000, vec![1, 1, 0, 0]));
        let rounded = to_pence(10.005, &[0.0, 5.0], Money::from_pence(1_500)).unwrap();
        assert_eq!((rounded.base.pence(), pence(&rounded)), (1_001, vec![0, 499]));
    }

    #[test]
    fn parts_that_do_not_add_up_are_not_made_to() {
        assert_eq!(to_pence(10.0, &[1.0], Money::from_pounds(12)), None);
        assert_eq!(to_pence(10.0, &[0.0], Money::from_pounds(11)), None);
        assert_eq!(to_pence(f64::NAN, &[], Money::ZERO), None);
        assert_eq!(to_pence(0.0, &[1e300, -1e300], Money::ZERO), None);
    }

    proptest! {
        #[test]
        fn the_sum_is_exact_and_no_part_moves_by_more_than_two_pennies(
            base in -1e6..1e6f64, parts in prop::collection::vec(-1e5..1e5f64, 1..40),
        ) {
            let total = Money::from_model_pounds(base + parts.iter().sum::<f64>()).unwrap();
            let rounded = to_pence(base, &parts, total).unwrap();
            prop_assert_eq!(rounded.base.pence() + pence(&rounded).iter().sum::<i64>(), total.pence());
            for (part, money) in parts.iter().zip(&rounded.parts) {
                prop_assert!((part * 100.0 - money.pence() as f64).abs() <= 2.0 + 1e-6);
            }
        }
    }
}
