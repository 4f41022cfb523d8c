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
    seen_at: "/claims",
    run,
};

pub async fn order(ctx: &Ctx, tx: &Tx, document: &Document) -> Result<bool> {
    let order = Order {
        company: Some(document.company),
        payload: json!({ "document": document.id }),
        dedupe_key: Some(format!("document.read:{}", document.id)),
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
        let found = read::read(ctx, &document, work.is_last()).await?;
        Ok(match found.fail_code {
            Some(fail) => fail.words().to_owned(),
            None => crate::documents::found_words(found.candidates.len()),
        })
    })
}
