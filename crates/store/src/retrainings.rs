//! Retrainings and what came of them.

use chrono::{DateTime, Utc};
use domain::id::{CompanyId, ModelId, RetrainingId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select};

use crate::entity::retrainings as table;
use crate::{Handle, Result, StoreError, Tx, instant, known, page_of, parsed, parsed_opt};

/// How one ended that was not cancelled and did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Candidate,
    Rejected,
    Skipped,
}

impl End {
    pub const ALL: [End; 3] = [End::Candidate, End::Rejected, End::Skipped];

    pub const fn key(self) -> &'static str {
        match self {
            End::Candidate => "candidate",
            End::Rejected => "rejected",
            End::Skipped => "skipped",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            End::Candidate => "Candidate",
            End::Rejected => "Rejected",
            End::Skipped => "Skipped",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Retraining {
    pub id: RetrainingId,
    /// `None`: of the model for all.
    pub company: Option<CompanyId>,
    pub asked_by: String,
    pub began_at: DateTime<Utc>,
    pub ended_at: DateTime<Utc>,
    pub end: End,
    pub reason: String,
    pub labels: i32,
    pub outcomes: i32,
    /// SHA-256 of the labels.
    pub data: String,
    pub model: Option<ModelId>,
    /// JSON: checks and comparison.
    pub body: String,
}

pub async fn create(tx: &Tx, r: &Retraining) -> Result<()> {
    table::Entity::insert(table::ActiveModel {
        id: Set(r.id.to_string()),
        company_id: Set(r.company.map(|c| c.to_string())),
        asked_by: Set(r.asked_by.clone()),
        began_at: Set(r.began_at.timestamp_millis()),
        ended_at: Set(r.ended_at.timestamp_millis()),
        end: Set(r.end.key().into()),
        reason: Set(r.reason.clone()),
        labels: Set(r.labels),
        outcomes: Set(r.outcomes),
        data: Set(r.data.clone()),
        model_id: Set(r.model.map(|m| m.to_string())),
        body: Set(r.body.clone()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

fn of(company: Option<CompanyId>) -> Select<table::Entity> {
    match company {
        Some(id) => table::Entity::find().filter(table::Column::CompanyId.eq(id.to_string())),
        None => table::Entity::find().filter(table::Column::CompanyId.is_null()),
    }
}

/// The newest of a company (or of the model for all) that ended so.
pub async fn last_of(handle: &impl Handle, company: Option<CompanyId>, ends: &[End]) -> Result<Option<Retraining>> {
    of(company)
        .filter(table::Column::End.is_in(ends.iter().map(|e| e.key())))
        .order_by_desc(table::Column::EndedAt)
        .order_by_desc(table::Column::Id)
        .one(handle.connection())
        .await?
        .map(record)
        .transpose()
}

/// The one that made a version, where one did.
pub async fn of_model(handle: &impl Handle, model: ModelId) -> Result<Option<Retraining>> {
    let made = table::Entity::find().filter(table::Column::ModelId.eq(model.to_string()));
    made.one(handle.connection()).await?.map(record).transpose()
}

/// A page of them, newest first, and how many there are.
pub async fn list(
    handle: &impl Handle,
    company: Option<CompanyId>,
    (page, per_page): (u64, u64),
) -> Result<(Vec<Retraining>, u64)> {
    let order = (table::Column::EndedAt, table::Column::Id);
    let (rows, total) = page_of(handle, of(company), order, (page, per_page)).await?;
    Ok((rows.into_iter().map(record).collect::<Result<_>>()?, total))
}

pub async fn find(handle: &impl Handle, company: Option<CompanyId>, id: RetrainingId) -> Result<Retraining> {
    let row = of(company).filter(table::Column::Id.eq(id.to_string())).one(handle.connection()).await?;
    record(row.ok_or(StoreError::NotFound)?)
}

fn record(row: table::Model) -> Result<Retraining> {
    Ok(Retraining {
        id: parsed(&row.id)?,
        company: parsed_opt(row.company_id.as_ref())?,
        asked_by: row.asked_by,
        began_at: instant(row.began_at),
        ended_at: instant(row.ended_at),
        end: known(End::ALL.into_iter().find(|e| e.key() == row.end), "end")?,
        reason: row.reason,
        labels: row.labels,
        outcomes: row.outcomes,
        data: row.data,
        model: parsed_opt(row.model_id.as_ref())?,
        body: row.body,
    })
}
