//! The area under the receiver operating characteristic.

/// The chance that a positive row has the higher score than a negative one, equal scores counting
/// half (Mann and Whitney 1947). `None` where either kind is missing, a score is not a number, or
/// the lengths differ.
pub fn auc(scores: &[f64], positive: &[bool]) -> Option<f64> {
    let positives = positive.iter().filter(|p| **p).count() as f64;
    let negatives = positive.len() as f64 - positives;
    if scores.len() != positive.len() || positives * negatives == 0.0 || scores.iter().any(|s| s.is_nan()) {
        return None;
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let (mut beaten, mut pairs) = (0.0, 0.0);
    for tie in order.chunk_by(|a, b| scores[*a] == scores[*b]) {
        let winners = tie.iter().filter(|row| positive[**row]).count() as f64;
        let losers = tie.len() as f64 - winners;
        pairs += winners * (beaten + losers / 2.0);
        beaten += losers;
    }
    Some(pairs / (positives * negatives))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_counted_and_ties_by_half() {
        let positive = [false, true, false, true];
        assert_eq!(auc(&[1.0, 2.0, 3.0, 4.0], &positive), Some(0.75));
        assert_eq!(auc(&[1.0, 1.0, 1.0, 1.0], &positive), Some(0.5));
        assert_eq!(auc(&[0.0, 1.0, -0.0, 0.0], &positive), Some(0.75));
    }

    #[test]
    fn one_kind_alone_has_none() {
        assert_eq!(auc(&[1.0, 2.0], &[true, true]), None);
        assert_eq!(auc(&[], &[]), None);
        assert_eq!(auc(&[f64::NAN, 1.0], &[true, false]), None);
    }
}
