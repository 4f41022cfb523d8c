//! Contracts and their amendments, which are only ever added.

use billing::agreement::{Amendment as Agreed, Counters, Discount};
use billing::{Cycle, TaxCategory};
use chrono::{DateTime, NaiveDate, Utc};
use domain::Money;
use domain::id::{AmendmentId, CompanyId, ContractId, RateCardId, ServiceTierId};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::{amendments, contracts as table};
use crate::rate_cards::{self, Card};
use crate::{Handle, Reach, Result, StoreError, Tx, instant, known, parsed, parsed_opt, scoped};

#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    pub id: ContractId,
    pub company: CompanyId,
    pub begins_on: NaiveDate,
    /// The first day that it does not hold.
    pub ends_on: Option<NaiveDate>,
    pub notice_days: u32,
    /// It goes on for another year where nobody gives notice.
    pub renews: bool,
    pub made_by: String,
    pub made_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Amendment {
    pub id: AmendmentId,
    pub contract: ContractId,
    pub company: CompanyId,
    pub card: RateCardId,
    pub card_version: i32,
    pub agreed: Agreed,
    /// What it opens; none: everything.
    pub tier: Option<ServiceTierId>,
    pub po_number: String,
    pub note: String,
    pub made_by: String,
    pub made_at: DateTime<Utc>,
}

/// # Errors
///
/// A conflict where the company has one.
pub async fn begin(tx: &Tx, contract: &Contract) -> Result<()> {
    table::Entity::insert(table::ActiveModel {
        id: Set(contract.id.to_string()),
        company_id: Set(contract.company.to_string()),
        begins_on: Set(contract.begins_on.to_string()),
        ends_on: Set(contract.ends_on.map(|d| d.to_string())),
        notice_days: Set(contract.notice_days as i32),
        renews: Set(contract.renews),
        made_by: Set(contract.made_by.clone()),
        made_at: Set(contract.made_at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// Holds a company's contract until the transaction ends: what is agreed and what is drafted do not pass one another.
pub async fn hold(tx: &Tx, company: CompanyId) -> Result<()> {
    table::Entity::update_many()
        .col_expr(table::Column::NoticeDays, Expr::col(table::Column::NoticeDays))
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Lets a contract begin earlier: its first amendment is dated before it.
pub async fn set_begin(tx: &Tx, id: ContractId, begins_on: NaiveDate) -> Result<()> {
    let change =
        table::ActiveModel { id: Set(id.to_string()), begins_on: Set(begins_on.to_string()), ..Default::default() };
    table::Entity::update(change).exec(tx.connection()).await?;
    Ok(())
}

/// Changes when it ends and what is said of its notice.
pub async fn set_end(tx: &Tx, contract: &Contract) -> Result<()> {
    let change = table::ActiveModel {
        id: Set(contract.id.to_string()),
        ends_on: Set(contract.ends_on.map(|d| d.to_string())),
        notice_days: Set(contract.notice_days as i32),
        renews: Set(contract.renews),
        ..Default::default()
    };
    table::Entity::update(change).exec(tx.connection()).await?;
    Ok(())
}

/// # Errors
///
/// A conflict where the contract has one of this date.
pub async fn amend(tx: &Tx, new: &Amendment) -> Result<()> {
    let agreed = &new.agreed;
    amendments::Entity::insert(amendments::ActiveModel {
        id: Set(new.id.to_string()),
        contract_id: Set(new.contract.to_string()),
        company_id: Set(new.company.to_string()),
        effective_from: Set(agreed.from.to_string()),
        card_id: Set(new.card.to_string()),
        cycle: Set(agreed.cycle.key().to_owned()),
        payment_days: Set(agreed.payment_days as i32),
        tax: Set(agreed.tax.key().to_owned()),
        counters: Set(agreed.counters.key().to_owned()),
        discounts: Set(serde_json::to_string(&agreed.discounts)?),
        commitment_pence: Set(agreed.commitment.map(Money::pence)),
        cap_pence: Set(agreed.cap.map(Money::pence)),
        po_number: Set(new.po_number.clone()),
        note: Set(new.note.clone()),
        made_by: Set(new.made_by.clone()),
        made_at: Set(new.made_at.timestamp_millis()),
        tier_id: Set(new.tier.map(|id| id.to_string())),
    })
    .exec_without_returning(tx.connection())
    .await?;
    // What replicas know of the tier is to be read anew.
    crate::stamps::bump(tx).await
}

pub async fn of_company(handle: &impl Handle, reach: Reach, company: CompanyId) -> Result<Option<Contract>> {
    let row = scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .one(handle.connection())
        .await?;
    row.map(contract).transpose()
}

/// All within reach: one a company.
pub async fn list(handle: &impl Handle, reach: Reach) -> Result<Vec<Contract>> {
    let rows = scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .order_by_asc(table::Column::CompanyId)
        .all(handle.connection())
        .await?;
    rows.into_iter().map(contract).collect()
}

/// What was agreed with a company, oldest first.
pub async fn amendments(handle: &impl Handle, company: CompanyId) -> Result<Vec<Amendment>> {
    let rows = amendments::Entity::find()
        .filter(amendments::Column::CompanyId.eq(company.to_string()))
        .order_by_asc(amendments::Column::EffectiveFrom)
        .all(handle.connection())
        .await?;
    with_cards(handle, rows).await
}

/// What is in force with each company within reach on a day.
pub async fn in_force(handle: &impl Handle, reach: Reach, day: NaiveDate) -> Result<Vec<Amendment>> {
    let rows = scoped(amendments::Entity::find(), reach, amendments::Column::CompanyId)
        .filter(amendments::Column::EffectiveFrom.lte(day.to_string()))
        .order_by_asc(amendments::Column::CompanyId)
        .order_by_asc(amendments::Column::EffectiveFrom)
        .all(handle.connection())
        .await?;
    let mut newest: Vec<amendments::Model> = Vec::new();
    for row in rows {
        match newest.last_mut() {
            Some(last) if last.company_id == row.company_id => *last = row,
            _ => newest.push(row),
        }
    }
    with_cards(handle, newest).await
}

async fn with_cards(handle: &impl Handle, rows: Vec<amendments::Model>) -> Result<Vec<Amendment>> {
    let mut ids: Vec<String> = rows.iter().map(|row| row.card_id.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    let cards = rate_cards::of(handle, ids).await?;
    rows.into_iter()
        .map(|row| {
            let id: RateCardId = parsed(&row.card_id)?;
            amendment(row, cards.iter().find(|c| c.id == id).ok_or(StoreError::NotFound)?)
        })
        .collect()
}

fn amendment(row: amendments::Model, card: &Card) -> Result<Amendment> {
    let discounts: Vec<Discount> = serde_json::from_str(&row.discounts)?;
    Ok(Amendment {
        id: parsed(&row.id)?,
        contract: parsed(&row.contract_id)?,
        company: parsed(&row.company_id)?,
        card: card.id,
        card_version: card.version,
        agreed: Agreed {
            from: parsed(&row.effective_from)?,
            // The contract's end is its own.
            until: None,
            card: card.card.clone(),
            cycle: known(Cycle::from_key(&row.cycle), "cycle")?,
            payment_days: row.payment_days.max(0) as u32,
            tax: known(TaxCategory::from_key(&row.tax), "tax category")?,
            counters: known(Counters::from_key(&row.counters), "counters")?,
            discounts,
            commitment: row.commitment_pence.map(Money::from_pence),
            cap: row.cap_pence.map(Money::from_pence),
        },
        tier: parsed_opt(row.tier_id.as_ref())?,
        po_number: row.po_number,
        note: row.note,
        made_by: row.made_by,
        made_at: instant(row.made_at),
    })
}

fn contract(row: table::Model) -> Result<Contract> {
    Ok(Contract {
        id: parsed(&row.id)?,
        company: parsed(&row.company_id)?,
        begins_on: parsed(&row.begins_on)?,
        ends_on: parsed_opt(row.ends_on.as_ref())?,
        notice_days: row.notice_days.max(0) as u32,
        renews: row.renews,
        made_by: row.made_by,
        made_at: instant(row.made_at),
    })
}
