//! Slowing guesses down: each further attempt of a subject must wait longer, up to a minute. Never a
//! lock: that would let a stranger shut a person out.

use chrono::Duration;
use contract::ErrorKind;
use store::Tx;
use store::sessions::{self, Attempt};

use crate::{Ctx, Error, Result};

/// Who or what guesses: an account, a browser that knows the account, a network address.
#[derive(Debug, Clone)]
pub struct Subject {
    /// A hash, so that no address is stored.
    pub key: String,
    /// Attempts after which each further one must wait.
    pub patience: u32,
}

/// The longest wait in seconds.
const LONGEST_WAIT: i64 = 60;

fn wait_seconds(attempts: u32, patience: u32) -> i64 {
    match attempts.checked_sub(patience) {
        Some(excess) => LONGEST_WAIT.min(1 << excess.min(6)),
        None => 0,
    }
}

/// Counts an attempt of every subject, or refuses it where one of them has to wait. Counting and
/// deciding are one: of guesses that are sent all at once no more pass than of those sent in turn.
pub async fn count(ctx: &Ctx, subjects: &[Subject]) -> Result<()> {
    let tx = ctx.begin().await?;
    for subject in subjects {
        match sessions::count_attempt(&tx, &subject.key, ctx.now).await? {
            Attempt::Closed(until) => {
                let left = (until - ctx.now).num_seconds().max(1);
                return Err(Error::refused(
                    ErrorKind::TooMany,
                    format!("Too many failed attempts. Try again in {left} seconds."),
                ));
            }
            Attempt::Counted(attempts) => {
                let wait = wait_seconds(attempts, subject.patience);
                if wait > 0 {
                    sessions::close_until(&tx, &subject.key, ctx.now + Duration::seconds(wait)).await?;
                }
            }
        }
    }
    Ok(tx.commit_bookkeeping().await?)
}

/// Forgets a subject's attempts: this one was no guess.
pub async fn forget(tx: &Tx, subject: &Subject) -> Result<()> {
    Ok(sessions::forget_attempts(tx, &subject.key).await?)
}

/// Takes back this one attempt alone: what others did from the same address stays counted.
pub async fn take_back(ctx: &Ctx, tx: &Tx, subject: &Subject) -> Result<()> {
    Ok(sessions::take_back_attempt(tx, &subject.key, ctx.now).await?)
}

#[cfg(test)]
mod tests {
    use super::wait_seconds;

    #[test]
    fn the_wait_grows_and_is_bounded() {
        let waits: Vec<_> = (0..12).map(|attempts| wait_seconds(attempts, 3)).collect();
        assert_eq!(waits, [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }
}
