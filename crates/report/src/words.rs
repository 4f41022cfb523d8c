//! Figures in words.

pub use domain::money::whole_pounds as pounds;
use ml::evaluate::Estimate;

/// `£205.9`, for figures that are compared.
pub fn fine(value: f64) -> String {
    if value.is_finite() {
        format!("{}{:.1}", if value < 0.0 { "−£" } else { "£" }, value.abs())
    } else {
        "–".into()
    }
}

/// `£205.9 (£190.1 to £220.3)`.
pub fn estimate(e: Estimate) -> String {
    format!("{} ({} to {})", fine(e.value), fine(e.low), fine(e.high))
}

/// `89.8%`.
pub fn percent(share: f64) -> String {
    if share.is_finite() { format!("{:.1}%", 100.0 * share) } else { "–".into() }
}

/// `3 in 4`: a share of ten or fewer, for people who do not read percentages.
pub fn in_ten(share: f64) -> String {
    format!("{:.0} in 10", 10.0 * share)
}

/// A Markdown table.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(head.iter().map(|h| (*h).to_owned()).collect());
    let align = head.iter().enumerate().map(|(i, _)| if i == 0 { "---".to_owned() } else { "---:".to_owned() });
    text += &line(align.collect());
    rows.iter().for_each(|row| text += &line(row.clone()));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_as_words() {
        assert_eq!((fine(-3.25), percent(0.8984), in_ten(0.72)), ("−£3.2".into(), "89.8%".into(), "7 in 10".into()));
    }
}
