//! Two versions side by side on the same claims (story 22): on true outcomes, where they are known, with the interval of
//! the difference; and on the newest claims, amount by amount.

use std::sync::Arc;

use contract::ErrorKind;
use contract::page::{Asks, Chart, Filter, Part, Report};
use contract::table::{Cell, Table, Tone, grouped};
use domain::money::whole_pounds as pounds;
use domain::policy::Permission;
use ml::evaluate::{Estimate, Judged, mean};
use ml::interval::ClaimKind;
use store::models::{self, Model};
use store::predictions::{self, PredictionQuery};

use super::{deploys_for, list, measure, operator, title, view};
use crate::models::cache::Loaded;
use crate::reports::Query;
use crate::reports::parts::{filter, only};
use crate::{Ctx, Error, Result, id_from};

/// How many of the newest predicted claims both versions answer.
const CLAIMS: u64 = 200;
/// How many of them are listed.
const SHOWN: usize = 25;
/// The newest outcomes on which both are judged.
const OUTCOMES: u64 = 1_000;
/// Claims without which a difference is not judged.
pub(super) const FEWEST: usize = 60;
const DRAWS: usize = 1_000;

/// Which versions the address asks for, to choose from.
pub(crate) async fn filters(ctx: &Ctx, query: &Query) -> Result<Vec<Filter>> {
    let registry = list::Registry::of(ctx).await?;
    let (left, right) = pair(ctx, &registry, query).await?;
    let none = (String::new(), "Choose…".to_owned());
    let choices: Vec<_> = std::iter::once(none).chain(registry.choices()).collect();
    let side = |name: &str, label: &str, value: String| Filter {
        value,
        ..filter(query, name, label, Asks::Choice(choices.clone()))
    };
    Ok(vec![
        side("left", "Version", left),
        side("right", "and version", right),
        only(query, "different", "Differences only"),
    ])
}

/// The two that the address names; in the place of one that it does not name, what serves, or the newest beside the other.
async fn pair(ctx: &Ctx, registry: &list::Registry, query: &Query) -> Result<(String, String)> {
    let named = |name: &str| Some(query.text(name).to_owned()).filter(|id| !id.is_empty());
    let (left, right) = (named("left"), named("right"));
    let left = left.or_else(|| registry.serving.map(|id| id.to_string()).filter(|id| Some(id) != right.as_ref()));
    let (Some(left), None) = (&left, &right) else {
        return Ok((left.unwrap_or_default(), right.unwrap_or_default()));
    };
    let withdrawn: Vec<_> =
        models::withdrawn(ctx.store(), deploys_for(ctx)).await?.into_iter().map(|w| w.model).collect();
    let serving = registry.serving.filter(|id| id.to_string() != *left);
    let other = serving.or_else(|| registry.newest_beside(left.parse().ok()?, &withdrawn));
    Ok((left.clone(), other.map(|id| id.to_string()).unwrap_or_default()))
}

/// A version that is compared.
struct Side {
    model: Model,
    name: String,
    manifest: ml::Manifest,
    loaded: Arc<Loaded>,
}

impl Side {
    async fn of(ctx: &Ctx, registry: &list::Registry, id: &str) -> Result<Side> {
        let model = models::find(ctx.store(), ctx.caller.reach, operator(ctx).await?, id_from(id)?).await?;
        let manifest = serde_json::from_str(&model.manifest)?;
        let loaded = ctx.app.models.get(&ctx.app, model.id).await?;
        let name = registry.named(model.id).unwrap_or_else(|| title(&model.name, model.version));
        Ok(Side { name, model, manifest, loaded })
    }
}

pub(crate) async fn page(ctx: &Ctx, query: &Query) -> Result<Report> {
    ctx.require(Permission::ReadModels)?;
    let (left, right) = pair(ctx, &list::Registry::of(ctx).await?, query).await?;
    let parts = match (left.as_str(), right.as_str()) {
        ("", _) | (_, "") => vec![Part::Notice(Tone::Plain, "Choose two versions.".into())],
        (left, right) => compare(ctx, left, right, query.is("different")).await?,
    };
    Ok(Report { parts, filter: "Compare".into(), ..Report::default() })
}

/// Both versions value the same claims from the facts as they were.
///
/// # Errors
///
/// Refused where they are the same, or are not within reach.
pub async fn compare(ctx: &Ctx, left: &str, right: &str, different: bool) -> Result<Vec<Part>> {
    ctx.require(Permission::ReadModels)?;
    let registry = list::Registry::of(ctx).await?;
    let (left, right) = (Side::of(ctx, &registry, left).await?, Side::of(ctx, &registry, right).await?);
    if left.model.id == right.model.id {
        return Err(Error::refused(ErrorKind::Invalid, "Choose two different versions."));
    }
    let mut parts = on_outcomes(ctx, &left, &right).await?;
    let (words, claims) = on_newest(ctx, &left, &right, different).await?;
    parts.push(Part::Notice(Tone::Plain, words));
    parts.extend(apart(&left, &right).map(|words| Part::Notice(Tone::Notice, words)));
    parts.push(Part::Table(in_training(&left, &right, different)));
    parts.push(Part::Table(claims));
    Ok(parts)
}

/// The absolute error of the right less that of the left, claim by claim.
pub(crate) struct Paired {
    kind: ClaimKind,
    group: i64,
    difference: f64,
}

/// Pairs what two models say of the same claims.
pub(crate) fn paired(left: &[Judged], right: &[Judged]) -> Vec<Paired> {
    let pair = |(l, r): (&Judged, &Judged)| Paired { kind: l.kind, group: l.group, difference: r.error() - l.error() };
    left.iter().zip(right).map(pair).collect()
}

pub(crate) fn difference(pairs: &[&Paired]) -> Estimate {
    let values: Vec<f64> = pairs.iter().map(|p| p.difference).collect();
    let groups: Vec<i64> = pairs.iter().map(|p| p.group).collect();
    mean(&values, &groups, DRAWS, 1)
}

/// The outcomes that neither can have learnt from, where there are enough of them; else all, which is said.
fn unseen(rows: Vec<measure::Settled>, left: &Side, right: &Side) -> (Vec<measure::Settled>, bool) {
    let later = measure::made_by(&left.model).max(measure::made_by(&right.model));
    let is_new = |row: &&measure::Settled| row.at > later;
    match rows.iter().filter(is_new).count() >= FEWEST {
        true => (rows.into_iter().filter(|row| is_new(&row)).collect(), false),
        false => (rows, true),
    }
}

async fn on_outcomes(ctx: &Ctx, left: &Side, right: &Side) -> Result<Vec<Part>> {
    let material = measure::material(ctx, deploys_for(ctx), OUTCOMES).await?;
    if material.rows.len() < FEWEST {
        let words =
            format!("Which is nearer cannot be said yet: {} of {FEWEST} true outcomes are known.", material.rows.len());
        return Ok(vec![Part::Notice(Tone::Plain, words)]);
    }
    let (rows, seen) = unseen(material.rows, left, right);
    let models = (left.loaded.clone(), right.loaded.clone());
    let judged = move || {
        // What either cannot value is judged of neither.
        let both = |row: &&measure::Settled| {
            models.0.bundle.value(&row.facts).is_ok() && models.1.bundle.value(&row.facts).is_ok()
        };
        let rows: Vec<measure::Settled> = rows.iter().filter(both).map(measure::Settled::again).collect();
        paired(&measure::judge(&models.0, &rows), &measure::judge(&models.1, &rows))
    };
    let pairs = tokio::task::spawn_blocking(judged).await.map_err(Error::internal)?;
    let of = |kind: Option<ClaimKind>| pairs.iter().filter(|p| kind.is_none_or(|k| p.kind == k)).collect::<Vec<_>>();
    let all = difference(&of(None));
    let (tone, verdict) = verdict(&all, &left.name, &right.name);
    let (tone, which) = match seen {
        false => (tone, "recorded since both were made"),
        true => (Tone::Plain, "of which either may have learnt some, and then looks nearer than it is,"),
    };
    let words = format!("On {} true outcomes {which} {verdict}", grouped(pairs.len() as u64));
    const TITLE: &str = "Difference of the mean error on true outcomes";
    let mut table = Table::new(TITLE, &["Claims", "#Claims", "#Difference", "#95% interval", "Verdict"], "");
    let mut dots = Vec::new();
    let slices = std::iter::once((None, "all claims")).chain(ClaimKind::ALL.map(|k| (Some(k), k.label())));
    for (kind, label) in slices {
        let some = of(kind);
        if some.len() < FEWEST {
            table.row(vec![
                Cell::text(label),
                Cell::Number(some.len() as i64),
                Cell::Empty,
                Cell::Empty,
                Cell::Badge(format!("Not judged: {} of {FEWEST}", some.len()), Tone::Plain),
            ]);
            continue;
        }
        let estimate = difference(&some);
        let (tone, word) = match (estimate.is_clear(), estimate.value < 0.0) {
            (false, _) => (Tone::Plain, "No clear difference"),
            (true, true) => (Tone::Good, "Nearer"),
            (true, false) => (Tone::Bad, "Further off"),
        };
        table.row(vec![
            Cell::text(label),
            Cell::Number(some.len() as i64),
            Cell::Figure(signed(estimate.value)),
            Cell::Figure(format!("{} to {}", signed(estimate.low), signed(estimate.high))),
            Cell::Badge(word.into(), tone),
        ]);
        dots.push(chart::dots::Dot {
            label: label.into(),
            group: "",
            value: estimate.value,
            interval: Some((estimate.low, estimate.high)),
            expected: None,
        });
    }
    let hint = format!(
        "The error of {} less that of {}, claim by claim: below nil {} is nearer. Lines are 95% intervals over claims.",
        right.name, left.name, right.name
    );
    let svg = chart::dots::draw(TITLE, &dots, Some(0.0), signed);
    Ok(vec![Part::Notice(tone, words), Part::Chart(Chart { title: TITLE.into(), hint, svg, table })])
}

fn verdict(all: &Estimate, left: &str, right: &str) -> (Tone, String) {
    let between =
        format!("{} to {}", pounds(all.low.abs().min(all.high.abs())), pounds(all.low.abs().max(all.high.abs())));
    match (all.is_clear(), all.value < 0.0) {
        (false, _) => (
            Tone::Plain,
            format!(
                "no clear difference is seen: {right} is off by {} on average compared with {left} ({} to {}).",
                signed(all.value),
                signed(all.low),
                signed(all.high)
            ),
        ),
        (true, true) => {
            (Tone::Good, format!("{right} is nearer than {left}: by {} on average ({between}).", pounds(-all.value)))
        }
        (true, false) => {
            (Tone::Bad, format!("{right} is further off than {left}: by {} on average ({between}).", pounds(all.value)))
        }
    }
}

/// Pounds and pence with their sign.
fn signed(value: f64) -> String {
    domain::Money::from_pence((100.0 * value).round() as i64).signed()
}

/// Amounts on the newest predicted claims; nothing is said of who is nearer.
async fn on_newest(ctx: &Ctx, left: &Side, right: &Side, different: bool) -> Result<(String, Table)> {
    let query = PredictionQuery { page: 1, per_page: CLAIMS, ..PredictionQuery::default() };
    let (recent, _) = predictions::list(ctx.store(), ctx.caller.reach, &query).await?;
    let mut table = Table::new(
        "On the same claims, newest first",
        &["Predicted on", &format!("#{}", left.name), &format!("#{}", right.name), "#Difference"],
        if different { "They say the same of every claim." } else { "No claim has been predicted yet." },
    );
    let links = ctx.caller.holds(Permission::ExportPredictions);
    let (mut claims, mut sum) = (0u32, 0.0);
    for prediction in &recent {
        // Of an erased claimant nothing is left to predict from.
        if prediction.facts == "{}" {
            continue;
        }
        let facts = serde_json::from_str(&prediction.facts)?;
        let (Ok(a), Ok(b)) = (left.loaded.bundle.value(&facts), right.loaded.bundle.value(&facts)) else { continue };
        let difference = b.amount.checked_sub(a.amount).unwrap_or_default();
        claims += 1;
        sum += difference.as_pounds();
        if table.rows.len() < SHOWN && !(different && difference.pence() == 0) {
            table.row(vec![
                match links {
                    true => crate::reports::predictions::link(prediction.id, prediction.at),
                    false => Cell::Time(prediction.at.into()),
                },
                Cell::Money(a.amount),
                Cell::Money(b.amount),
                Cell::Figure(difference.signed()),
            ]);
        }
    }
    if claims == 0 {
        return Err(Error::refused(ErrorKind::Conflict, "There is no predicted claim yet on which to compare."));
    }
    let mean = sum / f64::from(claims);
    let direction = if mean < 0.0 { "lower" } else { "higher" };
    let words = format!(
        "On the {claims} newest predicted claims, {} is on average £{:.2} {direction} than {}.",
        right.name,
        mean.abs(),
        left.name
    );
    Ok((words, table))
}

fn in_training(left: &Side, right: &Side, different: bool) -> Table {
    let columns = ["Figure".to_owned(), format!("#{}", left.name), format!("#{}", right.name)];
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut table = Table::new("As measured in training", &columns, "Every figure is the same.");
    let claims = |side: &Side| format!("{} claims", grouped(side.manifest.metrics.claims as u64));
    let figures = |side: &Side| {
        let own = view::metrics(&side.manifest).into_iter().map(|m| (m.label, m.value));
        own.chain([("Measured on".to_owned(), claims(side))]).collect::<Vec<_>>()
    };
    for ((label, a), (_, b)) in figures(left).into_iter().zip(figures(right)) {
        if !different || a != b {
            table.row(vec![Cell::Text(label), Cell::Figure(a), Cell::Figure(b)]);
        }
    }
    table
}

/// Said where the two were measured on claims of different number: then their figures are not compared with one
/// another.
fn apart(left: &Side, right: &Side) -> Option<String> {
    let (l, r) = (left.manifest.metrics.claims, right.manifest.metrics.claims);
    (l != r && l > 0 && r > 0).then(|| {
        format!(
            "{} was measured on {} claims and {} on {}: each figure stands for itself.",
            left.name,
            grouped(l as u64),
            right.name,
            grouped(r as u64)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_claimed_only_where_its_interval_leaves_out_nil() {
        let of = |value, low, high| verdict(&Estimate { value, low, high }, "a v1", "a v2").1;
        assert!(of(-9.0, -15.0, -3.0).contains("a v2 is nearer than a v1: by £9 on average (£3 to £15)"));
        assert!(of(9.0, 3.0, 15.0).contains("further off"));
        assert!(of(-2.0, -9.0, 5.0).contains("no clear difference"));
    }

    /// As statsmodels pairs them: the interval of the differences, not that of two means.
    #[test]
    fn pairs_are_judged_by_their_difference() {
        let judged = |prediction: f64, i: i64| Judged {
            kind: ClaimKind::Special,
            group: i,
            protected: Default::default(),
            settlement: 100.0 * i as f64,
            prediction: prediction + 100.0 * i as f64,
            lower: 0.0,
            upper: 0.0,
        };
        let left: Vec<_> = (0..80).map(|i| judged(if i % 2 == 0 { 50.0 } else { -150.0 }, i)).collect();
        let right: Vec<_> = (0..80).map(|i| judged(if i % 2 == 0 { 45.0 } else { -145.0 }, i)).collect();
        let pairs = paired(&left, &right);
        let all = difference(&pairs.iter().collect::<Vec<_>>());
        assert!((all.value + 5.0).abs() < 1e-9 && all.is_clear(), "{all:?}");
    }
}
