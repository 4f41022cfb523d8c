//! Signing in (story 1), with a delay that grows with failures.

use contract::ErrorKind;
use serde_json::json;
use store::sessions::{self, Session};
use store::{StoreError, companies, people};

use super::throttle::{self, Subject};
use crate::secret::{LONGEST_PASSWORD, digest, token, verify_password};
use crate::{Actor, App, Caller, Ctx, Error, Result};

/// A session just begun.
#[derive(Debug)]
pub struct SignedIn {
    /// The secret for the cookie; only its hash is stored.
    pub token: String,
    /// What this browser shows next time, to be told from strangers who guess at the account.
    pub device: String,
    pub must_change_password: bool,
    pub max_age_seconds: i64,
}

/// Where a sign-in comes from.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// Network address; it is stored as a hash.
    pub address: String,
    /// What an earlier sign-in left in the browser.
    pub device: Option<String>,
    /// Token of the session that this one replaces.
    pub session: Option<String>,
}

impl From<&str> for Browser {
    fn from(address: &str) -> Browser {
        Browser { address: address.to_owned(), ..Browser::default() }
    }
}

/// Attempts after which each further one must wait: of an account or a browser that knows it, and of
/// an address, behind which a whole office may sit.
const PATIENCE: u32 = 3;
const PATIENCE_OF_ADDRESS: u32 = 12;

/// A browser that has signed in to this account before has attempts of its own: a stranger who
/// guesses at the account does not keep its owner waiting.
fn subjects(app: &App, email: &str, browser: &Browser) -> [Subject; 2] {
    let account = digest(format!("account:{}", email.trim().to_lowercase()));
    let known = browser.device.as_deref().and_then(|d| d.split_once('.')).filter(|(id, proof)| {
        use subtle::ConstantTimeEq;
        id.len() == 64 && bool::from(device_proof(app, &account, id).as_bytes().ct_eq(proof.as_bytes()))
    });
    let key = known.map_or(account, |(id, _)| digest(format!("device:{id}")));
    let address = digest(format!("address:{}", browser.address));
    [Subject { key, patience: PATIENCE }, Subject { key: address, patience: PATIENCE_OF_ADDRESS }]
}

fn device_proof(app: &App, account: &str, id: &str) -> String {
    app.store.proof("device", &format!("{account}|{id}"))
}

pub async fn sign_in(
    app: &App,
    now: chrono::DateTime<chrono::Utc>,
    email: &str,
    password: &str,
    browser: impl Into<Browser>,
) -> Result<SignedIn> {
    let browser = browser.into();
    let ctx = app.system(now);
    let subjects = subjects(app, email, &browser);
    // Counted before the password is checked, and taken back if it fits.
    throttle::count(&ctx, &subjects).await?;
    let person = people::by_email(ctx.store(), email).await?;
    let usable = person.as_ref().filter(|p| p.active && p.has_password());
    let short_enough = password.len() <= 4 * LONGEST_PASSWORD;
    let fits = short_enough && verify_password(password, usable.map(|p| p.password_hash.as_str())).await?;
    let Some(person) = person.filter(|p| fits && p.active && p.has_password()) else {
        return Err(fail(&ctx, &subjects).await?);
    };
    if person.password_expires_at.is_some_and(|at| at <= now) {
        return Err(Error::refused(
            ErrorKind::Unauthenticated,
            "This first password has expired. Ask your administrator for a new one.",
        ));
    }
    let company = companies::find(ctx.store(), store::Reach::Operator, person.company).await?;
    let token = token();
    let session = Session {
        token_hash: digest(&token),
        user: person.id,
        created_at: now,
        last_seen_at: now,
        expires_at: now + chrono::Duration::hours(app.limits.session_hours),
    };
    let actor = Actor::Person { id: person.id, role: person.role, session: session.token_hash.clone() };
    let ctx = Ctx { caller: Caller { actor, reach: company.reach(), ..Caller::system() }, ..ctx };
    let tx = ctx.begin().await?;
    // The password may have been reset, or the account closed, while it was being checked.
    match people::signed_in(&tx, person.id, &person.password_hash, now).await {
        Err(StoreError::Conflict(_)) => return Err(wrong()),
        other => other?,
    }
    sessions::sweep(&tx, now).await?;
    throttle::forget(&tx, &subjects[0]).await?;
    throttle::take_back(&ctx, &tx, &subjects[1]).await?;
    if let Some(previous) = &browser.session {
        sessions::end(&tx, &digest(previous)).await?;
    }
    sessions::create(&tx, &session).await?;
    tx.commit(ctx.audit(Some(person.company), "session.started", "person", person.id, json!({}))).await?;
    let account = digest(format!("account:{}", email.trim().to_lowercase()));
    let id = crate::secret::token();
    Ok(SignedIn {
        token,
        device: format!("{id}.{}", device_proof(app, &account, &id)),
        must_change_password: person.must_change_password,
        max_age_seconds: app.limits.session_hours * 3_600,
    })
}

fn wrong() -> Error {
    Error::refused(ErrorKind::Unauthenticated, "E-mail address or password is wrong.")
}

async fn fail(ctx: &Ctx, subjects: &[Subject; 2]) -> Result<Error> {
    let account = &subjects[0].key[..16];
    let tx = ctx.begin().await?;
    tx.commit(ctx.audit(None, "session.refused", "account", account, json!({}))).await?;
    tracing::warn!(account, "sign-in refused");
    Ok(wrong())
}
