//! Figures in words.

use ml::evaluate::Estimate;

/// `£1,234`.
pub fn pounds(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let whole = value.round().abs() as u64;
    let digits = whole.to_string();
    let grouped: Vec<&str> = {
        let first = digits.len() % 3;
        let (head, tail) = digits.split_at(first);
        let tail = (0..tail.len() / 3).map(|i| &tail[i * 3..i * 3 + 3]);
        (!head.is_empty()).then_some(head).into_iter().chain(tail).collect()
    };
    let sign = if value.round() < 0.0 { "−" } else { "" };
    format!("{sign}£{}", grouped.join(","))
}

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
    fn pounds_are_grouped_and_signed() {
        assert_eq!(
            [0.4, 999.6, -1_234.0, 1_234_567.0, f64::NAN].map(pounds),
            ["£0", "£1,000", "−£1,234", "£1,234,567", "–"]
        );
        assert_eq!((fine(-3.25), percent(0.8984), in_ten(0.72)), ("−£3.2".into(), "89.8%".into(), "7 in 10".into()));
    }
}
