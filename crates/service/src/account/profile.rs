//! What people say of their work (story 2), and what they wish to be told.

use contract::page::{Asks, Form, Input, Part, Report};
use contract::table::Tone;
use domain::policy::Permission;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::people::{self, Kept};

use super::tell::{Cause, How, Wishes, how};
use crate::acts::{Done, Entries, Kind};
use crate::reports::Query;
use crate::{Ctx, Error, Result};

pub static SAVE: Kind = Kind { name: "profile.save", needs: None, run: |ctx, entries| Box::pin(save(ctx, entries)) };
pub static WISH: Kind = Kind { name: "profile.wish", needs: None, run: |ctx, entries| Box::pin(wish(ctx, entries)) };

/// In characters.
const LONGEST: usize = 120;

/// What a person says of their work. All of it may be empty.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    pub title: String,
    pub phone: String,
    /// Such as Cert CII.
    pub qualifications: String,
    /// What they mostly work on.
    pub specialism: String,
    /// Since which year they have handled claims.
    pub since: Option<i32>,
}

impl Profile {
    fn is_complete(&self) -> bool {
        !self.title.is_empty() && !self.specialism.is_empty() && self.since.is_some()
    }
}

const SPECIALISMS: &[&str] =
    &["Whiplash and minor injury", "Larger injury", "Vehicle damage and hire", "Fraud", "All kinds of motor claims"];

pub async fn of(ctx: &Ctx, person: domain::id::UserId) -> Result<Profile> {
    let kept = people::kept(ctx.store(), person, Kept::Profile).await?;
    Ok(kept.map(|json| serde_json::from_str(&json)).transpose()?.unwrap_or_default())
}

async fn save(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let (me, _, _) = ctx.caller.person()?;
    let year = domain::calendar::london_date(ctx.now).format("%Y").to_string().parse().unwrap_or(9_999);
    let since = match entries.text("since") {
        "" => None,
        _ => {
            let words = "give the year in four digits, such as 2019";
            let since: i32 = entries.number("since", words)?;
            if !(1950..=year).contains(&since) {
                return Err(Error::field("since", words));
            }
            Some(since)
        }
    };
    let phone = entries.words("phone", 40)?;
    if phone.chars().any(|c| !(c.is_ascii_digit() || "+() -.x".contains(c))) {
        return Err(Error::field("phone", "give digits, such as +44 20 7946 0000"));
    }
    let profile = Profile {
        title: entries.words("title", LONGEST)?,
        phone,
        qualifications: entries.words("qualifications", LONGEST)?,
        specialism: entries.words("specialism", LONGEST)?,
        since,
    };
    let company = ctx.caller.own_company()?;
    let tx = ctx.begin().await?;
    people::keep(&tx, me, company, Kept::Profile, Some(&serde_json::to_string(&profile)?)).await?;
    let details = json!({ "complete": profile.is_complete() });
    tx.commit(ctx.audit(Some(company), "profile.saved", "person", me, details)).await?;
    Ok(Done::said("Your profile is saved."))
}

/// For each cause how one wishes to be told of it.
async fn wish(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let (me, _, _) = ctx.caller.person()?;
    let company = ctx.caller.own_company()?;
    let mut wishes = Wishes::new();
    for cause in Cause::ALL {
        let key = cause.key();
        let how = How::from_key(entries.text(key)).ok_or_else(|| Error::field(key, "choose how you are told"))?;
        wishes.insert(key.into(), how);
    }
    let tx = ctx.begin().await?;
    people::keep(&tx, me, company, Kept::Wishes, Some(&serde_json::to_string(&wishes)?)).await?;
    tx.commit(ctx.audit(Some(company), "profile.wished", "person", me, json!({ "wishes": wishes }))).await?;
    Ok(Done::said("It is kept how you are told."))
}

/// The page.
pub(crate) async fn page(ctx: &Ctx, _: &Query) -> Result<Report> {
    let (me, _, _) = ctx.caller.person()?;
    let profile = of(ctx, me).await?;
    let wishes = people::kept(ctx.store(), me, Kept::Wishes).await?;
    let wishes: Wishes = wishes.map(|json| serde_json::from_str(&json)).transpose()?.unwrap_or_default();
    let mut parts = Vec::new();
    if !profile.is_complete() && ctx.caller.holds(Permission::DecideClaims) {
        let words = "Your profile is not complete: your title, what you work on and since when are missing or in part.";
        parts.push(Part::Notice(Tone::Notice, words.into()));
    }
    let specialisms = SPECIALISMS.iter().map(|s| ((*s).to_owned(), (*s).to_owned())).collect();
    parts.push(Part::Form(Form {
        act: SAVE.name.into(),
        id: "profile".into(),
        title: "Your work".into(),
        lead:
            "Your managers see it beside what you did; it is encrypted, and forgotten when you go to another company."
                .into(),
        inputs: vec![
            Input::new("title", "Job title", Asks::Text).value(&profile.title),
            Input::new("specialism", "What you mostly work on", Asks::Choice(specialisms)).value(&profile.specialism),
            Input::new("since", "Handling claims since", Asks::Text)
                .hint("The year, such as 2019.")
                .value(profile.since.map(|y| y.to_string()).unwrap_or_default()),
            Input::new("qualifications", "Qualifications", Asks::Text)
                .hint("Such as Cert CII.")
                .value(&profile.qualifications),
            Input::new("phone", "Telephone at work", Asks::Text).value(&profile.phone),
        ],
        submit: "Save".into(),
        primary: true,
        ..Form::default()
    }));
    let choices: Vec<_> = How::ALL.iter().map(|(_, key, label)| ((*key).to_owned(), (*label).to_owned())).collect();
    parts.push(Part::Form(Form {
        act: WISH.name.into(),
        id: "wishes".into(),
        title: "How you are told".into(),
        lead: "A letter says that there is something to look at; who the claimant is and what a claim is worth stays here."
            .into(),
        inputs: Cause::ALL
            .into_iter()
            .map(|cause| {
                Input::new(cause.key(), cause.label(), Asks::Choice(choices.clone()))
                    .value(how(&wishes, cause).key())
                    .required()
            })
            .collect(),
        submit: "Keep this".into(),
        ..Form::default()
    }));
    Ok(Report { parts, ..Report::default() })
}
