//! Claimed, adjusted, approved: what a handler makes of each head of loss, with the evidence for each that is not paid
//! as claimed. There is no blanket percentage: a head is reduced for a reason of its own (the FCA criticised the
//! other way in March 2024).

use std::collections::BTreeMap;

use contract::ErrorKind;
use contract::page::{Asks, Form, Input, Part, Report};
use contract::table::{Cell, Table};
use domain::policy::Permission;
use domain::settlement::{ClaimStatus, OverrideReason};
use domain::{Head, Heads, Money};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::assessments::{self, Assessment};
use store::claims::{self, Claim};

use super::decide::{self, Put};
use super::number;
use crate::acts::{Done, Entries, Kind};
use crate::reports::Query;
use crate::{Ctx, Error, Result, id_from};

pub static ASSESS: Kind = Kind {
    name: "heads.assess",
    needs: Some(Permission::DecideClaims),
    run: |ctx, entries| Box::pin(assess(ctx, entries)),
};

pub static SETTLE: Kind = Kind {
    name: "heads.settle",
    needs: Some(Permission::DecideClaims),
    run: |ctx, entries| Box::pin(settle(ctx, entries)),
};

/// Why a head is not paid as claimed: what the evidence says of it.
const REASONS: &[(&str, &str)] = &[
    ("no_receipt", "No invoice or receipt supports it"),
    ("medical_evidence", "The medical evidence does not support it"),
    ("rate_too_high", "The rate is above what is usual; evidence is here"),
    ("period_too_long", "The period is longer than was needed"),
    ("not_caused", "The accident did not cause it"),
    ("paid_already", "Somebody has paid it already"),
    ("by_law", "The law fixes another amount"),
    ("better_supported", "Better evidence came: more is due"),
];

/// In characters.
const LONGEST_NOTE: usize = 500;

/// What was made of one head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Adjusted {
    pub pence: i64,
    /// Empty where it is paid as claimed.
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub note: String,
}

/// What was made of a claim's heads, by their keys.
pub(crate) type Adjustments = BTreeMap<String, Adjusted>;

pub(crate) async fn of_claim(ctx: &Ctx, claim: &Claim) -> Result<Option<Adjustments>> {
    let kept: Option<Assessment> = assessments::of_claim(ctx.store(), claim.id).await?;
    Ok(kept.map(|kept| serde_json::from_str(&kept.heads)).transpose()?)
}

/// The heads that were not paid as claimed: what each is called, claimed and adjusted amount, and why.
pub(crate) async fn adjusted(ctx: &Ctx, claim: &Claim) -> Result<Vec<(&'static str, Money, Money, String)>> {
    let all = of_claim(ctx, claim).await?.unwrap_or_default();
    let one = |(key, one): (&String, &Adjusted)| {
        let head = Head::from_key(key)?;
        let claimed = claim.facts.heads.get(head).unwrap_or_default();
        Some((head.label(), claimed, Money::from_pence(one.pence), reason(&one.reason).to_lowercase()))
    };
    Ok(all.iter().filter_map(one).collect())
}

/// The heads as adjusted; those that were not, as claimed.
fn heads(claim: &Claim, adjusted: &Adjustments) -> Heads {
    let mut heads: Heads = claim.facts.heads;
    for (key, one) in adjusted {
        if let Some(head) = Head::from_key(key) {
            heads.set(head, Some(Money::from_pence(one.pence)));
        }
    }
    heads
}

fn sum(claim: &Claim, adjusted: &Adjustments) -> Option<Money> {
    heads(claim, adjusted).total()
}

/// Whether its heads were assessed so that the whiplash tariff is paid, whatever is claimed.
pub(super) async fn pays_tariff(ctx: &Ctx, claim: &Claim) -> Result<bool> {
    let adjusted = of_claim(ctx, claim).await?.unwrap_or_default();
    Ok(domain::claim::pays_tariff(&heads(claim, &adjusted)))
}

/// The heads that are looked at: what is claimed, and what was adjusted before.
fn listed(claim: &Claim, adjusted: &Adjustments) -> Vec<Head> {
    let claimed = |head: Head| claim.facts.heads.get(head).is_some_and(|amount| amount.pence() != 0);
    Head::ALL.iter().copied().filter(|head| claimed(*head) || adjusted.contains_key(head.key())).collect()
}

/// `id` of the claim; for each head `<head>`, `<head>_reason`, `<head>_note`. An empty amount is as claimed.
async fn assess(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let claim = claims::find(ctx.store(), ctx.caller.reach, entries.id("id")?).await?;
    if claim.status == ClaimStatus::Decided {
        return Err(super::restate::decided());
    }
    super::estimate::given(ctx, &claim).await?;
    let mut adjusted = Adjustments::new();
    for &head in Head::ALL {
        let key = head.key();
        let Some(amount) = entries.pounds(key)? else { continue };
        let claimed = claim.facts.heads.get(head).unwrap_or_default();
        if amount == claimed {
            continue;
        }
        let reason_field = format!("{key}_reason");
        let reason = entries.text(&reason_field);
        if !REASONS.iter().any(|(own, _)| *own == reason) {
            let words = "say what the evidence is: this head is not paid as claimed";
            return Err(Error::field(&reason_field, words));
        }
        let note = entries.words(&format!("{key}_note"), LONGEST_NOTE)?;
        adjusted.insert(key.into(), Adjusted { pence: amount.pence(), reason: reason.into(), note });
    }
    let total = sum(&claim, &adjusted).filter(|total| *total >= Money::ZERO);
    let total = total.ok_or_else(|| Error::field("special_reduction", "the heads come to less than nothing"))?;
    super::create::moved(ctx, &claim).await?;
    let assessment = Assessment {
        id: ctx.id(),
        company: claim.company,
        claim: claim.id,
        heads: serde_json::to_string(&adjusted)?,
        by: ctx.caller.actor.name(),
        at: ctx.now,
    };
    let tx = ctx.begin().await?;
    if !claims::hold(&tx, &claim).await? {
        return Err(super::restate::changed());
    }
    assessments::create(&tx, &assessment).await?;
    let heads: Vec<&String> = adjusted.keys().collect();
    let details = json!({ "heads": heads, "total": total });
    tx.commit(ctx.audit(Some(claim.company), "heads.assessed", "claim", claim.id, details)).await?;
    let said = format!("The heads come to {total}.");
    Ok(Done::said(said).leads_to(format!("/claims/{}", claim.id)))
}

/// `id` of the claim, `pence`: the sum as it was seen. Settles the claim for it.
async fn settle(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let claim = claims::find(ctx.store(), ctx.caller.reach, entries.id("id")?).await?;
    let adjusted = of_claim(ctx, &claim).await?.unwrap_or_default();
    let seen: i64 = entries.number("pence", "reload the page and try again")?;
    let total = sum(&claim, &adjusted).filter(|total| total.pence() == seen && !adjusted.is_empty());
    let Some(total) = total else {
        let words = "The heads have been assessed anew. Look at the sum first.";
        return Err(Error::refused(ErrorKind::Conflict, words));
    };
    let put = Put {
        amount: Some(total),
        reason: OverrideReason::HeadUnsupported.key().into(),
        note: in_words(&adjusted),
        ..Put::default()
    };
    let decision = decide::decide(ctx, &claim.id.to_string(), put).await?;
    Ok(Done::said(format!("The claim is settled for {}.", decision.amount)))
}

/// What was adjusted and why, as the decision's note says it.
fn in_words(adjusted: &Adjustments) -> String {
    let one = |(key, one): (&String, &Adjusted)| {
        let head = Head::from_key(key).map_or("", Head::label);
        let note = if one.note.is_empty() { String::new() } else { format!(" ({})", one.note) };
        format!("{head}: {}, {}{note}", Money::from_pence(one.pence), reason(&one.reason).to_lowercase())
    };
    let words = adjusted.iter().map(one).collect::<Vec<_>>().join("; ");
    words.chars().take(1_900).collect()
}

fn reason(key: &str) -> &'static str {
    REASONS.iter().find(|(own, _)| *own == key).map_or("", |(_, words)| words)
}

/// As the claim's page shows them: nothing before somebody has assessed them.
pub(crate) async fn parts(ctx: &Ctx, claim: &Claim) -> Result<Vec<Part>> {
    let Some(adjusted) = of_claim(ctx, claim).await? else { return Ok(Vec::new()) };
    let Some(total) = sum(claim, &adjusted) else { return Ok(Vec::new()) };
    let approved = claim.settled == Some(total);
    let mut table = Table::new("Assessed heads", &["Head", "#Claimed", "#Adjusted", "#Approved", "Why"], "");
    for head in listed(claim, &adjusted) {
        let claimed = claim.facts.heads.get(head);
        let one = adjusted.get(head.key());
        let own = one.map(|one| Money::from_pence(one.pence)).or(claimed);
        let why = one.map(|one| {
            [reason(&one.reason), &one.note].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(". ")
        });
        table.row(vec![
            Cell::text(head.label()),
            Cell::money(claimed),
            Cell::money(own),
            if approved { Cell::money(own) } else { Cell::Empty },
            why.map_or_else(|| Cell::text("As claimed"), Cell::Text),
        ]);
    }
    table.row(vec![
        Cell::text("Sum"),
        Cell::Money(claim.total),
        Cell::Money(total),
        claim.settled.filter(|_| approved).map_or(Cell::Empty, Cell::Money),
        Cell::Empty,
    ]);
    let mut parts = vec![Part::Table(table)];
    if !adjusted.is_empty() && claim.status != ClaimStatus::Decided && ctx.caller.holds(Permission::DecideClaims) {
        parts.push(Part::Form(Form {
            act: SETTLE.name.into(),
            id: "sum".into(),
            lead: "The sum of the assessed heads can be what the claim settles for. You can undo it for ten seconds."
                .into(),
            with: vec![("id".into(), claim.id.to_string()), ("pence".into(), total.pence().to_string())],
            submit: format!("Settle for the sum, {total}"),
            ..Form::default()
        }));
    }
    Ok(parts)
}

/// The page on which heads are assessed. `id`: the claim.
pub(crate) async fn page(ctx: &Ctx, query: &Query) -> Result<Report> {
    if query.text("id").is_empty() {
        let words = "A claim’s heads are assessed from its page.".to_owned();
        return Ok(Report { parts: vec![Part::Text(words)], ..Report::default() });
    }
    let claim = claims::find(ctx.store(), ctx.caller.reach, id_from(query.text("id"))?).await?;
    ctx.note_read(claim.company, claim.id).await?;
    let adjusted = of_claim(ctx, &claim).await?.unwrap_or_default();
    let reasons: Vec<_> = REASONS.iter().map(|(key, words)| ((*key).to_owned(), (*words).to_owned())).collect();
    let mut inputs = Vec::new();
    for head in listed(&claim, &adjusted) {
        let (key, label) = (head.key(), head.label());
        let one = adjusted.get(key);
        let claimed = claim.facts.heads.get(head).unwrap_or_default();
        let own = one.map(|one| Money::from_pence(one.pence).plain()).unwrap_or_default();
        let reason = one.map(|one| one.reason.clone()).unwrap_or_default();
        let note = one.map(|one| one.note.clone()).unwrap_or_default();
        inputs.push(
            Input::new(key, &format!("{label}: {claimed} claimed"), Asks::Pounds).hint("Empty: as claimed.").value(own),
        );
        inputs.push(
            Input::new(
                &format!("{key}_reason"),
                &format!("{label}: why not as claimed"),
                Asks::Choice(reasons.clone()),
            )
            .value(reason),
        );
        inputs.push(Input::new(&format!("{key}_note"), &format!("{label}: in words"), Asks::Text).value(note));
    }
    let form = Form {
        act: ASSESS.name.into(),
        id: "assess".into(),
        with: vec![("id".into(), claim.id.to_string())],
        inputs,
        submit: "Keep this assessment".into(),
        primary: true,
        ..Form::default()
    };
    let number = number(claim.number);
    Ok(Report {
        title: format!("Assess the heads of {number}"),
        lead: "A head that is not paid as claimed needs what the evidence says of it.".into(),
        actions: vec![(format!("Claim {number}"), format!("/claims/{}", claim.id))],
        parts: vec![Part::Form(form)],
        ..Report::default()
    })
}
