//! Many features, few false alarms.

/// The p-values adjusted so that alarming where one is at most α keeps the expected share of false
/// alarms among all alarms at α (Benjamini and Hochberg 1995). In the order given; holds for
/// independent and for positively dependent features.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*b].total_cmp(&p_values[*a]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut least: f64 = 1.0;
    for (i, at) in order.into_iter().enumerate() {
        let rank = p_values.len() - i;
        // The factor is at least 1, so that no p-value is adjusted downwards by rounding.
        least = least.min(p_values[at] * (p_values.len() as f64 / rank as f64));
        adjusted[at] = least;
    }
    adjusted
}
