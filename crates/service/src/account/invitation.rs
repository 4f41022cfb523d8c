//! Inviting a person: a link that works once, for 72 hours, by which they choose their own password.
//! Nobody else ever sees it.

use chrono::Duration;
use contract::ErrorKind;
use contract::account::InvitationView;
use contract::admin::Issued;
use domain::calendar;
use serde_json::json;
use store::people::Person;
use store::{Reach, Tx, companies, invitations, people, sessions};

use crate::mail::{self, Written};
use crate::secret::{digest, hash_password, password_weakness, token};
use crate::{Actor, App, Caller, Ctx, Error, Result};

/// What mails that hold a link are kept as.
pub const INVITATION: &str = "invitation";

/// How long a link works.
pub const LASTS: Duration = Duration::hours(72);

/// Makes the person's link, in the transaction of the change that asks for it. It goes by mail; where no
/// mail server is set it is handed back, to be shown once.
pub async fn invite(ctx: &Ctx, tx: &Tx, person: &Person) -> Result<Issued> {
    let (token, until) = (token(), ctx.now + LASTS);
    invitations::create(tx, person.id, &digest(&token), ctx.now, until).await?;
    let link = format!("{}/welcome/{token}", ctx.app.ports.public_url);
    let href = format!("/people/{}", person.id);
    if ctx.app.ports.mail.is_none() {
        return Ok(Issued {
            title: format!("{} can choose a password with this link", person.name),
            secret: link,
            hint: "The link is shown once and works once, within 72 hours. Hand it over in person or by a channel you trust.".into(),
            href,
        });
    }
    let letter = Written {
        company: person.company,
        user: Some(person.id),
        kind: INVITATION,
        to: &person.email,
        subject: "Your account with Solatium".into(),
        text: format!(
            "Hello {},\n\nan account with Solatium has been made for you, or its password is to be chosen anew.\n\nChoose your password here:\n{link}\n\nThe link works once, until {}. If you did not expect this letter, tell your administrator and do nothing else.\n",
            person.name,
            calendar::words(until),
        ),
        document: None,
    };
    mail::write(ctx, tx, letter).await?;
    Ok(Issued {
        title: format!("An invitation is on its way to {}", person.email),
        secret: String::new(),
        hint: "It holds a link that works once, within 72 hours. What became of the mail is on the person’s page."
            .into(),
        href,
    })
}

fn used_up() -> Error {
    Error::refused(ErrorKind::NotFound, "This link has been used or has expired. Ask your administrator for a new one.")
}

async fn person(app: &App, hash: &str, now: chrono::DateTime<chrono::Utc>) -> Result<Person> {
    let user = invitations::open(&app.store, hash, now).await?.ok_or_else(used_up)?;
    let person = people::find(&app.store, Reach::Operator, user).await?;
    if person.active { Ok(person) } else { Err(used_up()) }
}

/// Whose link it is, for the page behind it.
pub async fn view(ctx: &Ctx, token: &str) -> Result<InvitationView> {
    let person = person(&ctx.app, &digest(token), ctx.now).await?;
    let company = companies::find(ctx.store(), Reach::Operator, person.company).await?;
    Ok(InvitationView { name: person.name, email: person.email, company: company.name })
}

/// Uses the link up: the person has the password they chose, and signs in with it.
pub async fn accept(ctx: &Ctx, token: &str, password: &str, again: &str) -> Result<()> {
    let hash = digest(token);
    // Looked at before any costly work: anybody can call this.
    let person = person(&ctx.app, &hash, ctx.now).await?;
    let company = companies::find(ctx.store(), Reach::Operator, person.company).await?;
    if let Some(weakness) = password_weakness(password, &[&person.name, &person.email, &company.name, "Solatium"]) {
        return Err(Error::field("password", weakness));
    }
    if password != again {
        return Err(Error::field("again", "the two passwords differ: type the same one twice"));
    }
    let password = hash_password(password).await?;
    let tx = ctx.begin().await?;
    if !invitations::use_up(&tx, &hash, ctx.now).await? {
        return Err(used_up());
    }
    people::set_password(&tx, person.id, &password, None, Some(&person.password_hash)).await?;
    let ended = sessions::end_others(&tx, person.id, None).await?;
    let details = json!({ "sessions_ended": ended });
    // It is the person who acts, though nobody is signed in.
    let actor = Actor::Person { id: person.id, role: person.role, session: String::new() };
    let ctx = Ctx { caller: Caller { actor, ..Caller::system() }, ..ctx.clone() };
    tx.commit(ctx.audit(Some(person.company), "invitation.accepted", "person", person.id, details)).await?;
    Ok(())
}
