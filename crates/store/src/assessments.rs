//! What a handler makes of a claim's heads: an amount and a reason for each that is not paid as claimed. Each
//! assessment is a row of its own; the newest counts.

use chrono::{DateTime, Utc};
use domain::id::{AssessmentId, ClaimId, CompanyId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::cipher::{Place, seal_text};
use crate::entity::assessments as table;
use crate::keys::{self, Keyring, Wanted};
use crate::{Handle, Result, Tx, instant, parsed};

#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    pub id: AssessmentId,
    pub company: CompanyId,
    pub claim: ClaimId,
    /// The heads with amount, reason and note, as JSON; encrypted with the claimant's key.
    pub heads: String,
    pub by: String,
    pub at: DateTime<Utc>,
}

fn place(row: &str) -> Place<'_> {
    Place { table: "assessments", column: "sealed", row }
}

pub async fn create(tx: &Tx, assessment: &Assessment) -> Result<()> {
    let id = assessment.id.to_string();
    let key = keys::of_claim(tx, assessment.claim).await?;
    table::Entity::insert(table::ActiveModel {
        company_id: Set(assessment.company.to_string()),
        claim_id: Set(assessment.claim.to_string()),
        sealed: Set(seal_text(&key, place(&id), &assessment.heads)?),
        made_by: Set(assessment.by.clone()),
        made_at: Set(assessment.at.timestamp_millis()),
        id: Set(id),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// The newest of a claim; `None` where there is none, or the claimant was erased.
pub async fn of_claim(handle: &impl Handle, claim: ClaimId) -> Result<Option<Assessment>> {
    let row = table::Entity::find()
        .filter(table::Column::ClaimId.eq(claim.to_string()))
        .order_by_desc(table::Column::MadeAt)
        .order_by_desc(table::Column::Id)
        .one(handle.connection())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let company = parsed(&row.company_id)?;
    let mut wanted = Wanted::default();
    wanted.add(company, Some(&row.sealed));
    let keys = Keyring::load(handle, wanted).await?;
    let Some(heads) = keys.open(company, place(&row.id), &row.sealed)? else { return Ok(None) };
    Ok(Some(Assessment {
        id: parsed(&row.id)?,
        company,
        claim: parsed(&row.claim_id)?,
        heads,
        by: row.made_by,
        at: instant(row.made_at),
    }))
}
