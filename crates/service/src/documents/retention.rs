//! How long a document is kept at least: a day, and a hold beyond it while it is needed, such as for proceedings. What
//! deletes documents by their age asks both; to erase a claimant goes before them.

use contract::page::{Asks, Form, Input};
use domain::policy::Permission;
use serde_json::json;
use store::documents::{self, Document};

use crate::acts::{Done, Entries, Kind};
use crate::{Ctx, Error, Result};

pub static RETAIN: Kind = Kind {
    name: "document.retain",
    needs: Some(Permission::WriteClaims),
    run: |ctx, entries| Box::pin(retain(ctx, entries)),
};

/// `id`, `until` (a day or nothing), `held`.
async fn retain(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let document = super::find(ctx, entries.id("id")?).await?;
    if document.claim().is_none() {
        return Err(Error::refused(
            contract::ErrorKind::Conflict,
            "Save the claim first: a draft’s documents go with it.",
        ));
    }
    let (until, held) = (entries.day("until")?, entries.is("held"));
    let today = domain::calendar::london_date(ctx.now);
    if until.is_some_and(|day| day < today) {
        return Err(Error::field("until", "this day is over: choose today or a later one"));
    }
    if until.is_some_and(|day| day > today + chrono::Days::new(LONGEST)) {
        return Err(Error::field("until", "this is more than thirty years away: check the year"));
    }
    if (until, held) == (document.retain_until, document.held) {
        return Ok(Done::said("It is so already."));
    }
    let tx = ctx.begin().await?;
    documents::set_retention(&tx, document.id, until, held).await?;
    let details = json!({ "claim": document.claim(), "until": until, "held": held });
    tx.commit(ctx.audit(Some(document.company), "document.retained", "document", document.id, details)).await?;
    Ok(Done::said("Kept as you say."))
}

/// In days.
const LONGEST: u64 = 30 * 366;

pub(crate) fn form(document: &Document) -> Form {
    Form {
        act: RETAIN.name.into(),
        id: "retention".into(),
        title: "How long it is kept".into(),
        lead: "A held document is not deleted, whatever the day.".into(),
        with: vec![("id".into(), document.id.to_string())],
        inputs: vec![
            Input::new("until", "Not deleted before", Asks::Date)
                .value(document.retain_until.map(|day| day.to_string()).unwrap_or_default()),
            Input::new("held", "Held: it is needed", Asks::Tick).value(if document.held { "true" } else { "" }),
        ],
        submit: "Keep it so".into(),
        folded: true,
        ..Form::default()
    }
}
