//! Saving claims that are prepared: many with a statement of many rows each, in a transaction or in one go.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::Money;
use domain::calendar::london_date;
use domain::id::CompanyId;
use domain::settlement::ClaimStatus;
use store::claims::{self, Claim, ClaimKeys};
use store::figures::{Measure, Tally};
use store::predictions::{self, Prediction};
use store::retries::{self, Remembered};
use store::trials::{self, Pin};
use store::usage::{self, Usage};
use store::{Handle, Store, Tx, Writes};

use super::create::{Entered, Prepared};
use crate::Result;
use crate::models::serving::OnTrial;

/// Claims with their predictions, usage and audit rows: a statement for many rows of each. Whose they are
/// does not matter.
pub(super) async fn save_all(tx: &Tx, prepared: Vec<Prepared>) -> Result<Vec<Entered>> {
    let mut first = BTreeMap::new();
    for (company, count) in claims_by_company(&prepared) {
        first.insert(company, claims::take_numbers(tx, company, count).await?);
    }
    let mut writes = Writes::default();
    let mut rows = Rows::of(&mut writes, prepared, first);
    let keys = claims::claimants(tx, &rows.claims, &mut writes).await?;
    rows.put(tx, &mut writes, &keys)?;
    tx.write(writes).await?;
    Ok(rows.entered())
}

/// The same as a change of its own, where what it builds on is remembered; with requests to be remembered by
/// what they entered. `None` where it is to be made in a transaction.
pub(super) async fn save_alone<F>(
    store: &Store,
    prepared: Vec<Prepared>,
    stamp: i64,
    remembered: F,
) -> Result<Option<Vec<Entered>>>
where
    F: FnOnce(&[Entered]) -> Result<Vec<(CompanyId, String, Remembered)>>,
{
    let Some(now) = prepared.first().map(Prepared::at) else { return Ok(None) };
    let mut alone = store.alone().await;
    let mut first = BTreeMap::new();
    for (company, count) in claims_by_company(&prepared) {
        match claims::take_numbers_alone(&mut alone, company, count).await? {
            Some(number) => first.insert(company, number),
            None => return Ok(None),
        };
    }
    let mut writes = Writes::default();
    let mut rows = Rows::of(&mut writes, prepared, first);
    let Some(keys) = claims::claimants_alone(store, &rows.claims, &mut writes).await? else { return Ok(None) };
    rows.put(store, &mut writes, &keys)?;
    let entered = rows.entered();
    retries::put_all(store, &mut writes, &remembered(&entered)?, now).await?;
    Ok(alone.write(writes, stamp).await?.then_some(entered))
}

/// How many claims each company enters.
fn claims_by_company(prepared: &[Prepared]) -> BTreeMap<CompanyId, usize> {
    let mut counts: BTreeMap<CompanyId, usize> = BTreeMap::new();
    for one in prepared {
        *counts.entry(one.claim.company).or_default() += 1;
    }
    counts
}

/// What is saved of claims, side by side.
struct Rows {
    claims: Vec<(Claim, claims::Protected)>,
    predictions: Vec<Option<(Prediction, String, i32)>>,
    usage: Vec<Usage>,
    pins: Vec<Pin>,
    shadows: Vec<Option<Arc<OnTrial>>>,
}

impl Rows {
    /// Numbers the claims, from the first number of each company on; counts and records them.
    fn of(writes: &mut Writes, prepared: Vec<Prepared>, mut next: BTreeMap<CompanyId, i64>) -> Rows {
        let many = prepared.len();
        let (mut claims, mut predictions) = (Vec::with_capacity(many), Vec::with_capacity(many));
        let mut usages = Vec::with_capacity(many);
        let (mut pins, mut shadows) = (Vec::new(), Vec::with_capacity(many));
        for one in prepared {
            let Prepared { mut claim, protected, prediction, usage, event, pin, shadow } = one;
            if let Some(number) = next.get_mut(&claim.company) {
                claim.number = *number;
                *number += 1;
            }
            for tally in tallies(&claim, usage.as_ref()) {
                writes.tally(tally);
            }
            claims.push((claim, protected));
            predictions.push(prediction);
            usages.extend(usage);
            pins.extend(pin);
            shadows.push(shadow);
            writes.audit(event);
        }
        Rows { claims, predictions, usage: usages, pins, shadows }
    }

    fn put(&mut self, handle: &impl Handle, writes: &mut Writes, keys: &ClaimKeys) -> Result<()> {
        claims::create_all(handle, writes, &mut self.claims, keys)?;
        let made: Vec<(usize, &Prediction)> =
            self.predictions.iter().enumerate().filter_map(|(i, p)| p.as_ref().map(|p| (i, &p.0))).collect();
        predictions::create_all(writes, &made, keys)?;
        usage::record_all(writes, &self.usage);
        trials::pin_all(writes, &self.pins);
        Ok(())
    }

    fn entered(self) -> Vec<Entered> {
        let all = self.claims.into_iter().zip(self.predictions).zip(self.shadows);
        all.map(|(((claim, _), prediction), shadow)| Entered { claim, prediction, shadow }).collect()
    }
}

/// What a new claim adds to the figures.
fn tallies(claim: &Claim, usage: Option<&Usage>) -> Vec<Tally> {
    let day = Some(london_date(claim.created_at));
    let entered = Tally {
        company: claim.company,
        measure: Measure::Entered,
        day,
        label: claim.created_by.clone(),
        number: 1,
        amount: claim.total,
    };
    let mut all = vec![stands(claim, claim.status, 1), entered];
    all.extend(usage.map(used));
    all
}

/// A claim that begins (1) or ends (−1) to stand so.
pub(super) fn stands(claim: &Claim, status: ClaimStatus, number: i64) -> Tally {
    Tally {
        company: claim.company,
        measure: Measure::Standing,
        day: None,
        label: format!("{}|{}", status.key(), claim.created_by),
        number,
        amount: Money::ZERO,
    }
}

pub(super) fn used(usage: &Usage) -> Tally {
    Tally {
        company: usage.company,
        measure: Measure::Predicted,
        day: Some(london_date(usage.at)),
        label: format!("{}|{}", usage.channel, if usage.billable { "charged" } else { "free" }),
        number: 1,
        amount: Money::ZERO,
    }
}
