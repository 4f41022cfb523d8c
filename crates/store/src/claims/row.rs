//! A claim as a row, and a row as a claim: what is personal is encrypted with the claimant's key.

use domain::calendar::london_date;
use domain::id::CompanyId;
use domain::settlement::ClaimStatus;
use domain::{ClaimFacts, Heads, Money};
use sea_orm::ActiveValue::Set;
use serde::{Deserialize, Serialize};

use super::{Claim, Protected};
use crate::cipher::{Cipher, DataKey, Place, seal_text};
use crate::entity::{claim_protected, claims as table};
use crate::keys::{Keyring, Wanted};
use crate::{Handle, Result, instant, known, parsed, parsed_opt};

/// What is personal of a claim, encrypted with the claimant's key.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Personal {
    pub facts: ClaimFacts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimant_reference: Option<String>,
}

/// The free texts as earlier versions kept them.
#[derive(Default, Serialize, Deserialize)]
struct Narrative {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accident: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    injury: Option<String>,
}

fn narrative_place(row: &str) -> Place<'_> {
    Place { table: "claims", column: "narrative", row }
}

pub(crate) fn personal_place(row: &str) -> Place<'_> {
    Place { table: "claims", column: "sealed", row }
}

pub(crate) fn protected_place<'a>(column: &'static str, row: &'a str) -> Place<'a> {
    Place { table: "claim_protected", column, row }
}

/// By which a claim is found by its reference, the whole of it, without regard to case.
pub(crate) fn reference_index(cipher: &Cipher, company: CompanyId, reference: &str) -> Result<String> {
    cipher.lookup("reference", &format!("{company}|{}", reference.trim().to_lowercase()))
}

/// A claim as a row. In clear stand what lists and figures need: see the register.
pub(super) fn row(cipher: &Cipher, key: &DataKey, claim: &Claim) -> Result<table::ActiveModel> {
    let id = claim.id.to_string();
    let index = claim.reference.as_deref().map(|r| reference_index(cipher, claim.company, r)).transpose()?;
    Ok(table::ActiveModel {
        company_id: Set(claim.company.to_string()),
        department_id: Set(claim.department.map(|d| d.to_string())),
        number: Set(claim.number),
        status: Set(claim.status.key().into()),
        channel: Set(claim.channel.clone()),
        accident_type: Set(claim.facts.accident_type.clone()),
        accident_date: Set(claim.facts.accident_date.map(|d| d.to_string())),
        claim_date: Set(claim.facts.claim_date.map(|d| d.to_string())),
        total_pence: Set(claim.total.pence()),
        medical_report: Set(claim.medical_report),
        created_by: Set(claim.created_by.clone()),
        created_at: Set(claim.created_at.timestamp_millis()),
        prediction_id: Set(claim.prediction.map(|p| p.to_string())),
        predicted_pence: Set(claim.predicted.map(Money::pence)),
        settled_pence: Set(claim.settled.map(Money::pence)),
        decided_at: Set(claim.decided_at.map(|t| t.timestamp_millis())),
        decided_by: Set(claim.decided_by.clone()),
        claimant_id: Set(Some(key.id.clone())),
        reference_index: Set(index),
        sealed: Set(Some(sealed(key, claim)?)),
        created_day: Set(Some(london_date(claim.created_at).to_string())),
        id: Set(id),
        ..nothing_in_clear()?
    })
}

/// The columns in which earlier versions kept what is sealed now, emptied.
pub(crate) fn nothing_in_clear() -> Result<table::ActiveModel> {
    Ok(table::ActiveModel {
        external_reference: Set(None),
        prognosis_months: Set(None),
        psychological: Set(None),
        exceptional: Set(None),
        whiplash: Set(None),
        dominant_injury: Set(None),
        narrative: Set(None),
        vehicle_type: Set(None),
        vehicle_age: Set(None),
        weather: Set(None),
        passengers: Set(None),
        police_report: Set(None),
        witness: Set(None),
        heads: Set(serde_json::to_string(&Heads::default())?),
        ..Default::default()
    })
}

pub(crate) fn sealed(key: &DataKey, claim: &Claim) -> Result<String> {
    let personal = Personal {
        facts: claim.facts.clone(),
        reference: claim.reference.clone(),
        claimant_reference: claim.claimant_reference.clone(),
    };
    seal_text(key, personal_place(&claim.id.to_string()), &serde_json::to_string(&personal)?)
}

pub(super) fn protected_row(
    key: &DataKey,
    claim: &Claim,
    protected: &Protected,
) -> Result<claim_protected::ActiveModel> {
    let id = claim.id.to_string();
    let seal =
        |column, value: Option<String>| value.map(|v| seal_text(key, protected_place(column, &id), &v)).transpose();
    Ok(claim_protected::ActiveModel {
        company_id: Set(claim.company.to_string()),
        driver_age: Set(seal("driver_age", protected.driver_age.map(|a| a.to_string()))?),
        gender: Set(seal("gender", protected.gender.clone())?),
        claim_id: Set(id.clone()),
    })
}

/// What the personal parts of these claims are encrypted with.
async fn keyring(handle: &impl Handle, rows: &[table::Model]) -> Result<Keyring> {
    let mut wanted = Wanted::default();
    for row in rows {
        let company = parsed(&row.company_id)?;
        wanted.add(company, row.sealed.as_ref());
        wanted.add(company, row.narrative.as_ref());
    }
    Keyring::load(handle, wanted).await
}

pub(super) async fn records(handle: &impl Handle, rows: Vec<table::Model>) -> Result<Vec<Claim>> {
    let keys = keyring(handle, &rows).await?;
    rows.into_iter().map(|row| record(row, &keys)).collect()
}

fn record(row: table::Model, keys: &Keyring) -> Result<Claim> {
    let company = parsed(&row.company_id)?;
    let personal = match &row.sealed {
        Some(sealed) => match keys.open(company, personal_place(&row.id), sealed)? {
            Some(text) => Some(serde_json::from_str(&text)?),
            None => None,
        },
        None => Some(earlier(&row, company, keys)?),
    };
    let erased = personal.is_none();
    let Personal { facts, reference, claimant_reference } = personal.unwrap_or_else(|| Personal {
        facts: ClaimFacts { accident_type: row.accident_type.clone(), ..ClaimFacts::default() },
        ..Personal::default()
    });
    Ok(Claim {
        id: parsed(&row.id)?,
        company,
        department: parsed_opt(row.department_id.as_ref())?,
        number: row.number,
        claimant: parsed_opt(row.claimant_id.as_ref())?,
        claimant_reference,
        reference,
        status: known(ClaimStatus::from_key(&row.status), "claim status")?,
        channel: row.channel,
        facts,
        total: Money::from_pence(row.total_pence),
        medical_report: row.medical_report,
        created_by: row.created_by,
        created_at: instant(row.created_at),
        prediction: parsed_opt(row.prediction_id.as_ref())?,
        predicted: row.predicted_pence.map(Money::from_pence),
        settled: row.settled_pence.map(Money::from_pence),
        decided_at: row.decided_at.map(instant),
        decided_by: row.decided_by,
        erased,
    })
}

/// What is personal of a claim that an earlier version stored, in columns of its own.
fn earlier(row: &table::Model, company: CompanyId, keys: &Keyring) -> Result<Personal> {
    let small = |value: Option<i32>| value.map(|v| u8::try_from(v).unwrap_or(u8::MAX));
    let narrative: Narrative = match &row.narrative {
        Some(sealed) => match keys.open(company, narrative_place(&row.id), sealed)? {
            Some(text) => serde_json::from_str(&text)?,
            None => Narrative::default(),
        },
        None => Narrative::default(),
    };
    let facts = ClaimFacts {
        accident_type: row.accident_type.clone(),
        accident_date: parsed_opt(row.accident_date.as_ref())?,
        claim_date: parsed_opt(row.claim_date.as_ref())?,
        injury_prognosis_months: small(row.prognosis_months),
        minor_psychological_injury: row.psychological,
        exceptional_circumstances: row.exceptional,
        whiplash: row.whiplash,
        dominant_injury: row.dominant_injury.clone(),
        injury_description: narrative.injury,
        accident_description: narrative.accident,
        vehicle_type: row.vehicle_type.clone(),
        vehicle_age: small(row.vehicle_age),
        weather_conditions: row.weather.clone(),
        passengers: small(row.passengers),
        police_report_filed: row.police_report,
        witness_present: row.witness,
        heads: serde_json::from_str(&row.heads)?,
    };
    Ok(Personal { facts, reference: row.external_reference.clone(), claimant_reference: None })
}
