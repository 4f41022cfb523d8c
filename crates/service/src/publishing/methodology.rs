//! The words that say how predictions come about, in versions: what changed of the explanations is measured on the same
//! claims, and handlers are told. A prediction keeps its explanation and the words of its time (story 33).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contract::ErrorKind;
use contract::page::{Asks, Form, Input, Part};
use contract::table::{Cell, Table};
use domain::ClaimFacts;
use domain::calendar::words;
use domain::id::CompanyId;
use domain::policy::{Permission, Role};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::models::{self, Model};
use store::predictions::{self, PredictionQuery};
use store::publications::{self, Methodology};
use store::{Reach, StoreError, companies, people};

use super::markdown;
use crate::account::tell::{Cause, Told};
use crate::acts::{Done, Entries, Kind};
use crate::models::list::Registry;
use crate::models::{deploys_for, operator, owned, title};
use crate::{Ctx, Error, Result};

pub static PUBLISH: Kind = Kind {
    name: "methodology.publish",
    needs: Some(Permission::DeployModels),
    run: |ctx, entries| Box::pin(publish(ctx, entries)),
};

/// In characters.
const LONGEST: usize = 20_000;
/// Claims on which explanations are compared.
const ROWS: u64 = 400;
/// Shifts that are shown.
const SHOWN: usize = 12;
const MOST: u64 = 50;

/// What changed of the explanations between two versions of a model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub before: Option<String>,
    pub after: String,
    pub claims: usize,
    /// By what is explained: the mean size before and after, and the mean shift, in pounds.
    pub shifts: Vec<Shift>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    pub label: String,
    pub before: f64,
    pub after: f64,
    /// The mean of how far the contribution moves on a claim.
    pub moves: f64,
}

/// Old and new contributions on the newest predicted claims.
async fn changed(ctx: &Ctx, before: Option<&Model>, after: &Model) -> Result<Change> {
    let own = title(&after.name, after.version);
    let mut change = Change { before: before.map(|m| title(&m.name, m.version)), after: own, ..Change::default() };
    let Some(before) = before.filter(|m| m.id != after.id) else { return Ok(change) };
    let (old, new) = (ctx.app.models.get(&ctx.app, before.id).await?, ctx.app.models.get(&ctx.app, after.id).await?);
    let query = PredictionQuery { page: 1, per_page: ROWS, ..PredictionQuery::default() };
    let (recent, _) = predictions::list(ctx.store(), ctx.caller.reach, &query).await?;
    let facts: Vec<ClaimFacts> = recent
        .iter()
        .filter(|p| p.facts != "{}")
        .map(|p| serde_json::from_str(&p.facts))
        .collect::<std::result::Result<_, _>>()?;
    let work = move || {
        let mut sums: BTreeMap<String, [f64; 3]> = BTreeMap::new();
        let mut claims = 0;
        for facts in &facts {
            let (Ok(a), Ok(b)) = (old.bundle.predict(facts), new.bundle.predict(facts)) else { continue };
            claims += 1;
            let mut both: BTreeMap<String, (f64, f64)> = BTreeMap::new();
            for c in &a.contributions {
                both.entry(c.label.clone()).or_default().0 += c.amount.as_pounds();
            }
            for c in &b.contributions {
                both.entry(c.label.clone()).or_default().1 += c.amount.as_pounds();
            }
            for (label, (x, y)) in both {
                let sum = sums.entry(label).or_default();
                *sum = [sum[0] + x.abs(), sum[1] + y.abs(), sum[2] + (y - x).abs()];
            }
        }
        (claims, sums)
    };
    let (claims, sums) = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
    change.claims = claims;
    let n = claims.max(1) as f64;
    change.shifts = sums
        .into_iter()
        .map(|(label, [x, y, moves])| Shift { label, before: x / n, after: y / n, moves: moves / n })
        .collect();
    change.shifts.sort_by(|a, b| b.moves.total_cmp(&a.moves));
    change.shifts.truncate(SHOWN);
    Ok(change)
}

/// `id` of the version, `words`.
async fn publish(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let model = models::find(ctx.store(), ctx.caller.reach, operator(ctx).await?, entries.id("id")?).await?;
    if deploys_for(ctx).is_none() {
        owned(ctx, &model, "explain it").await?;
    }
    let text = entries.needed("words", LONGEST, "write how predictions come about")?;
    let company = deploys_for(ctx);
    // A company's first words follow everybody's; everybody's never follow a company's.
    let own = publications::methodology_of(ctx.store(), company).await?;
    let stands = own.as_ref().map_or(0, |m| m.version);
    if !matches!(entries.text("seen"), "") && entries.text("seen") != stands.to_string() {
        let words = "Another version of the words was published meanwhile: read it first.";
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    let last = match &own {
        Some(own) => Some(own.clone()),
        None => publications::methodology_of(ctx.store(), None).await?,
    };
    let before = match &last {
        Some(last) => Some(models::named(ctx.store(), last.model).await?),
        None => models::before(ctx.store(), &model).await?,
    };
    let change = changed(ctx, before.as_ref(), &model).await?;
    let methodology = Methodology {
        id: ctx.id(),
        company,
        version: own.as_ref().map_or(1, |m| m.version + 1),
        model: model.id,
        words: text,
        body: serde_json::to_string(&change)?,
        by: ctx.caller.actor.name(),
        at: ctx.now,
    };
    let companies = told(ctx, company).await?;
    let tx = ctx.begin().await?;
    publications::change(&tx, &methodology).await.map_err(|error| match error {
        StoreError::Conflict(_) => {
            Error::refused(ErrorKind::Conflict, "Another version of the words was published meanwhile: read it first.")
        }
        other => other.into(),
    })?;
    for company in companies {
        for role in [Role::Handler, Role::Manager] {
            for user in people::with_role(&tx, company, role).await? {
                let told = Told { user, company, cause: Cause::Methodology };
                let text = "How predictions come about has changed: read what is otherwise.";
                told.of(ctx, &tx, text, "/help/explanation").await?;
            }
        }
    }
    let details = json!({ "version": methodology.version, "name": model.name });
    tx.commit(ctx.audit(company.or(ctx.caller.company), "methodology.published", "model", model.id, details)).await?;
    Ok(Done::said("Published: it stands under “How predictions come about”, and handlers are told."))
}

/// Whose people are told.
async fn told(ctx: &Ctx, company: Option<CompanyId>) -> Result<Vec<CompanyId>> {
    match company {
        Some(own) => Ok(vec![own]),
        None => {
            let all = companies::list(ctx.store(), Reach::Operator).await?;
            Ok(all.into_iter().filter(|c| !c.operator).map(|c| c.id).collect())
        }
    }
}

/// The words in force at a moment with what had changed, for the page that explains predictions; nothing where none were
/// published by then.
pub(crate) async fn parts(ctx: &Ctx, company: CompanyId, at: DateTime<Utc>) -> Result<Vec<Part>> {
    let all = publications::methodologies(ctx.store(), Some(company), MOST).await?;
    // A company's own words come before everybody's, as its own model does.
    let by_then = || all.iter().filter(|m| m.at <= at);
    let Some(m) = by_then().find(|m| m.company.is_some()).or_else(|| by_then().next()) else { return Ok(Vec::new()) };
    let change: Change = serde_json::from_str(&m.body)?;
    let mut parts = vec![Part::Head("In our engineers’ words".into())];
    parts.extend(markdown(&m.words));
    parts.push(Part::Text(format!("Version {} of these words, published {}.", m.version, words(m.at))));
    if let (Some(before), false) = (&change.before, change.shifts.is_empty()) {
        let columns = ["What".to_owned(), format!("#{before}"), format!("#{}", change.after), "#Moves by".to_owned()];
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let mut table = Table::new("What had changed", &columns, "");
        let pounds = |x: f64| Cell::Figure(format!("£{x:.2}"));
        for s in &change.shifts {
            table.row(vec![Cell::text(&s.label), pounds(s.before), pounds(s.after), pounds(s.moves)]);
        }
        parts.push(Part::Table(table));
        parts.push(Part::Text(format!(
            "The mean size of each contribution on the same {} claims, and how far it moves on a claim. Predictions that \
             were made keep their explanation.",
            change.claims
        )));
    }
    Ok(parts)
}

pub(crate) async fn form(ctx: &Ctx, model: &Model) -> Result<Form> {
    let serving = Registry::of(ctx).await?.serving == Some(model.id);
    let last = match publications::methodology_of(ctx.store(), deploys_for(ctx)).await? {
        Some(own) => Some(own),
        None => publications::methodology_of(ctx.store(), None).await?,
    };
    let seen = last.as_ref().filter(|m| m.company == deploys_for(ctx)).map_or(0, |m| m.version);
    Ok(Form {
        act: PUBLISH.name.into(),
        id: "methodology".into(),
        title: "Explain how its predictions come about".into(),
        lead: format!(
            "A new version of the words under “How predictions come about”. Old and new contributions are compared on the \
             newest claims, and handlers are told.{}",
            if serving { "" } else { " This version does not serve now." }
        ),
        with: vec![("id".into(), model.id.to_string()), ("seen".into(), seen.to_string())],
        inputs: vec![
            Input::new("words", "In words", Asks::Words)
                .hint("Markdown: # for a heading, - for a list.")
                .value(last.map(|m| m.words).unwrap_or_default())
                .required(),
        ],
        submit: "Publish these words".into(),
        folded: true,
        ..Form::default()
    })
}
