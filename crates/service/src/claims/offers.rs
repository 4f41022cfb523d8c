//! The ledger of offers: what each side put to the other, and what became of it. An acceptance settles the claim in the
//! same transaction; no amount is ever filled in for anybody.

use contract::ErrorKind;
use contract::page::{Asks, Form, Input, Part};
use contract::table::{Cell, RowAct, Table, Tone};
use domain::Money;
use domain::calendar::london_date;
use domain::id::OfferId;
use domain::offer::{OfferError, OfferState, Side, may_accept, may_make};
use domain::policy::Permission;
use domain::settlement::{ClaimStatus, OverrideReason, ReportGate};
use serde_json::json;
use store::claims::{self, Claim};
use store::offers::{self, Offer};
use store::{StoreError, Tx};

use super::decide::{self, Put};
use super::number;
use crate::account::tell::{Cause, Told};
use crate::acts::{Done, Entries, Kind};
use crate::{Ctx, Error, Result};

pub static MAKE: Kind = Kind {
    name: "offer.make",
    needs: Some(Permission::DecideClaims),
    run: |ctx, entries| Box::pin(make(ctx, entries)),
};

pub static ACCEPT: Kind = Kind {
    name: "offer.accept",
    needs: Some(Permission::DecideClaims),
    run: |ctx, entries| Box::pin(accept(ctx, entries)),
};

pub static END: Kind =
    Kind { name: "offer.end", needs: Some(Permission::DecideClaims), run: |ctx, entries| Box::pin(end(ctx, entries)) };

/// In characters.
const LONGEST_NOTE: usize = 1_000;

fn refusal(error: OfferError) -> Error {
    match error {
        OfferError::NoMedicalReport => Error::field("side", error),
        OfferError::OverAlready => Error::field("expires_on", error),
        OfferError::Expired | OfferError::Ended => {
            Error::refused(ErrorKind::Conflict, crate::error::sentence(&error.to_string()))
        }
    }
}

fn open_claim(claim: &Claim) -> Result<()> {
    match claim.status {
        ClaimStatus::Open | ClaimStatus::Flagged => Ok(()),
        ClaimStatus::Decided => {
            Err(Error::refused(ErrorKind::Conflict, "This claim is settled: no more offers are made on it."))
        }
    }
}

/// `id` of the claim, `side`, `amount`, `expires_on`, `note`. One that the same side has standing is replaced.
async fn make(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let claim = claims::find(ctx.store(), ctx.caller.reach, entries.id("id")?).await?;
    open_claim(&claim)?;
    let today = london_date(ctx.now);
    let side =
        Side::from_key(entries.text("side")).ok_or_else(|| Error::field("side", "choose who makes the offer"))?;
    let expires_on = entries.day("expires_on")?;
    let amount = entries.amount("amount")?;
    let note = entries.words("note", LONGEST_NOTE)?;
    if side == Side::Ours && claim.facts.contradicts_itself() && !claim.medical_report {
        return Err(Error::refused(ErrorKind::Conflict, crate::error::sentence(super::decide::CONTRADICTION)));
    }
    may_make(side, ReportGate::of(claim.medical_report, claim.facts.is_whiplash()), expires_on, today)
        .map_err(refusal)?;
    if side == Side::Ours {
        super::estimate::given(ctx, &claim).await?;
        super::authority::covers(ctx, &claim, amount).await?;
    }
    super::create::moved(ctx, &claim).await?;
    let offer = Offer {
        id: ctx.id(),
        company: claim.company,
        claim: claim.id,
        side,
        state: OfferState::Open,
        amount,
        expires_on,
        note,
        version: 1,
        made_by: ctx.caller.actor.name(),
        made_at: ctx.now,
        ended: None,
    };
    let tx = ctx.begin().await?;
    // The claim's row first: of two who put an offer at once, the second replaces the first's.
    let lock = claims::Progress { status: Some(claim.status), ..Default::default() };
    claims::progress(&tx, claim.id, claim.status, lock).await?;
    for before in offers::of_claim(&tx, ctx.caller.reach, claim.id).await? {
        if before.side == side && before.state == OfferState::Open {
            offers::end(&tx, before.id, before.version, OfferState::Replaced, &offer.made_by, ctx.now).await?;
        }
    }
    offers::create(&tx, &offer).await?;
    let details = json!({ "side": side.key(), "amount": amount, "expires_on": expires_on });
    tx.commit(ctx.audit(Some(claim.company), "offer.made", "claim", claim.id, details)).await?;
    Ok(Done::said(format!("{} {amount}: entered.", side.label())))
}

/// `id` and `version` of the offer. Settles the claim for its amount, with what settling asks for.
async fn accept(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let id: OfferId = entries.id("id")?;
    let seen: i32 = entries.number("version", "reload the page and try again")?;
    let offer = offers::find(ctx.store(), ctx.caller.reach, id).await?;
    may_accept(offer.state, offer.expires_on, london_date(ctx.now)).map_err(refusal)?;
    let put = Put {
        amount: Some(offer.amount),
        reason: OverrideReason::Negotiated.key().into(),
        note: match offer.side {
            Side::Theirs => "The claimant’s offer was accepted.".into(),
            Side::Ours => "The claimant accepted our offer.".into(),
        },
        offer: Some((id, seen)),
        ..Put::default()
    };
    let decision = decide::decide(ctx, &offer.claim.to_string(), put).await?;
    Ok(Done::said(format!("Accepted. The claim is settled for {}.", decision.amount)))
}

/// In the transaction of the decision: the offer stands accepted, or nothing is decided.
pub(super) async fn end_accepted(ctx: &Ctx, tx: &Tx, id: OfferId, seen: i32) -> Result<()> {
    ended(offers::end(tx, id, seen, OfferState::Accepted, &ctx.caller.actor.name(), ctx.now).await)
}

fn ended(result: Result<(), StoreError>) -> Result<()> {
    result.map_err(|error| match error {
        StoreError::Conflict(_) => refusal(OfferError::Ended),
        other => other.into(),
    })
}

/// `id` and `version` of the offer, `how`: `withdrawn` or `refused`.
async fn end(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let offer = offers::find(ctx.store(), ctx.caller.reach, entries.id("id")?).await?;
    let seen: i32 = entries.number("version", "reload the page and try again")?;
    let state = match entries.text("how") {
        "withdrawn" => OfferState::Withdrawn,
        "refused" => OfferState::Refused,
        _ => return Err(Error::refused(ErrorKind::Invalid, "Say whether it is withdrawn or refused.")),
    };
    may_accept(offer.state, offer.expires_on, london_date(ctx.now)).map_err(refusal)?;
    let tx = ctx.begin().await?;
    ended(offers::end(&tx, offer.id, seen, state, &ctx.caller.actor.name(), ctx.now).await)?;
    let details = json!({ "side": offer.side.key(), "amount": offer.amount, "state": state.key() });
    tx.commit(ctx.audit(Some(offer.company), "offer.ended", "claim", offer.claim, details)).await?;
    Ok(Done::said(format!("{}.", state.label())))
}

/// A claim's facts have changed while an offer of ours stands: whoever made it looks again.
pub(super) async fn look_again(ctx: &Ctx, tx: &Tx, claim: &Claim) -> Result<()> {
    for offer in offers::of_claim(tx, ctx.caller.reach, claim.id).await? {
        let stands = offer.state.on(london_date(ctx.now), offer.expires_on) == OfferState::Open;
        let (true, Side::Ours, Ok(user)) = (stands, offer.side, offer.made_by.parse()) else { continue };
        let words = format!("The facts of claim {} have changed while our offer stands.", number(claim.number));
        let told = Told { user, company: claim.company, cause: Cause::Offer };
        told.of(ctx, tx, &words, &format!("/claims/{}", claim.id)).await?;
    }
    Ok(())
}

/// What the claimant's side asks, if its offer stands.
pub(super) async fn asked(ctx: &Ctx, claim: &Claim) -> Result<Option<Money>> {
    let today = london_date(ctx.now);
    let all = offers::of_claim(ctx.store(), ctx.caller.reach, claim.id).await?;
    let stands = |o: &Offer| o.side == Side::Theirs && o.state.on(today, o.expires_on) == OfferState::Open;
    Ok(all.into_iter().rev().find(stands).map(|offer| offer.amount))
}

/// As the claim's page shows them.
pub(crate) async fn parts(ctx: &Ctx, claim: &Claim) -> Result<Vec<Part>> {
    let all = offers::of_claim(ctx.store(), ctx.caller.reach, claim.id).await?;
    let may = ctx.caller.holds(Permission::DecideClaims) && claim.status != ClaimStatus::Decided;
    // Accepting settles: it is offered where settling is.
    let reviewed = claim.status == ClaimStatus::Open || ctx.caller.holds(Permission::ReviewClaims);
    let gate = ReportGate::of(claim.medical_report, claim.facts.is_whiplash());
    let settles = reviewed && gate == ReportGate::Open;
    let today = london_date(ctx.now);
    let mut parts = Vec::new();
    if !all.is_empty() {
        let mut table = Table::new("Offers", &["Who", "#Amount", "Made", "Until", "Standing", "Note", "Act"], "");
        for offer in &all {
            let state = offer.state.on(today, offer.expires_on);
            let over = state == OfferState::Open && claim.status == ClaimStatus::Decided;
            let label = if over { "Settled otherwise" } else { state.label() };
            let tone = match state {
                OfferState::Open if !over => Tone::Notice,
                OfferState::Accepted => Tone::Good,
                _ => Tone::Plain,
            };
            table.row(vec![
                Cell::text(offer.side.label()),
                Cell::Money(offer.amount),
                Cell::Time(offer.made_at.into()),
                offer.expires_on.map_or(Cell::Empty, |day| Cell::Date(day.into())),
                Cell::Badge(label.into(), tone),
                Cell::text(&offer.note),
                if may && state == OfferState::Open { acts(offer, settles) } else { Cell::Empty },
            ]);
        }
        parts.push(Part::Table(table));
        if may && reviewed && gate != ReportGate::Open {
            let words = "An offer is accepted once the medical report is here: add it under Documents, open it, and say that it is the report.";
            parts.push(Part::Text(words.into()));
        }
    }
    if may {
        parts.push(Part::Form(form(claim)));
    }
    Ok(parts)
}

/// `settles`: whether it may be accepted now.
fn acts(offer: &Offer, settles: bool) -> Cell {
    let about = format!("{} {}", offer.side.label(), offer.amount);
    let act = |act: &str, how: &str, label: String| RowAct {
        act: act.into(),
        with: vec![
            ("id".into(), offer.id.to_string()),
            ("version".into(), offer.version.to_string()),
            ("how".into(), how.into()),
        ],
        label,
        about: about.clone(),
    };
    let (over, how) = match offer.side {
        Side::Ours => ("Withdraw", "withdrawn"),
        Side::Theirs => ("Refuse", "refused"),
    };
    let accept = settles.then(|| act(ACCEPT.name, "", format!("Accepted: settle for {}", offer.amount)));
    Cell::Acts(accept.into_iter().chain([act(END.name, how, over.into())]).collect())
}

fn form(claim: &Claim) -> Form {
    let sides = Side::ALL.map(|side| (side.key().to_owned(), side.label().to_owned())).to_vec();
    Form {
        act: MAKE.name.into(),
        id: "offer".into(),
        title: "Enter an offer".into(),
        lead: "A new offer of the same side replaces the one that stands. The range of the prediction is uncertainty, not room to bargain.".into(),
        with: vec![("id".into(), claim.id.to_string())],
        inputs: vec![
            Input::new("side", "Who", Asks::Choice(sides)).required(),
            Input::new("amount", "Amount in pounds", Asks::Pounds).required(),
            Input::new("expires_on", "Until", Asks::Date).hint("The last day on which it can be accepted; may be empty."),
            Input::new("note", "Note", Asks::Words),
        ],
        submit: "Enter the offer".into(),
        folded: true,
        ..Form::default()
    }
}
