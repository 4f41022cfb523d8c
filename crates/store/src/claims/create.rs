//! New claims, and the claimants that they bring.

use domain::id::CompanyId;

use super::row::{protected_row, row};
use super::{Claim, Protected};
use crate::cipher::DataKey;
use crate::claimants::{self, Brought};
use crate::{Alone, Handle, Result, Store, StoreError, Tx, Writes, parsed, series};

/// Takes so many claim numbers of a company, and gives the first.
pub async fn take_numbers(tx: &Tx, company: CompanyId, count: usize) -> Result<i64> {
    series::take(tx, &numbers_of(company), count).await
}

/// The same for claims that are written alone; `None` for a company's first.
pub async fn take_numbers_alone(alone: &mut Alone<'_>, company: CompanyId, count: usize) -> Result<Option<i64>> {
    alone.take(&numbers_of(company), i64::try_from(count).unwrap_or(i64::MAX)).await
}

fn numbers_of(company: CompanyId) -> String {
    format!("claim:{company}")
}

/// Rows of one statement. Full ones share a text, which is kept prepared.
const PORTION: usize = 100;

/// The keys of the claimants of claims that were just created, in their order.
pub struct ClaimKeys(pub(crate) Vec<DataKey>);

/// The keys of the claimants of new claims, in their order, who are entered where they are not known.
/// `claim.claimant` is the id of one who is not known yet.
pub async fn claimants(tx: &Tx, claims: &[(Claim, Protected)], writes: &mut Writes) -> Result<ClaimKeys> {
    let Some(now) = claims.first().map(|(claim, _)| claim.created_at) else { return Ok(ClaimKeys(Vec::new())) };
    Ok(ClaimKeys(claimants::ensure(tx, &brought(claims)?, now, writes).await?))
}

/// The same for claims that are written alone; `None` where a claimant may be known already.
pub async fn claimants_alone(
    store: &Store,
    claims: &[(Claim, Protected)],
    writes: &mut Writes,
) -> Result<Option<ClaimKeys>> {
    let Some(now) = claims.first().map(|(claim, _)| claim.created_at) else { return Ok(None) };
    let brought = brought(claims)?;
    if brought.iter().any(|one| one.reference.is_some()) {
        return Ok(None);
    }
    Ok(Some(ClaimKeys(claimants::enter(store, &brought, now, writes).await?)))
}

fn brought(claims: &[(Claim, Protected)]) -> Result<Vec<Brought<'_>>> {
    let one = |claim: &'_ Claim| match claim.claimant {
        Some(id) => Ok((id, claim.company)),
        None => Err(StoreError::Corrupt("a new claim needs a claimant".into())),
    };
    claims
        .iter()
        .map(|(claim, _)| {
            let (id, company) = one(claim)?;
            Ok(Brought { id, company, reference: claim.claimant_reference.as_deref() })
        })
        .collect()
}

/// Puts claims among what is to be written. `claim.claimant` is set to whose it is.
pub fn create_all(
    handle: &impl Handle,
    writes: &mut Writes,
    claims: &mut [(Claim, Protected)],
    keys: &ClaimKeys,
) -> Result<()> {
    let (mut rows, mut protected_rows) = (Vec::with_capacity(claims.len()), Vec::new());
    for ((claim, protected), key) in claims.iter_mut().zip(&keys.0) {
        claim.claimant = Some(parsed(&key.id)?);
        rows.push(row(handle.cipher(), key, claim)?);
        if *protected != Protected::default() {
            protected_rows.push(protected_row(key, claim, protected)?);
        }
    }
    writes.insert(&rows, PORTION);
    writes.insert(&protected_rows, PORTION);
    Ok(())
}
