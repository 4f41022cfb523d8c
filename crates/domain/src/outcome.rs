//! What a claim finally settled for, and what an amount may be used for: the tiers of labels.
//!
//! A model must not confirm itself. An amount is evidence about a model only where it came about apart from what the
//! model said; which amounts those are is decided here and nowhere else.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::Money;
use crate::claim::LARGEST_AMOUNT;
use crate::settlement::DecisionKind;

/// Where an outcome was learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The insurer's claims system, by its integration.
    Api,
    /// A file that a person hands in.
    File,
    /// A person, on the claim's page.
    Form,
}

impl Source {
    pub const ALL: [Source; 3] = [Source::Api, Source::File, Source::Form];

    pub const fn key(self) -> &'static str {
        match self {
            Source::Api => "api",
            Source::File => "file",
            Source::Form => "form",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Source::Api => "Claims system (API)",
            Source::File => "A file",
            Source::Form => "Entered by hand",
        }
    }

    pub fn from_key(key: &str) -> Option<Source> {
        Source::ALL.into_iter().find(|s| s.key() == key)
    }
}

/// What an amount may be used for, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Tier {
    /// Recorded apart from the decision: on another day, or by the claims system's interface. Evaluation, gates, training.
    A,
    /// Set without sight of a prediction. Training, where the engineer says so.
    B,
    /// Set after seeing the prediction, and another: anchored by it. Reported only.
    C,
    /// The prediction itself, accepted. Never a label, never an error of nil.
    D,
}

impl Tier {
    pub const ALL: [Tier; 4] = [Tier::A, Tier::B, Tier::C, Tier::D];

    pub const fn key(self) -> &'static str {
        match self {
            Tier::A => "A",
            Tier::B => "B",
            Tier::C => "C",
            Tier::D => "D",
        }
    }

    /// What it is, where it stands beside an amount.
    pub const fn label(self) -> &'static str {
        match self {
            Tier::A => "Outcome",
            Tier::B => "Set by hand",
            Tier::C => "Overridden",
            Tier::D => "Accepted",
        }
    }

    /// What it is good for, in a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Tier::A => "what the claim finally settled for, recorded apart from the decision",
            Tier::B => "an amount that was set without sight of a prediction",
            Tier::C => "an amount that was set after seeing the prediction, and anchored by it",
            Tier::D => "the prediction itself, which was accepted: it says nothing of how good it was",
        }
    }

    pub fn from_key(key: &str) -> Option<Tier> {
        Tier::ALL.into_iter().find(|t| t.key() == key)
    }

    /// Whether a model may be judged by it.
    pub const fn judges(self) -> bool {
        matches!(self, Tier::A)
    }

    /// Whether a model may learn from it; `unanchored`: the engineer takes amounts that were set without sight of a
    /// prediction too.
    pub const fn teaches(self, unanchored: bool) -> bool {
        match self {
            Tier::A => true,
            Tier::B => unanchored,
            Tier::C | Tier::D => false,
        }
    }
}

/// The tier of the amount that a decision settled a claim for.
pub const fn of_decision(kind: DecisionKind) -> Tier {
    match kind {
        DecisionKind::Accepted => Tier::D,
        DecisionKind::Overridden => Tier::C,
        DecisionKind::Manual => Tier::B,
    }
}

/// A decision as far as an outcome may repeat it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    pub kind: DecisionKind,
    pub amount: Money,
    /// In London.
    pub day: NaiveDate,
}

/// The tier of an outcome. What the claims system's interface says stands apart from the decision; so does what a person
/// enters by hand on a later day, what they hand in as a file on another day, and what is known where nobody decided here.
/// What they say on the day of the decision repeats it; where it is another amount than the prediction that was accepted,
/// it was anchored by that.
///
/// `recorded_on`: the day in London.
pub fn of_outcome(source: Source, amount: Money, decided: Option<Decided>, recorded_on: NaiveDate) -> Tier {
    let repeats = |decided: &Decided| match source {
        Source::Api => false,
        // A file of an earlier day came before anybody here had decided, unless it says what was then accepted: whoever handed
        // it in had the prediction before their eyes.
        Source::File => {
            let foretold = decided.kind == DecisionKind::Accepted && decided.amount == amount;
            recorded_on == decided.day || (recorded_on < decided.day && foretold)
        }
        Source::Form => recorded_on <= decided.day,
    };
    match decided.filter(repeats) {
        None => Tier::A,
        Some(Decided { kind: DecisionKind::Accepted, amount: accepted, .. }) if accepted != amount => Tier::C,
        Some(decided) => of_decision(decided.kind),
    }
}

/// An amount with what it may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    pub amount: Money,
    pub tier: Tier,
}

/// The best that is known of what a claim is worth: its outcome, else what somebody said before they saw the prediction,
/// else what was decided.
pub fn best(outcome: Option<Label>, estimate: Option<Money>, decision: Option<(DecisionKind, Money)>) -> Option<Label> {
    let estimate = estimate.map(|amount| Label { amount, tier: Tier::B });
    let decision = decision.map(|(kind, amount)| Label { amount, tier: of_decision(kind) });
    // Of the same tier the first stands.
    [outcome, estimate, decision].into_iter().flatten().min_by_key(|label| label.tier)
}

/// Why an outcome is refused, in words for whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutcomeError {
    #[error("give the amount in pence, £0 or more")]
    Negative,
    #[error("this is more than £10,000,000: check the amount")]
    TooMuch,
    #[error("this is in the future: give the day on which the claim was settled")]
    Future,
    #[error("this is before the accident: give the day on which the claim was settled")]
    BeforeAccident,
    #[error("this is too long ago: give the day on which the claim was settled")]
    LongAgo,
}

/// No claim that is looked at here was settled before.
const EARLIEST: i32 = 1970;

/// Whether an outcome can be: an amount that is no slip of the pen, settled between the accident and today.
///
/// # Errors
///
/// What is wrong with it.
pub fn check(
    amount: Money,
    settled_on: NaiveDate,
    accident: Option<NaiveDate>,
    today: NaiveDate,
) -> Result<(), OutcomeError> {
    if amount < Money::ZERO {
        return Err(OutcomeError::Negative);
    }
    if amount > LARGEST_AMOUNT {
        return Err(OutcomeError::TooMuch);
    }
    if settled_on > today {
        return Err(OutcomeError::Future);
    }
    if settled_on.year() < EARLIEST {
        return Err(OutcomeError::LongAgo);
    }
    if accident.is_some_and(|accident| settled_on < accident) {
        return Err(OutcomeError::BeforeAccident);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn what_repeats_the_decision_has_its_tier_and_what_comes_apart_from_it_is_true() {
        use DecisionKind::{Accepted, Manual, Overridden};
        let (same, other) = (Money::from_pounds(500), Money::from_pounds(620));
        let of = |source, kind, amount, on| {
            let decided = Decided { kind, amount: same, day: day("2026-03-10") };
            of_outcome(source, amount, Some(decided), day(on))
        };
        for (kind, tier) in [(Accepted, Tier::D), (Overridden, Tier::C), (Manual, Tier::B)] {
            for source in [Source::Form, Source::File] {
                assert_eq!(of(source, kind, same, "2026-03-10"), tier, "{source:?} {kind:?}");
                assert_eq!(of(source, kind, same, "2026-03-11"), Tier::A, "{source:?} {kind:?}");
            }
            assert_eq!(of(Source::Api, kind, same, "2026-03-10"), Tier::A, "{kind:?}");
            // Before anybody decided: a file came apart from the decision, a person went on to decide.
            assert_eq!(of(Source::File, kind, other, "2026-03-01"), Tier::A, "{kind:?}");
            let foretold = if kind == Accepted { Tier::D } else { Tier::A };
            assert_eq!(of(Source::File, kind, same, "2026-03-01"), foretold, "{kind:?}");
            assert_eq!(of(Source::Form, kind, same, "2026-03-01"), tier, "{kind:?}");
        }
        // Another amount is no acceptance, but whoever said it had the prediction before their eyes.
        for (kind, tier) in [(Accepted, Tier::C), (Overridden, Tier::C), (Manual, Tier::B)] {
            assert_eq!(of(Source::Form, kind, other, "2026-03-10"), tier, "{kind:?}");
        }
        for source in Source::ALL {
            assert_eq!(of_outcome(source, same, None, day("2026-03-10")), Tier::A);
        }
    }

    #[test]
    fn an_accepted_prediction_is_never_a_label() {
        for unanchored in [false, true] {
            assert!(!Tier::D.teaches(unanchored) && !Tier::C.teaches(unanchored));
            assert_eq!(Tier::B.teaches(unanchored), unanchored);
        }
        assert_eq!(Tier::ALL.map(Tier::judges), [true, false, false, false]);
    }

    #[test]
    fn the_best_label_is_the_outcome_then_what_was_said_unseen_then_the_decision() {
        let pounds = Money::from_pounds;
        let accepted = Some((DecisionKind::Accepted, pounds(500)));
        assert_eq!(best(None, None, None), None);
        assert_eq!(best(None, None, accepted), Some(Label { amount: pounds(500), tier: Tier::D }));
        assert_eq!(best(None, Some(pounds(450)), accepted), Some(Label { amount: pounds(450), tier: Tier::B }));
        let outcome = Label { amount: pounds(470), tier: Tier::A };
        assert_eq!(best(Some(outcome), Some(pounds(450)), accepted), Some(outcome));
        // What was entered on the day of the decision is no better than what was said before it.
        let repeated = Label { amount: pounds(500), tier: Tier::D };
        assert_eq!(best(Some(repeated), Some(pounds(450)), accepted).unwrap().tier, Tier::B);
    }

    #[test]
    fn an_outcome_lies_between_the_accident_and_today() {
        let (accident, today) = (Some(day("2026-01-05")), day("2026-03-10"));
        let of = |pence, on: &str| check(Money::from_pence(pence), day(on), accident, today);
        assert_eq!(of(0, "2026-01-05"), Ok(()));
        assert_eq!(of(124_000, "2026-03-10"), Ok(()));
        assert_eq!(of(-1, "2026-03-10"), Err(OutcomeError::Negative));
        assert_eq!(of(1_000_000_001, "2026-03-10"), Err(OutcomeError::TooMuch));
        assert_eq!(of(1, "2026-03-11"), Err(OutcomeError::Future));
        assert_eq!(of(1, "2026-01-04"), Err(OutcomeError::BeforeAccident));
        assert_eq!(check(Money::ZERO, day("1990-01-01"), None, today), Ok(()));
        assert_eq!(check(Money::ZERO, NaiveDate::MIN, None, today), Err(OutcomeError::LongAgo));
    }
}
