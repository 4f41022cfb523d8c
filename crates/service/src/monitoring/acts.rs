//! What engineers do about an alert: say that they know, or that nothing is to be said of it until a day.

use chrono::Days;
use contract::ErrorKind;
use domain::alert::State;
use domain::calendar::london_date;
use domain::policy::Permission;
use serde_json::json;
use store::StoreError;
use store::monitoring::{self, Alert};

use crate::acts::{Done, Entries, Kind, Wrong};
use crate::{Ctx, Error, Result};

const NEEDS: Option<Permission> = Some(Permission::DeployModels);
/// In characters.
const LONGEST_NOTE: usize = 500;
/// Days for which something can be muted.
const LONGEST_MUTE: u64 = 366;

pub static ACKNOWLEDGE: Kind =
    Kind { name: "alert.acknowledge", needs: NEEDS, run: |ctx, entries| Box::pin(acknowledge(ctx, entries)) };

pub static MUTE: Kind = Kind { name: "alert.mute", needs: NEEDS, run: |ctx, entries| Box::pin(mute(ctx, entries)) };

pub static UNMUTE: Kind =
    Kind { name: "alert.unmute", needs: NEEDS, run: |ctx, entries| Box::pin(unmute(ctx, entries)) };

/// `id` and `version` of the alert, `note`.
async fn acknowledge(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let (mut alert, note) = seen(ctx, entries, &[State::Open]).await?;
    alert.standing.state = State::Acknowledged;
    put(ctx, alert, note, "alert.acknowledged").await?;
    Ok(Done::said("Acknowledged: you are told again only if it gets worse."))
}

/// `id` and `version`, `until`, `note`: why.
async fn mute(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let (mut alert, note) = seen(ctx, entries, &[State::Open, State::Acknowledged]).await?;
    let today = london_date(ctx.now);
    let mut wrong = Wrong::default();
    wrong.missing(entries, "until", "give the last day on which it is muted");
    wrong.missing(entries, "note", "say why nothing is to be said of it");
    wrong.told()?;
    let until = entries.day("until")?.unwrap_or(today);
    if until < today || until > today + Days::new(LONGEST_MUTE) {
        return Err(Error::field("until", "give a day from today on, at most a year away"));
    }
    (alert.standing.state, alert.standing.muted_until) = (State::Muted, Some(until));
    put(ctx, alert, note, "alert.muted").await?;
    Ok(Done::said("Muted: it is looked at all the same, and told of again after that day."))
}

/// `id` and `version`.
async fn unmute(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let (mut alert, note) = seen(ctx, entries, &[State::Muted]).await?;
    (alert.standing.state, alert.standing.muted_until) = (State::Open, None);
    put(ctx, alert, note, "alert.unmuted").await?;
    Ok(Done::said("It is open again."))
}

/// The alert as the page showed it.
async fn seen(ctx: &Ctx, entries: &Entries, states: &[State]) -> Result<(Alert, String)> {
    let alert = monitoring::find(ctx.store(), ctx.caller.reach, entries.id("id")?).await?;
    let version: i32 = entries.number("version", "reload the page and try again")?;
    if alert.version != version || !states.contains(&alert.standing.state) {
        return Err(changed());
    }
    Ok((alert, entries.words("note", LONGEST_NOTE)?))
}

fn changed() -> Error {
    Error::refused(ErrorKind::Conflict, "This alert has changed since you looked: look at it again.")
}

async fn put(ctx: &Ctx, alert: Alert, note: String, action: &'static str) -> Result<()> {
    let note = if note.is_empty() { alert.note.clone() } else { Some((note, ctx.caller.actor.name())) };
    let alert = Alert { note, updated_at: ctx.now, ..alert };
    let tx = ctx.begin().await?;
    monitoring::put(&tx, &alert).await.map_err(|error| match error {
        StoreError::Conflict(_) => changed(),
        other => other.into(),
    })?;
    let details = json!({
        "signal": alert.signal, "until": alert.standing.muted_until, "note": alert.note.as_ref().map(|(words, _)| words),
    });
    tx.commit(ctx.audit(Some(alert.company), action, "alert", alert.id, details)).await?;
    Ok(())
}
