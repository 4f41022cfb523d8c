//! A claim's facts otherwise than they were: by what a document says, or by hand. The claim is predicted anew with
//! them, in the same transaction.

use std::collections::BTreeMap;

use contract::page::{Asks, Form, Input, Part, Report};
use contract::{AppError, ErrorKind};
use domain::claim::{ACCIDENT_TYPES, accident_in_words};
use domain::policy::Permission;
use domain::settlement::ClaimStatus;
use domain::{Head, Money};
use serde_json::json;
use store::claims::{self, Claim, Protected};
use store::predictions::Prediction;
use store::{StoreError, Tx};

use super::create::{moved, put_again, today};
use super::{entry, predict};
use crate::acts::{Done, Entries, Kind};
use crate::reports::Query;
use crate::{Ctx, Error, Result, id_from};

/// What a person entered by hand is wrong.
pub static CORRECT: Kind = Kind {
    name: "claim.correct",
    needs: Some(Permission::WriteClaims),
    run: |ctx, entries| Box::pin(correct(ctx, entries)),
};

/// A claim as it will stand, prepared before the transaction begins.
pub struct Stated {
    before: Claim,
    was: Protected,
    claim: Claim,
    protected: Protected,
    fields: Vec<String>,
    /// Where the facts are others, and a model is there to value them.
    prediction: Option<Prediction>,
}

impl Stated {
    /// Whether anything is otherwise than it was.
    pub fn changes(&self) -> bool {
        !self.fields.is_empty()
    }

    /// Whether the claim is predicted anew with it.
    pub fn predicts(&self) -> bool {
        self.prediction.is_some()
    }
}

pub fn decided() -> Error {
    Error::refused(ErrorKind::Conflict, "This claim is decided: what it was decided on stands as it was.")
}

pub fn changed() -> Error {
    Error::refused(ErrorKind::Conflict, "Somebody else has changed this claim. Look at it again first.")
}

/// The claim with these fields as a form would have them: heads in pounds under their names.
///
/// # Errors
///
/// Refused where the claim is decided, and where what was entered cannot be: each field is named.
pub async fn prepare(ctx: &Ctx, before: Claim, changes: &BTreeMap<String, String>) -> Result<Stated> {
    ctx.require(Permission::WriteClaims)?;
    if before.status == ClaimStatus::Decided {
        return Err(decided());
    }
    if before.erased {
        return Err(Error::refused(ErrorKind::Conflict, "The claimant's data is erased: nothing can be stated anew."));
    }
    let before = match before.claimant {
        Some(_) => before,
        None => {
            moved(ctx, &before).await?;
            claims::find(ctx.store(), ctx.caller.reach, before.id).await?
        }
    };
    let was = claims::protected(ctx.store(), &before).await?;
    let as_is = entry::fields_of(&before, &was);
    let mut fields = as_is.clone();
    for (name, text) in changes {
        if !entry::is_field(name) {
            return Err(Error::field(name, "a claim has no such field"));
        }
        fields.insert(name.clone(), text.trim().to_owned());
    }
    let read = entry::from_fields(&fields, today(ctx)).map_err(|errors| Error::Refused(AppError::invalid(errors)))?;
    let mut claim = Claim {
        total: read.facts.heads.total().unwrap_or_default(),
        facts: read.facts,
        reference: read.reference,
        claimant_reference: before.claimant_reference.clone(),
        medical_report: read.medical_report,
        ..before.clone()
    };
    let now = entry::fields_of(&claim, &read.protected);
    let names = changes.keys().filter(|name| as_is.get(*name) != now.get(*name)).cloned().collect();
    let mut prediction = None;
    if claim.facts != before.facts {
        (claim.prediction, claim.predicted) = (None, None);
        prediction = match predict::again(ctx, &claim, &claim.facts).await {
            Ok(answer) => answer.map(|answer| answer.record(ctx, &claim)).transpose()?,
            // A model that cannot value a claim keeps no person from stating what is so.
            Err(Error::Refused(e)) if e.kind == ErrorKind::Unavailable => None,
            Err(other) => return Err(other),
        };
    }
    Ok(Stated { before, was, claim, protected: read.protected, fields: names, prediction })
}

/// Puts it, with its new prediction and its row in the log: which fields, never what they say.
pub async fn put(ctx: &Ctx, tx: &Tx, stated: Stated) -> Result<()> {
    let Stated { before, was, claim, protected, fields, prediction } = stated;
    if fields.is_empty() {
        return Ok(());
    }
    claims::restate(tx, (&before, &was), (&claim, &protected)).await.map_err(|error| match error {
        StoreError::Conflict(_) => changed(),
        other => other.into(),
    })?;
    if claim.total != before.total {
        for tally in tallies(&before, claim.total) {
            tx.tally(tally);
        }
    }
    if let Some(record) = &prediction {
        put_again(ctx, tx, &claim, record).await?;
    }
    if claim.facts != before.facts {
        super::offers::look_again(ctx, tx, &claim).await?;
    }
    let details = json!({ "fields": fields, "predicted": prediction.map(|p| p.amount) });
    tx.audit(ctx.audit(Some(claim.company), "claim.restated", "claim", claim.id, details));
    Ok(())
}

/// What was claimed is otherwise in the figures too, on the day the claim came.
fn tallies(before: &Claim, total: Money) -> [store::figures::Tally; 1] {
    [store::figures::Tally {
        company: before.company,
        measure: store::figures::Measure::Entered,
        day: Some(domain::calendar::london_date(before.created_at)),
        label: before.created_by.clone(),
        number: 0,
        amount: Money::from_pence(total.pence() - before.total.pence()),
    }]
}

/// `id` of the claim, and its fields as a form has them; those that are not sent stay.
async fn correct(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let claim = claims::find(ctx.store(), ctx.caller.reach, entries.id("id")?).await?;
    let id = claim.id;
    let changes: BTreeMap<String, String> = entries
        .iter()
        .filter(|(name, _)| *name != "id")
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .collect();
    let stated = prepare(ctx, claim, &changes).await?;
    if !stated.changes() {
        return Ok(Done::said("Nothing was changed.").leads_to(format!("/claims/{id}")));
    }
    let said = if stated.predicts() { "Corrected. The claim was predicted anew." } else { "Corrected." };
    let tx = ctx.begin().await?;
    put(ctx, &tx, stated).await?;
    tx.commit_recorded().await?;
    Ok(Done::said(said).leads_to(format!("/claims/{id}")))
}

/// Inputs of the page, by what they ask for.
fn input(name: &str, label: &str, asks: Asks, as_is: &BTreeMap<String, String>) -> Input {
    Input::new(name, label, asks).value(as_is.get(name).cloned().unwrap_or_default())
}

/// The page on which a claim is corrected by hand. `id`: the claim.
pub(crate) async fn page(ctx: &Ctx, query: &Query) -> Result<Report> {
    if query.text("id").is_empty() {
        let words = "A claim is corrected from its page.".to_owned();
        return Ok(Report { parts: vec![Part::Text(words)], ..Report::default() });
    }
    let claim = claims::find(ctx.store(), ctx.caller.reach, id_from(query.text("id"))?).await?;
    ctx.note_read(claim.company, claim.id).await?;
    let was = claims::protected(ctx.store(), &claim).await?;
    let as_is = entry::fields_of(&claim, &was);
    let yes_no = || Asks::Choice(vec![("true".into(), "Yes".into()), ("false".into(), "No".into())]);
    let mut accidents: Vec<_> = ACCIDENT_TYPES.iter().map(|a| ((*a).to_owned(), accident_in_words(a))).collect();
    // What an insurer calls it itself stays.
    if let Some(own) = as_is.get("accident_type").filter(|own| !ACCIDENT_TYPES.contains(&own.as_str())) {
        accidents.push((own.clone(), own.clone()));
    }
    let mut inputs = vec![
        input("external_reference", "Your reference", Asks::Text, &as_is),
        input("accident_type", "Kind of accident", Asks::Choice(accidents), &as_is),
        input("accident_date", "Accident date", Asks::Date, &as_is),
        input("claim_date", "Claim date", Asks::Date, &as_is),
        input("injury_prognosis_months", "Prognosis, months", Asks::Text, &as_is),
        input("whiplash", "Whiplash", yes_no(), &as_is),
        input("minor_psychological_injury", "Minor psychological injury", yes_no(), &as_is),
        input("exceptional_circumstances", "Exceptional circumstances", yes_no(), &as_is),
        input("injury_description", "The injury", Asks::Words, &as_is),
        input("accident_description", "What happened", Asks::Words, &as_is),
    ];
    for &head in Head::ALL {
        inputs.push(input(head.key(), &format!("{}, in pounds", head.label()), Asks::Pounds, &as_is));
    }
    let form = Form {
        act: CORRECT.name.into(),
        id: "correct".into(),
        with: vec![("id".into(), claim.id.to_string())],
        inputs,
        submit: "Correct the claim".into(),
        primary: true,
        ..Form::default()
    };
    let number = super::number(claim.number);
    Ok(Report {
        title: format!("Correct {number}"),
        lead: "What is other than it was is recorded, and the claim is predicted anew.".into(),
        actions: vec![(format!("Claim {number}"), format!("/claims/{}", claim.id))],
        parts: vec![Part::Form(form)],
        ..Report::default()
    })
}
