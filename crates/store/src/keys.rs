//! The keys of companies and claimants as they are needed: loaded for a row, or for a page of rows at
//! once.

use std::collections::{BTreeSet, HashMap};

use domain::id::{ClaimId, ClaimantId, CompanyId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::cipher::{DataKey, Place, key_id, open, utf8};
use crate::companies;
use crate::entity::{claimants, claims};
use crate::{Handle, Result, StoreError, parsed};

/// Which keys some ciphertexts need.
#[derive(Default)]
pub(crate) struct Wanted {
    companies: BTreeSet<CompanyId>,
    claimants: BTreeSet<String>,
}

impl Wanted {
    /// A ciphertext of a company's row; `None` needs none.
    pub fn add(&mut self, company: CompanyId, sealed: Option<&String>) {
        let Some(sealed) = sealed else { return };
        self.companies.insert(company);
        if let Some(id) = key_id(sealed).filter(|id| id.parse::<ClaimantId>().is_ok()) {
            self.claimants.insert(id.to_owned());
        }
    }
}

/// Keys by which ciphertexts are opened. One that is not in it has been destroyed.
#[derive(Default)]
pub(crate) struct Keyring {
    companies: HashMap<CompanyId, DataKey>,
    claimants: HashMap<String, DataKey>,
}

/// Ids in one question to the database.
const PORTION: usize = 500;

impl Keyring {
    pub async fn load(handle: &impl Handle, wanted: Wanted) -> Result<Keyring> {
        let mut ring = Keyring::default();
        for company in wanted.companies {
            ring.companies.insert(company, companies::key(handle, company).await?);
        }
        let ids: Vec<String> = wanted.claimants.into_iter().collect();
        for portion in ids.chunks(PORTION) {
            let rows: Vec<(String, String, String)> = claimants::Entity::find()
                .filter(claimants::Column::Id.is_in(portion.iter().map(String::as_str)))
                .filter(claimants::Column::ShreddedAt.is_null())
                .select_only()
                .columns([claimants::Column::Id, claimants::Column::CompanyId, claimants::Column::WrappedKey])
                .into_tuple()
                .all(handle.connection())
                .await?;
            for (id, company, wrapped) in rows {
                let company = parsed(&company)?;
                let around = match ring.companies.get(&company) {
                    Some(key) => key.clone(),
                    None => companies::key(handle, company).await?,
                };
                let key = unwrap(&around, &id, &wrapped)?;
                ring.claimants.insert(id, key);
            }
        }
        Ok(ring)
    }

    /// What a ciphertext of a company's row says; `None` where the claimant's key has been destroyed.
    pub fn open(&self, company: CompanyId, place: Place<'_>, sealed: &str) -> Result<Option<String>> {
        let key = match key_id(sealed) {
            Some(id) if id.parse::<ClaimantId>().is_ok() => self.claimants.get(id),
            _ => self.companies.get(&company),
        };
        key.map(|key| open(&key.key, place, sealed).and_then(utf8)).transpose()
    }
}

pub(crate) fn place(id: &str) -> Place<'_> {
    Place { table: "claimants", column: "wrapped_key", row: id }
}

pub(crate) fn unwrap(around: &DataKey, id: &str, wrapped: &str) -> Result<DataKey> {
    let key = open(&around.key, place(id), wrapped)?;
    let key = key.try_into().map_err(|_| StoreError::Corrupt("a claimant's key of wrong length".into()))?;
    Ok(DataKey { id: id.to_owned(), key })
}

/// The key of a claimant.
///
/// # Errors
///
/// [`StoreError::NotFound`] where it has been destroyed.
pub(crate) async fn of_claimant(handle: &impl Handle, id: ClaimantId) -> Result<DataKey> {
    let row = claimants::Entity::find_by_id(id.to_string())
        .one(handle.connection())
        .await?
        .filter(|row| row.shredded_at.is_none())
        .ok_or(StoreError::NotFound)?;
    let around = companies::key(handle, parsed(&row.company_id)?).await?;
    unwrap(&around, &row.id, &row.wrapped_key)
}

/// The key that encrypts what concerns a claim: its claimant's, or the company's for a claim of an earlier
/// version that has not been moved yet.
pub(crate) async fn of_claim(handle: &impl Handle, claim: ClaimId) -> Result<DataKey> {
    let (company, claimant): (String, Option<String>) = claims::Entity::find_by_id(claim.to_string())
        .select_only()
        .column(claims::Column::CompanyId)
        .column(claims::Column::ClaimantId)
        .into_tuple()
        .one(handle.connection())
        .await?
        .ok_or(StoreError::NotFound)?;
    match claimant {
        Some(id) => of_claimant(handle, parsed(&id)?).await,
        None => companies::key(handle, parsed(&company)?).await,
    }
}
