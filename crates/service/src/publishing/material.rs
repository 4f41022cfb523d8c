//! Training material on a version: words, and five questions that whoever tries the version answers first (story 35).

use contract::ErrorKind;
use contract::page::{Asks, Form, Input, Part, Report};
use contract::table::{Cell, Table, Tone};
use domain::id::{MaterialId, ModelId};
use domain::policy::{Permission, Role};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::publications::{self, Completion, Material};
use store::{StoreError, companies, models, people};

use super::markdown;
use crate::acts::{Done, Entries, Kind, Wrong};
use crate::models::{deploys_for, list::Registry, operator, owned};
use crate::names::Names;
use crate::reports::Query;
use crate::{Ctx, Error, Result, id_from};

pub static SAVE: Kind = Kind {
    name: "material.save",
    needs: Some(Permission::UploadModels),
    run: |ctx, entries| Box::pin(save(ctx, entries)),
};

pub static PUBLISH: Kind = Kind {
    name: "material.publish",
    needs: Some(Permission::UploadModels),
    run: |ctx, entries| Box::pin(publish(ctx, entries)),
};

pub static ANSWER: Kind =
    Kind { name: "material.answer", needs: None, run: |ctx, entries| Box::pin(answer(ctx, entries)) };

/// How many questions there are, and how many answers to each, of which the first is right.
const QUESTIONS: usize = 5;
const ANSWERS: usize = 3;
/// Which of them is right, as they are written.
const RIGHT: usize = 0;
/// In characters.
const LONGEST_TITLE: usize = 120;
const LONGEST_WORDS: usize = 20_000;
const LONGEST_ANSWER: usize = 300;
/// The most that are listed.
const MOST: u64 = 100;
const COMPLETED: u64 = 500;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Question {
    asks: String,
    /// The first is right.
    answers: [String; ANSWERS],
}

/// The places at which the right answers to a material's questions are shown.
#[doc(hidden)]
pub fn right_places(material: MaterialId) -> [usize; QUESTIONS] {
    std::array::from_fn(|n| order(material, n).iter().position(|i| *i == RIGHT).unwrap_or_default())
}

/// The order in which the answers to a question are shown: its own, and the same for everybody.
fn order(material: MaterialId, question: usize) -> [usize; ANSWERS] {
    const ORDERS: [[usize; ANSWERS]; 6] = [[0, 1, 2], [1, 2, 0], [2, 0, 1], [1, 0, 2], [2, 1, 0], [0, 2, 1]];
    let sum: usize = material.to_string().bytes().map(usize::from).sum();
    ORDERS[(sum + 5 * question) % ORDERS.len()]
}

/// `id` and `version` of the draft, or neither; `model`, `title`, `words`, and `q1`, `q1a` to `q1c` and so on.
async fn save(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    // All that is missing is told at once: there is much to fill in.
    let mut wrong = Wrong::default();
    wrong.missing(entries, "model", "choose the version that it is on");
    let title = wrong.of(entries.line("title", LONGEST_TITLE, "give it a title"))?;
    let words = wrong.of(entries.needed("words", LONGEST_WORDS, "write what handlers are to know of the version"))?;
    let mut questions = Vec::with_capacity(QUESTIONS);
    for n in 1..=QUESTIONS {
        let of = |letter: &str| format!("q{n}{letter}");
        let mut text = |name: String, missing: &'static str| wrong.of(entries.needed(&name, LONGEST_ANSWER, missing));
        questions.push(Question {
            asks: text(of(""), "write the question: five are asked")?,
            answers: [
                text(of("a"), "write the right answer")?,
                text(of("b"), "write a wrong answer")?,
                text(of("c"), "write another wrong answer")?,
            ],
        });
    }
    wrong.told()?;
    let model: ModelId = entries.id("model")?;
    let model = models::find(ctx.store(), ctx.caller.reach, operator(ctx).await?, model).await?;
    if deploys_for(ctx).is_none() {
        owned(ctx, &model, "write material on it").await?;
    }
    let before = match entries.text("id") {
        "" => None,
        id => Some(publications::find_material(ctx.store(), deploys_for(ctx), id_from(id)?).await?),
    };
    if before.as_ref().is_some_and(|m| m.company != deploys_for(ctx)) {
        return Err(Error::refused(
            ErrorKind::Conflict,
            "This material is everybody’s: Solatium’s engineers write it.",
        ));
    }
    let seen: i32 = if before.is_some() { entries.number("version", "reload the page and try again")? } else { 0 };
    let material = Material {
        id: before.as_ref().map_or_else(|| ctx.id(), |m| m.id),
        company: deploys_for(ctx),
        model: model.id,
        title,
        words,
        questions: serde_json::to_string(&questions)?,
        published_at: None,
        by: ctx.caller.actor.name(),
        version: seen,
        at: ctx.now,
    };
    put(ctx, &material, "material.saved").await?;
    Ok(Done::said("The draft is saved.").leads_to(format!("/material?id={}", material.id)))
}

async fn put(ctx: &Ctx, material: &Material, action: &'static str) -> Result<()> {
    let tx = ctx.begin().await?;
    publications::put(&tx, material).await.map_err(|error| match error {
        StoreError::Conflict(_) => {
            Error::refused(ErrorKind::Conflict, "It was changed or published since you looked: look at it again.")
        }
        other => other.into(),
    })?;
    let details = json!({ "title": material.title });
    tx.commit(ctx.audit(material.company.or(ctx.caller.company), action, "material", material.id, details)).await?;
    Ok(())
}

/// `id` and `version` of the draft.
async fn publish(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let draft = publications::find_material(ctx.store(), deploys_for(ctx), entries.id("id")?).await?;
    if draft.published_at.is_some() || draft.company != deploys_for(ctx) {
        return Err(Error::refused(ErrorKind::Conflict, "It is published, and stays as it is."));
    }
    let version: i32 = entries.number("version", "reload the page and try again")?;
    let published = Material { published_at: Some(ctx.now), version, ..draft };
    put(ctx, &published, "material.published").await?;
    Ok(Done::said("Published: handlers find it under Training, and it stays as it is."))
}

/// `id` of the material, `a1` to `a5`: the places of the answers.
async fn answer(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let (user, role, _) = ctx.caller.person()?;
    if !matches!(role, Role::Handler | Role::Manager) {
        return Err(Error::refused(ErrorKind::Forbidden, "Handlers and managers answer these questions."));
    }
    let company = ctx.caller.own_company()?;
    let material = publications::find_material(ctx.store(), Some(company), entries.id("id")?).await?;
    if material.published_at.is_none() {
        return Err(StoreError::NotFound.into());
    }
    let questions: Vec<Question> = serde_json::from_str(&material.questions)?;
    let mut wrong = Vec::new();
    for n in 0..questions.len() {
        let chosen: Option<usize> = entries.text(&format!("a{}", n + 1)).parse().ok();
        if chosen.and_then(|place| order(material.id, n).get(place).copied()) != Some(RIGHT) {
            let field = format!("a{}", n + 1);
            let message = match chosen {
                Some(_) => "This is not it: read the part on it again.",
                None => "Choose an answer.",
            };
            wrong.push(contract::error::FieldError { field, message: message.into() });
        }
    }
    if !wrong.is_empty() {
        return Err(Error::Refused(contract::AppError::invalid(wrong)));
    }
    let tx = ctx.begin().await?;
    let completion = Completion { material: material.id, user, company, at: ctx.now };
    if !publications::complete(&tx, &completion).await? {
        return Ok(Done::said("You had answered these before."));
    }
    tx.commit(ctx.audit(Some(company), "material.completed", "material", material.id, json!({}))).await?;
    Ok(Done::said("All right. You have completed this training."))
}

pub(crate) async fn page(ctx: &Ctx, query: &Query) -> Result<Report> {
    let writes = ctx.caller.holds(Permission::UploadModels);
    match query.text("id") {
        "" => all(ctx, writes).await,
        id => one(ctx, id, writes).await,
    }
}

async fn all(ctx: &Ctx, writes: bool) -> Result<Report> {
    let (user, ..) = ctx.caller.person()?;
    let rows = publications::materials(ctx.store(), deploys_for(ctx), writes, MOST).await?;
    let done = publications::completed_by(ctx.store(), user).await?;
    let mut table =
        Table::new("Training material", &["Title", "Standing", "Yours", "Written"], "Nothing has been written yet.");
    for m in &rows {
        let standing = match m.published_at {
            Some(_) => Cell::Badge("Published".into(), Tone::Good),
            None => Cell::Badge("Draft".into(), Tone::Notice),
        };
        let own = if done.contains(&m.id) { Cell::Badge("Completed".into(), Tone::Good) } else { Cell::Empty };
        table.row(vec![
            Cell::link(&m.title, format!("/material?id={}", m.id)),
            standing,
            own,
            Cell::Time(m.published_at.unwrap_or(m.at).into()),
        ]);
    }
    let mut parts = vec![Part::Table(table)];
    if writes {
        parts.push(Part::Form(form(ctx, None).await?));
    }
    Ok(Report { parts, ..Report::default() })
}

async fn one(ctx: &Ctx, id: &str, writes: bool) -> Result<Report> {
    let (user, role, _) = ctx.caller.person()?;
    let material = publications::find_material(ctx.store(), deploys_for(ctx), id_from(id)?).await?;
    if material.published_at.is_none() && !writes {
        return Err(StoreError::NotFound.into());
    }
    let mut parts = markdown(&material.words);
    let questions: Vec<Question> = serde_json::from_str(&material.questions)?;
    let answers = matches!(role, Role::Handler | Role::Manager);
    if answers && publications::completed_by(ctx.store(), user).await?.contains(&material.id) {
        parts.push(Part::Notice(Tone::Good, "You have completed this training.".into()));
    } else if answers {
        parts.push(Part::Form(asked(&material, &questions)));
    }
    if ctx.caller.holds(Permission::ReadModels) || ctx.caller.holds(Permission::ReadTeam) {
        parts.push(Part::Table(completed(ctx, &material).await?));
    }
    if writes && material.published_at.is_none() && material.company == deploys_for(ctx) {
        parts.push(Part::Form(form(ctx, Some((&material, &questions))).await?));
        parts.push(Part::Form(Form {
            act: PUBLISH.name.into(),
            id: "publish".into(),
            title: "Publish".into(),
            lead: "Handlers find it from then on, and it does not change any more.".into(),
            with: vec![("id".into(), material.id.to_string()), ("version".into(), material.version.to_string())],
            submit: "Publish it".into(),
            folded: true,
            ..Form::default()
        }));
    }
    Ok(Report {
        title: material.title.clone(),
        actions: vec![("All material".into(), "/material".into())],
        parts,
        ..Report::default()
    })
}

fn asked(material: &Material, questions: &[Question]) -> Form {
    let inputs = questions.iter().enumerate().map(|(n, q)| {
        let shown =
            order(material.id, n).into_iter().enumerate().map(|(place, i)| (place.to_string(), q.answers[i].clone()));
        Input::new(&format!("a{}", n + 1), &q.asks, Asks::Choice(shown.collect())).required()
    });
    Form {
        act: ANSWER.name.into(),
        id: "answers".into(),
        title: "Five questions".into(),
        with: vec![("id".into(), material.id.to_string())],
        inputs: inputs.collect(),
        submit: "Answer".into(),
        primary: true,
        ..Form::default()
    }
}

/// Who of those that it is for has completed it.
async fn completed(ctx: &Ctx, material: &Material) -> Result<Table> {
    let company = ctx.caller.reach_company();
    let done = publications::completed(ctx.store(), company, material.id, COMPLETED).await?;
    let names =
        Names::of(ctx, done.iter().flat_map(|c| [c.user.to_string(), c.company.to_string()]).collect::<Vec<_>>())
            .await?;
    let mut table = Table::new("Who has completed it", &["Who", "Company", "When"], "Nobody has completed it yet.");
    for c in &done {
        table.row(vec![
            Cell::Text(names.actor(&c.user.to_string())),
            Cell::Text(names.company(c.company)),
            Cell::Time(c.at.into()),
        ]);
    }
    let mut open = 0;
    let all = match company {
        Some(own) => vec![own],
        None => {
            companies::list(ctx.store(), ctx.caller.reach).await?.iter().filter(|c| !c.operator).map(|c| c.id).collect()
        }
    };
    for company in all {
        let handlers = people::with_role(ctx.store(), company, Role::Handler).await?;
        open += handlers.iter().filter(|h| !done.iter().any(|c| c.user == **h)).count();
    }
    if open > 0 {
        let words = if open == 1 { "1 handler has not".to_owned() } else { format!("{open} handlers have not") };
        table.row(vec![Cell::Badge(words, Tone::Notice), Cell::Empty, Cell::Empty]);
    }
    Ok(table)
}

async fn form(ctx: &Ctx, draft: Option<(&Material, &Vec<Question>)>) -> Result<Form> {
    let registry = Registry::of(ctx).await?;
    let material = draft.map(|(m, _)| m);
    let mut inputs = vec![
        Input::new("model", "Version", Asks::Choice(registry.choices()))
            .value(material.map(|m| m.model.to_string()).unwrap_or_default())
            .required(),
        Input::new("title", "Title", Asks::Text)
            .value(material.map(|m| m.title.clone()).unwrap_or_default())
            .required(),
        Input::new("words", "Text", Asks::Words)
            .hint("Markdown: # for a heading, - for a list.")
            .value(material.map(|m| m.words.clone()).unwrap_or_default())
            .required(),
    ];
    for n in 1..=QUESTIONS {
        let question = draft.and_then(|(_, all)| all.get(n - 1));
        let answer = |i: usize| question.map(|q| q.answers[i].clone()).unwrap_or_default();
        let asks = question.map(|q| q.asks.clone()).unwrap_or_default();
        inputs.push(Input::new(&format!("q{n}"), &format!("Question {n}"), Asks::Text).value(asks).required());
        for (letter, label, i) in [("a", "Right answer", 0), ("b", "Wrong answer", 1), ("c", "Another wrong answer", 2)]
        {
            let label = format!("{label} to {n}");
            inputs.push(Input::new(&format!("q{n}{letter}"), &label, Asks::Text).value(answer(i)).required());
        }
    }
    Ok(Form {
        act: SAVE.name.into(),
        id: "material".into(),
        title: if material.is_some() { "Edit the draft" } else { "Write material" }.into(),
        with: material
            .map(|m| vec![("id".into(), m.id.to_string()), ("version".into(), m.version.to_string())])
            .unwrap_or_default(),
        inputs,
        submit: "Save the draft".into(),
        folded: true,
        ..Form::default()
    })
}

#[cfg(test)]
mod tests {
    use domain::id::Id;

    use super::*;

    #[test]
    fn the_right_answer_is_not_always_the_first() {
        let firsts: std::collections::BTreeSet<usize> =
            (0..QUESTIONS).map(|n| order(MaterialId::from_parts(7, [3; 10]), n)[0]).collect();
        assert!(firsts.len() > 1, "{firsts:?}");
        for n in 0..QUESTIONS {
            let mut all = order(MaterialId::from_parts(9, [1; 10]), n);
            all.sort_unstable();
            assert_eq!(all, [0, 1, 2]);
        }
    }
}
