//! Two versions side by side on the same claims (story 22).

use contract::ErrorKind;
use contract::model::Comparison;
use contract::table::{Cell, Table, grouped};
use domain::policy::Permission;
use store::models;
use store::predictions::{self, PredictionQuery};

use super::{operator, title, view};
use crate::{Ctx, Error, Result, id_from};

/// How many of the newest predicted claims both versions answer.
const CLAIMS: u64 = 200;
/// How many of them are listed.
const SHOWN: usize = 25;

/// Both versions value the newest predicted claims within reach from the facts as they were. Where
/// a claim is settled by more than accepting the prediction, the errors are compared as well.
pub async fn compare(ctx: &Ctx, left: &str, right: &str) -> Result<Comparison> {
    ctx.require(Permission::ReadModels)?;
    let operator = operator(ctx).await?;
    let left = models::find(ctx.store(), ctx.caller.reach, operator, id_from(left)?).await?;
    let right = models::find(ctx.store(), ctx.caller.reach, operator, id_from(right)?).await?;
    if left.id == right.id {
        return Err(Error::refused(ErrorKind::Invalid, "Choose two different versions."));
    }
    let (l, r) = (title(&left.name, left.version), title(&right.name, right.version));
    let mut metrics = Table::new("As measured in training", &["Figure", &format!("#{l}"), &format!("#{r}")], "");
    let manifests: (ml::Manifest, ml::Manifest) =
        (serde_json::from_str(&left.manifest)?, serde_json::from_str(&right.manifest)?);
    for (a, b) in view::metrics(&manifests.0).into_iter().zip(view::metrics(&manifests.1)) {
        metrics.row(vec![Cell::Text(a.name), Cell::Figure(a.value), Cell::Figure(b.value)]);
    }
    let claims_of =
        |manifest: &ml::Manifest| Cell::Figure(format!("{} claims", grouped(manifest.metrics.claims as u64)));
    metrics.row(vec![Cell::text("Measured on"), claims_of(&manifests.0), claims_of(&manifests.1)]);
    let models = (ctx.app.models.get(&ctx.app, left.id).await?, ctx.app.models.get(&ctx.app, right.id).await?);
    let query = PredictionQuery { page: 1, per_page: CLAIMS, ..PredictionQuery::default() };
    let (recent, _) = predictions::list(ctx.store(), ctx.caller.reach, &query).await?;
    let ids: Vec<_> = recent.iter().map(|p| p.claim).collect();
    let decisions = store::decisions::of_claims(ctx.store(), ctx.caller.reach, &ids).await?;
    let mut claims = Table::new(
        "On the same claims, newest first",
        &["Predicted on", &format!("#{l}"), &format!("#{r}"), "#Difference", "#Settled by a person"],
        "No claim has been predicted yet.",
    );
    let mut sums = Sums::default();
    for prediction in &recent {
        // Of an erased claimant nothing is left to predict from.
        if prediction.facts == "{}" {
            continue;
        }
        let facts = serde_json::from_str(&prediction.facts)?;
        let (Ok(a), Ok(b)) = (models.0.bundle.predict(&facts), models.1.bundle.predict(&facts)) else { continue };
        // An accepted prediction is not an independent outcome: it says nothing of who is nearer.
        let settled = decisions
            .iter()
            .find(|d| d.claim == prediction.claim && d.kind != domain::settlement::DecisionKind::Accepted)
            .map(|d| d.amount);
        sums.add(a.amount.as_pounds(), b.amount.as_pounds(), settled.map(|s| s.as_pounds()));
        if claims.rows.len() < SHOWN {
            let difference = b.amount.checked_sub(a.amount).unwrap_or_default();
            claims.row(vec![
                Cell::Time(prediction.at.into()),
                Cell::Money(a.amount),
                Cell::Money(b.amount),
                Cell::Figure(difference.signed()),
                Cell::money(settled),
            ]);
        }
    }
    if sums.claims == 0 {
        return Err(Error::refused(ErrorKind::Conflict, "There is no predicted claim yet on which to compare."));
    }
    let rows = |manifest: &ml::Manifest| manifest.metrics.claims;
    let measured_on = apart((&l, rows(&manifests.0)), (&r, rows(&manifests.1)));
    Ok(Comparison { words: sums.words(&l, &r), measured_on, left: l, right: r, metrics, claims })
}

/// Said where the two were measured on claims of different number: then their figures are not compared with one
/// another.
fn apart((left, l): (&str, usize), (right, r): (&str, usize)) -> Option<String> {
    (l != r && l > 0 && r > 0).then(|| {
        format!(
            "{left} was measured on {} claims and {right} on {}: each figure stands for itself. Which is nearer on the \
             same claims is said above.",
            grouped(l as u64),
            grouped(r as u64)
        )
    })
}

#[derive(Default)]
struct Sums {
    claims: u32,
    difference: f64,
    settled: u32,
    errors: (f64, f64),
}

impl Sums {
    fn add(&mut self, left: f64, right: f64, settled: Option<f64>) {
        self.claims += 1;
        self.difference += right - left;
        if let Some(settled) = settled {
            self.settled += 1;
            self.errors.0 += (left - settled).abs();
            self.errors.1 += (right - settled).abs();
        }
    }

    fn words(&self, left: &str, right: &str) -> String {
        let mean = self.difference / f64::from(self.claims.max(1));
        let direction = if mean < 0.0 { "lower" } else { "higher" };
        let mut words = format!(
            "On the {} newest predicted claims, {right} is on average £{:.2} {direction} than {left}.",
            self.claims,
            mean.abs()
        );
        if self.settled > 0 {
            let n = f64::from(self.settled);
            let (l, r) = (self.errors.0 / n, self.errors.1 / n);
            let verdict = match (r - l) / l.max(0.01) {
                d if d < -0.01 => "is nearer: better",
                d if d > 0.01 => "is further off: worse",
                _ => "is as near: no better and no worse",
            };
            words += &format!(
                " On the {} of them that people settled for an amount of their own, {right} {verdict}. It is £{r:.2} off on average, {left} £{l:.2}. \
                 Overridden claims are the harder ones: this is no measure of accuracy on all claims.",
                self.settled
            );
        }
        words
    }
}
