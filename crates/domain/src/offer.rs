//! Offers: what the two sides of a claim put to each other, and what may become of it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::settlement::ReportGate;

/// Who makes an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The insurer.
    Ours,
    /// The claimant's side.
    Theirs,
}

impl Side {
    pub const ALL: [Side; 2] = [Side::Theirs, Side::Ours];

    pub const fn key(self) -> &'static str {
        match self {
            Side::Ours => "ours",
            Side::Theirs => "theirs",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Side::Ours => "We offer",
            Side::Theirs => "They ask",
        }
    }

    pub fn from_key(key: &str) -> Option<Side> {
        Side::ALL.into_iter().find(|s| s.key() == key)
    }
}

/// Where an offer stands. One that has ended stays so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferState {
    Open,
    /// The same side has made another.
    Replaced,
    /// By who made it.
    Withdrawn,
    /// By the other side.
    Refused,
    Accepted,
    /// Its last day has passed. Nobody writes that down: it follows from the date.
    Expired,
}

impl OfferState {
    pub const ALL: [OfferState; 6] = [
        OfferState::Open,
        OfferState::Replaced,
        OfferState::Withdrawn,
        OfferState::Refused,
        OfferState::Accepted,
        OfferState::Expired,
    ];

    pub const fn key(self) -> &'static str {
        match self {
            OfferState::Open => "open",
            OfferState::Replaced => "replaced",
            OfferState::Withdrawn => "withdrawn",
            OfferState::Refused => "refused",
            OfferState::Accepted => "accepted",
            OfferState::Expired => "expired",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            OfferState::Open => "Stands",
            OfferState::Replaced => "Replaced",
            OfferState::Withdrawn => "Withdrawn",
            OfferState::Refused => "Refused",
            OfferState::Accepted => "Accepted",
            OfferState::Expired => "Expired",
        }
    }

    pub fn from_key(key: &str) -> Option<OfferState> {
        OfferState::ALL.into_iter().find(|s| s.key() == key)
    }

    /// As it stands on a day: an open offer has expired once its last day is over.
    pub fn on(self, today: NaiveDate, expires_on: Option<NaiveDate>) -> OfferState {
        match (self, expires_on) {
            (OfferState::Open, Some(last)) if last < today => OfferState::Expired,
            (state, _) => state,
        }
    }
}

/// Why an offer cannot be made or accepted, in words for the person who tried it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    #[error(
        "no offer is made before a medical report is here (Civil Liability Act 2018, section 6): record it, or say that this is no whiplash injury"
    )]
    NoMedicalReport,
    #[error("this offer has expired: its last day has passed")]
    Expired,
    #[error("this offer stands no longer")]
    Ended,
    #[error("the last day is over already")]
    OverAlready,
}

/// Whether a side may make an offer now. What the other side asks is recorded whatever is missing; what we offer is
/// not made before the report is here.
pub fn may_make(
    side: Side,
    gate: ReportGate,
    expires_on: Option<NaiveDate>,
    today: NaiveDate,
) -> Result<(), OfferError> {
    if side == Side::Ours && gate != ReportGate::Open {
        return Err(OfferError::NoMedicalReport);
    }
    if expires_on.is_some_and(|last| last < today) {
        return Err(OfferError::OverAlready);
    }
    Ok(())
}

/// Whether an offer can be accepted on a day. The gate of the report is the settlement's own.
pub fn may_accept(state: OfferState, expires_on: Option<NaiveDate>, today: NaiveDate) -> Result<(), OfferError> {
    match state.on(today, expires_on) {
        OfferState::Open => Ok(()),
        OfferState::Expired => Err(OfferError::Expired),
        OfferState::Replaced | OfferState::Withdrawn | OfferState::Refused | OfferState::Accepted => {
            Err(OfferError::Ended)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn an_offer_is_accepted_on_its_last_day_and_not_after() {
        let last = Some(day("2026-11-25"));
        assert_eq!(may_accept(OfferState::Open, last, day("2026-11-25")), Ok(()));
        assert_eq!(may_accept(OfferState::Open, last, day("2026-11-26")), Err(OfferError::Expired));
        assert_eq!(may_accept(OfferState::Open, None, day("2099-01-01")), Ok(()));
        for state in [OfferState::Replaced, OfferState::Withdrawn, OfferState::Refused, OfferState::Accepted] {
            assert_eq!(may_accept(state, None, day("2026-11-25")), Err(OfferError::Ended), "{state:?}");
        }
    }

    #[test]
    fn ours_waits_for_the_report_and_theirs_is_recorded() {
        let today = day("2026-11-25");
        for gate in [ReportGate::Report, ReportGate::ReportOrNoWhiplash] {
            assert_eq!(may_make(Side::Ours, gate, None, today), Err(OfferError::NoMedicalReport));
            assert_eq!(may_make(Side::Theirs, gate, None, today), Ok(()));
        }
        assert_eq!(may_make(Side::Ours, ReportGate::Open, Some(today), today), Ok(()));
        let yesterday = Some(day("2026-11-24"));
        assert_eq!(may_make(Side::Theirs, ReportGate::Open, yesterday, today), Err(OfferError::OverAlready));
    }
}
