//! A draft saves itself while it is typed; each person has one.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contract::claim::{ClaimInput, DraftSums, DraftView};
use contract::table::Table;
use domain::calendar::london_date;
use domain::claim::LARGEST_AMOUNT;
use domain::id::{DraftId, UserId};
use domain::policy::Permission;
use domain::{ClaimFacts, Head, Money};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::documents::{self, Home};
use store::{Handle, StoreError, Tx, drafts};

use super::predict;
use crate::{Ctx, Error, Result};

/// More than any claim form holds.
const LARGEST_DRAFT: usize = 64 * 1024;

/// Keeps what was typed, and says what it comes to.
pub async fn save(ctx: &Ctx, input: &ClaimInput) -> Result<DraftSums> {
    ctx.require(Permission::WriteClaims)?;
    let (user, _, _) = ctx.caller.person()?;
    let tx = ctx.begin().await?;
    // What the form does not know of stays: a document may have been confirmed into the draft meanwhile.
    let mut whole = kept(ctx, &tx, user).await?.map(|(draft, _)| draft).unwrap_or_default();
    let newer = whole.since(&input.token);
    let typed = input.fields.iter().filter(|(name, _)| !newer.contains_key(*name));
    let typed: Vec<_> = typed.map(|(name, value)| (name.clone(), value.clone())).collect();
    whole.input.fields.extend(typed);
    whole.input.token.clone_from(&input.token);
    write(ctx, &tx, user, &whole).await?;
    tx.commit_bookkeeping().await?;
    Ok(sums(&whole.input))
}

/// A draft as it is kept: what was typed, and when a document's facts were confirmed into it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Draft {
    #[serde(flatten)]
    input: ClaimInput,
    /// By field, in milliseconds.
    #[serde(default)]
    confirmed: BTreeMap<String, i64>,
}

impl Draft {
    /// What was confirmed since a form was opened, which cannot know of it.
    fn since(&self, token: &str) -> BTreeMap<String, String> {
        let opened = token.rsplit_once('-').and_then(|(_, at)| at.parse::<i64>().ok()).unwrap_or(i64::MAX);
        let newer = self.confirmed.iter().filter(|(_, at)| **at >= opened);
        newer.filter_map(|(name, _)| Some((name.clone(), self.input.fields.get(name)?.clone()))).collect()
    }
}

/// What a form says that is saved, with what was confirmed since it was opened where it says nothing.
pub(crate) async fn complete(ctx: &Ctx, input: &ClaimInput) -> Result<ClaimInput> {
    let (user, _, _) = ctx.caller.person()?;
    let mut whole = input.clone();
    if let Some((draft, _)) = kept(ctx, ctx.store(), user).await? {
        for (name, value) in draft.since(&input.token) {
            if whole.get(&name).is_empty() {
                whole.fields.insert(name, value);
            }
        }
    }
    Ok(whole)
}

async fn kept(ctx: &Ctx, handle: &impl Handle, user: UserId) -> Result<Option<(Draft, DateTime<Utc>)>> {
    let found = drafts::find(handle, user, ctx.caller.own_company()?).await?;
    found.map(|(body, at)| Ok((serde_json::from_str(&body)?, at))).transpose()
}

async fn write(ctx: &Ctx, tx: &Tx, user: UserId, draft: &Draft) -> Result<()> {
    let body = serde_json::to_string(draft)?;
    if body.len() > LARGEST_DRAFT {
        return Err(Error::refused(
            contract::ErrorKind::TooLarge,
            "This draft is too long to keep: shorten the texts.",
        ));
    }
    Ok(drafts::save(tx, ctx.id(), user, ctx.caller.own_company()?, &body, ctx.now).await?)
}

/// Refuses what could not stand in a claim's form under this name, beside the input `value`.
pub(crate) fn check(ctx: &Ctx, field: &str, text: &str) -> Result<()> {
    let input = ClaimInput { fields: BTreeMap::from([(field.to_owned(), text.to_owned())]), ..ClaimInput::default() };
    let errors = super::entry::from_form(&input, london_date(ctx.now)).err().unwrap_or_default();
    // What else a claim needs is not there yet, and no fault of this field.
    match errors.into_iter().find(|wrong| wrong.field == field) {
        Some(wrong) => Err(Error::field("value", wrong.message)),
        None => Ok(()),
    }
}

/// Puts a field into the caller's draft.
pub(crate) async fn put(ctx: &Ctx, tx: &Tx, field: &str, text: &str) -> Result<()> {
    let (user, _, _) = ctx.caller.person()?;
    let mut draft = kept(ctx, tx, user).await?.map(|(draft, _)| draft).unwrap_or_default();
    // As the form has it: answers are yes and no, but for the box that is ticked.
    let text = match (field, text) {
        ("medical_report_received", text) => text,
        (_, "true") => "yes",
        (_, "false") => "no",
        (_, text) => text,
    };
    draft.input.fields.insert(field.to_owned(), text.to_owned());
    draft.confirmed.insert(field.to_owned(), ctx.now.timestamp_millis());
    write(ctx, tx, user, &draft).await
}

/// Which draft the caller has, which is begun where there is none: what comes for it belongs to no later one.
pub(crate) async fn begun(ctx: &Ctx) -> Result<DraftId> {
    let (user, _, _) = ctx.caller.person()?;
    if let Some(id) = drafts::id_of(ctx.store(), user).await? {
        return Ok(id);
    }
    let tx = ctx.begin().await?;
    let draft = kept(ctx, &tx, user).await?.map(|(draft, _)| draft).unwrap_or_default();
    write(ctx, &tx, user, &draft).await?;
    let id = drafts::id_of(&tx, user).await?.ok_or(StoreError::NotFound)?;
    tx.commit_bookkeeping().await?;
    Ok(id)
}

/// The fields of the caller's draft.
pub(crate) async fn fields(ctx: &Ctx) -> Result<BTreeMap<String, String>> {
    let (user, _, _) = ctx.caller.person()?;
    Ok(kept(ctx, ctx.store(), user).await?.map(|(draft, _)| draft.input.fields).unwrap_or_default())
}

/// A draft's documents, as the page of the form shows them.
pub async fn documents(ctx: &Ctx) -> Result<Table> {
    ctx.require(Permission::WriteClaims)?;
    let (user, _, _) = ctx.caller.person()?;
    let all = documents::at(ctx.store(), ctx.caller.reach, Home::Draft(user)).await?;
    Ok(crate::documents::list::shown("Documents of this draft", "", &all))
}

/// What can be read of a draft, added up. What cannot be read yet counts as not there.
fn sums(input: &ClaimInput) -> DraftSums {
    let mut facts = ClaimFacts {
        accident_date: input.get("accident_date").parse().ok(),
        injury_prognosis_months: input.get("injury_prognosis_months").parse().ok(),
        minor_psychological_injury: match input.get("minor_psychological_injury") {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
        ..ClaimFacts::default()
    };
    let mut total = Money::ZERO;
    for head in Head::ALL {
        let amount = Money::parse_pounds(input.get(head.key())).ok();
        if let Some(amount) = amount.filter(|a| (Money::ZERO..=LARGEST_AMOUNT).contains(a)) {
            facts.heads.set(*head, Some(amount));
            total = total.checked_add(amount).unwrap_or(total);
        }
    }
    let known = facts.accident_date.is_some() && facts.injury_prognosis_months.is_some();
    let tariff = predict::tariff_view(&facts);
    DraftSums { total, tariff: if known { tariff.words } else { String::new() }, remark: tariff.remark }
}

pub async fn load(ctx: &Ctx) -> Result<DraftView> {
    ctx.require(Permission::WriteClaims)?;
    let (user, _, _) = ctx.caller.person()?;
    let draft = kept(ctx, ctx.store(), user).await?;
    // When it was opened stands behind it.
    let token = format!("{}-{}", crate::secret::token(), ctx.now.timestamp_millis());
    let documents = documents(ctx).await?;
    Ok(match draft {
        Some((Draft { input, .. }, at)) => {
            DraftView { sums: sums(&input), input, saved_at: Some(at.into()), token, documents, ..DraftView::default() }
        }
        None => DraftView { token, documents, ..DraftView::default() },
    })
}

pub async fn discard(ctx: &Ctx) -> Result<()> {
    ctx.require(Permission::WriteClaims)?;
    let (user, _, _) = ctx.caller.person()?;
    let tx = ctx.begin().await?;
    drafts::discard(&tx, user).await?;
    let company = ctx.caller.own_company()?;
    let (gone, files) = documents::discard(&tx, company, user).await?;
    for document in &gone {
        tx.audit(ctx.audit(Some(company), "document.discarded", "document", document, json!({})));
    }
    match gone.is_empty() {
        true => tx.commit_bookkeeping().await?,
        false => tx.commit_recorded().await?,
    }
    for path in files {
        // Nobody names it any more: should this fail, it is swept.
        let _ = ctx.app.ports.files.delete(&path).await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_added_up_as_far_as_it_can_be_read() {
        let of = |fields: &[(&str, &str)]| {
            let fields = fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            sums(&ClaimInput { fields, ..ClaimInput::default() })
        };
        assert_eq!(of(&[]), DraftSums::default());
        let half = of(&[("special_therapy", "1,420.50"), ("general_rest", "lots"), ("general_fixed", "500")]);
        assert_eq!((half.total, half.tariff.as_str()), (Money::from_pence(192_050), ""));
        let whole = of(&[("accident_date", "2026-03-10"), ("injury_prognosis_months", "6"), ("general_fixed", "500")]);
        assert!(whole.tariff.starts_with("£565.00 for 6 months"), "{}", whole.tariff);
        assert!(whole.remark.unwrap().starts_with("£500.00 is claimed as the tariff, −£65.00"));
    }
}
