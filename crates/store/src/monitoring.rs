//! What was seen of a company's stream of claims week by week, and how each signal of it stands.

use chrono::{DateTime, NaiveDate, Utc};
use domain::alert::{Standing, State};
use domain::id::{AlertId, CompanyId, ModelId, WindowId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

use crate::entity::{alerts, deployments, windows};
use crate::{Handle, Reach, Result, StoreError, Tx, count_some, instant, known, parsed, parsed_opt, scoped};

/// A week of a company's claims, or four where one has too few.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    pub id: WindowId,
    pub company: CompanyId,
    pub model: ModelId,
    /// The Monday on which its last week begins.
    pub week: NaiveDate,
    pub claims: i32,
    pub weeks: i32,
    pub judged: bool,
    /// JSON: each signal with its figures.
    pub body: String,
    pub at: DateTime<Utc>,
}

/// A signal that does not stand at OK, or once did not.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    pub id: AlertId,
    pub company: CompanyId,
    pub model: ModelId,
    pub signal: String,
    pub standing: Standing,
    pub opened_on: Option<NaiveDate>,
    /// What an engineer said of it, and who.
    pub note: Option<(String, String)>,
    pub version: i32,
    pub updated_at: DateTime<Utc>,
}

/// Keeps a window; `false` where it was looked at before.
pub async fn keep_window(tx: &Tx, window: &Window) -> Result<bool> {
    let row = windows::ActiveModel {
        id: Set(window.id.to_string()),
        company_id: Set(window.company.to_string()),
        model_id: Set(window.model.to_string()),
        week: Set(window.week.to_string()),
        claims: Set(window.claims),
        weeks: Set(window.weeks),
        judged: Set(window.judged),
        body: Set(window.body.clone()),
        made_at: Set(window.at.timestamp_millis()),
    };
    let conflict = sea_orm::sea_query::OnConflict::columns([
        windows::Column::CompanyId,
        windows::Column::ModelId,
        windows::Column::Week,
    ])
    .do_nothing()
    .to_owned();
    let done = windows::Entity::insert(row).on_conflict(conflict).exec_without_returning(tx.connection()).await?;
    Ok(done == 1)
}

fn of(company: CompanyId, model: ModelId) -> sea_orm::Select<windows::Entity> {
    windows::Entity::find()
        .filter(windows::Column::CompanyId.eq(company.to_string()))
        .filter(windows::Column::ModelId.eq(model.to_string()))
}

/// The last week of a model at a company that was looked at.
pub async fn last_week(handle: &impl Handle, company: CompanyId, model: ModelId) -> Result<Option<NaiveDate>> {
    let row = of(company, model).order_by_desc(windows::Column::Week).one(handle.connection()).await?;
    row.map(|row| parsed(&row.week)).transpose()
}

/// The newest windows of a model at a company, the oldest of them first.
pub async fn windows(handle: &impl Handle, company: CompanyId, model: ModelId, most: u64) -> Result<Vec<Window>> {
    let rows = of(company, model).order_by_desc(windows::Column::Week).limit(most).all(handle.connection()).await?;
    rows.into_iter().rev().map(window).collect()
}

/// The newest window of each model within reach, newest first.
pub async fn latest(handle: &impl Handle, reach: Reach, since: NaiveDate, most: u64) -> Result<Vec<Window>> {
    let rows = scoped(windows::Entity::find(), reach, windows::Column::CompanyId)
        .filter(windows::Column::Week.gte(since.to_string()))
        .order_by_desc(windows::Column::Week)
        .limit(most)
        .all(handle.connection())
        .await?;
    let mut seen = std::collections::BTreeSet::new();
    let newest = rows.into_iter().filter(|row| seen.insert((row.company_id.clone(), row.model_id.clone())));
    newest.map(window).collect()
}

fn window(row: windows::Model) -> Result<Window> {
    Ok(Window {
        id: parsed(&row.id)?,
        company: parsed(&row.company_id)?,
        model: parsed(&row.model_id)?,
        week: parsed(&row.week)?,
        claims: row.claims,
        weeks: row.weeks,
        judged: row.judged,
        body: row.body,
        at: instant(row.made_at),
    })
}

/// The signals of a model at a company that are not simply OK.
pub async fn of_model(handle: &impl Handle, company: CompanyId, model: ModelId) -> Result<Vec<Alert>> {
    let rows = alerts::Entity::find()
        .filter(alerts::Column::CompanyId.eq(company.to_string()))
        .filter(alerts::Column::ModelId.eq(model.to_string()))
        .all(handle.connection())
        .await?;
    rows.into_iter().map(record).collect()
}

/// The same, locked until the transaction ends, in one order whoever asks.
pub async fn hold(tx: &Tx, company: CompanyId, model: ModelId) -> Result<Vec<Alert>> {
    let rows = alerts::Entity::find()
        .filter(alerts::Column::CompanyId.eq(company.to_string()))
        .filter(alerts::Column::ModelId.eq(model.to_string()))
        .order_by_asc(alerts::Column::Id)
        .lock_exclusive()
        .all(tx.connection())
        .await?;
    rows.into_iter().map(record).collect()
}

/// Whose alerts are over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// A company's, of all models but the one that serves it.
    Of(CompanyId, Option<ModelId>),
    /// Of a version that served everybody, but of companies that have it for their own.
    Version(ModelId),
}

/// Resolves alerts that stand: which they were, and whose.
pub async fn resolve(tx: &Tx, over: Over, at: DateTime<Utc>) -> Result<Vec<(AlertId, CompanyId)>> {
    use alerts::Column as C;
    use deployments::Column as D;
    let states = [State::Watch, State::Open, State::Acknowledged, State::Muted].map(State::key);
    let select = alerts::Entity::find().filter(C::State.is_in(states));
    let select = match over {
        Over::Of(company, serving) => select
            .filter(C::CompanyId.eq(company.to_string()))
            .apply_if(serving, |s, model| s.filter(C::ModelId.ne(model.to_string()))),
        Over::Version(model) => {
            let own = deployments::Entity::find()
                .select_only()
                .column(D::CompanyId)
                .filter(D::ModelId.eq(model.to_string()))
                .filter(D::CompanyId.is_not_null())
                .filter(D::ReplacedAt.is_null())
                .filter(D::Serves.eq(true));
            select.filter(C::ModelId.eq(model.to_string())).filter(C::CompanyId.not_in_subquery(own.into_query()))
        }
    };
    let found: Vec<(String, String)> = select
        .order_by_asc(C::Id)
        .lock_exclusive()
        .select_only()
        .columns([C::Id, C::CompanyId])
        .into_tuple()
        .all(tx.connection())
        .await?;
    if !found.is_empty() {
        alerts::Entity::update_many()
            .col_expr(C::State, Expr::value(State::Resolved.key()))
            .col_expr(C::MutedUntil, Expr::value(Option::<String>::None))
            .col_expr(C::Version, Expr::col(C::Version).add(1))
            .col_expr(C::UpdatedAt, Expr::value(at.timestamp_millis()))
            .filter(C::Id.is_in(found.iter().map(|(id, _)| id.as_str())))
            .exec(tx.connection())
            .await?;
    }
    found.into_iter().map(|(id, company)| Ok((parsed(&id)?, parsed(&company)?))).collect()
}

/// Writes how a signal stands, in the place of what was seen of it.
///
/// # Errors
///
/// A conflict where somebody changed it meanwhile.
pub async fn put(tx: &Tx, alert: &Alert) -> Result<()> {
    let s = alert.standing;
    let row = alerts::ActiveModel {
        id: Set(alert.id.to_string()),
        company_id: Set(alert.company.to_string()),
        model_id: Set(alert.model.to_string()),
        signal: Set(alert.signal.clone()),
        state: Set(s.state.key().into()),
        count: Set(s.count as i32),
        clean: Set(s.clean as i32),
        worst: Set(s.worst),
        told: Set(s.told),
        told_on: Set(s.told_on.map(|d| d.to_string())),
        muted_until: Set(s.muted_until.map(|d| d.to_string())),
        opened_on: Set(alert.opened_on.map(|d| d.to_string())),
        note: Set(alert.note.as_ref().map(|(words, _)| words.clone())),
        noted_by: Set(alert.note.as_ref().map(|(_, by)| by.clone())),
        version: Set(alert.version + 1),
        updated_at: Set(alert.updated_at.timestamp_millis()),
    };
    if alert.version == 0 {
        alerts::Entity::insert(row).exec_without_returning(tx.connection()).await?;
        return Ok(());
    }
    let done = alerts::Entity::update_many()
        .set(row)
        .filter(alerts::Column::Id.eq(alert.id.to_string()))
        .filter(Expr::col(alerts::Column::Version).eq(alert.version))
        .exec(tx.connection())
        .await?;
    match done.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::Conflict("the alert was changed by somebody else".into())),
    }
}

pub async fn find(handle: &impl Handle, reach: Reach, id: AlertId) -> Result<Alert> {
    let row = scoped(alerts::Entity::find_by_id(id.to_string()), reach, alerts::Column::CompanyId)
        .one(handle.connection())
        .await?;
    record(row.ok_or(StoreError::NotFound)?)
}

/// A page of those that stand so, the last changed first, and how many there are.
pub async fn list(
    handle: &impl Handle,
    reach: Reach,
    states: &[State],
    (page, per_page): (u64, u64),
) -> Result<(Vec<Alert>, u64)> {
    let select = scoped(alerts::Entity::find(), reach, alerts::Column::CompanyId)
        .apply_if((!states.is_empty()).then_some(states), |s, states| {
            s.filter(alerts::Column::State.is_in(states.iter().map(|state| state.key())))
        });
    let total = count_some(handle, select.clone()).await?;
    let rows = select
        .order_by_desc(alerts::Column::UpdatedAt)
        .order_by_desc(alerts::Column::Id)
        .offset(page.saturating_sub(1) * per_page)
        .limit(per_page)
        .all(handle.connection())
        .await?;
    Ok((rows.into_iter().map(record).collect::<Result<_>>()?, total))
}

fn record(row: alerts::Model) -> Result<Alert> {
    Ok(Alert {
        id: parsed(&row.id)?,
        company: parsed(&row.company_id)?,
        model: parsed(&row.model_id)?,
        signal: row.signal,
        standing: Standing {
            state: known(State::from_key(&row.state), "state")?,
            count: row.count.unsigned_abs(),
            clean: row.clean.unsigned_abs(),
            worst: row.worst,
            told: row.told,
            told_on: parsed_opt(row.told_on.as_ref())?,
            muted_until: parsed_opt(row.muted_until.as_ref())?,
        },
        opened_on: parsed_opt(row.opened_on.as_ref())?,
        note: row.note.zip(row.noted_by),
        version: row.version,
        updated_at: instant(row.updated_at),
    })
}
