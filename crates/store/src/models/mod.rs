//! Model versions, their bundles, and which one serves whom.

mod deployments;
mod remarks;

use chrono::{DateTime, Utc};
use domain::id::{CompanyId, ModelId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};

pub use deployments::{
    Deployment, Withdrawal, champion, deploy, deployments, history, is_withdrawn, return_to_shared, withdraw, withdrawn,
};
pub use remarks::{Measurement, Note, add_measurement, add_note, measured, notes};

use crate::entity::{model_bundles, models as table};
use crate::{Handle, Reach, Result, StoreError, Tx, count_all, instant, parsed};

#[derive(Debug, Clone)]
pub struct Model {
    pub id: ModelId,
    /// The company whose engineers uploaded it; Solatium's own models are for all.
    pub company: CompanyId,
    pub name: String,
    /// Counts from 1 within company and name.
    pub version: i32,
    pub family: String,
    /// SHA-256 of the bundle in hexadecimal.
    pub bundle_hash: String,
    pub size_bytes: i64,
    /// JSON.
    pub manifest: String,
    /// JSON: the checks of the validation with their results.
    pub checks: String,
    pub notes: String,
    pub uploaded_by: String,
    pub uploaded_at: DateTime<Utc>,
    /// By somebody else than who uploaded it.
    pub approved: Option<Approval>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Approval {
    pub by: String,
    pub at: DateTime<Utc>,
    pub note: String,
}

/// A company's engineers see their own models and those of the operator.
fn visible(reach: Reach, operator: CompanyId) -> Condition {
    match reach {
        Reach::Operator => Condition::all(),
        Reach::Company(own) => Condition::any()
            .add(table::Column::CompanyId.eq(own.to_string()))
            .add(table::Column::CompanyId.eq(operator.to_string())),
    }
}

/// The bundle is a file of the model's company, named by its hash.
pub async fn create(tx: &Tx, model: &Model) -> Result<()> {
    table::Entity::insert(table::ActiveModel {
        id: Set(model.id.to_string()),
        company_id: Set(model.company.to_string()),
        name: Set(model.name.clone()),
        version: Set(model.version),
        family: Set(model.family.clone()),
        bundle_hash: Set(model.bundle_hash.clone()),
        size_bytes: Set(model.size_bytes),
        manifest: Set(model.manifest.clone()),
        checks: Set(model.checks.clone()),
        notes: Set(model.notes.clone()),
        uploaded_by: Set(model.uploaded_by.clone()),
        uploaded_at: Set(model.uploaded_at.timestamp_millis()),
        approved_by: Set(model.approved.as_ref().map(|a| a.by.clone())),
        approved_at: Set(model.approved.as_ref().map(|a| a.at.timestamp_millis())),
        approval_note: Set(model.approved.as_ref().map(|a| a.note.clone())),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// The version that the next upload of this name gets.
pub async fn next_version(tx: &Tx, company: CompanyId, name: &str) -> Result<i32> {
    let last = table::Entity::find()
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .filter(table::Column::Name.eq(name))
        .order_by_desc(table::Column::Version)
        .one(tx.connection())
        .await?;
    Ok(last.map_or(1, |m| m.version + 1))
}

pub async fn find(handle: &impl Handle, reach: Reach, operator: CompanyId, id: ModelId) -> Result<Model> {
    let row = table::Entity::find_by_id(id.to_string())
        .filter(visible(reach, operator))
        .one(handle.connection())
        .await?
        .ok_or(StoreError::NotFound)?;
    record(row)
}

/// The version before this one, of the same company and name.
pub async fn before(handle: &impl Handle, model: &Model) -> Result<Option<Model>> {
    table::Entity::find()
        .filter(table::Column::CompanyId.eq(model.company.to_string()))
        .filter(table::Column::Name.eq(model.name.as_str()))
        .filter(table::Column::Version.lt(model.version))
        .order_by_desc(table::Column::Version)
        .one(handle.connection())
        .await?
        .map(record)
        .transpose()
}

/// The newest version of a company's model of a name.
pub async fn newest(handle: &impl Handle, company: CompanyId, name: &str) -> Result<Option<Model>> {
    table::Entity::find()
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .filter(table::Column::Name.eq(name))
        .order_by_desc(table::Column::Version)
        .one(handle.connection())
        .await?
        .map(record)
        .transpose()
}

/// By id whoever owns it: for naming the model of a prediction that the caller may see.
pub async fn named(handle: &impl Handle, id: ModelId) -> Result<Model> {
    let row = table::Entity::find_by_id(id.to_string()).one(handle.connection()).await?;
    record(row.ok_or(StoreError::NotFound)?)
}

pub async fn by_hash(handle: &impl Handle, company: CompanyId, hash: &str) -> Result<Option<Model>> {
    table::Entity::find()
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .filter(table::Column::BundleHash.eq(hash))
        .one(handle.connection())
        .await?
        .map(record)
        .transpose()
}

/// Newest first.
pub async fn list(handle: &impl Handle, reach: Reach, operator: CompanyId) -> Result<Vec<Model>> {
    table::Entity::find()
        .filter(visible(reach, operator))
        .order_by_desc(table::Column::UploadedAt)
        .order_by_desc(table::Column::Id)
        .all(handle.connection())
        .await?
        .into_iter()
        .map(record)
        .collect()
}

/// A bundle that an earlier version kept in the database and that has not been moved yet.
pub async fn kept_bundle(handle: &impl Handle, id: ModelId) -> Result<Option<Vec<u8>>> {
    let row = model_bundles::Entity::find_by_id(id.to_string()).one(handle.connection()).await?;
    Ok(row.map(|row| row.body))
}

/// How many bundles are still in the database.
pub async fn kept_bundles(handle: &impl Handle) -> Result<u64> {
    count_all(handle, model_bundles::Entity::find()).await
}

/// One of the bundles that are still in the database, with its model.
pub async fn next_kept_bundle(handle: &impl Handle) -> Result<Option<(Model, Vec<u8>)>> {
    let Some(row) = model_bundles::Entity::find().one(handle.connection()).await? else { return Ok(None) };
    Ok(Some((named(handle, parsed(&row.model_id)?).await?, row.body)))
}

/// Takes a bundle out of the database, once it is kept as a file.
pub async fn drop_kept_bundle(tx: &Tx, id: ModelId) -> Result<()> {
    model_bundles::Entity::delete_by_id(id.to_string()).exec(tx.connection()).await?;
    Ok(())
}

fn record(row: table::Model) -> Result<Model> {
    Ok(Model {
        id: parsed(&row.id)?,
        company: parsed(&row.company_id)?,
        name: row.name,
        version: row.version,
        family: row.family,
        bundle_hash: row.bundle_hash,
        size_bytes: row.size_bytes,
        manifest: row.manifest,
        checks: row.checks,
        notes: row.notes,
        uploaded_by: row.uploaded_by,
        uploaded_at: instant(row.uploaded_at),
        approved: row.approved_by.zip(row.approved_at).map(|(by, at)| Approval {
            by,
            at: instant(at),
            note: row.approval_note.unwrap_or_default(),
        }),
    })
}

/// Approves a version; a conflict where somebody did before.
pub async fn approve(tx: &Tx, id: ModelId, approval: &Approval) -> Result<()> {
    let done = table::Entity::update_many()
        .col_expr(table::Column::ApprovedBy, Expr::value(approval.by.as_str()))
        .col_expr(table::Column::ApprovedAt, Expr::value(approval.at.timestamp_millis()))
        .col_expr(table::Column::ApprovalNote, Expr::value(approval.note.as_str()))
        .filter(table::Column::Id.eq(id.to_string()))
        .filter(table::Column::ApprovedAt.is_null())
        .exec(tx.connection())
        .await?;
    match done.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::Conflict("the version is approved already".into())),
    }
}
