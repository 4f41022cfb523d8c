//! Model versions, their bundles, and which one serves whom.

use chrono::{DateTime, Utc};
use domain::id::{CompanyId, DeploymentId, MeasurementId, ModelId, ModelNoteId, WithdrawalId};
use sea_orm::sea_query::{Expr, NullOrdering};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::{deployments, measurements, model_bundles, model_notes, models as table, withdrawals};
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
    /// By somebody else than who uploaded it.
    pub approved: Option<Approval>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Approval {
    pub by: String,
    pub at: DateTime<Utc>,
    pub note: String,
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

/// What was said of a version after it was uploaded.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    pub id: ModelNoteId,
    pub model: ModelId,
    pub words: String,
    pub by: String,
    pub at: DateTime<Utc>,
}

/// What a version came to on true outcomes.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    pub id: MeasurementId,
    pub model: ModelId,
    /// Whose outcomes; `None`: everybody's.
    pub company: Option<CompanyId>,
    pub at: DateTime<Utc>,
    /// JSON.
    pub body: String,
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

pub async fn add_note(tx: &Tx, note: &Note) -> Result<()> {
    model_notes::Entity::insert(model_notes::ActiveModel {
        id: Set(note.id.to_string()),
        model_id: Set(note.model.to_string()),
        words: Set(note.words.clone()),
        made_by: Set(note.by.clone()),
        made_at: Set(note.at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// What was said of a version later, newest first.
pub async fn notes(handle: &impl Handle, model: ModelId, most: u64) -> Result<Vec<Note>> {
    model_notes::Entity::find()
        .filter(model_notes::Column::ModelId.eq(model.to_string()))
        .order_by_desc(model_notes::Column::MadeAt)
        .order_by_desc(model_notes::Column::Id)
        .limit(most)
        .all(handle.connection())
        .await?
        .into_iter()
        .map(|row| {
            Ok(Note {
                id: parsed(&row.id)?,
                model: parsed(&row.model_id)?,
                words: row.words,
                by: row.made_by,
                at: instant(row.made_at),
            })
        })
        .collect()
}

pub async fn add_measurement(tx: &Tx, measurement: &Measurement) -> Result<()> {
    measurements::Entity::insert(measurements::ActiveModel {
        id: Set(measurement.id.to_string()),
        model_id: Set(measurement.model.to_string()),
        company_id: Set(measurement.company.map(|c| c.to_string())),
        made_at: Set(measurement.at.timestamp_millis()),
        body: Set(measurement.body.clone()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// What was measured of these versions on the outcomes of a company (or of all): the newest of each.
pub async fn measured(handle: &impl Handle, company: Option<CompanyId>, ids: &[ModelId]) -> Result<Vec<Measurement>> {
    use measurements::Column as C;
    let mut found: Vec<Measurement> = Vec::new();
    for id in ids {
        let select = measurements::Entity::find().filter(C::ModelId.eq(id.to_string()));
        let select = match company {
            Some(company) => select.filter(C::CompanyId.eq(company.to_string())),
            None => select.filter(C::CompanyId.is_null()),
        };
        let newest = select.order_by_desc(C::MadeAt).order_by_desc(C::Id).one(handle.connection()).await?;
        if let Some(row) = newest {
            found.push(Measurement {
                id: parsed(&row.id)?,
                model: *id,
                company,
                at: instant(row.made_at),
                body: row.body,
            });
        }
    }
    Ok(found)
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

/// The model that serves a company now: its own deployment, else the one for all. `None` also where it was stopped.
pub async fn champion(handle: &impl Handle, company: CompanyId) -> Result<Option<ModelId>> {
    let open = deployments::Entity::find()
        .filter(Condition::any().add(of_company(Some(company))).add(of_company(None)))
        .filter(deployments::Column::ReplacedAt.is_null())
        .all(handle.connection())
        .await?;
    let own = open.iter().find(|d| d.company_id.is_some()).or_else(|| open.first());
    own.filter(|d| d.serves).map(|d| parsed(&d.model_id)).transpose()
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
