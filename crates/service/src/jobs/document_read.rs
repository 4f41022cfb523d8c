//! Reading a document that came in.

use domain::policy::Permission;
use serde_json::json;
use store::Tx;
use store::documents::{self, Document};

use super::{ATTEMPTS, Kind, Order, Running, Work, enqueue};
use crate::documents::read;
use crate::{Ctx, Result};

pub static KIND: Kind = Kind {
    key: "document.read",
    label: "Reading a document",
    holds: &[Permission::ReadClaims],
    attempts: ATTEMPTS,
    slow: true,
    seen_at: "/claims",
    run,
};

/// Orders the reading from a page on, which counts from 1.
pub async fn order(ctx: &Ctx, tx: &Tx, document: &Document, from: u32) -> Result<bool> {
    let order = Order {
        company: Some(document.company),
        payload: json!({ "document": document.id, "from": from }),
        dedupe_key: Some(format!("document.read:{}:{from}", document.id)),
        ..Order::of(&KIND)
    };
    enqueue(ctx, tx, order).await
}

fn run<'a>(ctx: &'a Ctx, work: &'a Work) -> Running<'a> {
    Box::pin(async move {
        let document = documents::find(ctx.store(), ctx.caller.reach, work.id("document")?).await?;
        if document.state != crate::documents::STORED {
            return Ok("It was read before, and may have been answered.".into());
        }
        let from = work.payload["from"].as_u64().and_then(|from| u32::try_from(from).ok()).unwrap_or(1).max(1);
        let (fail, found) = read::read(ctx, &document, from, work.is_last()).await?;
        Ok(match fail {
            Some(fail) => fail.words().to_owned(),
            None => crate::documents::found_words(found),
        })
    })
}
