//! What people would have settled claims for before they saw a prediction.

use chrono::{DateTime, Utc};
use domain::Money;
use domain::id::{ClaimId, CompanyId, EstimateId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::{claims, estimates as table};
use crate::{Handle, Reach, Result, Tx, instant, parsed, scoped};

#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    pub id: EstimateId,
    pub company: CompanyId,
    pub claim: ClaimId,
    /// Why it was asked for.
    pub reason: String,
    pub user: UserId,
    pub amount: Money,
    /// What the model had said by then; nobody had seen it.
    pub predicted: Option<Money>,
    pub at: DateTime<Utc>,
}

/// Fails with a conflict where one was given.
pub async fn create(tx: &Tx, estimate: &Estimate) -> Result<()> {
    table::Entity::insert(table::ActiveModel {
        id: Set(estimate.id.to_string()),
        company_id: Set(estimate.company.to_string()),
        claim_id: Set(estimate.claim.to_string()),
        reason: Set(estimate.reason.clone()),
        user_id: Set(estimate.user.to_string()),
        amount_pence: Set(estimate.amount.pence()),
        predicted_pence: Set(estimate.predicted.map(Money::pence)),
        given_at: Set(estimate.at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

pub async fn of_claim(handle: &impl Handle, claim: ClaimId) -> Result<Option<Estimate>> {
    let row =
        table::Entity::find().filter(table::Column::ClaimId.eq(claim.to_string())).one(handle.connection()).await?;
    row.map(record).transpose()
}

/// Those of these claims that have one.
pub async fn of_claims(handle: &impl Handle, reach: Reach, claims: &[ClaimId]) -> Result<Vec<Estimate>> {
    let mut found = Vec::new();
    for portion in claims.chunks(500) {
        let rows = scoped(table::Entity::find(), reach, table::Column::CompanyId)
            .filter(table::Column::ClaimId.is_in(portion.iter().map(ToString::to_string)))
            .all(handle.connection())
            .await?;
        for row in rows {
            found.push(record(row)?);
        }
    }
    Ok(found)
}

/// The newest of a company that were decided since: own amount, prediction and settlement of each, in pence.
pub async fn settled(handle: &impl Handle, company: CompanyId, most: u64) -> Result<Vec<(UserId, [i64; 3])>> {
    let rows: Vec<(String, i64, Option<i64>, Option<i64>)> = table::Entity::find()
        .join(
            sea_orm::JoinType::InnerJoin,
            table::Entity::belongs_to(claims::Entity).from(table::Column::ClaimId).to(claims::Column::Id).into(),
        )
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .filter(table::Column::PredictedPence.is_not_null())
        .filter(Expr::col((claims::Entity, claims::Column::SettledPence)).is_not_null())
        .order_by_desc(table::Column::GivenAt)
        .limit(most)
        .select_only()
        .columns([table::Column::UserId, table::Column::AmountPence, table::Column::PredictedPence])
        .column(claims::Column::SettledPence)
        .into_tuple()
        .all(handle.connection())
        .await?;
    rows.into_iter()
        .filter_map(|(user, own, predicted, settled)| {
            let figures = [own, predicted?, settled?];
            Some(parsed(&user).map(|user| (user, figures)))
        })
        .collect()
}

fn record(row: table::Model) -> Result<Estimate> {
    Ok(Estimate {
        id: parsed(&row.id)?,
        company: parsed(&row.company_id)?,
        claim: parsed(&row.claim_id)?,
        reason: row.reason,
        user: parsed(&row.user_id)?,
        amount: Money::from_pence(row.amount_pence),
        predicted: row.predicted_pence.map(Money::from_pence),
        at: instant(row.given_at),
    })
}
