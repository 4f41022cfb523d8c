//! A claimant contests a decision (UK GDPR, article 22C): the claim is open again, and somebody else looks at it than
//! the one who decided.

use contract::ErrorKind;
use contract::page::{Asks, Form, Input, Part};
use contract::table::Tone;
use domain::Money;
use domain::calendar::london_date;
use domain::policy::{Permission, Role};
use domain::settlement::{ClaimStatus, ReviewStatus};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::claims::{self, Claim, Progress};
use store::contests::{self, Contest};
use store::decisions::Decider;
use store::reviews::{self, Review};
use store::{decisions, people};

use super::decide::tallies;
use super::{number, save, undo};
use crate::account::tell::{Cause, Told};
use crate::acts::{Done, Entries, Kind};
use crate::names::Names;
use crate::{Ctx, Error, Result};

pub static ENTER: Kind = Kind {
    name: "contest.enter",
    needs: Some(Permission::WriteClaims),
    run: |ctx, entries| Box::pin(enter(ctx, entries)),
};

/// In characters.
const LONGEST: usize = 2_000;

/// What the claimant says, and what stood before.
#[derive(Serialize, Deserialize)]
struct Said {
    ground: String,
    settled_pence: i64,
    decided_at: chrono::DateTime<chrono::Utc>,
    /// The insurer's own person for whom an integration had passed the decision on.
    #[serde(default)]
    decider: Option<String>,
}

/// The contest that waits for an answer; refused where the caller is the one who had decided.
///
/// `decider`: for whom an integration passes the new decision on. Where a person was named then, a person is compared, and
/// not the integration.
pub(super) async fn open(ctx: &Ctx, claim: &Claim, decider: Option<&Decider>) -> Result<Option<Contest>> {
    let all = contests::of_claim(ctx.store(), ctx.caller.reach, claim.id).await?;
    let Some(contest) = all.into_iter().find(|c| c.ended.is_none()) else { return Ok(None) };
    let before = serde_json::from_str::<Said>(&contest.said).ok().and_then(|said| said.decider);
    let plain = |name: &str| name.trim().to_lowercase();
    // Of a decision in the application the person's own name, of one that was passed on the name that was given.
    let me = ctx.caller.actor.name();
    let names = Names::of(ctx, [contest.decided_by.clone(), me.clone()]).await?;
    let before = before.unwrap_or_else(|| names.actor(&contest.decided_by));
    let now = decider.map_or_else(|| names.actor(&me), |decider| decider.name.clone());
    let passed_on = decider.is_some() && contest.decided_by == me;
    if plain(&before) == plain(&now) || (contest.decided_by == me && !passed_on) {
        let words = "The claimant contests what you decided: somebody else looks at this claim now.";
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    Ok(Some(contest))
}

/// `id` of the claim, `ground`, `received`. The decision is taken back into the contest, and a manager is told.
async fn enter(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let (me, _, _) = ctx.caller.person()?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, entries.id("id")?).await?;
    let decision = decisions::of_claim(ctx.store(), ctx.caller.reach, claim.id).await?;
    let Some(decision) = decision.filter(|_| claim.status == ClaimStatus::Decided) else {
        return Err(Error::refused(ErrorKind::Conflict, "Only a claim that is decided can be contested."));
    };
    let ground = entries.needed("ground", LONGEST, "say what the claimant contests, in their words")?;
    let today = london_date(ctx.now);
    let received = entries.day("received")?.unwrap_or(today);
    if received > today || received < london_date(decision.at) {
        return Err(Error::field("received", "this is before the decision or in the future: check the day"));
    }
    super::create::moved(ctx, &claim).await?;
    let said = Said {
        ground,
        settled_pence: decision.amount.pence(),
        decided_at: decision.at,
        decider: decision.decider.as_ref().map(|d| d.name.clone()),
    };
    let contest = Contest {
        id: ctx.id(),
        company: claim.company,
        claim: claim.id,
        said: serde_json::to_string(&said)?,
        received,
        decided_by: decision.by.clone(),
        entered_by: ctx.caller.actor.name(),
        entered_at: ctx.now,
        ended: None,
    };
    let tx = ctx.begin().await?;
    let change = Progress { status: Some(ClaimStatus::Flagged), settled: Some(None), ..Progress::default() };
    claims::progress(&tx, claim.id, ClaimStatus::Decided, change).await?;
    decisions::withdraw(&tx, decision.id).await?;
    // The figures lose what the decision brought.
    let as_it_was = Claim { status: ClaimStatus::Open, ..claim.clone() };
    for tally in undo::taken_back(tallies(&as_it_was, &decision)) {
        tx.tally(tally);
    }
    tx.tally(save::stands(&claim, ClaimStatus::Open, -1));
    tx.tally(save::stands(&claim, ClaimStatus::Flagged, 1));
    contests::create(&tx, &contest).await?;
    let review = Review {
        id: ctx.id(),
        company: claim.company,
        claim: claim.id,
        status: ReviewStatus::Waiting,
        flagged_by: me,
        reason: format!("The claimant contests the decision: {}", said.ground),
        flagged_at: ctx.now,
        asked_of: None,
        answer: None,
    };
    reviews::flag(&tx, &review).await?;
    for manager in people::with_role(&tx, claim.company, Role::Manager).await? {
        let words = format!("A claimant contests the decision on claim {}.", number(claim.number));
        let told = Told { user: manager, company: claim.company, cause: Cause::Contest };
        told.of(ctx, &tx, &words, &format!("/claims/{}", claim.id)).await?;
    }
    let details = json!({ "amount": decision.amount, "kind": decision.kind.key(), "decided_by": decision.by });
    tx.commit(ctx.audit(Some(claim.company), "claim.contested", "claim", claim.id, details)).await?;
    Ok(Done::said("The claim is open again, and the managers are told."))
}

/// As the claim's page shows them.
pub(crate) async fn parts(ctx: &Ctx, claim: &Claim) -> Result<Vec<Part>> {
    let all = contests::of_claim(ctx.store(), ctx.caller.reach, claim.id).await?;
    let names = Names::of(ctx, all.iter().map(|c| c.decided_by.clone())).await?;
    let mut parts = Vec::new();
    for contest in &all {
        // Of an erased claimant the words are gone.
        let Ok(said) = serde_json::from_str::<Said>(&contest.said) else { continue };
        let (who, amount) = (names.actor(&contest.decided_by), Money::from_pence(said.settled_pence));
        let day = contract::when::Day::from(contest.received).words;
        let what =
            format!("Contested on {day}: {} {who} had settled for {amount}.", crate::error::sentence(&said.ground));
        parts.push(match &contest.ended {
            None => Part::Notice(Tone::Notice, format!("{what} Somebody else decides now.")),
            Some(_) => Part::Notice(Tone::Plain, format!("{what} The claim was decided again.")),
        });
    }
    if claim.status == ClaimStatus::Decided && ctx.caller.holds(Permission::WriteClaims) {
        parts.push(Part::Form(Form {
            act: ENTER.name.into(),
            id: "contest".into(),
            title: "The claimant contests this".into(),
            lead: "The claim opens again, and somebody else decides it than the one who did (UK GDPR, article 22C)."
                .into(),
            with: vec![("id".into(), claim.id.to_string())],
            inputs: vec![
                Input::new("ground", "What they say", Asks::Words).required(),
                Input::new("received", "Received on", Asks::Date).value(london_date(ctx.now).to_string()).required(),
            ],
            submit: "Open the claim again".into(),
            folded: true,
            ..Form::default()
        }));
    }
    Ok(parts)
}
