//! A version measured on true outcomes: what it would have said of claims whose outcome is known, beside what its
//! manifest claims. A manifest's figures are the word of whoever uploaded it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use contract::ErrorKind;
use contract::page::{Chart, Part};
use contract::table::{Cell, Table, Tone, grouped};
use domain::ClaimFacts;
use domain::id::{CompanyId, ModelId};
use domain::money::whole_pounds as pounds;
use domain::outcome::Tier;
use domain::policy::Permission;
use ml::data::Protected;
use ml::evaluate::{Estimate, Judged, Report, Slice, report};
use ml::features::Recovered;
use ml::interval::ClaimKind;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::models::{self, Measurement, Model};
use store::outcomes::{self, OutcomeQuery};
use store::{Tx, claims};

use super::{deploys_for, operator, title};
use crate::acts::{Done, Entries, Kind};
use crate::copies::Copies;
use crate::models::cache::Loaded;
use crate::secret::digest;
use crate::{Ctx, Error, Result, jobs};

pub static MEASURE: Kind = Kind {
    name: "model.measure",
    needs: Some(Permission::ReadModels),
    run: |ctx, entries| Box::pin(act(ctx, entries)),
};

/// Outcomes without which nothing is measured.
pub const FEWEST: usize = 100;
/// The newest outcomes on which it is measured.
const MOST: u64 = 2_000;
/// Claims that are read at a time.
const PORTION: usize = 200;
/// How much more than it claims a version may err before it is not approved.
pub const TOLERANCE: f64 = 1.1;

/// A claim whose outcome is known, without what is personal.
pub(super) struct Settled {
    pub facts: ClaimFacts,
    /// Pounds.
    pub settlement: f64,
    /// Claims that say the same are taken for one.
    pub group: i64,
    pub at: DateTime<Utc>,
}

impl Settled {
    /// A copy, for a judge of its own.
    pub fn again(&self) -> Settled {
        Settled { facts: self.facts.clone(), ..*self }
    }
}

/// The newest claims with true outcomes.
pub(super) struct Material {
    pub rows: Vec<Settled>,
    /// SHA-256 of claims and amounts.
    pub data: String,
}

/// The newest `most` claims of a company (or of all) with true outcomes, but those of erased claimants.
pub(super) async fn material(ctx: &Ctx, company: Option<CompanyId>, most: u64) -> Result<Material> {
    let reach = company.map_or(ctx.caller.reach, store::Reach::Company);
    let query = OutcomeQuery { tier: Some(Tier::A), ..OutcomeQuery::default() };
    let (known, _) = outcomes::list(ctx.store(), reach, &query, (1, most)).await?;
    let (mut rows, mut groups, mut told) = (Vec::with_capacity(known.len()), Copies::new(), String::new());
    for portion in known.chunks(PORTION) {
        let ids: Vec<_> = portion.iter().map(|o| o.claim).collect();
        let mut found: HashMap<_, _> =
            claims::by_ids(ctx.store(), reach, &ids).await?.into_iter().map(|c| (c.id, c)).collect();
        for outcome in portion {
            let Some(claim) = found.remove(&outcome.claim).filter(|claim| !claim.erased) else { continue };
            told += &format!("{} {}\n", outcome.claim, outcome.amount.pence());
            // Copies of a claim are no independent evidence.
            let alike = serde_json::to_string(&(&claim.facts.heads, outcome.amount))?;
            rows.push(Settled {
                group: groups.of(alike),
                facts: claim.facts,
                settlement: outcome.amount.as_pounds(),
                at: outcome.at,
            });
        }
    }
    Ok(Material { rows, data: digest(told.as_bytes()) })
}

/// How many insurers have true outcomes enough to be measured by.
pub(crate) async fn insurers(ctx: &Ctx) -> Result<usize> {
    let query = OutcomeQuery { tier: Some(Tier::A), ..OutcomeQuery::default() };
    let mut found = 0;
    for company in store::companies::list(ctx.store(), ctx.caller.reach).await?.into_iter().filter(|c| !c.operator) {
        let reach = store::Reach::Company(company.id);
        found += usize::from(outcomes::count(ctx.store(), reach, &query).await? >= FEWEST as u64);
    }
    Ok(found)
}

/// What a model says of them; those that it cannot value are left out.
pub(super) fn judge(model: &Loaded, rows: &[Settled]) -> Vec<Judged> {
    let judged = |row: &Settled| {
        let value = model.bundle.value(&row.facts).ok()?;
        Some(Judged {
            kind: ClaimKind::of(&Recovered::of(&row.facts)),
            group: row.group,
            protected: Protected::default(),
            settlement: row.settlement,
            prediction: value.amount.as_pounds(),
            lower: value.lower.as_pounds(),
            upper: value.upper.as_pounds(),
        })
    };
    rows.iter().filter_map(judged).collect()
}

/// What it came to. Pounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// `None`: there are too few outcomes as yet.
    pub all: Option<Slice>,
    pub by_kind: Vec<Slice>,
    pub by_value: Vec<Slice>,
    /// Of those recorded since it was made alone: the others it may have learnt from.
    #[serde(default)]
    pub unseen: Option<Slice>,
    /// What the manifest says.
    pub claimed: f64,
    /// Outcomes there are, up to the most that are looked at.
    pub outcomes: usize,
    /// Of them recorded since the version was made: it cannot have learnt from those.
    pub since: usize,
    /// SHA-256 of claims and amounts.
    pub data: String,
}

impl Measured {
    /// Why it is not approved: its error on true outcomes is certainly more than it claims, beyond what is tolerated.
    pub fn refuses(&self) -> Option<String> {
        let worst = [self.all.as_ref(), self.unseen.as_ref()].into_iter().flatten();
        let all = worst.max_by(|a, b| a.mae.low.total_cmp(&b.mae.low))?;
        (all.mae.low > self.claimed * TOLERANCE).then(|| {
            format!(
                "It claims a mean error of {} and errs by {} on {} true outcomes ({} at the least): this is not the model \
                 that was described.",
                pounds(self.claimed),
                pounds(all.mae.value),
                grouped(all.claims as u64),
                pounds(all.mae.low)
            )
        })
    }
}

/// The moment by which a version was certainly made: it was in the registry. What it says of itself proves nothing.
pub(super) fn made_by(model: &Model) -> DateTime<Utc> {
    model.uploaded_at
}

/// Measures a version on the outcomes of a company (or of all).
pub async fn measure(ctx: &Ctx, id: ModelId, company: Option<CompanyId>) -> Result<Measured> {
    let loaded = ctx.app.models.get(&ctx.app, id).await?;
    let Material { rows, data } = material(ctx, company, MOST).await?;
    let manifest = loaded.bundle.manifest();
    let made = made_by(&models::named(ctx.store(), id).await?);
    let mut measured = Measured {
        all: None,
        by_kind: Vec::new(),
        by_value: Vec::new(),
        unseen: None,
        claimed: manifest.metrics.mae,
        outcomes: rows.len(),
        since: rows.iter().filter(|row| row.at > made).count(),
        data,
    };
    if rows.len() < FEWEST {
        return Ok(measured);
    }
    let work = move || {
        let of = |rows: &[Settled]| {
            let judged = judge(&loaded, rows);
            (judged.len() >= FEWEST).then(|| report(&judged, Vec::new(), 1))
        };
        let unseen: Vec<Settled> = rows.iter().filter(|row| row.at > made).map(Settled::again).collect();
        (of(&rows), of(&unseen))
    };
    // Bootstraps take a core for a while.
    let (all, unseen) = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
    if let Some(Report { all, by_kind, by_value, .. }) = all {
        (measured.all, measured.by_kind, measured.by_value) = (Some(all), by_kind, by_value);
    }
    measured.unseen = unseen.map(|report| report.all);
    Ok(measured)
}

/// Measures it and keeps what it came to; in words.
pub async fn keep(ctx: &Ctx, id: ModelId, company: Option<CompanyId>) -> Result<String> {
    let model = models::named(ctx.store(), id).await?;
    let measured = measure(ctx, id, company).await?;
    let body = serde_json::to_string(&measured)?;
    let measurement = Measurement { id: ctx.id(), model: id, company, at: ctx.now, body };
    let tx = ctx.begin().await?;
    models::add_measurement(&tx, &measurement).await?;
    let details = json!({
        "name": model.name, "version": model.version, "outcomes": measured.outcomes, "data": measured.data,
    });
    tx.commit(ctx.audit(company.or(Some(model.company)), "model.measured", "model", id, details)).await?;
    let name = title(&model.name, model.version);
    Ok(match &measured.all {
        Some(all) => format!("{name} errs by {} on {} true outcomes.", pounds(all.mae.value), all.claims),
        None => too_few(&name, measured.outcomes),
    })
}

fn too_few(name: &str, outcomes: usize) -> String {
    format!("{name} cannot be measured yet: {outcomes} of {FEWEST} true outcomes are known.")
}

/// What was measured of a version on the outcomes that the caller deploys for.
pub(super) async fn latest(ctx: &Ctx, id: ModelId) -> Result<Option<(DateTime<Utc>, Measured)>> {
    let found = models::measured(ctx.store(), deploys_for(ctx), &[id]).await?.pop();
    found.map(|m| Ok((m.at, serde_json::from_str(&m.body)?))).transpose()
}

/// Orders a measurement in the caller's transaction.
pub(super) async fn order(ctx: &Ctx, tx: &Tx, model: &Model) -> Result<bool> {
    jobs::model_measure::order(ctx, tx, model.id, deploys_for(ctx)).await
}

/// `id` of the model.
async fn act(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let model = models::find(ctx.store(), ctx.caller.reach, operator(ctx).await?, entries.id("id")?).await?;
    let tx = ctx.begin().await?;
    if !order(ctx, &tx, &model).await? {
        return Err(Error::refused(ErrorKind::Conflict, "It is being measured: what it came to stands here shortly."));
    }
    let details = json!({ "name": model.name, "version": model.version });
    tx.commit(ctx.audit(deploys_for(ctx).or(Some(model.company)), "model.measuring", "model", model.id, details))
        .await?;
    Ok(Done::said("It is being measured on true outcomes: what it came to stands here shortly."))
}

/// What was measured beside what is claimed.
pub(crate) fn parts(measured: Option<&(DateTime<Utc>, Measured)>) -> Vec<Part> {
    let Some((at, measured)) = measured else {
        let words = "It has not been measured on true outcomes: the figures above are the word of whoever trained it.";
        return vec![Part::Notice(Tone::Plain, words.into())];
    };
    let when = domain::calendar::words(*at);
    let Some(all) = &measured.all else {
        let words = format!("{} Looked on {when}.", too_few("It", measured.outcomes));
        return vec![Part::Notice(Tone::Plain, words)];
    };
    let words = format!(
        "It claims {} and errs by {} ({} to {}) on {} true outcomes, measured on {when}. {:.1}% settled within its range; \
         {:.1}% to {:.1}% would be chance. {}",
        pounds(measured.claimed),
        pounds(all.mae.value),
        pounds(all.mae.low),
        pounds(all.mae.high),
        grouped(all.claims as u64),
        100.0 * all.coverage,
        100.0 * all.band.low,
        100.0 * all.band.high,
        of_unseen(measured),
    );
    let narrow = all.coverage < all.band.low;
    let tone = match (measured.refuses().is_some(), narrow) {
        (true, _) => Tone::Bad,
        (false, true) => Tone::Notice,
        (false, false) => Tone::Good,
    };
    vec![Part::Notice(tone, words), Part::Chart(by_kind(measured, all))]
}

/// How much of it the version cannot have learnt from.
fn of_unseen(measured: &Measured) -> String {
    match &measured.unseen {
        Some(s) => format!(
            "On the {} recorded since it was made it errs by {} ({} to {}).",
            grouped(s.claims as u64),
            pounds(s.mae.value),
            pounds(s.mae.low),
            pounds(s.mae.high)
        ),
        None => format!(
            "Only {} were recorded since it was made: from the others it may have learnt, and then errs by more on new claims.",
            grouped(measured.since as u64)
        ),
    }
}

fn by_kind(measured: &Measured, all: &Slice) -> Chart {
    const TITLE: &str = "Mean error on true outcomes";
    let slices = || {
        let part =
            |group: &'static str, slices: &'_ [Slice]| slices.iter().map(|s| (group, s.clone())).collect::<Vec<_>>();
        std::iter::once(("", all.clone()))
            .chain(part("By kind", &measured.by_kind))
            .chain(part("By value", &measured.by_value))
    };
    let dots: Vec<_> = slices()
        .map(|(group, s)| chart::dots::Dot {
            label: s.name.clone(),
            group,
            value: s.mae.value,
            interval: Some((s.mae.low, s.mae.high)),
            expected: None,
        })
        .collect();
    let mut table =
        Table::new(TITLE, &["Claims", "#Distinct", "#MAE", "#95% interval", "#Bias", "#Inside the range"], "");
    for (_, s) in slices() {
        table.row(vec![
            Cell::text(&s.name),
            Cell::Number(s.claims as i64),
            Cell::Figure(pounds(s.mae.value)),
            Cell::Figure(interval(&s.mae)),
            Cell::Figure(pounds(s.bias.value)),
            Cell::Figure(format!("{:.1}%", 100.0 * s.coverage)),
        ]);
    }
    Chart {
        title: TITLE.into(),
        hint: "Lines are 95% intervals over claims; copies of a claim count once. The line across is what it claims."
            .into(),
        svg: chart::dots::draw(TITLE, &dots, Some(measured.claimed), pounds),
        table,
    }
}

pub(super) fn interval(estimate: &Estimate) -> String {
    format!("{} to {}", pounds(estimate.low), pounds(estimate.high))
}
