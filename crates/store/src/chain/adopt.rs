//! Rows that a version without chains wrote after they had begun, as it does while an installation is being
//! brought to a newer version one replica after the other.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{PORTION, link, locked_head, without_link};
use crate::entity::{audit_events as table, audit_heads};
use crate::{Handle, Result, Tx};

/// Links such rows to the ends of their chains, in their order, and says how many of which chain. They are
/// covered from now on; what was done to them before cannot be told.
pub async fn adopt(tx: &Tx, now: chrono::DateTime<chrono::Utc>) -> Result<Vec<(String, u64)>> {
    let chains: Vec<String> = audit_heads::Entity::find()
        .select_only()
        .column(audit_heads::Column::Chain)
        .order_by_asc(audit_heads::Column::Chain)
        .into_tuple()
        .all(tx.connection())
        .await?;
    let mut adopted = Vec::new();
    for chain in chains {
        let mut head = locked_head(tx.inner(), &chain, now).await?;
        let mut count = 0;
        loop {
            let rows = without_link(&chain)
                .filter(table::Column::Seq.gt(head.before_seq))
                .order_by_asc(table::Column::Seq)
                .limit(PORTION as u64)
                .all(tx.connection())
                .await?;
            if rows.is_empty() {
                break;
            }
            for mut row in rows {
                head.position += 1;
                row.chain = Some(chain.clone());
                row.position = Some(head.position);
                head.hash = link(&head.hash, &row);
                let change = table::ActiveModel {
                    seq: Set(row.seq),
                    chain: Set(row.chain),
                    position: Set(row.position),
                    hash: Set(Some(head.hash.clone())),
                    ..Default::default()
                };
                table::Entity::update(change).exec(tx.connection()).await?;
                count += 1;
            }
        }
        if count > 0 {
            let change = audit_heads::ActiveModel {
                chain: Set(head.chain),
                position: Set(head.position),
                hash: Set(head.hash),
                ..Default::default()
            };
            audit_heads::Entity::update(change).exec(tx.connection()).await?;
            adopted.push((chain, count));
        }
    }
    Ok(adopted)
}
