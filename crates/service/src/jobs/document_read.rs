//! Reading a document that came in.

use domain::policy::Permission;
use serde_json::json;
use store::documents::{self, Document};
use store::{StoreError, Tx};

use super::{Kind, Manner, Order, Running, USUAL, Work, enqueue};
use crate::documents::read;
use crate::{Ctx, Result};

pub static KIND: Kind = Kind {
    key: "document.read",
    label: "Reading a document",
    holds: &[Permission::ReadClaims],
    manner: Manner { slow: true, give_up: Some(give_up), ..USUAL },
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
        let Some(document) = of(ctx, work).await? else { return Ok(GONE.into()) };
        let from = work.payload["from"].as_u64().and_then(|from| u32::try_from(from).ok()).unwrap_or(1).max(1);
        // From the beginning what has not been read; later pages behind those that have.
        let waits = if from == 1 { document.state == crate::documents::STORED } else { document.read_to + 1 == from };
        if !waits {
            return Ok("It was read before, and may have been answered.".into());
        }
        let Some((fail, found)) = read::read(ctx, &document, from, work.is_last()).await? else {
            return Ok(GONE.into());
        };
        Ok(match fail {
            Some(fail) => fail.words().to_owned(),
            None => crate::documents::found_words(found),
        })
    })
}

const GONE: &str = "It was discarded before it was read.";

async fn of(ctx: &Ctx, work: &Work) -> Result<Option<Document>> {
    match documents::find(ctx.store(), ctx.caller.reach, work.id("document")?).await {
        Ok(document) => Ok(Some(document)),
        Err(StoreError::NotFound) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// A reading that was begun as often as it may be, or that somebody ended, leaves the document to a person.
fn give_up<'a>(ctx: &'a Ctx, work: &'a Work) -> super::GivingUp<'a> {
    Box::pin(async move {
        match of(ctx, work).await? {
            Some(document) if document.state == crate::documents::STORED => read::give_up(ctx, &document).await,
            _ => Ok(()),
        }
    })
}
