//! What is done about findings, and a report on demand.

use chrono::Days;
use contract::ErrorKind;
use domain::calendar::london_date;
use domain::finding::State;
use domain::policy::{Permission, Role};
use serde_json::json;
use store::fairness::{self, Finding};
use store::{StoreError, people};

use crate::acts::{Done, Entries, Kind};
use crate::{Ctx, Error, Result, id_from, jobs};

const NEEDS: Option<Permission> = Some(Permission::AuditFairness);
/// In characters.
const LONGEST: usize = 1_000;
/// Days for which a risk can be accepted.
const LONGEST_RISK: u64 = 366;

pub static ASK: Kind = Kind { name: "fairness.report", needs: NEEDS, run: |ctx, entries| Box::pin(ask(ctx, entries)) };

pub static ANSWER: Kind =
    Kind { name: "fairness.answer", needs: NEEDS, run: |ctx, entries| Box::pin(answer(ctx, entries)) };

/// `company`: whose report, where the caller's reach covers several.
async fn ask(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let company = match (ctx.caller.reach_company(), entries.text("company")) {
        (Some(own), "") => own,
        (_, id) => store::companies::find(ctx.store(), ctx.caller.reach, id_from(id)?).await?.id,
    };
    let tx = ctx.begin().await?;
    if !jobs::fairness_report::order(ctx, &tx, company).await? {
        return Err(Error::refused(ErrorKind::Conflict, "A report is being made: it stands here shortly."));
    }
    tx.commit(ctx.audit(Some(company), "fairness.asked", "company", company, json!({}))).await?;
    Ok(Done::said("Ordered: the report stands here shortly."))
}

/// `id` and `version` of the finding, `state`, `owner`, `due_on`, `note`.
async fn answer(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let finding = fairness::find_finding(ctx.store(), ctx.caller.reach, entries.id("id")?).await?;
    let version: i32 = entries.number("version", "reload the page and try again")?;
    let next = State::from_key(entries.text("state")).ok_or_else(|| Error::field("state", "choose what is done"))?;
    let changed =
        || Error::refused(ErrorKind::Conflict, "This finding has changed since you looked: look at it again.");
    if finding.version != version {
        return Err(changed());
    }
    if !finding.state.may_become(next) {
        let words = format!("“{}” does not follow “{}”.", next.label(), finding.state.label());
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    let note = entries.needed("note", LONGEST, "say what is done, or why the risk is accepted")?;
    let today = london_date(ctx.now);
    let due_on = entries.day("due_on")?;
    let due_on = match next {
        State::Retest => None,
        _ => Some(
            due_on
                .filter(|day| *day >= today && *day <= today + Days::new(LONGEST_RISK))
                .ok_or_else(|| Error::field("due_on", "give a day from today on, at most a year away"))?,
        ),
    };
    let owner = match next {
        State::Intervention => Some(owner(ctx, &finding, entries).await?),
        _ => finding.owner,
    };
    let finding = Finding { state: next, owner, due_on, note, updated_at: ctx.now, ..finding };
    let tx = ctx.begin().await?;
    fairness::put(&tx, &finding).await.map_err(|error| match error {
        StoreError::Conflict(_) => changed(),
        other => other.into(),
    })?;
    let details = json!({ "about": finding.about, "state": next.key(), "due_on": due_on });
    tx.commit(ctx.audit(Some(finding.company), "fairness.answered", "finding", finding.id, details)).await?;
    Ok(Done::said(format!("{}.", next.label())))
}

/// Who mends it: an engineer or an administrator of the company, or of ours.
async fn owner(ctx: &Ctx, finding: &Finding, entries: &Entries) -> Result<domain::id::UserId> {
    let wanted = id_from(entries.text("owner")).map_err(|_| Error::field("owner", "choose who mends it"))?;
    let able = owners(ctx, finding.company).await?;
    able.into_iter()
        .find(|(id, _)| *id == wanted)
        .map(|(id, _)| id)
        .ok_or_else(|| Error::field("owner", "choose who mends it"))
}

/// Those who can be given a finding, with their names.
pub(super) async fn owners(ctx: &Ctx, company: domain::id::CompanyId) -> Result<Vec<(domain::id::UserId, String)>> {
    let mut all = people::working(ctx.store(), company, &[Role::Engineer, Role::Administrator]).await?;
    if let (None, Some(own)) = (ctx.caller.reach_company(), ctx.caller.company) {
        all.extend(people::working(ctx.store(), own, &[Role::Engineer]).await?);
    }
    Ok(all.into_iter().map(|p| (p.id, p.name)).collect())
}
