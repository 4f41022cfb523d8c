//! Telling people what concerns them: in the application, and by mail where they wish it. A letter says that there is
//! something to look at and where; who the claimant is and what a claim is worth stays here.

use domain::id::{CompanyId, UserId};
use domain::policy::Role;
use serde::{Deserialize, Serialize};
use store::notifications::{self, Notification};
use store::people::{self, Kept, Person};
use store::{Reach, Tx};

use crate::mail::{self, Written};
use crate::{Ctx, Result};

/// Why somebody is told something: what they choose by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A claim they flagged was reviewed.
    Reviewed,
    /// A claim waits for their review.
    Flagged,
    /// Our offer stands while the claim has changed.
    Offer,
    /// A claimant contests a decision.
    Contest,
    /// A company's claims, or a model's error, are not what they were.
    Alert,
    /// How predictions come about has changed.
    Methodology,
    /// Another service tier was asked for, or the request was answered.
    Tier,
    /// Much of what a company means to use is used.
    Usage,
    /// A document waits for a colleague's approval, a debt for a second word.
    Approval,
    /// A document was issued to one's company.
    Document,
}

impl Cause {
    pub const ALL: [Cause; 10] = [
        Cause::Reviewed,
        Cause::Flagged,
        Cause::Offer,
        Cause::Contest,
        Cause::Alert,
        Cause::Methodology,
        Cause::Tier,
        Cause::Usage,
        Cause::Approval,
        Cause::Document,
    ];

    pub const fn key(self) -> &'static str {
        match self {
            Cause::Reviewed => "reviewed",
            Cause::Flagged => "flagged",
            Cause::Offer => "offer",
            Cause::Contest => "contest",
            Cause::Alert => "alert",
            Cause::Methodology => "methodology",
            Cause::Tier => "tier",
            Cause::Usage => "usage",
            Cause::Approval => "approval",
            Cause::Document => "document",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Cause::Reviewed => "A claim I flagged was reviewed",
            Cause::Flagged => "A claim waits for my review",
            Cause::Offer => "An offer needs another look",
            Cause::Contest => "A claimant contests a decision",
            Cause::Alert => "A model or its claims have drifted",
            Cause::Methodology => "How predictions come about has changed",
            Cause::Tier => "A service tier was asked for or answered",
            Cause::Usage => "Most of the period’s use is used",
            Cause::Approval => "A document waits for my approval",
            Cause::Document => "An invoice was issued to my company",
        }
    }
}

/// How somebody wishes to be told of one cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// In the application.
    Here,
    /// There and by mail.
    Mail,
    /// Not at all.
    Never,
}

impl How {
    pub const ALL: [(How, &'static str, &'static str); 3] = [
        (How::Here, "here", "In the application"),
        (How::Mail, "mail", "There and by mail"),
        (How::Never, "never", "Not at all"),
    ];

    pub fn from_key(key: &str) -> Option<How> {
        How::ALL.into_iter().find(|(_, own, _)| *own == key).map(|(how, ..)| how)
    }

    pub fn key(self) -> &'static str {
        How::ALL.into_iter().find(|(how, ..)| *how == self).map_or("here", |(_, key, _)| key)
    }
}

/// What somebody wishes, by cause; what is not there is told in the application.
pub type Wishes = std::collections::BTreeMap<String, How>;

pub fn how(wishes: &Wishes, cause: Cause) -> How {
    wishes.get(cause.key()).copied().unwrap_or(How::Here)
}

/// Who is told, of whose claim, and why.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    pub user: UserId,
    /// Somebody who works for another company by now is told nothing of this one.
    pub company: CompanyId,
    pub cause: Cause,
}

impl Told {
    /// Tells of one thing, in the transaction that causes it. A word of the same cause about the same thing that they have
    /// not read gives way, and brings no second letter.
    pub async fn of(self, ctx: &Ctx, tx: &Tx, text: &str, href: &str) -> Result<()> {
        let Told { user, company, cause } = self;
        let Ok(person) = people::find(tx, Reach::Company(company), user).await else { return Ok(()) };
        let wishes = people::kept(tx, user, Kept::Wishes).await?;
        let wishes: Wishes = wishes.map(|json| serde_json::from_str(&json)).transpose()?.unwrap_or_default();
        let how = how(&wishes, cause);
        if how == How::Never || !person.active {
            return Ok(());
        }
        let again = notifications::replace(tx, user, href, cause.key()).await?;
        let notification = Notification {
            id: ctx.id(),
            user,
            cause: cause.key().into(),
            text: text.into(),
            href: href.into(),
            at: ctx.now,
        };
        notifications::create(tx, &notification).await?;
        if how == How::Mail && !again && ctx.app.ports.mail.is_some() {
            letter(ctx, tx, &person, cause, href).await?;
        }
        Ok(())
    }
}

/// Tells our finance people but for whoever asks, in the transaction that causes it.
pub async fn colleagues(ctx: &Ctx, tx: &Tx, text: &str, href: &str) -> Result<()> {
    let ours = store::companies::operator(tx).await?.id;
    for user in people::with_role(tx, ours, Role::Finance).await? {
        if user.to_string() != ctx.caller.actor.name() {
            Told { user, company: ours, cause: Cause::Approval }.of(ctx, tx, text, href).await?;
        }
    }
    Ok(())
}

async fn letter(ctx: &Ctx, tx: &Tx, person: &Person, cause: Cause, href: &str) -> Result<()> {
    let subject =
        format!("Solatium: {}", cause.label().replace(" I ", " you ").replace(" my ", " your ").to_lowercase());
    let text = format!(
        "Hello {},\n\nthere is something for you to look at in Solatium: {}{href}\n\nWhat it is stands there and not in \
         this letter. Which letters you get is chosen under {}/profile.\n",
        person.name, ctx.app.ports.public_url, ctx.app.ports.public_url,
    );
    let (company, user) = (person.company, Some(person.id));
    let written = Written { company, user, kind: "notification", to: &person.email, subject, text, document: None };
    mail::write(ctx, tx, written).await.map(|_| ())
}
