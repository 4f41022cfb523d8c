//! From prediction to decision: the states of a claim and what may be done in each.

use serde::{Deserialize, Serialize};

use crate::Money;
use crate::claim::LARGEST_AMOUNT;

macro_rules! closed_set {
    ($(#[$doc:meta])* $name:ident { $($variant:ident, $key:literal, $label:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($variant),* }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The stored and transmitted name.
            pub const fn key(self) -> &'static str {
                match self { $($name::$variant => $key),* }
            }

            pub const fn label(self) -> &'static str {
                match self { $($name::$variant => $label),* }
            }

            pub fn from_key(key: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|v| v.key() == key)
            }
        }
    };
}

closed_set! {
    /// Where a claim stands.
    ClaimStatus {
        Open, "open", "To decide";
        Flagged, "flagged", "In review";
        Decided, "decided", "Decided";
    }
}

closed_set! {
    /// What a person did with a claim.
    DecisionKind {
        Accepted, "accepted", "Prediction accepted";
        Overridden, "overridden", "Prediction overridden";
        Manual, "manual", "Decided by hand";
    }
}

closed_set! {
    /// Why a handler settles for something else than the prediction.
    OverrideReason {
        MedicalEvidence, "medical_evidence", "Medical evidence says otherwise";
        MissingInformation, "missing_information", "The claim lacks information";
        Liability, "liability", "Liability is disputed or shared";
        Negotiated, "negotiated", "Negotiated with the claimant's side";
        HeadUnsupported, "head_unsupported", "A head of loss is not evidenced";
        CaseLaw, "case_law", "Case law or guidelines point elsewhere";
        ModelWrong, "model_wrong", "The prediction looks wrong";
        Other, "other", "Other";
    }
}

closed_set! {
    ReviewStatus {
        Waiting, "waiting", "Waiting";
        Done, "done", "Reviewed";
    }
}

/// A decision as it is put, before it is checked against the claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Settle for the predicted amount.
    Accept,
    /// Settle for another amount, for a reason; `note` is required with [`OverrideReason::Other`].
    Override { amount: Money, reason: OverrideReason, note: String },
}

/// A decision that may be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    pub kind: DecisionKind,
    pub amount: Money,
    pub reason: Option<OverrideReason>,
    pub note: String,
}

/// Why an act is refused, in words for the person who tried it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    #[error("this claim is already decided")]
    AlreadyDecided,
    #[error("this claim waits for a manager's review; a manager decides it")]
    InReview,
    #[error("there is no prediction to accept: enter an amount instead")]
    NothingToAccept,
    #[error(
        "record that a medical report has been received before settling a whiplash claim (Civil Liability Act 2018, section 6)"
    )]
    NoMedicalReport,
    #[error(
        "record that a medical report has been received, or say that this is no whiplash injury (Civil Liability Act 2018, section 6)"
    )]
    NoReportAndPerhapsWhiplash,
    #[error("enter an amount of £0 or more")]
    NegativeAmount,
    #[error("this is more than £10,000,000: check the amount")]
    TooMuch,
    #[error("say why in a few words")]
    NoteMissing,
    #[error("shorten the note to 2,000 characters")]
    NoteTooLong,
}

/// In characters.
const LONGEST_NOTE: usize = 2_000;

/// What the rules need to know of the claim.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    pub status: ClaimStatus,
    pub predicted: Option<Money>,
    pub medical_report: bool,
    /// Whether the injury is a whiplash injury; `None` where nobody has said.
    pub whiplash: Option<bool>,
    /// Whether the one who acts may decide claims in review.
    pub reviewer: bool,
}

/// Civil Liability Act 2018, section 6: no settlement of a whiplash claim without a medical report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportGate {
    /// A report is here, or none is needed.
    Open,
    /// A report must be recorded.
    Report,
    /// The same, unless the decider says that it is no whiplash injury.
    ReportOrNoWhiplash,
}

impl ReportGate {
    /// Fails closed: what nobody has said to be no whiplash (`None`) may be one.
    pub const fn of(medical_report: bool, whiplash: Option<bool>) -> ReportGate {
        match (medical_report, whiplash) {
            (true, _) | (false, Some(false)) => ReportGate::Open,
            (false, Some(true)) => ReportGate::Report,
            (false, None) => ReportGate::ReportOrNoWhiplash,
        }
    }
}

/// Decides whether an act may be recorded and what it settles the claim for. A person always calls
/// this: nothing settles a claim by itself (UK GDPR Art. 22A).
pub fn settle(standing: Standing, act: Act) -> Result<Settled, ActError> {
    match standing.status {
        ClaimStatus::Decided => return Err(ActError::AlreadyDecided),
        ClaimStatus::Flagged if !standing.reviewer => return Err(ActError::InReview),
        ClaimStatus::Flagged | ClaimStatus::Open => {}
    }
    match ReportGate::of(standing.medical_report, standing.whiplash) {
        ReportGate::Open => {}
        ReportGate::Report => return Err(ActError::NoMedicalReport),
        ReportGate::ReportOrNoWhiplash => return Err(ActError::NoReportAndPerhapsWhiplash),
    }
    match act {
        Act::Accept => {
            let amount = standing.predicted.ok_or(ActError::NothingToAccept)?;
            Ok(Settled { kind: DecisionKind::Accepted, amount, reason: None, note: String::new() })
        }
        Act::Override { amount, .. } if amount < Money::ZERO => Err(ActError::NegativeAmount),
        Act::Override { amount, .. } if amount > LARGEST_AMOUNT => Err(ActError::TooMuch),
        Act::Override { note, .. } if note.chars().count() > LONGEST_NOTE => Err(ActError::NoteTooLong),
        Act::Override { reason: OverrideReason::Other, note, .. } if note.trim().is_empty() => {
            Err(ActError::NoteMissing)
        }
        Act::Override { amount, reason, note } => {
            let kind = match standing.predicted {
                Some(_) => DecisionKind::Overridden,
                None => DecisionKind::Manual,
            };
            Ok(Settled { kind, amount, reason: Some(reason), note: note.trim().to_owned() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: Standing = Standing {
        status: ClaimStatus::Open,
        predicted: Some(Money::from_pounds(900)),
        medical_report: true,
        whiplash: None,
        reviewer: false,
    };

    fn instead(pounds: i64, reason: OverrideReason, note: &str) -> Act {
        Act::Override { amount: Money::from_pounds(pounds), reason, note: note.into() }
    }

    #[test]
    fn a_person_settles_an_open_claim() {
        let accepted = settle(OPEN, Act::Accept).unwrap();
        assert_eq!((accepted.kind, accepted.amount), (DecisionKind::Accepted, Money::from_pounds(900)));
        let own = settle(OPEN, instead(750, OverrideReason::Liability, " shared ")).unwrap();
        assert_eq!((own.kind, own.note.as_str()), (DecisionKind::Overridden, "shared"));
        let by_hand = settle(Standing { predicted: None, ..OPEN }, instead(750, OverrideReason::Negotiated, ""));
        assert_eq!(by_hand.map(|s| s.kind), Ok(DecisionKind::Manual));
    }

    #[test]
    fn what_may_not_be_done_says_why() {
        let flagged = Standing { status: ClaimStatus::Flagged, ..OPEN };
        for (standing, act, error) in [
            (Standing { status: ClaimStatus::Decided, ..OPEN }, Act::Accept, ActError::AlreadyDecided),
            (flagged, Act::Accept, ActError::InReview),
            (Standing { predicted: None, ..OPEN }, Act::Accept, ActError::NothingToAccept),
            (Standing { medical_report: false, ..OPEN }, Act::Accept, ActError::NoReportAndPerhapsWhiplash),
            (
                Standing { medical_report: false, whiplash: Some(true), ..OPEN },
                instead(5, OverrideReason::Negotiated, ""),
                ActError::NoMedicalReport,
            ),
            (OPEN, instead(-1, OverrideReason::Negotiated, ""), ActError::NegativeAmount),
            (OPEN, instead(10_000_001, OverrideReason::Negotiated, ""), ActError::TooMuch),
            (OPEN, instead(5, OverrideReason::Negotiated, &"x".repeat(2_001)), ActError::NoteTooLong),
            (OPEN, instead(5, OverrideReason::Other, "  "), ActError::NoteMissing),
        ] {
            assert_eq!(settle(standing, act), Err(error));
        }
        assert!(settle(Standing { reviewer: true, ..flagged }, Act::Accept).is_ok());
        let no_whiplash = Standing { medical_report: false, whiplash: Some(false), ..OPEN };
        assert!(settle(no_whiplash, Act::Accept).is_ok(), "only whiplash claims need a report");
    }
}
