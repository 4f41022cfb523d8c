//! Which version serves whom, since when, and which is not to serve again.

use chrono::{DateTime, Utc};
use domain::id::{CompanyId, DeploymentId, ModelId, WithdrawalId};
use sea_orm::sea_query::{Expr, NullOrdering};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::{deployments, withdrawals};
use crate::{Handle, Reach, Result, StoreError, Tx, instant, parsed, parsed_opt, stamps};

#[derive(Debug, Clone)]
pub struct Deployment {
    pub id: DeploymentId,
    /// `None`: every company that has no deployment of its own.
    pub company: Option<CompanyId>,
    pub model: ModelId,
    pub by: String,
    pub at: DateTime<Utc>,
    pub replaced_at: Option<DateTime<Utc>>,
    pub note: String,
    /// `false`: since then no model serves; this one did before.
    pub serves: bool,
}

impl Deployment {
    pub fn in_force(&self) -> bool {
        self.replaced_at.is_none()
    }
}

/// A version that is not to serve again.
#[derive(Debug, Clone, PartialEq)]
pub struct Withdrawal {
    pub id: WithdrawalId,
    pub model: ModelId,
    /// `None`: for everybody.
    pub company: Option<CompanyId>,
    pub reason: String,
    pub by: String,
    pub at: DateTime<Utc>,
}

/// Withdraws a version; a conflict where it is.
pub async fn withdraw(tx: &Tx, withdrawal: &Withdrawal) -> Result<()> {
    // Who deploys moves the stamp on as well: of the two one waits here, and then sees what the other did.
    stamps::bump(tx).await?;
    withdrawals::Entity::insert(withdrawals::ActiveModel {
        id: Set(withdrawal.id.to_string()),
        model_id: Set(withdrawal.model.to_string()),
        company_id: Set(withdrawal.company.map(|c| c.to_string())),
        reason: Set(withdrawal.reason.clone()),
        withdrawn_by: Set(withdrawal.by.clone()),
        withdrawn_at: Set(withdrawal.at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// The withdrawals that hold for a company (or for all), newest first.
pub async fn withdrawn(handle: &impl Handle, company: Option<CompanyId>) -> Result<Vec<Withdrawal>> {
    use withdrawals::Column as C;
    let mut holds = Condition::any().add(C::CompanyId.is_null());
    if let Some(company) = company {
        holds = holds.add(C::CompanyId.eq(company.to_string()));
    }
    withdrawals::Entity::find()
        .filter(holds)
        .order_by_desc(C::WithdrawnAt)
        .all(handle.connection())
        .await?
        .into_iter()
        .map(|row| {
            Ok(Withdrawal {
                id: parsed(&row.id)?,
                model: parsed(&row.model_id)?,
                company: parsed_opt(row.company_id.as_ref())?,
                reason: row.reason,
                by: row.withdrawn_by,
                at: instant(row.withdrawn_at),
            })
        })
        .collect()
}

fn of_company(company: Option<CompanyId>) -> Condition {
    match company {
        Some(id) => Condition::all().add(deployments::Column::CompanyId.eq(id.to_string())),
        None => Condition::all().add(deployments::Column::CompanyId.is_null()),
    }
}

/// Ends the deployment in force for this company (or for all), which must be the one that was seen, and starts another.
///
/// # Errors
///
/// A conflict where somebody else deployed meanwhile.
pub async fn deploy(tx: &Tx, deployment: &Deployment, seen: Option<DeploymentId>) -> Result<()> {
    end(tx, deployment.company, deployment.at, seen).await?;
    deployments::Entity::insert(deployments::ActiveModel {
        id: Set(deployment.id.to_string()),
        company_id: Set(deployment.company.map(|c| c.to_string())),
        model_id: Set(deployment.model.to_string()),
        deployed_by: Set(deployment.by.clone()),
        deployed_at: Set(deployment.at.timestamp_millis()),
        replaced_at: Set(None),
        note: Set(deployment.note.clone()),
        serves: Set(deployment.serves),
    })
    .exec_without_returning(tx.connection())
    .await?;
    stamps::bump(tx).await
}

/// Ends a company's own deployment, so that what serves everybody serves it again.
pub async fn return_to_shared(tx: &Tx, company: CompanyId, seen: DeploymentId, at: DateTime<Utc>) -> Result<()> {
    end(tx, Some(company), at, Some(seen)).await?;
    stamps::bump(tx).await
}

async fn end(tx: &Tx, company: Option<CompanyId>, at: DateTime<Utc>, seen: Option<DeploymentId>) -> Result<()> {
    // Whichever is in force is ended, and must be the one that was seen.
    let ended = deployments::Entity::find()
        .filter(of_company(company))
        .filter(deployments::Column::ReplacedAt.is_null())
        .one(tx.connection())
        .await?;
    let conflict = || StoreError::Conflict("another version was deployed meanwhile".into());
    if ended.as_ref().map(|d| d.id.clone()) != seen.map(|id| id.to_string()) {
        return Err(conflict());
    }
    let Some(seen) = seen else { return Ok(()) };
    let done = deployments::Entity::update_many()
        .col_expr(deployments::Column::ReplacedAt, Expr::value(at.timestamp_millis()))
        .filter(deployments::Column::Id.eq(seen.to_string()))
        .filter(deployments::Column::ReplacedAt.is_null())
        .exec(tx.connection())
        .await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(conflict()) }
}

/// Whether a company has withdrawn a version for itself, or it was withdrawn for all.
pub async fn is_withdrawn(handle: &impl Handle, company: CompanyId, model: ModelId) -> Result<bool> {
    use withdrawals::Column as C;
    let whose = Condition::any().add(C::CompanyId.is_null()).add(C::CompanyId.eq(company.to_string()));
    let found = withdrawals::Entity::find().filter(C::ModelId.eq(model.to_string())).filter(whose);
    Ok(found.one(handle.connection()).await?.is_some())
}

/// The model that serves a company now: its own deployment, else the one for all. `None` also where it was stopped, and
/// where the company has withdrawn the one for all for itself.
pub async fn champion(handle: &impl Handle, company: CompanyId) -> Result<Option<ModelId>> {
    let open = deployments::Entity::find()
        .filter(Condition::any().add(of_company(Some(company))).add(of_company(None)))
        .filter(deployments::Column::ReplacedAt.is_null())
        .all(handle.connection())
        .await?;
    let own = open.iter().find(|d| d.company_id.is_some()).or_else(|| open.first());
    let Some(serving) = own.filter(|d| d.serves) else { return Ok(None) };
    let model = parsed(&serving.model_id)?;
    Ok((!is_withdrawn(handle, company, model).await?).then_some(model))
}

/// Deployments for one company (or for all), newest first.
pub async fn deployments(handle: &impl Handle, company: Option<CompanyId>, limit: u64) -> Result<Vec<Deployment>> {
    rows(handle, of_company(company), Some(limit)).await
}

/// Every deployment of a model that the reach may know of, newest first.
pub async fn history(handle: &impl Handle, reach: Reach, model: ModelId) -> Result<Vec<Deployment>> {
    let mut condition = Condition::all().add(deployments::Column::ModelId.eq(model.to_string()));
    if let Reach::Company(own) = reach {
        condition = condition.add(Condition::any().add(of_company(Some(own))).add(of_company(None)));
    }
    rows(handle, condition, None).await
}

async fn rows(handle: &impl Handle, condition: Condition, limit: Option<u64>) -> Result<Vec<Deployment>> {
    deployments::Entity::find()
        .filter(condition)
        .order_by_desc(deployments::Column::DeployedAt)
        // Of those of one millisecond the one in force is the newest.
        .order_by_with_nulls(deployments::Column::ReplacedAt, Order::Desc, NullOrdering::First)
        .order_by_desc(deployments::Column::Id)
        .limit(limit)
        .all(handle.connection())
        .await?
        .into_iter()
        .map(|row| {
            Ok(Deployment {
                id: parsed(&row.id)?,
                company: parsed_opt(row.company_id.as_ref())?,
                model: parsed(&row.model_id)?,
                by: row.deployed_by,
                at: instant(row.deployed_at),
                replaced_at: row.replaced_at.map(instant),
                note: row.note,
                serves: row.serves,
            })
        })
        .collect()
}
