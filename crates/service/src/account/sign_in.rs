//! Signing in (story 1), with a delay that grows with failures.

use contract::ErrorKind;
use serde_json::json;
use store::sessions::{self, Session};
use store::{companies, people};

use crate::secret::{LONGEST_PASSWORD, digest, token, verify_password};
use crate::{Actor, App, Caller, Ctx, Error, Result};

/// A session just begun.
#[derive(Debug)]
pub struct SignedIn {
    /// The secret for the cookie; only its hash is stored.
    pub token: String,
    pub must_change_password: bool,
    pub max_age_seconds: i64,
}

/// Failures after which each further one must wait: of an account, and of an address.
const PATIENCE: [u32; 2] = [3, 12];

/// The longest wait in seconds. Never a lock: that would let a stranger shut a person out.
const LONGEST_WAIT: i64 = 60;

fn wait_seconds(failures: u32, patience: u32) -> i64 {
    match failures.checked_sub(patience) {
        Some(excess) => LONGEST_WAIT.min(1 << excess.min(6)),
        None => 0,
    }
}

/// `address`: the network address that asks, for the throttle; it is stored as a hash.
pub async fn sign_in(
    app: &App,
    now: chrono::DateTime<chrono::Utc>,
    email: &str,
    password: &str,
    address: &str,
) -> Result<SignedIn> {
    let ctx = app.system(now);
    let subjects = [digest(format!("account:{}", email.trim().to_lowercase())), digest(format!("address:{address}"))];
    throttle(&ctx, &subjects).await?;
    // Counted before the password is checked, and forgotten if it fits: guesses sent all at once
    // are counted all the same.
    count_attempt(&ctx, &subjects).await?;
    let person = people::by_email(ctx.store(), email).await?;
    let usable = person.as_ref().filter(|p| p.active);
    let short_enough = password.len() <= 4 * LONGEST_PASSWORD;
    let fits = short_enough && verify_password(password, usable.map(|p| p.password_hash.as_str())).await?;
    let Some(person) = person.filter(|p| fits && p.active) else {
        return Err(fail(&ctx, &subjects).await?);
    };
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
    let tx = ctx.store().begin().await?;
    sessions::sweep(&tx, now).await?;
    for subject in &subjects {
        sessions::forget_failures(&tx, subject).await?;
    }
    sessions::create(&tx, &session).await?;
    people::signed_in(&tx, person.id, now).await?;
    tx.commit(ctx.audit(Some(person.company), "session.started", "person", person.id, json!({}))).await?;
    Ok(SignedIn {
        token,
        must_change_password: person.must_change_password,
        max_age_seconds: app.limits.session_hours * 3_600,
    })
}

async fn throttle(ctx: &Ctx, subjects: &[String; 2]) -> Result<()> {
    for (subject, patience) in subjects.iter().zip(PATIENCE) {
        if let Some((failures, last)) = sessions::failures(ctx.store(), subject).await? {
            let left = wait_seconds(failures, patience) - (ctx.now - last).num_seconds();
            if left > 0 {
                return Err(Error::refused(
                    ErrorKind::TooMany,
                    format!("Too many failed attempts. Try again in {left} seconds."),
                ));
            }
        }
    }
    Ok(())
}

async fn count_attempt(ctx: &Ctx, subjects: &[String; 2]) -> Result<()> {
    let tx = ctx.store().begin().await?;
    sessions::forget_old_failures(&tx, ctx.now - chrono::Duration::days(1)).await?;
    for subject in subjects {
        sessions::record_failure(&tx, subject, ctx.now).await?;
    }
    Ok(tx.commit_bookkeeping().await?)
}

async fn fail(ctx: &Ctx, subjects: &[String; 2]) -> Result<Error> {
    let tx = ctx.store().begin().await?;
    tx.commit(ctx.audit(None, "session.refused", "account", &subjects[0][..16], json!({}))).await?;
    tracing::warn!(account = &subjects[0][..16], "sign-in refused");
    Ok(Error::refused(ErrorKind::Unauthenticated, "E-mail address or password is wrong."))
}

#[cfg(test)]
mod tests {
    use super::wait_seconds;

    #[test]
    fn the_wait_grows_and_is_bounded() {
        let waits: Vec<_> = (0..12).map(|failures| wait_seconds(failures, 3)).collect();
        assert_eq!(waits, [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }
}
