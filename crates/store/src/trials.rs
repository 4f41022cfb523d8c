//! Versions on trial, the claims that fell to them, and what they said in the shadow.

use chrono::{DateTime, Utc};
use domain::Money;
use domain::id::{ClaimId, CompanyId, ModelId, PredictionId, TrialId};
use domain::settlement::DecisionKind;
use domain::trial::{Arm, Stage};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::{arms, decisions, outcomes, predictions, shadows, trials as table};
use crate::{Handle, Reach, Result, StoreError, Tx, Writes, count_some, instant, known, parsed, parsed_opt, stamps};

#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    pub id: TrialId,
    /// `None`: of every company that the shared model serves.
    pub company: Option<CompanyId>,
    pub champion: ModelId,
    pub challenger: ModelId,
    pub stage: Stage,
    /// Of a canary, in basis points.
    pub share: i32,
    /// The ways by which claims come that take part, separated by commas.
    pub channels: String,
    pub started_by: String,
    pub started_at: DateTime<Utc>,
    /// When and how it ended.
    pub ended: Option<(DateTime<Utc>, String)>,
    /// Shadows that were not asked, because too many waited.
    pub dropped: i32,
    /// JSON: the looks that were taken.
    pub looks: String,
    pub version: i32,
}

/// Begins or changes a trial, in the place of what was seen of it; one of version 0 is new.
///
/// # Errors
///
/// A conflict where another runs, or it was changed meanwhile.
pub async fn put(tx: &Tx, t: &Trial) -> Result<()> {
    let row = table::ActiveModel {
        id: Set(t.id.to_string()),
        company_id: Set(t.company.map(|c| c.to_string())),
        champion_id: Set(t.champion.to_string()),
        challenger_id: Set(t.challenger.to_string()),
        stage: Set(t.stage.key().into()),
        share_bp: Set(t.share),
        channels: Set(t.channels.clone()),
        started_by: Set(t.started_by.clone()),
        started_at: Set(t.started_at.timestamp_millis()),
        ended_at: Set(t.ended.as_ref().map(|(at, _)| at.timestamp_millis())),
        result: Set(t.ended.as_ref().map(|(_, result)| result.clone())),
        dropped: Set(t.dropped),
        looks: Set(t.looks.clone()),
        version: Set(t.version + 1),
    };
    if t.version == 0 {
        table::Entity::insert(row).exec_without_returning(tx.connection()).await?;
        return stamps::bump(tx).await;
    }
    // What was dropped meanwhile is counted by itself.
    let row = table::ActiveModel { dropped: sea_orm::ActiveValue::NotSet, ..row };
    let done = table::Entity::update_many()
        .set(row)
        .filter(table::Column::Id.eq(t.id.to_string()))
        .filter(table::Column::EndedAt.is_null())
        .filter(Expr::col(table::Column::Version).eq(t.version))
        .exec(tx.connection())
        .await?;
    match done.rows_affected {
        1 => stamps::bump(tx).await,
        _ => Err(StoreError::Conflict("the trial was changed by somebody else".into())),
    }
}

/// The trial that runs for a company: its own; where the shared model serves it, the one of that.
pub async fn running_for(handle: &impl Handle, company: CompanyId, shared: bool) -> Result<Option<Trial>> {
    use table::Column as C;
    let mut whose = Condition::any().add(C::CompanyId.eq(company.to_string()));
    if shared {
        whose = whose.add(C::CompanyId.is_null());
    }
    let rows = table::Entity::find().filter(C::EndedAt.is_null()).filter(whose).all(handle.connection()).await?;
    let own = rows.iter().find(|t| t.company_id.is_some()).or_else(|| rows.first());
    own.cloned().map(trial).transpose()
}

/// All that run.
pub async fn running(handle: &impl Handle) -> Result<Vec<Trial>> {
    let rows = table::Entity::find().filter(table::Column::EndedAt.is_null()).all(handle.connection()).await?;
    rows.into_iter().map(trial).collect()
}

fn of(company: Option<CompanyId>) -> Condition {
    match company {
        Some(own) => Condition::all().add(table::Column::CompanyId.eq(own.to_string())),
        None => Condition::all().add(table::Column::CompanyId.is_null()),
    }
}

/// The newest of a scope.
pub async fn list(handle: &impl Handle, company: Option<CompanyId>, most: u64) -> Result<Vec<Trial>> {
    let rows = table::Entity::find()
        .filter(of(company))
        .order_by_desc(table::Column::StartedAt)
        .order_by_desc(table::Column::Id)
        .limit(most)
        .all(handle.connection())
        .await?;
    rows.into_iter().map(trial).collect()
}

pub async fn find(handle: &impl Handle, company: Option<CompanyId>, id: TrialId) -> Result<Trial> {
    let row = table::Entity::find_by_id(id.to_string()).filter(of(company)).one(handle.connection()).await?;
    trial(row.ok_or(StoreError::NotFound)?)
}

fn trial(row: table::Model) -> Result<Trial> {
    Ok(Trial {
        id: parsed(&row.id)?,
        company: parsed_opt(row.company_id.as_ref())?,
        champion: parsed(&row.champion_id)?,
        challenger: parsed(&row.challenger_id)?,
        stage: known(Stage::from_key(&row.stage), "stage")?,
        share: row.share_bp,
        channels: row.channels,
        started_by: row.started_by,
        started_at: instant(row.started_at),
        ended: row.ended_at.map(|at| (instant(at), row.result.unwrap_or_default())),
        dropped: row.dropped,
        looks: row.looks,
        version: row.version,
    })
}

/// The arm that a claim fell into: it stays there whatever becomes of the share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    pub claim: ClaimId,
    pub trial: TrialId,
    pub company: CompanyId,
    /// It fell to the version on trial.
    pub canary: bool,
    /// That could not answer, and the other did.
    pub failed: bool,
    pub at: DateTime<Utc>,
}

const PORTION: usize = 100;

/// Puts pins among what is to be written.
pub fn pin_all(writes: &mut Writes, pins: &[Pin]) {
    let row = |pin: &Pin| arms::ActiveModel {
        claim_id: Set(pin.claim.to_string()),
        trial_id: Set(pin.trial.to_string()),
        company_id: Set(pin.company.to_string()),
        canary: Set(pin.canary),
        failed: Set(pin.failed),
        pinned_at: Set(pin.at.timestamp_millis()),
    };
    writes.insert(&pins.iter().map(row).collect::<Vec<_>>(), PORTION);
}

/// The arm of a claim in a trial, if it fell into one.
pub async fn pin_of(handle: &impl Handle, trial: TrialId, claim: ClaimId) -> Result<Option<bool>> {
    let row = arms::Entity::find_by_id(claim.to_string())
        .filter(arms::Column::TrialId.eq(trial.to_string()))
        .one(handle.connection())
        .await?;
    Ok(row.map(|row| row.canary))
}

/// What a version on trial said of a claim that the other had answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Shadow {
    pub prediction: PredictionId,
    pub trial: TrialId,
    pub company: CompanyId,
    pub claim: ClaimId,
    /// What was answered.
    pub answered: Money,
    /// What it said; or why it said nothing.
    pub said: std::result::Result<(Money, Money, Money), String>,
    pub duration_us: i64,
    pub at: DateTime<Utc>,
}

/// Keeps what was said in the shadow, and counts what was dropped.
pub async fn keep(tx: &Tx, all: &[Shadow], dropped: &[(TrialId, i32)]) -> Result<()> {
    let amount =
        |s: &Shadow, of: fn(&(Money, Money, Money)) -> Money| s.said.as_ref().ok().map(|said| of(said).pence());
    let rows: Vec<shadows::ActiveModel> = all
        .iter()
        .map(|s| shadows::ActiveModel {
            prediction_id: Set(s.prediction.to_string()),
            trial_id: Set(s.trial.to_string()),
            company_id: Set(s.company.to_string()),
            claim_id: Set(s.claim.to_string()),
            answered_pence: Set(s.answered.pence()),
            amount_pence: Set(amount(s, |said| said.0)),
            lower_pence: Set(amount(s, |said| said.1)),
            upper_pence: Set(amount(s, |said| said.2)),
            fail: Set(s.said.as_ref().err().cloned()),
            duration_us: Set(s.duration_us),
            made_at: Set(s.at.timestamp_millis()),
        })
        .collect();
    let mut writes = Writes::default();
    writes.insert(&rows, PORTION);
    tx.write(writes).await?;
    for (trial, count) in dropped {
        table::Entity::update_many()
            .col_expr(table::Column::Dropped, Expr::col(table::Column::Dropped).add(*count))
            .filter(table::Column::Id.eq(trial.to_string()))
            .exec(tx.connection())
            .await?;
    }
    Ok(())
}

/// How many shadows were kept, and how many of them said nothing.
pub async fn shadows(handle: &impl Handle, trial: TrialId) -> Result<(u64, u64)> {
    let select = shadows::Entity::find().filter(shadows::Column::TrialId.eq(trial.to_string()));
    let failed = count_some(handle, select.clone().filter(shadows::Column::Fail.is_not_null())).await?;
    Ok((count_some(handle, select).await?, failed))
}

/// What both said of a claim whose true outcome is known, in pence: answered, said in the shadow, settled.
pub async fn pairs(handle: &impl Handle, trial: TrialId, most: u64) -> Result<Vec<[i64; 3]>> {
    use shadows::Column as C;
    let rows: Vec<(i64, Option<i64>, i64)> = shadows::Entity::find()
        .join(
            sea_orm::JoinType::InnerJoin,
            shadows::Entity::belongs_to(outcomes::Entity).from(C::ClaimId).to(outcomes::Column::ClaimId).into(),
        )
        .filter(C::TrialId.eq(trial.to_string()))
        .filter(C::AmountPence.is_not_null())
        .filter(Expr::col((outcomes::Entity, outcomes::Column::SupersededAt)).is_null())
        .filter(Expr::col((outcomes::Entity, outcomes::Column::Tier)).eq("A"))
        .order_by_asc(C::MadeAt)
        .limit(most)
        .select_only()
        .columns([C::AnsweredPence, C::AmountPence])
        .expr(Expr::col((outcomes::Entity, outcomes::Column::AmountPence)))
        .into_tuple()
        .all(handle.connection())
        .await?;
    Ok(rows.into_iter().filter_map(|(answered, said, settled)| Some([answered, said?, settled])).collect())
}

/// The newest claims of an arm that are looked at.
const NEWEST: u64 = 5_000;

/// What an arm of a canary came to, on its newest claims.
pub async fn arm(handle: &impl Handle, trial: TrialId, canary: bool) -> Result<Arm> {
    let rows: Vec<(String, bool)> = arms::Entity::find()
        .filter(arms::Column::TrialId.eq(trial.to_string()))
        .filter(arms::Column::Canary.eq(canary))
        .order_by_desc(arms::Column::PinnedAt)
        .limit(NEWEST)
        .select_only()
        .columns([arms::Column::ClaimId, arms::Column::Failed])
        .into_tuple()
        .all(handle.connection())
        .await?;
    let mut arm = Arm { asked: rows.len() as u64, ..Arm::default() };
    arm.failed = rows.iter().filter(|(_, failed)| *failed).count() as u64;
    let (mut times, ids) = (Vec::new(), rows.into_iter().map(|(id, _)| id).collect::<Vec<_>>());
    for portion in ids.chunks(500) {
        let some: Vec<i64> = predictions::Entity::find()
            .filter(predictions::Column::ClaimId.is_in(portion))
            .select_only()
            .column(predictions::Column::DurationUs)
            .into_tuple()
            .all(handle.connection())
            .await?;
        times.extend(some);
        let kinds: Vec<String> = decisions::Entity::find()
            .filter(decisions::Column::ClaimId.is_in(portion))
            .select_only()
            .column(decisions::Column::Kind)
            .into_tuple()
            .all(handle.connection())
            .await?;
        arm.decided += kinds.len() as u64;
        arm.overridden += kinds.iter().filter(|k| *k == DecisionKind::Overridden.key()).count() as u64;
    }
    times.sort_unstable();
    arm.p95 = times.get(times.len().saturating_sub(1) * 95 / 100).copied().unwrap_or_default() as f64;
    Ok(arm)
}

/// Whether a company sees a trial: its own, or everybody's.
pub fn sees(reach: Reach, trial: &Trial) -> bool {
    match (reach, trial.company) {
        (Reach::Operator, _) => true,
        (Reach::Company(own), Some(company)) => own == company,
        (Reach::Company(_), None) => false,
    }
}
