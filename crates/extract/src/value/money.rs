//! Sums of money as people write them.

use domain::Money;
use domain::claim::LARGEST_AMOUNT;

use super::{Value, trimmed};

/// `£1,234`, `1234.50 GBP`, `GBP 1,234.50`, `£ 420`, `nil`. A bare number is money only with pence or thousands.
pub(super) fn money(words: &[&str]) -> Option<Value> {
    let joined = words.iter().map(|w| trimmed(w)).collect::<Vec<_>>().join(" ");
    let lower = joined.to_lowercase();
    if ["nil", "£nil", "none", "£ nil"].contains(&lower.as_str()) {
        return Some(Value::Whole(0));
    }
    let mut digits = lower.as_str();
    let mut signs = 0;
    for sign in ["£", "gbp", "pounds"] {
        if let Some(rest) = digits.strip_prefix(sign) {
            (digits, signs) = (rest.trim_start(), signs + 1);
        }
        if let Some(rest) = digits.strip_suffix(sign) {
            (digits, signs) = (rest.trim_end(), signs + 1);
        }
    }
    if signs > 1 || !well_formed(digits, signs == 1) {
        return None;
    }
    let amount = Money::parse_pounds(digits).ok()?;
    (amount <= LARGEST_AMOUNT && amount.pence() >= 0).then(|| Value::Whole(amount.pence()))
}

/// Digits with thousands in threes and at most two of pence.
fn well_formed(digits: &str, signed: bool) -> bool {
    let (pounds, pence) = match digits.split_once('.') {
        Some((pounds, pence)) => (pounds, Some(pence)),
        None => (digits, None),
    };
    let all = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let groups: Vec<&str> = pounds.split([',', ' ']).collect();
    let (first, rest) = (groups[0], &groups[1..]);
    let thousands = !rest.is_empty();
    all(first)
        && (!thousands || first.len() <= 3)
        && rest.iter().all(|group| group.len() == 3 && all(group))
        && pence.is_none_or(|p| p.len() == 2 && all(p))
        && (signed || thousands || pence.is_some())
}
