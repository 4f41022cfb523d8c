//! Changing one's own password: the first one must be changed before anything else.

use serde_json::json;
use store::{Reach, companies, people, sessions};

use super::throttle::{self, Subject};
use crate::secret::{digest, hash_password, password_weakness, verify_password};
use crate::{Ctx, Error, Result};

/// Ends the person's other sessions.
pub async fn change_password(ctx: &Ctx, current: &str, new: &str, again: &str) -> Result<()> {
    let (id, _, session) = ctx.caller.person()?;
    let person = people::find(ctx.store(), Reach::Operator, id).await?;
    // Whoever sits at an open session may guess no faster than at the sign-in.
    let guesses = Subject { key: digest(format!("password:{id}")), patience: 5 };
    throttle::count(ctx, std::slice::from_ref(&guesses)).await?;
    if !verify_password(current, Some(&person.password_hash)).await? {
        return Err(Error::field("current", "this is not your current password"));
    }
    if new == current {
        return Err(Error::field("new", "choose another password than the current one"));
    }
    let company = companies::find(ctx.store(), Reach::Operator, person.company).await?;
    if let Some(weakness) = password_weakness(new, &[&person.name, &person.email, &company.name, "Solatium"]) {
        return Err(Error::field("new", weakness));
    }
    if new != again {
        return Err(Error::field("again", "the two new passwords differ: type the same one twice"));
    }
    let hash = hash_password(new).await?;
    let tx = ctx.begin().await?;
    throttle::forget(&tx, &guesses).await?;
    people::set_password(&tx, id, &hash, None, Some(&person.password_hash)).await?;
    let ended = sessions::end_others(&tx, id, Some(session)).await?;
    tx.commit(ctx.audit(Some(person.company), "password.changed", "person", id, json!({ "sessions_ended": ended })))
        .await?;
    Ok(())
}
