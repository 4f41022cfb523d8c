//! Claimants: whose claims they are, as far as the insurer says, each with a key of their own.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use domain::id::{ClaimantId, CompanyId};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use crate::cipher::{DataKey, random, seal};
use crate::companies;
use crate::entity::claimants as table;
use crate::keys;
use crate::{Handle, Result, StoreError, Tx, Writes, parsed};

/// A claimant as a claim brings them.
pub(crate) struct Brought<'a> {
    /// For one who is not known yet.
    pub id: ClaimantId,
    pub company: CompanyId,
    /// The insurer's own name for them; without one they have this claim alone.
    pub reference: Option<&'a str>,
}

/// Rows of one statement, and indexes in one question.
const PORTION: usize = 100;

fn index(tx: &Tx, company: CompanyId, reference: &str) -> Result<String> {
    tx.cipher().lookup("claimant", &format!("{company}|{}", reference.trim()))
}

/// Enters claimants of whom nothing is known, each with a new key.
pub(crate) async fn enter(
    handle: &impl Handle,
    brought: &[Brought<'_>],
    now: DateTime<Utc>,
    writes: &mut Writes,
) -> Result<Vec<DataKey>> {
    let (mut keys, mut rows) = (Vec::with_capacity(brought.len()), Vec::with_capacity(brought.len()));
    for one in brought {
        let (key, row) = new(&companies::key(handle, one.company).await?, one, None, now)?;
        keys.push(key);
        rows.push(row);
    }
    writes.insert(&rows, PORTION);
    Ok(keys)
}

/// A new key and the row that holds it.
fn new(
    around: &DataKey,
    one: &Brought<'_>,
    index: Option<String>,
    now: DateTime<Utc>,
) -> Result<(DataKey, table::ActiveModel)> {
    let id = one.id.to_string();
    let key = DataKey { id: id.clone(), key: random() };
    let row = table::ActiveModel {
        company_id: Set(one.company.to_string()),
        reference_index: Set(index),
        wrapped_key: Set(seal(around, keys::place(&id), &key.key)?),
        created_at: Set(now.timestamp_millis()),
        shredded_at: Set(None),
        id: Set(id),
    };
    Ok((key, row))
}

/// The keys of claimants in the order in which they are brought; who is not known is entered.
pub(crate) async fn ensure(
    tx: &Tx,
    brought: &[Brought<'_>],
    now: DateTime<Utc>,
    writes: &mut Writes,
) -> Result<Vec<DataKey>> {
    if brought.iter().all(|one| one.reference.is_none()) {
        return enter(tx, brought, now, writes).await;
    }
    let mut indexes = Vec::with_capacity(brought.len());
    for one in brought {
        indexes.push(one.reference.map(|r| index(tx, one.company, r)).transpose()?);
    }
    let companies: BTreeSet<CompanyId> = brought.iter().map(|one| one.company).collect();
    let known = by_index(tx, &companies, &indexes).await?;
    let mut keys: HashMap<ClaimantId, DataKey> = HashMap::new();
    let mut rows = Vec::new();
    let mut new: HashMap<&str, ClaimantId> = HashMap::new();
    for (one, index) in brought.iter().zip(&indexes) {
        if let Some(index) = index {
            if known.contains_key(index) || new.contains_key(index.as_str()) {
                continue;
            }
            new.insert(index, one.id);
        }
        let (key, row) = self::new(&companies::key(tx, one.company).await?, one, index.clone(), now)?;
        rows.push(row);
        keys.insert(one.id, key);
    }
    for portion in rows.chunks(PORTION) {
        table::Entity::insert_many(portion.iter().cloned())
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(tx.connection())
            .await?;
    }
    // Somebody else may have entered the same claimant meanwhile: theirs counts.
    let known = if new.is_empty() { known } else { by_index(tx, &companies, &indexes).await? };
    let mut found = Vec::with_capacity(brought.len());
    for (one, index) in brought.iter().zip(&indexes) {
        let id = match index {
            Some(index) => {
                let (id, wrapped) = known.get(index).ok_or(StoreError::NotFound)?;
                if let Entry::Vacant(place) = keys.entry(*id) {
                    let around = companies::key(tx, one.company).await?;
                    place.insert(keys::unwrap(&around, &id.to_string(), wrapped)?);
                }
                *id
            }
            None => one.id,
        };
        found.push(keys[&id].clone());
    }
    Ok(found)
}

/// The claimants of these indexes that there are, with their wrapped keys.
async fn by_index(
    tx: &Tx,
    companies: &BTreeSet<CompanyId>,
    indexes: &[Option<String>],
) -> Result<HashMap<String, (ClaimantId, String)>> {
    let wanted: Vec<&str> = indexes.iter().flatten().map(String::as_str).collect();
    let mut found = HashMap::new();
    for portion in wanted.chunks(PORTION) {
        let rows = table::Entity::find()
            .filter(table::Column::CompanyId.is_in(companies.iter().map(ToString::to_string)))
            .filter(table::Column::ReferenceIndex.is_in(portion.iter().copied()))
            .filter(table::Column::ShreddedAt.is_null())
            .all(tx.connection())
            .await?;
        for row in rows {
            if let Some(index) = row.reference_index {
                found.insert(index, (parsed(&row.id)?, row.wrapped_key));
            }
        }
    }
    Ok(found)
}

/// Destroys a claimant's key: what was encrypted with it is gone, on every replica at once. Their
/// reference is free for a new claimant.
pub async fn shred(tx: &Tx, id: ClaimantId, now: DateTime<Utc>) -> Result<()> {
    use table::Column as C;
    let done = table::Entity::update_many()
        .col_expr(C::WrappedKey, Expr::value(""))
        .col_expr(C::ReferenceIndex, Expr::value(Option::<String>::None))
        .col_expr(C::ShreddedAt, Expr::value(now.timestamp_millis()))
        .filter(C::Id.eq(id.to_string()))
        .filter(C::ShreddedAt.is_null())
        .exec(tx.connection())
        .await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}
