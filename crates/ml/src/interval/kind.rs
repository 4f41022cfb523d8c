//! Kinds of claims that miss by different amounts, and so are calibrated apart.

use domain::Head;
use serde::{Deserialize, Serialize};

use crate::features::Recovered;

/// By what is negotiable in a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKind {
    /// Nothing beside the tariff and its uplift.
    TariffOnly,
    /// Special damages, no other general damages.
    Special,
    /// General damages outside the tariff.
    OtherGeneral,
    /// A head that is often large is not known.
    Incomplete,
}

impl ClaimKind {
    pub const ALL: [ClaimKind; 4] =
        [ClaimKind::TariffOnly, ClaimKind::Special, ClaimKind::OtherGeneral, ClaimKind::Incomplete];

    pub fn of(claim: &Recovered) -> ClaimKind {
        let decisive = [Head::GeneralFixed, Head::GeneralRest, Head::SpecialTherapy];
        if decisive.into_iter().any(|h| claim.is_unknown(h)) {
            ClaimKind::Incomplete
        } else if claim.amount(Head::GeneralRest) > 0.0 {
            ClaimKind::OtherGeneral
        } else if Head::ALL.iter().any(|h| !h.is_general() && claim.amount(*h) > 0.0) {
            ClaimKind::Special
        } else {
            ClaimKind::TariffOnly
        }
    }

    /// The stored name.
    pub const fn key(self) -> &'static str {
        match self {
            ClaimKind::TariffOnly => "tariff_only",
            ClaimKind::Special => "special",
            ClaimKind::OtherGeneral => "other_general",
            ClaimKind::Incomplete => "incomplete",
        }
    }

    pub fn from_key(key: &str) -> Option<ClaimKind> {
        ClaimKind::ALL.into_iter().find(|kind| kind.key() == key)
    }

    pub const fn label(self) -> &'static str {
        match self {
            ClaimKind::TariffOnly => "tariff only",
            ClaimKind::Special => "with special damages",
            ClaimKind::OtherGeneral => "with other general damages",
            ClaimKind::Incomplete => "amounts not known",
        }
    }
}
