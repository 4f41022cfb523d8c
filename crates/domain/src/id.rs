//! Identifiers: UUIDv7 with a prefix that names the thing (`clm_…`, `inv_…`).
//!
//! An id carries its kind in the type and in the text, so that one cannot be taken for another in
//! code, in a log or in a support request. Ids sort by the time they were made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// Why a text is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {kind} id")]
pub struct IdError {
    pub kind: &'static str,
}

/// What all ids have in common: made from a time and ten random bytes, which the caller supplies.
pub trait Id: Copy + fmt::Display + FromStr<Err = IdError> {
    const PREFIX: &'static str;

    /// `unix_ms`: milliseconds since 1970; `random`: ten random bytes.
    fn from_parts(unix_ms: u64, random: [u8; 10]) -> Self;
}

macro_rules! define_id {
    ($($(#[$doc:meta])* $name:ident, $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl Id for $name {
            const PREFIX: &'static str = $prefix;

            fn from_parts(unix_ms: u64, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, self.0.simple())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix($prefix)
                    .and_then(|rest| rest.strip_prefix('_'))
                    .filter(|rest| rest.len() == 32)
                    .and_then(|rest| Uuid::try_parse(rest).ok())
                    .map($name)
                    .ok_or(IdError { kind: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

define_id! {
    AlertId, "alr";
    AllocationId, "alo";
    AmendmentId, "amd";
    ApiCallId, "call";
    ApiKeyId, "key";
    AssessmentId, "asm";
    AuditId, "aud";
    AuthorityId, "aut";
    BankLineId, "bnk";
    BaseRateId, "bas";
    BookmarkId, "bmk";
    BudgetId, "bud";
    CandidateId, "cnd";
    ClaimId, "clm";
    ClaimantId, "clt";
    CompanyId, "com";
    ClosedPeriodId, "clo";
    CompanyProfileId, "cpr";
    ContestId, "ctt";
    ContractId, "ctr";
    CostId, "cos";
    DecisionId, "dec";
    DepartmentId, "dep";
    DeploymentId, "dpl";
    DiaryId, "dia";
    DocumentId, "doc";
    DraftId, "drf";
    EstimateId, "est";
    ExportBatchId, "exp";
    ExportTemplateId, "ext";
    FairnessId, "fai";
    FindingId, "fnd";
    InvoiceId, "inv";
    InvoiceLineId, "inl";
    JobId, "job";
    JournalId, "jnl";
    MailId, "mai";
    MaterialId, "mat";
    MeasurementId, "mea";
    MethodologyId, "met";
    ModelId, "mdl";
    ModelNoteId, "mno";
    NotificationId, "ntf";
    OfferId, "off";
    OutcomeId, "out";
    PaymentId, "pay";
    PredictionId, "prd";
    PublicationId, "pub";
    RateCardId, "rcd";
    ReminderId, "rem";
    ReminderScheduleId, "rms";
    RetrainingId, "ret";
    ReviewId, "rev";
    SavedViewId, "vie";
    ServiceTierId, "tie";
    SessionId, "ses";
    TaxRateId, "tax";
    TierRequestId, "trq";
    TrialId, "tri";
    UsageAlertId, "ual";
    UsageId, "use";
    UsageStatementId, "ust";
    UserId, "usr";
    WindowId, "win";
    WithdrawalId, "wdr";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_is_of_one_kind() {
        let id = ClaimId::from_parts(1_700_000_000_000, [7; 10]);
        let text = id.to_string();
        assert!(text.starts_with("clm_018bcfe5"), "{text}");
        assert_eq!(text.parse(), Ok(id));
        for wrong in [text.replace("clm", "inv"), text[..30].to_owned(), String::new(), "clm_".to_owned()] {
            assert_eq!(wrong.parse::<ClaimId>(), Err(IdError { kind: "clm" }), "{wrong}");
        }
        assert!(ClaimId::from_parts(1, [255; 10]) < ClaimId::from_parts(2, [0; 10]));
    }
}
