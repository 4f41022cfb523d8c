//! The demo's trial: the first candidate of a retraining is approved, asked in the shadow, and then answers a share of the
//! claims; the handlers have material on it. Written as those who did it would have.

use chrono::{DateTime, Duration, Utc};
use domain::id::{ModelId, TrialId};
use domain::policy::Role;
use domain::trial::Stage;
use store::retrainings::{self, End};
use store::trials;

use super::people::Team;
use super::year::act;
use crate::{App, Caller, Ctx, Error, Result, models};

/// Between one stage and the next.
const STAGE: Duration = Duration::days(14);
/// The share of the claims that it answers as the year ends, in basis points.
const WIDEST: i32 = 2_500;

/// An insurer's trial, as far as it has come.
#[derive(Default)]
pub struct Tried {
    began: Option<(ModelId, DateTime<Utc>)>,
}

impl Tried {
    /// What people do about it by a moment.
    pub async fn go_on(&mut self, app: &App, team: &Team, insurer: &str, at: DateTime<Utc>) -> Result<()> {
        let ctx = |caller: Caller| Ctx { app: app.clone(), caller, now: at };
        let engineer = ctx(team.caller(insurer, Role::Engineer)?);
        match self.began {
            None => {
                let last = retrainings::last_of(engineer.store(), engineer.caller.company, &[End::Candidate]).await?;
                let Some(model) = last.and_then(|r| r.model) else { return Ok(()) };
                let second = ctx(team.caller(insurer, Role::Administrator)?);
                let words = "Read the comparison: nearer than what serves on the newest outcomes.";
                // What certainly errs by more than it claims is not approved: the next one may be.
                match models::approve::approve(&second, model, words).await {
                    Err(Error::Refused(_)) => return Ok(()),
                    other => other?,
                };
                written(&engineer, model).await?;
                let with = [("id", model.to_string()), ("channels", "form,file,api".into())];
                act(&engineer, "trial.start", &with).await?;
                self.began = Some((model, at));
            }
            Some((model, since)) if at - since >= STAGE => {
                let all = trials::list(engineer.store(), engineer.caller.company, 1).await?;
                let running = all.into_iter().find(|t| t.challenger == model && t.ended.is_none());
                if let Some(trial) = running.filter(|t| t.stage == Stage::Shadow || t.share < WIDEST) {
                    widen(&engineer, trial.id, trial.version).await?;
                    self.began = Some((model, at));
                }
            }
            Some(_) => {}
        }
        Ok(())
    }
}

async fn widen(ctx: &Ctx, trial: TrialId, version: i32) -> Result<()> {
    let note = "Nothing failed, it is as quick, and what it says differs where physiotherapy is claimed.";
    let with = [("trial", trial.to_string()), ("version", version.to_string()), ("note", note.to_owned())];
    act(ctx, "trial.widen", &with).await
}

const WORDS: &str = "## What is new\n\nThis version has learnt what claims settled for since physiotherapy became dearer. \
Where it is claimed, the amounts that it proposes are other than before.\n\n## What stays\n\n- It proposes; you decide.\n\
- The range holds nine in ten similar claims.\n- It never sees gender, age or free texts.\n- Where a claim is unlike any \
that it has seen, it says so.\n";

/// A question with the right answer first.
const QUESTIONS: [[&str; 4]; 5] = [
    ["Who settles a claim?", "A person who saw the amount", "The model", "The model, where it is certain"],
    [
        "What is new in this version?",
        "It knows what is paid since physiotherapy became dearer",
        "It knows the claimant’s age",
        "It reads the letters",
    ],
    ["What does the range hold?", "Nine in ten similar claims", "Every claim", "Half of the claims"],
    [
        "What do you do where you would settle for another amount?",
        "Override it and say why",
        "Accept it all the same",
        "Ask the model again until it fits",
    ],
    [
        "What does the explanation say?",
        "What moves the model’s amount, in pounds",
        "What caused the injury",
        "What the court would award",
    ],
];

/// Material on the version, published.
async fn written(ctx: &Ctx, model: ModelId) -> Result<()> {
    let mut with = vec![
        ("model".to_owned(), model.to_string()),
        ("title".to_owned(), "What to know of the retrained model".to_owned()),
        ("words".to_owned(), WORDS.to_owned()),
    ];
    for (n, [question, right, wrong, other]) in QUESTIONS.iter().enumerate() {
        let parts = [("", question), ("a", right), ("b", wrong), ("c", other)];
        with.extend(parts.map(|(letter, words)| (format!("q{}{letter}", n + 1), (*words).to_owned())));
    }
    act(ctx, "material.save", &with).await?;
    let drafts = store::publications::materials(ctx.store(), ctx.caller.company, true, 1).await?;
    let Some(draft) = drafts.first() else { return Ok(()) };
    act(ctx, "material.publish", &[("id", draft.id.to_string()), ("version", draft.version.to_string())]).await
}
