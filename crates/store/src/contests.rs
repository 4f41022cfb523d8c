//! Claimants who contest what was decided: another person looks at the claim again (UK GDPR, article 22C).

use chrono::{DateTime, NaiveDate, Utc};
use domain::id::{ClaimId, CompanyId, ContestId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::cipher::{Place, seal_text};
use crate::entity::contests as table;
use crate::keys::{self, Keyring, Wanted};
use crate::{Handle, Reach, Result, Tx, instant, parsed, scoped};

#[derive(Debug, Clone, PartialEq)]
pub struct Contest {
    pub id: ContestId,
    pub company: CompanyId,
    pub claim: ClaimId,
    /// What the claimant says, and what stood before, as JSON; encrypted with the claimant's key.
    pub said: String,
    pub received: NaiveDate,
    /// Who had decided: somebody else decides now.
    pub decided_by: String,
    pub entered_by: String,
    pub entered_at: DateTime<Utc>,
    pub ended: Option<(String, DateTime<Utc>)>,
}

const OPEN: &str = "open";
const ENDED: &str = "ended";

fn place(row: &str) -> Place<'_> {
    Place { table: "contests", column: "sealed", row }
}

pub async fn create(tx: &Tx, contest: &Contest) -> Result<()> {
    let id = contest.id.to_string();
    let key = keys::of_claim(tx, contest.claim).await?;
    table::Entity::insert(table::ActiveModel {
        company_id: Set(contest.company.to_string()),
        claim_id: Set(contest.claim.to_string()),
        state: Set(OPEN.into()),
        sealed: Set(seal_text(&key, place(&id), &contest.said)?),
        received_on: Set(contest.received.to_string()),
        decided_by: Set(contest.decided_by.clone()),
        entered_by: Set(contest.entered_by.clone()),
        entered_at: Set(contest.entered_at.timestamp_millis()),
        ended_by: Set(None),
        ended_at: Set(None),
        id: Set(id),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// Ends the open contest of a claim, if there is one.
pub async fn end(tx: &Tx, claim: ClaimId, by: &str, at: DateTime<Utc>) -> Result<()> {
    table::Entity::update_many()
        .col_expr(table::Column::State, Expr::value(ENDED))
        .col_expr(table::Column::EndedBy, Expr::value(by))
        .col_expr(table::Column::EndedAt, Expr::value(at.timestamp_millis()))
        .filter(table::Column::ClaimId.eq(claim.to_string()))
        .filter(table::Column::State.eq(OPEN))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Lets a contest go on whose answer was taken back.
pub async fn reopen(tx: &Tx, claim: ClaimId, ended_at: DateTime<Utc>) -> Result<()> {
    table::Entity::update_many()
        .col_expr(table::Column::State, Expr::value(OPEN))
        .col_expr(table::Column::EndedBy, Expr::value(None::<String>))
        .col_expr(table::Column::EndedAt, Expr::value(None::<i64>))
        .filter(table::Column::ClaimId.eq(claim.to_string()))
        .filter(table::Column::EndedAt.eq(ended_at.timestamp_millis()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// A claim's contests, the newest first.
pub async fn of_claim(handle: &impl Handle, reach: Reach, claim: ClaimId) -> Result<Vec<Contest>> {
    let rows = scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::ClaimId.eq(claim.to_string()))
        .order_by_desc(table::Column::EnteredAt)
        .limit(20)
        .all(handle.connection())
        .await?;
    let mut wanted = Wanted::default();
    for row in &rows {
        wanted.add(parsed(&row.company_id)?, Some(&row.sealed));
    }
    let keys = Keyring::load(handle, wanted).await?;
    rows.into_iter()
        .map(|row| {
            let company = parsed(&row.company_id)?;
            Ok(Contest {
                id: parsed(&row.id)?,
                company,
                claim: parsed(&row.claim_id)?,
                said: keys.open(company, place(&row.id), &row.sealed)?.unwrap_or_default(),
                received: parsed(&row.received_on)?,
                decided_by: row.decided_by,
                entered_by: row.entered_by,
                entered_at: instant(row.entered_at),
                ended: row.ended_by.zip(row.ended_at.map(instant)),
            })
        })
        .collect()
}
