//! Model versions, their bundles, and which one serves whom.

use chrono::{DateTime, Utc};
use domain::id::{CompanyId, DeploymentId, ModelId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::{deployments, model_bundles, models as table};
use crate::{Handle, Reach, Result, StoreError, Tx, count_all, instant, parsed, parsed_opt, stamps};

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
}

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
    })
}

fn of_company(company: Option<CompanyId>) -> Condition {
    match company {
        Some(id) => Condition::all().add(deployments::Column::CompanyId.eq(id.to_string())),
        None => Condition::all().add(deployments::Column::CompanyId.is_null()),
    }
}

/// Ends the deployment in force for this company (or for all) and starts another.
pub async fn deploy(tx: &Tx, deployment: &Deployment) -> Result<()> {
    deployments::Entity::update_many()
        .col_expr(deployments::Column::ReplacedAt, Expr::value(deployment.at.timestamp_millis()))
        .filter(of_company(deployment.company))
        .filter(deployments::Column::ReplacedAt.is_null())
        .exec(tx.connection())
        .await?;
    deployments::Entity::insert(deployments::ActiveModel {
        id: Set(deployment.id.to_string()),
        company_id: Set(deployment.company.map(|c| c.to_string())),
        model_id: Set(deployment.model.to_string()),
        deployed_by: Set(deployment.by.clone()),
        deployed_at: Set(deployment.at.timestamp_millis()),
        replaced_at: Set(None),
        note: Set(deployment.note.clone()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    stamps::bump(tx).await
}

/// The model that serves a company now: its own deployment, else the one for all.
pub async fn champion(handle: &impl Handle, company: CompanyId) -> Result<Option<ModelId>> {
    let open = deployments::Entity::find()
        .filter(Condition::any().add(of_company(Some(company))).add(of_company(None)))
        .filter(deployments::Column::ReplacedAt.is_null())
        .all(handle.connection())
        .await?;
    let own = open.iter().find(|d| d.company_id.is_some()).or_else(|| open.first());
    own.map(|d| parsed(&d.model_id)).transpose()
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
            })
        })
        .collect()
}
