//! A person's answer to what a document says: taken over, changed and taken over, or rejected. What is taken over is
//! the claim's, which is predicted anew.

use std::collections::BTreeMap;

use contract::{AppError, ErrorKind};
use domain::id::{CandidateId, ClaimId};
use domain::policy::Permission;
use domain::settlement::ClaimStatus;
use serde_json::json;
use store::StoreError;
use store::claims::{self, Claim};
use store::documents::{self, Document, Home};

use super::typed;
use crate::acts::{Done, Entries, Kind};
use crate::claims::restate::{self, Stated};
use crate::names::Names;
use crate::{Ctx, Error, Result};

pub static ANSWER: Kind = Kind {
    name: "document.answer",
    needs: Some(Permission::WriteClaims),
    run: |ctx, entries| Box::pin(answer(ctx, entries)),
};

/// An answer that was a slip is taken back: it waits again. What was taken over stays on the claim until another value is.
pub static REOPEN: Kind = Kind {
    name: "document.reopen",
    needs: Some(Permission::WriteClaims),
    run: |ctx, entries| Box::pin(reopen(ctx, entries)),
};

pub static REPORT: Kind = Kind {
    name: "document.report",
    needs: Some(Permission::WriteClaims),
    run: |ctx, entries| Box::pin(report(ctx, entries)),
};

/// `id`, `version` as it was seen, `answer` (`confirm` or `reject`), `value` as it would be typed into a claim's form.
async fn answer(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let id: CandidateId = entries.id("id")?;
    let seen: i32 = entries.number("version", "reload the page and try again")?;
    let (document, field) = documents::of_candidate(ctx.store(), ctx.caller.reach, id).await?;
    let document = super::find(ctx, document).await?;
    let found = super::found(ctx, &document).await?.into_iter().find(|f| f.id == id).ok_or(StoreError::NotFound)?;
    match entries.text("answer") {
        "reject" => {
            put(ctx, &document, (id, seen, "rejected"), &field, None).await?;
            Ok(Done::said(format!("{}: rejected.", super::label(&field))))
        }
        "confirm" => {
            let text = entries.text("value");
            let own = typed(&found.field, &found.value);
            let state = if text == own { "confirmed" } else { "edited" };
            let taken = taken(ctx, &document, &field, text).await?;
            let label = super::label(&field);
            let words = match &taken {
                Taken::ToClaim(stated) if stated.predicts() => "taken over. The claim was predicted anew.",
                Taken::ToClaim(stated) if !stated.changes() => "confirmed. The claim had it already.",
                Taken::ToClaim(_) => "taken over.",
                Taken::ToDraft(..) => "taken over into your draft.",
            };
            put(ctx, &document, (id, seen, state), &field, Some(taken)).await?;
            Ok(Done::said(format!("{label}: {words}")))
        }
        _ => Err(Error::refused(ErrorKind::Invalid, "Confirm or reject.")),
    }
}

/// What is taken over, and into what.
enum Taken {
    ToClaim(Box<Stated>),
    /// The field as the form of a claim calls it, and what is put into it.
    ToDraft(String, String),
}

/// What it is about with the field as it was typed.
async fn taken(ctx: &Ctx, document: &Document, field: &str, text: &str) -> Result<Taken> {
    if text.is_empty() {
        return Err(Error::field("value", "enter a value, or reject it"));
    }
    let name = field.strip_suffix("_pence").unwrap_or(field);
    match document.home {
        Home::Claim(claim) => Ok(Taken::ToClaim(Box::new(stated(ctx, claim, name, text).await?))),
        Home::Draft(_) => {
            crate::claims::draft::check(ctx, name, text)?;
            Ok(Taken::ToDraft(name.to_owned(), text.to_owned()))
        }
    }
}

/// The claim with the field as it was typed.
async fn stated(ctx: &Ctx, claim: ClaimId, name: &str, text: &str) -> Result<Stated> {
    let claim = claims::find(ctx.store(), ctx.caller.reach, claim).await?;
    let changes = BTreeMap::from([(name.to_owned(), text.to_owned())]);
    restate::prepare(ctx, claim, &changes).await.map_err(|error| match error {
        // All that is wrong stands beside the one input that there is: also where another field of the claim does not go
        // with this one.
        Error::Refused(mut refused) if refused.kind == ErrorKind::Invalid => {
            for wrong in &mut refused.fields {
                let of = wrong.field.strip_suffix("_pence").unwrap_or(&wrong.field);
                if of != name {
                    wrong.message = format!("{}: {} Answer that one first.", super::label(of), wrong.message);
                }
                wrong.field = "value".into();
            }
            Error::Refused(refused)
        }
        other => other,
    })
}

async fn put(
    ctx: &Ctx,
    document: &Document,
    (id, seen, state): (CandidateId, i32, &str),
    field: &str,
    taken: Option<Taken>,
) -> Result<()> {
    let tx = ctx.begin().await?;
    // A draft may have become a claim since: what was confirmed belongs to no later draft.
    let here = documents::hold(&tx, document.company, document.id).await?.ok_or(StoreError::NotFound)?.home;
    if here != document.home {
        let words = "The draft was saved as a claim meanwhile. Reload the page: the answer goes to the claim then.";
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    match documents::answer(&tx, id, seen, state, &ctx.caller.actor.name(), ctx.now).await {
        Err(StoreError::Conflict(_)) => {
            drop(tx);
            return Err(beaten(ctx, document, id).await?);
        }
        other => other?,
    }
    if let Some(taken) = taken {
        documents::pass_over(&tx, document.id, field, id).await?;
        match taken {
            Taken::ToClaim(stated) => restate::put(ctx, &tx, *stated).await?,
            Taken::ToDraft(name, text) => crate::claims::draft::put(ctx, &tx, &name, &text).await?,
        }
    }
    if documents::waiting(&tx, document.id).await? == 0 {
        documents::set_state(&tx, document.id, super::DONE).await?;
    }
    let details = json!({ "claim": document.claim(), "field": field, "state": state });
    tx.commit(ctx.audit(Some(document.company), "document.answered", "document", document.id, details)).await?;
    Ok(())
}

/// `id` and `version` of the candidate.
async fn reopen(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let id: CandidateId = entries.id("id")?;
    let seen: i32 = entries.number("version", "reload the page and try again")?;
    let (document, field) = documents::of_candidate(ctx.store(), ctx.caller.reach, id).await?;
    let document = super::find(ctx, document).await?;
    undecided(ctx, &document).await?;
    let tx = ctx.begin().await?;
    match documents::reopen(&tx, id, seen).await {
        Err(StoreError::Conflict(_)) => {
            drop(tx);
            return Err(beaten(ctx, &document, id).await?);
        }
        other => other?,
    }
    documents::set_state(&tx, document.id, super::TO_CONFIRM).await?;
    let details = json!({ "claim": document.claim(), "field": field, "state": "reopened" });
    tx.commit(ctx.audit(Some(document.company), "document.answered", "document", document.id, details)).await?;
    Ok(Done::said(format!("{}: waits for an answer again.", super::label(&field))))
}

/// The claim of a document, which must not be decided; `None` where it is on a draft.
async fn undecided(ctx: &Ctx, document: &Document) -> Result<Option<Claim>> {
    let Some(id) = document.claim() else { return Ok(None) };
    let claim = claims::find(ctx.store(), ctx.caller.reach, id).await?;
    match claim.status {
        ClaimStatus::Decided => Err(restate::decided()),
        _ => Ok(Some(claim)),
    }
}

/// Somebody else was quicker: who, and what they said. What was typed stays where it is.
async fn beaten(ctx: &Ctx, document: &Document, id: CandidateId) -> Result<Error> {
    let found = super::found(ctx, document).await?.into_iter().find(|f| f.id == id).ok_or(StoreError::NotFound)?;
    let words = match &found.answer.by {
        Some((by, at)) => {
            let names = Names::of(ctx, [by.clone()]).await?;
            let what = super::answered(&found.answer.state).0.to_lowercase();
            format!("{} has answered this already ({what}, {}).", names.actor(by), domain::calendar::words(*at))
        }
        None => "Another value of this field was taken a moment ago.".to_owned(),
    };
    Ok(Error::Refused(AppError::new(ErrorKind::Conflict, format!("{words} Reload the page to see how it stands."))))
}

/// `id` of the document, `report`: whether it is the medical report, which opens the gate of the Civil Liability Act.
async fn report(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let document = super::find(ctx, entries.id("id")?).await?;
    let Some(claim) = undecided(ctx, &document).await? else {
        let words = "Save the claim first: what its medical report is, is said there.";
        return Err(Error::refused(ErrorKind::Conflict, words));
    };
    let is = entries.is("report");
    if is && !super::may_be_report(&document) {
        let words = "This file cannot be a medical report: it cannot be opened, or is a recording.";
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    if is == document.report {
        return Ok(Done::said("It is so already."));
    }
    let tx = ctx.begin().await?;
    // The claim is locked first: of two who mark at once each sees the other's mark.
    claims::hold(&tx, &claim).await?;
    documents::set_report(&tx, document.id, is).await?;
    let another = documents::of_claim(&tx, ctx.caller.reach, claim.id).await?.iter().any(|d| d.report);
    let change = claims::Progress { medical_report: Some(another), ..Default::default() };
    claims::progress(&tx, claim.id, claim.status, change).await?;
    let action = if is { "document.is_report" } else { "document.is_no_report" };
    let details = json!({ "document": document.id });
    tx.commit(ctx.audit(Some(claim.company), action, "claim", claim.id, details)).await?;
    Ok(Done::said(if is { "The claim has its medical report." } else { "This is not the medical report." }))
}
