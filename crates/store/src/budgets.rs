//! What was planned of each company and month, and what months cost. The newest saying counts; those before it stay.

use std::collections::BTreeMap;

use billing::Month;
use billing::variance::Sold;
use chrono::{DateTime, Utc};
use domain::Money;
use domain::id::{BudgetId, CompanyId, CostId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::{budgets as table, costs};
use crate::{Handle, Result, Tx, known, parsed};

/// What a month costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Compute,
    Support,
    Documents,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Compute, Kind::Support, Kind::Documents];

    pub const fn key(self) -> &'static str {
        match self {
            Kind::Compute => "compute",
            Kind::Support => "support",
            Kind::Documents => "documents",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Kind::Compute => "Compute",
            Kind::Support => "Support",
            Kind::Documents => "Reading documents",
        }
    }

    pub fn from_key(key: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|k| k.key() == key)
    }
}

/// Who says it and when.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    pub by: &'a str,
    pub at: DateTime<Utc>,
}

/// Plans a company's months.
pub async fn plan(tx: &Tx, company: CompanyId, months: &[(BudgetId, Month, Sold)], said: Said<'_>) -> Result<()> {
    let rows = months.iter().map(|(id, month, sold)| table::ActiveModel {
        id: Set(id.to_string()),
        company_id: Set(company.to_string()),
        month: Set(month.to_string()),
        units: Set(i64::try_from(sold.units).unwrap_or(i64::MAX)),
        net_pence: Set(sold.net.pence()),
        set_by: Set(said.by.to_owned()),
        set_at: Set(said.at.timestamp_millis()),
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        table::Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// The plan of each company and month between two months, both inclusive.
pub async fn planned(handle: &impl Handle, (from, to): (Month, Month)) -> Result<BTreeMap<(CompanyId, Month), Sold>> {
    let rows = table::Entity::find()
        .filter(table::Column::Month.gte(from.to_string()))
        .filter(table::Column::Month.lte(to.to_string()))
        .order_by_asc(table::Column::SetAt)
        .order_by_asc(table::Column::Id)
        .all(handle.connection())
        .await?;
    let mut planned = BTreeMap::new();
    for row in rows {
        let month = known(row.month.parse().ok(), "month")?;
        let sold = Sold { units: row.units.unsigned_abs(), net: Money::from_pence(row.net_pence) };
        planned.insert((parsed(&row.company_id)?, month), sold);
    }
    Ok(planned)
}

/// Says what a month cost.
pub async fn set_cost(tx: &Tx, id: CostId, (month, kind): (Month, Kind), amount: Money, said: Said<'_>) -> Result<()> {
    costs::Entity::insert(costs::ActiveModel {
        id: Set(id.to_string()),
        month: Set(month.to_string()),
        kind: Set(kind.key().into()),
        amount_pence: Set(amount.pence()),
        set_by: Set(said.by.to_owned()),
        set_at: Set(said.at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// What months cost, between two, both inclusive.
pub async fn costs(handle: &impl Handle, (from, to): (Month, Month)) -> Result<BTreeMap<(Month, Kind), Money>> {
    let rows = costs::Entity::find()
        .filter(costs::Column::Month.gte(from.to_string()))
        .filter(costs::Column::Month.lte(to.to_string()))
        .order_by_asc(costs::Column::SetAt)
        .order_by_asc(costs::Column::Id)
        .all(handle.connection())
        .await?;
    let mut all = BTreeMap::new();
    for row in rows {
        let key = (known(row.month.parse().ok(), "month")?, known(Kind::from_key(&row.kind), "kind of cost")?);
        all.insert(key, Money::from_pence(row.amount_pence));
    }
    Ok(all)
}
