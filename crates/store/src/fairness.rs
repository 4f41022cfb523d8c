//! Fairness reports, which never change, and what they found.

use chrono::{DateTime, NaiveDate, Utc};
use domain::finding::State;
use domain::id::{CompanyId, FairnessId, FindingId, ModelId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use crate::entity::{fairness_findings as findings, fairness_reports as reports};
use crate::{Handle, Reach, Result, StoreError, Tx, count_some, instant, known, parsed, parsed_opt, scoped};

#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub id: FairnessId,
    pub company: CompanyId,
    pub model: ModelId,
    pub at: DateTime<Utc>,
    pub claims: i32,
    /// Groups that are served worse than is by chance.
    pub found: i32,
    /// JSON.
    pub body: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub id: FindingId,
    pub company: CompanyId,
    pub model: ModelId,
    /// The attribute, the group, and whether the model or people: what it is known by.
    pub about: String,
    pub state: State,
    /// Of the report that found it last.
    pub report: FairnessId,
    /// Pounds, as the last report that judged it has it.
    pub gap: f64,
    pub found_at: DateTime<Utc>,
    pub owner: Option<UserId>,
    /// By when it is mended, or until when its risk is accepted.
    pub due_on: Option<NaiveDate>,
    pub note: String,
    pub version: i32,
    pub updated_at: DateTime<Utc>,
}

pub async fn create(tx: &Tx, r: &Report) -> Result<()> {
    reports::Entity::insert(reports::ActiveModel {
        id: Set(r.id.to_string()),
        company_id: Set(r.company.to_string()),
        model_id: Set(r.model.to_string()),
        made_at: Set(r.at.timestamp_millis()),
        claims: Set(r.claims),
        found: Set(r.found),
        body: Set(r.body.clone()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

fn within(reach: Reach) -> Select<reports::Entity> {
    scoped(reports::Entity::find(), reach, reports::Column::CompanyId)
}

/// A page of them, newest first, and how many there are.
pub async fn list(handle: &impl Handle, reach: Reach, (page, per_page): (u64, u64)) -> Result<(Vec<Report>, u64)> {
    let total = count_some(handle, within(reach)).await?;
    let rows = within(reach)
        .order_by_desc(reports::Column::MadeAt)
        .order_by_desc(reports::Column::Id)
        .offset(page.saturating_sub(1) * per_page)
        .limit(per_page)
        .all(handle.connection())
        .await?;
    Ok((rows.into_iter().map(report).collect::<Result<_>>()?, total))
}

pub async fn find(handle: &impl Handle, reach: Reach, id: FairnessId) -> Result<Report> {
    let row = within(reach).filter(reports::Column::Id.eq(id.to_string())).one(handle.connection()).await?;
    report(row.ok_or(StoreError::NotFound)?)
}

fn report(row: reports::Model) -> Result<Report> {
    Ok(Report {
        id: parsed(&row.id)?,
        company: parsed(&row.company_id)?,
        model: parsed(&row.model_id)?,
        at: instant(row.made_at),
        claims: row.claims,
        found: row.found,
        body: row.body,
    })
}

/// What was found of a model at a company, whatever became of it.
pub async fn of_company(handle: &impl Handle, company: CompanyId) -> Result<Vec<Finding>> {
    let rows = findings::Entity::find()
        .filter(findings::Column::CompanyId.eq(company.to_string()))
        .all(handle.connection())
        .await?;
    rows.into_iter().map(finding).collect()
}

/// The newest findings within reach, those that wait for somebody first.
pub async fn findings(handle: &impl Handle, reach: Reach, most: u64) -> Result<Vec<Finding>> {
    let rows = scoped(findings::Entity::find(), reach, findings::Column::CompanyId)
        .order_by_desc(findings::Column::UpdatedAt)
        .limit(most)
        .all(handle.connection())
        .await?;
    let mut all: Vec<Finding> = rows.into_iter().map(finding).collect::<Result<_>>()?;
    all.sort_by_key(|f| f.state == State::Closed);
    Ok(all)
}

pub async fn find_finding(handle: &impl Handle, reach: Reach, id: FindingId) -> Result<Finding> {
    let row = scoped(findings::Entity::find_by_id(id.to_string()), reach, findings::Column::CompanyId)
        .one(handle.connection())
        .await?;
    finding(row.ok_or(StoreError::NotFound)?)
}

/// Writes how a finding stands, in the place of what was seen of it; one of version 0 is new.
///
/// # Errors
///
/// A conflict where somebody changed it meanwhile.
pub async fn put(tx: &Tx, f: &Finding) -> Result<()> {
    let row = findings::ActiveModel {
        id: Set(f.id.to_string()),
        company_id: Set(f.company.to_string()),
        model_id: Set(f.model.to_string()),
        about: Set(f.about.clone()),
        state: Set(f.state.key().into()),
        report_id: Set(f.report.to_string()),
        gap: Set(f.gap),
        found_at: Set(f.found_at.timestamp_millis()),
        owner: Set(f.owner.map(|o| o.to_string())),
        due_on: Set(f.due_on.map(|d| d.to_string())),
        note: Set(f.note.clone()),
        version: Set(f.version + 1),
        updated_at: Set(f.updated_at.timestamp_millis()),
    };
    if f.version == 0 {
        findings::Entity::insert(row).exec_without_returning(tx.connection()).await?;
        return Ok(());
    }
    let done = findings::Entity::update_many()
        .set(row)
        .filter(findings::Column::Id.eq(f.id.to_string()))
        .filter(Expr::col(findings::Column::Version).eq(f.version))
        .exec(tx.connection())
        .await?;
    match done.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::Conflict("the finding was changed by somebody else".into())),
    }
}

fn finding(row: findings::Model) -> Result<Finding> {
    Ok(Finding {
        id: parsed(&row.id)?,
        company: parsed(&row.company_id)?,
        model: parsed(&row.model_id)?,
        about: row.about,
        state: known(State::from_key(&row.state), "state")?,
        report: parsed(&row.report_id)?,
        gap: row.gap,
        found_at: instant(row.found_at),
        owner: parsed_opt(row.owner.as_ref())?,
        due_on: parsed_opt(row.due_on.as_ref())?,
        note: row.note,
        version: row.version,
        updated_at: instant(row.updated_at),
    })
}
