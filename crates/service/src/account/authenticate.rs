//! From a session token or an API key to the caller.

use chrono::{DateTime, Utc};
use contract::account::Viewer;
use contract::{ErrorKind, POLICY_VERSION};
use domain::calendar::london_date;
use domain::policy::{Gate, Permission, Reach};
use domain::settlement::ReviewStatus;
use domain::tier::Capability;
use store::jobs::{self, State};
use store::people::Person;
use store::{companies, integration, notifications, people, reviews, sessions};

use crate::secret::digest;
use crate::{Actor, App, Caller, Ctx, Error, Result, tiers};

/// The person whose session this is; `None` for no, an ended or a wrong session.
pub async fn session(app: &App, now: DateTime<Utc>, token: &str) -> Result<Option<Caller>> {
    let hash = digest(token);
    let Some(session) = sessions::find(&app.store, &hash).await? else { return Ok(None) };
    let idle = (now - session.last_seen_at).num_minutes() >= app.limits.session_idle_minutes;
    if idle || session.expires_at <= now {
        return Ok(None);
    }
    let person = people::find(&app.store, Reach::Operator, session.user).await?;
    if !person.active {
        return Ok(None);
    }
    // Once a minute is often enough to keep a session alive, and spares a write a request.
    if (now - session.last_seen_at).num_seconds() >= 60 {
        let tx = app.store.begin().await?;
        sessions::seen(&tx, &hash, now).await?;
        tx.commit_bookkeeping().await?;
    }
    let company = companies::find(&app.store, Reach::Operator, person.company).await?;
    Ok(Some(caller(&person, company.reach(), hash)))
}

fn caller(person: &Person, reach: Reach, session: String) -> Caller {
    Caller {
        actor: Actor::Person { id: person.id, role: person.role, session },
        reach,
        company: Some(person.company),
        department: person.department,
        gate: gate(person),
        origin: Default::default(),
    }
}

/// What a person has to do first.
fn gate(person: &Person) -> Option<Gate> {
    match person {
        p if p.must_change_password => Some(Gate::Password),
        p if p.policy_version < POLICY_VERSION => Some(Gate::Policy),
        _ => None,
    }
}

/// The integration that holds this key. `from_memory`: whoever calls makes sure by the stamp before it
/// changes anything.
pub async fn api_key(app: &App, now: DateTime<Utc>, token: &str, from_memory: bool) -> Result<Caller> {
    if !from_memory {
        app.memory.refresh(app).await?;
    }
    // The stamp first: a key that is revoked while it is looked up is found out by it.
    let stamp = app.memory.known_stamp(app).await?;
    let key = app.memory.key(app, &digest(token)).await?.ok_or_else(no_key)?;
    tiers::allowed::as_known(app, key.company, london_date(now), Capability::Rest).await?;
    Ok(Caller {
        actor: Actor::Key { id: key.id, stamp },
        reach: Reach::Company(key.company),
        company: Some(key.company),
        department: None,
        gate: None,
        origin: Default::default(),
    })
}

fn no_key() -> Error {
    Error::refused(
        ErrorKind::Unauthenticated,
        "The API key is missing, wrong or revoked. Send it as “Authorization: Bearer KEY”.",
    )
}

/// Goes on only if the integration's key is still in force, and its company's tier has it.
pub async fn still_valid(ctx: &Ctx) -> Result<()> {
    let Actor::Key { id, .. } = &ctx.caller.actor else { return Ok(()) };
    let key = integration::find(ctx.store(), ctx.caller.reach, *id).await?;
    if key.revoked_at.is_some() {
        return Err(no_key());
    }
    tiers::require(ctx, Capability::Rest).await
}

/// What waits for the person's kind: flagged claims, failed jobs.
async fn waiting(ctx: &Ctx) -> Result<Vec<(String, u64)>> {
    let mut waiting = Vec::new();
    if ctx.caller.holds(Permission::ReviewClaims) {
        let flagged = reviews::count(ctx.store(), ctx.caller.reach, ReviewStatus::Waiting).await?;
        waiting.push(("/reviews".to_owned(), flagged));
    }
    if ctx.caller.holds(Permission::ReadJobs) {
        let failed = jobs::count(ctx.store(), ctx.caller.reach, State::Failed).await?;
        waiting.push(("/jobs".to_owned(), failed));
    }
    waiting.retain(|(_, n)| *n > 0);
    Ok(waiting)
}

/// What the shell shows of the person who is signed in.
pub async fn viewer(ctx: &Ctx) -> Result<Viewer> {
    let (id, role, _) = ctx.caller.person()?;
    let person = people::find(ctx.store(), Reach::Operator, id).await?;
    let company = companies::find(ctx.store(), Reach::Operator, person.company).await?;
    Ok(Viewer {
        user_id: id,
        name: person.name,
        email: person.email,
        role,
        reach: ctx.caller.reach,
        company_id: company.id,
        company_name: company.name,
        gate: ctx.caller.gate,
        unread: notifications::unread(ctx.store(), id).await?,
        waiting: waiting(ctx).await?,
    })
}
