//! The tutorial (story 3): six steps with a practice claim, one of them a letter with a misreading to
//! catch, answered as a real one is, and five questions. The
//! practice claim is nobody's and is kept nowhere: it is in no list, no figure, no invoice and no training data, because
//! it never reaches a table. What the model says of it is what the model says.

use std::collections::BTreeMap;

use contract::page::{Asks, Form, FoundView, Input, Part, Reading, Report};
use contract::table::{Cell, Table, Tone};
use domain::{ClaimFacts, Head, Heads, Money};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::documents::PROPOSED;
use store::people::{self, Kept};

use crate::acts::{Done, Entries, Kind};
use crate::claims::{predict, waterfall};
use crate::documents::answered;
use crate::reports::Query;
use crate::{Ctx, Error, Result};

pub static STEP: Kind = Kind { name: "tutorial.step", needs: None, run: |ctx, entries| Box::pin(step(ctx, entries)) };

/// An answer to what was read of the practice letter, by the same keys and buttons as on a real one.
pub static READ: Kind = Kind { name: "tutorial.read", needs: None, run: |ctx, entries| Box::pin(read(ctx, entries)) };

/// An answer taken back.
pub static REREAD: Kind =
    Kind { name: "tutorial.reread", needs: None, run: |ctx, entries| Box::pin(reread(ctx, entries)) };

pub static ANSWER: Kind =
    Kind { name: "tutorial.answer", needs: None, run: |ctx, entries| Box::pin(answer(ctx, entries)) };

/// How far somebody is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// The step one is on, from 1.
    pub step: usize,
    /// The misreading was caught.
    pub caught: bool,
    /// What was answered to each fact of the letter, by its place.
    pub read: BTreeMap<usize, String>,
    /// When it was completed, and how many answers were right at the first try.
    pub completed: Option<(chrono::DateTime<chrono::Utc>, usize)>,
    /// Answers that were tried and wrong before.
    pub missed: Vec<usize>,
    /// It was put aside.
    pub skipped: bool,
}

const STEPS: usize = 6;

/// A question with its answers, of which the first is right, and why.
const QUESTIONS: &[(&str, [&str; 3], &str)] = &[
    (
        "What does “9 in 10 similar claims settled between £A and £B” tell you?",
        [
            "How unsure the model is about this claim",
            "Between which amounts we may bargain",
            "What the claimant would be content with",
        ],
        "The range is uncertainty. It is never room to bargain.",
    ),
    (
        "The prediction is £1,240. Who settles the claim?",
        ["The person who looks at it and decides", "The model", "The model, unless somebody objects in ten seconds"],
        "The model supports; a person decides, and can always decide otherwise.",
    ),
    (
        "A bar of the explanation says “Physiotherapy +£310”. What does that mean?",
        [
            "The physiotherapy claimed moves the prediction up by £310 against the average claim",
            "£310 of physiotherapy is paid",
            "Physiotherapy costs £310 in similar claims",
        ],
        "Bars are steps from the average claim to this one; together they come to the prediction.",
    ),
    (
        "A letter was read, and an amount stands beside the wrong head. What do you do?",
        [
            "Reject it, or correct it before it is confirmed",
            "Confirm it: the model weighs it out",
            "Confirm all and look later",
        ],
        "Only what a person confirms goes to the claim. Look at each beside its source.",
    ),
    (
        "You settle for another amount than the prediction. What is asked of you?",
        ["The reason, so that the model can be improved", "Your manager’s consent in every case", "Nothing"],
        "The reason goes to the AI engineers, without the claimant's data; your note stays with your company.",
    ),
];

/// The practice claim. Whiplash of five months in a rear-end collision, with three heads of special damages.
fn practice() -> ClaimFacts {
    ClaimFacts {
        accident_type: Some("Rear end".into()),
        accident_date: "2026-03-12".parse().ok(),
        claim_date: "2026-04-20".parse().ok(),
        injury_prognosis_months: Some(5),
        whiplash: Some(true),
        minor_psychological_injury: Some(false),
        heads: Heads::nil()
            .with(Head::GeneralFixed, Money::from_pounds(565))
            .with(Head::SpecialTherapy, Money::from_pounds(420))
            .with(Head::SpecialEarningsLoss, Money::from_pence(31_050))
            .with(Head::SpecialJourneyExpenses, Money::from_pounds(48)),
        ..ClaimFacts::default()
    }
}

async fn progress(ctx: &Ctx) -> Result<Progress> {
    let (me, _, _) = ctx.caller.person()?;
    let kept = people::kept(ctx.store(), me, Kept::Tutorial).await?;
    Ok(kept.map(|json| serde_json::from_str(&json)).transpose()?.unwrap_or_default())
}

async fn keep(ctx: &Ctx, progress: &Progress, action: &'static str) -> Result<()> {
    let (me, _, _) = ctx.caller.person()?;
    let company = ctx.caller.own_company()?;
    let tx = ctx.begin().await?;
    people::keep(&tx, me, company, Kept::Tutorial, Some(&serde_json::to_string(progress)?)).await?;
    let details = json!({ "step": progress.step, "right_at_once": progress.completed.map(|(_, right)| right) });
    Ok(tx.commit(ctx.audit(Some(company), action, "person", me, details)).await?)
}

/// `to`: a step, `skip` or `again`. `reading`: what was made of the misreading.
async fn step(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let mut now = progress(ctx).await?;
    match entries.text("to") {
        "skip" => now.skipped = true,
        "again" => now = Progress { completed: now.completed, step: 1, ..Progress::default() },
        _ => {
            let to: usize = entries.number("to", "go on from the page")?;
            // Nobody leaps over the misreading.
            let furthest = if now.caught { STEPS } else { READING };
            now = Progress { step: to.clamp(1, furthest), skipped: false, ..now };
        }
    }
    keep(ctx, &now, if now.skipped { "tutorial.skipped" } else { "tutorial.went_on" }).await?;
    let place = if now.skipped { "/dashboard" } else { "/help/tutorial" };
    Ok(Done::said(if now.skipped { "You can go on with it any time, under Help." } else { "" }).leads_to(place))
}

/// The letter: the words before a value, the value as it was read, the words behind; its head, and what it truly says.
const LETTER: [(&str, &str, &str, Head, &str); 4] = [
    ("We claim for the injury", "£565.00", "under the tariff.", Head::GeneralFixed, "565.00"),
    ("Physiotherapy, six sessions:", "£420.00", "as invoiced.", Head::SpecialTherapy, "420.00"),
    ("Our client lost three days’ wages,", "£310.50", "as the payslips show.", Head::SpecialEarningsLoss, "310.50"),
    (
        "Travel to treatment came to £48.00; the taxi home on the day,",
        "£480.00",
        "was paid by your insured.",
        Head::SpecialJourneyExpenses,
        "48.00",
    ),
];

/// `id`: which fact, from 0; `answer`: `confirm` or `reject`; `value`.
async fn read(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let mut now = progress(ctx).await?;
    let place: usize = entries.number("id", "go on from the page")?;
    let Some((_, raw, _, head, truth)) = LETTER.get(place) else {
        return Err(Error::field("id", "go on from the page"));
    };
    let amount = Money::parse_pounds(truth).ok();
    let (state, words) = match entries.text("answer") {
        // What is right is not thrown away, and what is wrong not taken over.
        "reject" if Money::parse_pounds(raw).ok() == amount => {
            return Err(Error::field("value", "look again: the letter says so, under this head"));
        }
        "reject" => ("rejected", "rejected, and rightly so."),
        _ => match Money::parse_pounds(entries.text("value")) {
            Err(error) => return Err(Error::field("value", error)),
            Ok(typed) if Some(typed) != amount => {
                let words = "look again: read the words around it. Which amount does the letter claim under this head?";
                return Err(Error::field("value", words));
            }
            Ok(_) if raw.trim_start_matches('£') == *truth => ("confirmed", "confirmed."),
            Ok(_) => ("edited", "corrected, and confirmed."),
        },
    };
    now.read.insert(place, state.into());
    now.caught |= *head == Head::SpecialJourneyExpenses;
    keep(ctx, &now, "tutorial.went_on").await?;
    Ok(Done::said(format!("{}: {words}", head.label())))
}

/// `id`: which fact.
async fn reread(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let mut now = progress(ctx).await?;
    now.read.remove(&entries.number("id", "go on from the page")?);
    keep(ctx, &now, "tutorial.went_on").await?;
    Ok(Done::said("It waits for an answer again."))
}

/// The five questions at once: what is wrong is said beside it, and why.
async fn answer(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let mut now = progress(ctx).await?;
    if !now.caught {
        return Err(Error::refused(contract::ErrorKind::Conflict, "The questions come at the end of the tutorial."));
    }
    let mut wrong = Vec::new();
    for (i, (_, _, why)) in QUESTIONS.iter().enumerate() {
        let name = format!("q{i}");
        match entries.text(&name) {
            "0" => {}
            "" => wrong.push(contract::FieldError { field: name, message: "Choose an answer.".into() }),
            _ => {
                if !now.missed.contains(&i) {
                    now.missed.push(i);
                }
                wrong.push(contract::FieldError { field: name, message: format!("Look again. {why}") });
            }
        }
    }
    if !wrong.is_empty() {
        keep(ctx, &now, "tutorial.went_on").await?;
        return Err(Error::Refused(contract::AppError::invalid(wrong)));
    }
    let right = QUESTIONS.len() - now.missed.len();
    now = Progress { completed: Some((ctx.now, right)), step: STEPS + 1, ..now };
    keep(ctx, &now, "tutorial.completed").await?;
    Ok(Done::said("You have completed the tutorial.").leads_to("/help/tutorial"))
}

/// The step with the misreading.
const READING: usize = 3;

/// The page, on the step where one is.
pub(crate) async fn page(ctx: &Ctx, _: &Query) -> Result<Report> {
    let now = progress(ctx).await?;
    let at = now.step.max(1);
    let mut parts = match at {
        1 => words(&[
            "You will value a practice claim: a rear-end collision, whiplash with an expected recovery of five months, and four heads of loss. It is made up and kept nowhere.",
            "Five more steps: what the model says, a document that was misread, why it says so, what is asked of you, and five questions.",
        ]),
        2 => prediction(ctx).await?,
        READING => misreading(&now),
        4 => explanation(ctx).await?,
        5 => words(&[
            "Accept takes the predicted amount. Settle for another amount asks for yours and for the reason. What you settled can be undone for ten seconds. Ask for a review gives the claim to a manager.",
            "A whiplash claim is not settled before a medical report is here (Civil Liability Act 2018, section 6): record it, or confirm the document that is it.",
            "Where your company asks for your own estimate first, you enter it before the prediction is shown.",
        ]),
        STEPS => vec![Part::Form(questions())],
        _ => completed(&now),
    };
    let read = now.read.len() == LETTER.len() || now.caught && now.completed.is_some();
    if at < STEPS && (at != READING || read) {
        parts.push(Part::Form(on(at + 1, "Go on")));
    }
    if (2..=STEPS).contains(&at) {
        parts.push(Part::Form(to(&(at - 1).to_string(), "back", "Back")));
    }
    if at < STEPS && !now.skipped {
        parts.push(Part::Form(to("skip", "skip", "Skip it for now")));
    }
    let lead = if at > STEPS { String::new() } else { format!("Step {at} of {STEPS}.") };
    Ok(Report { lead, parts, ..Report::default() })
}

fn words(all: &[&str]) -> Vec<Part> {
    all.iter().map(|text| Part::Text((*text).to_owned())).collect()
}

fn to(place: &str, id: &str, label: &str) -> Form {
    Form {
        act: STEP.name.into(),
        id: id.into(),
        with: vec![("to".into(), place.into())],
        submit: label.into(),
        ..Form::default()
    }
}

fn on(step: usize, label: &str) -> Form {
    Form { primary: true, ..to(&step.to_string(), "on", label) }
}

/// The heads of the practice claim, as the claim's page has them.
fn heads(facts: &ClaimFacts) -> Table {
    let mut table = Table::new("The practice claim", &["Head", "#Claimed"], "");
    for (head, amount) in facts.heads.iter().filter(|(_, amount)| amount.is_some_and(|a| a > Money::ZERO)) {
        table.row(vec![Cell::text(head.label()), Cell::money(amount)]);
    }
    table.row(vec![Cell::text("Sum claimed"), Cell::money(facts.heads.total())]);
    table
}

async fn asked(ctx: &Ctx) -> Result<Option<predict::Answer>> {
    let company = ctx.caller.own_company()?;
    predict::answer(ctx, company, &practice()).await
}

async fn prediction(ctx: &Ctx) -> Result<Vec<Part>> {
    let facts = practice();
    let mut parts = vec![Part::Table(heads(&facts))];
    match asked(ctx).await? {
        Some(answer) => {
            let p = &answer.prediction;
            let level = (p.level * 100.0).round();
            parts.extend(words(&[
                &format!("The model proposes {}. {level} in 100 similar claims settled between {} and {}.", p.amount, p.lower, p.upper),
                "The first is its best guess. The second says how unsure it is: a wide range means that claims like this one settled for quite different amounts. It is uncertainty, and never room to bargain.",
            ]));
        }
        None => parts.push(Part::Notice(Tone::Notice, "No model is deployed just now, so that there is no prediction to look at. Go on: the rest holds all the same.".into())),
    }
    Ok(parts)
}

/// What was read of the letter, as a real document's page shows it.
fn misreading(now: &Progress) -> Vec<Part> {
    let fact = |(place, (before, raw, after, head, _)): (usize, &(&str, &str, &str, Head, &str))| {
        let state = now.read.get(&place).map_or(PROPOSED, String::as_str);
        let standing = if state == PROPOSED { ("Not on the claim", Tone::Plain) } else { answered(state) };
        FoundView {
            id: place.to_string(),
            version: 1,
            label: head.label().into(),
            value: raw.trim_start_matches('£').into(),
            asks: Asks::Pounds,
            before: format!("… {before} "),
            raw: (*raw).into(),
            after: format!(" {after} …"),
            place: "in the text".into(),
            page: 1,
            standing: (standing.0.into(), standing.1),
            open: state == PROPOSED,
            ..FoundView::default()
        }
    };
    let reading = Reading {
        found: LETTER.iter().enumerate().map(fact).collect(),
        lead: "One of these four was misread: find it by the words around it, and correct or reject it. Confirm the others.".into(),
        acts: (READ.name.into(), REREAD.name.into()),
        may: true,
        ..Reading::default()
    };
    vec![
        Part::Text("Documents are read by a program, and every value is proposed beside its source. This is how it looks on a real one.".into()),
        Part::Reading(reading),
    ]
}

async fn explanation(ctx: &Ctx) -> Result<Vec<Part>> {
    let mut parts = words(&[
        "Why the model says so: from the average claim each bar goes up or down by what this claim says, and together they come to the prediction, to the penny.",
    ]);
    if let Some(answer) = asked(ctx).await? {
        let chart = waterfall::chart("How the amount comes about", "In figures", "", &answer.prediction);
        parts.push(Part::Chart(chart));
    }
    parts.extend(words(&[
        "A bar is no verdict on a head: it says how the head moves this prediction, not what ought to be paid for it.",
    ]));
    Ok(parts)
}

fn questions() -> Form {
    let inputs = QUESTIONS
        .iter()
        .enumerate()
        .map(|(i, (question, answers, _))| {
            // The right one stands in another place each time.
            let mut choices: Vec<_> =
                answers.iter().enumerate().map(|(n, a)| (n.to_string(), (*a).to_owned())).collect();
            choices.rotate_left((i * 2 + 1) % 3);
            Input::new(&format!("q{i}"), question, Asks::Choice(choices)).required()
        })
        .collect();
    Form {
        act: ANSWER.name.into(),
        id: "questions".into(),
        title: "Five questions".into(),
        inputs,
        submit: "Answer".into(),
        primary: true,
        ..Form::default()
    }
}

fn completed(now: &Progress) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Some((at, right)) = now.completed {
        let day = domain::calendar::words(at);
        let words = format!("Completed on {day}, with {right} of {} answers right at once.", QUESTIONS.len());
        parts.push(Part::Notice(Tone::Good, words));
    }
    parts.push(Part::Form(to("again", "again", "Do it again")));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_practice_claim_is_a_claim_and_every_question_has_three_answers() {
        let facts = practice();
        assert_eq!(facts.heads.total(), Some(Money::from_pence(134_350)));
        assert!(
            QUESTIONS.iter().all(|(q, a, why)| q.ends_with('?') && !why.is_empty() && a.iter().all(|a| !a.is_empty()))
        );
        for (i, _) in QUESTIONS.iter().enumerate() {
            let form = questions();
            let Asks::Choice(choices) = &form.inputs[i].asks else { panic!() };
            assert!(choices.iter().any(|(key, _)| key == "0"));
        }
    }
}
