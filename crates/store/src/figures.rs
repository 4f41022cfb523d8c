//! Figures, added up as things happen: what dashboards and usage show takes the same time whatever the tables
//! hold. They are written in the transaction of what they count, and can be counted anew from it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::Money;
use domain::id::CompanyId;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select,
};

use crate::entity::figures as table;
use crate::writes::Write;
use crate::{Handle, Reach, Result, Tx, parsed, scoped};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Claims by who entered them; pence claimed.
    Entered,
    /// Claims as they stand, by `status|who entered them`; of no day.
    Standing,
    /// Decisions by kind; pence settled.
    Decided,
    /// Decisions by `kind|who decided`.
    DecidedBy,
    /// Overrides by reason.
    Reason,
    /// Acceptances that came at once.
    Quick,
    /// Predictions by `channel|charged` or `channel|free`.
    Predicted,
}

impl Measure {
    const fn key(self) -> &'static str {
        match self {
            Measure::Entered => "entered",
            Measure::Standing => "standing",
            Measure::Decided => "decided",
            Measure::DecidedBy => "decided_by",
            Measure::Reason => "reason",
            Measure::Quick => "quick",
            Measure::Predicted => "predicted",
        }
    }
}

/// Company, measure, day (empty for [`Measure::Standing`]), label.
type Key = (String, &'static str, String, String);

/// What a transaction counts, until it commits.
#[derive(Debug, Default)]
pub(crate) struct Tallies(BTreeMap<Key, (i64, i64)>);

/// Something to count.
#[derive(Debug, Clone)]
pub struct Tally {
    pub company: CompanyId,
    pub measure: Measure,
    /// In London; `None` for what stands on no day.
    pub day: Option<NaiveDate>,
    pub label: String,
    pub number: i64,
    pub amount: Money,
}

impl Tallies {
    pub fn add(&mut self, tally: Tally) {
        let day = tally.day.map(|d| d.to_string()).unwrap_or_default();
        let sums = self.0.entry((tally.company.to_string(), tally.measure.key(), day, tally.label)).or_default();
        sums.0 += tally.number;
        sums.1 += tally.amount.pence();
    }

    /// Counts what others count too.
    pub fn merge(&mut self, other: Tallies) {
        for (key, (number, pence)) in other.0 {
            let sums = self.0.entry(key).or_default();
            sums.0 += number;
            sums.1 += pence;
        }
    }

    /// What adds it to what is there, in one order, so that no two transactions wait for each other; nothing
    /// where nothing was counted.
    pub fn into_write(self) -> Option<Write> {
        let rows: Vec<table::ActiveModel> = self
            .0
            .into_iter()
            .filter(|(_, sums)| *sums != (0, 0))
            .map(|((company, measure, day, label), (number, pence))| table::ActiveModel {
                company_id: Set(company),
                measure: Set(measure.into()),
                day: Set(day),
                label: Set(label),
                number: Set(number),
                pence: Set(pence),
            })
            .collect();
        if rows.is_empty() {
            return None;
        }
        use table::{Column as C, Entity as E};
        let sum = |column| Expr::col((E, column)).add(Expr::col(("excluded", column)));
        let conflict = OnConflict::columns([C::CompanyId, C::Measure, C::Day, C::Label])
            .value(C::Number, sum(C::Number))
            .value(C::Pence, sum(C::Pence))
            .to_owned();
        let values = rows.len() * 6;
        Some(Write::Insert(E::insert_many(rows).on_conflict(conflict).into_query(), values))
    }
}

/// Sums of one label: a number, and an amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum<K> {
    pub of: K,
    pub label: String,
    pub number: i64,
    pub amount: Money,
}

fn between(reach: Reach, measure: Measure, from: NaiveDate, to: NaiveDate) -> Select<table::Entity> {
    scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::Measure.eq(measure.key()))
        .filter(table::Column::Day.gte(from.to_string()))
        .filter(table::Column::Day.lte(to.to_string()))
}

async fn grouped(
    handle: &impl Handle,
    select: Select<table::Entity>,
    by: table::Column,
) -> Result<Vec<(String, String, i64, i64)>> {
    Ok(select
        .select_only()
        .column(by)
        .column(table::Column::Label)
        .expr(Expr::cust("CAST(SUM(number) AS BIGINT)"))
        .expr(Expr::cust("CAST(SUM(pence) AS BIGINT)"))
        .group_by(by)
        .group_by(table::Column::Label)
        .order_by_asc(by)
        .order_by_asc(table::Column::Label)
        .into_tuple()
        .all(handle.connection())
        .await?)
}

/// By day and label, both days inclusive; of these labels alone where there are any.
pub async fn by_day(
    handle: &impl Handle,
    reach: Reach,
    measure: Measure,
    labels: &[String],
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<Sum<NaiveDate>>> {
    let mut select = between(reach, measure, from, to);
    if !labels.is_empty() {
        select = select.filter(table::Column::Label.is_in(labels));
    }
    let rows = grouped(handle, select, table::Column::Day).await?;
    rows.into_iter()
        .map(|(day, label, number, pence)| {
            Ok(Sum { of: parsed(&day)?, label, number, amount: Money::from_pence(pence) })
        })
        .collect()
}

/// By company and label, both days inclusive.
pub async fn by_company(
    handle: &impl Handle,
    reach: Reach,
    measure: Measure,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<Sum<CompanyId>>> {
    let rows = grouped(handle, between(reach, measure, from, to), table::Column::CompanyId).await?;
    rows.into_iter()
        .map(|(company, label, number, pence)| {
            Ok(Sum { of: parsed(&company)?, label, number, amount: Money::from_pence(pence) })
        })
        .collect()
}

/// How many claims stand so: with this label, or with all that begin so.
pub async fn standing_so(handle: &impl Handle, reach: Reach, label: &str, begins: bool) -> Result<i64> {
    use table::Column as C;
    let fits = if begins { C::Label.starts_with(label) } else { C::Label.eq(label) };
    let sum: Option<Option<i64>> = scoped(table::Entity::find(), reach, C::CompanyId)
        .filter(C::Measure.eq(Measure::Standing.key()))
        .filter(C::Day.eq(""))
        .filter(fits)
        .select_only()
        .expr(Expr::cust("CAST(SUM(number) AS BIGINT)"))
        .into_tuple()
        .one(handle.connection())
        .await?;
    Ok(sum.flatten().unwrap_or_default())
}

/// Claims as they stand, by `status|who entered them`.
pub async fn standing(handle: &impl Handle, reach: Reach) -> Result<Vec<(String, i64)>> {
    let select = scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::Measure.eq(Measure::Standing.key()))
        .filter(table::Column::Day.eq(""));
    let rows = grouped(handle, select, table::Column::Day).await?;
    Ok(rows.into_iter().map(|(_, label, number, _)| (label, number)).collect())
}

/// The first day on which something was counted.
pub async fn first_day(handle: &impl Handle, reach: Reach, measure: Measure) -> Result<Option<NaiveDate>> {
    let row = scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::Measure.eq(measure.key()))
        .order_by_asc(table::Column::Day)
        .one(handle.connection())
        .await?;
    row.map(|row| parsed(&row.day)).transpose()
}

/// Whether figures were counted here before.
pub async fn are_counted(handle: &impl Handle) -> Result<bool> {
    Ok(table::Entity::find().one(handle.connection()).await?.is_some())
}

/// Counts all figures anew from what they are figures of. Days that an earlier version did not note must have
/// been filled in before.
pub async fn recount(tx: &Tx) -> Result<()> {
    let connection = tx.connection();
    crate::dialect::lock_figures(connection).await?;
    table::Entity::delete_many().exec(connection).await?;
    let into = "INSERT INTO figures (company_id, measure, day, label, number, pence)";
    for select in [
        "SELECT company_id, 'entered', created_day, created_by, COUNT(*), CAST(SUM(total_pence) AS BIGINT) FROM claims WHERE created_day IS NOT NULL GROUP BY company_id, created_day, created_by",
        "SELECT company_id, 'standing', '', status || '|' || created_by, COUNT(*), 0 FROM claims GROUP BY company_id, status || '|' || created_by",
        "SELECT company_id, 'decided', decided_day, kind, COUNT(*), CAST(SUM(amount_pence) AS BIGINT) FROM decisions WHERE decided_day IS NOT NULL GROUP BY company_id, decided_day, kind",
        "SELECT company_id, 'decided_by', decided_day, kind || '|' || decided_by, COUNT(*), CAST(SUM(amount_pence) AS BIGINT) FROM decisions WHERE decided_day IS NOT NULL GROUP BY company_id, decided_day, kind || '|' || decided_by",
        "SELECT company_id, 'reason', decided_day, reason, COUNT(*), 0 FROM decisions WHERE kind = 'overridden' AND reason IS NOT NULL AND decided_day IS NOT NULL GROUP BY company_id, decided_day, reason",
        "SELECT company_id, 'quick', decided_day, '', COUNT(*), 0 FROM decisions WHERE kind = 'accepted' AND seconds_after < 2 AND decided_day IS NOT NULL GROUP BY company_id, decided_day",
        "SELECT company_id, 'predicted', day, channel || '|' || CASE WHEN billable THEN 'charged' ELSE 'free' END, COUNT(*), 0 FROM usage_events WHERE day IS NOT NULL GROUP BY company_id, day, channel || '|' || CASE WHEN billable THEN 'charged' ELSE 'free' END",
    ] {
        connection.execute_unprepared(&format!("{into} {select}")).await?;
    }
    Ok(())
}
