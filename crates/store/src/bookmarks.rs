//! Claims that people keep as examples, each with a note of their own.

use chrono::{DateTime, Utc};
use domain::id::{BookmarkId, ClaimId, CompanyId, UserId};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::cipher::{Place, seal_text};
use crate::entity::bookmarks as table;
use crate::keys::{self, Keyring, Wanted};
use crate::{Handle, Result, Tx, instant, parsed};

/// The most that are listed at once.
pub const MOST: u64 = 200;

#[derive(Debug, Clone, PartialEq)]
pub struct Bookmark {
    pub id: BookmarkId,
    pub company: CompanyId,
    pub user: UserId,
    pub claim: ClaimId,
    /// Encrypted with the claimant's key.
    pub note: String,
    /// The team sees it.
    pub shared: bool,
    pub at: DateTime<Utc>,
}

fn place(row: &str) -> Place<'_> {
    Place { table: "bookmarks", column: "sealed", row }
}

/// Keeps a bookmark in the place of the one that the person has on the claim.
pub async fn put(tx: &Tx, bookmark: &Bookmark) -> Result<()> {
    remove(tx, bookmark.user, bookmark.claim).await?;
    let id = bookmark.id.to_string();
    let key = keys::of_claim(tx, bookmark.claim).await?;
    table::Entity::insert(table::ActiveModel {
        company_id: Set(bookmark.company.to_string()),
        user_id: Set(bookmark.user.to_string()),
        claim_id: Set(bookmark.claim.to_string()),
        sealed: Set(seal_text(&key, place(&id), &bookmark.note)?),
        shared: Set(bookmark.shared),
        made_at: Set(bookmark.at.timestamp_millis()),
        id: Set(id),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// Whether there was one.
pub async fn remove(tx: &Tx, user: UserId, claim: ClaimId) -> Result<bool> {
    let done = table::Entity::delete_many()
        .filter(table::Column::UserId.eq(user.to_string()))
        .filter(table::Column::ClaimId.eq(claim.to_string()))
        .exec(tx.connection())
        .await?;
    Ok(done.rows_affected > 0)
}

/// Forgets all of a person's, as when they go to another company.
pub async fn forget_all(tx: &Tx, user: UserId) -> Result<()> {
    table::Entity::delete_many().filter(table::Column::UserId.eq(user.to_string())).exec(tx.connection()).await?;
    Ok(())
}

/// A person's own in their company, and what others of it share; the newest first. `claim`: of that one alone.
pub async fn seen_by(
    handle: &impl Handle,
    company: CompanyId,
    user: UserId,
    claim: Option<ClaimId>,
) -> Result<Vec<Bookmark>> {
    let own = table::Column::UserId.eq(user.to_string());
    let mut select = table::Entity::find()
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .filter(Condition::any().add(own).add(table::Column::Shared.eq(true)));
    if let Some(claim) = claim {
        select = select.filter(table::Column::ClaimId.eq(claim.to_string()));
    }
    let rows = select
        .order_by_desc(table::Column::MadeAt)
        .order_by_desc(table::Column::Id)
        .limit(MOST)
        .all(handle.connection())
        .await?;
    let mut wanted = Wanted::default();
    for row in &rows {
        wanted.add(company, Some(&row.sealed));
    }
    let keys = Keyring::load(handle, wanted).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Bookmark {
                id: parsed(&row.id)?,
                company,
                user: parsed(&row.user_id)?,
                claim: parsed(&row.claim_id)?,
                note: keys.open(company, place(&row.id), &row.sealed)?.unwrap_or_default(),
                shared: row.shared,
                at: instant(row.made_at),
            })
        })
        .collect()
}
