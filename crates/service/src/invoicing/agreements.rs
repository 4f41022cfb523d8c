//! What a company agreed to and what it used: what drafts, what-if bills and statements are reckoned from.

use std::collections::BTreeMap;

use billing::Span;
use billing::agreement::{Amendment as Agreed, Bill, Used};
use billing::meter::Use;
use chrono::{DateTime, NaiveDate, Utc};
use domain::calendar::midnight;
use domain::id::{CompanyId, ModelId};
use store::contracts::Amendment;
use store::usage::{self, Counted, Stands};
use store::{Handle, Reach, contracts, models};

use crate::{Error, Result};

/// What was agreed with a company, oldest first, as long as its contract holds.
pub(crate) async fn agreed(handle: &impl Handle, company: CompanyId) -> Result<Vec<Amendment>> {
    let mut all = contracts::amendments(handle, company).await?;
    let contract = contracts::of_company(handle, Reach::Operator, company).await?;
    // One that renews goes on until somebody says otherwise.
    let ends = contract.filter(|c| !c.renews).and_then(|c| c.ends_on);
    for amendment in &mut all {
        amendment.agreed.until = ends;
    }
    Ok(all)
}

/// The rules alone.
pub(crate) fn rules(amendments: &[Amendment]) -> Vec<Agreed> {
    amendments.iter().map(|a| a.agreed.clone()).collect()
}

/// Billable use by day and kind, with the channels and models that make each kind.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    pub used: Vec<Used>,
    kinds: BTreeMap<Use, Vec<(String, ModelId)>>,
}

impl Usage {
    /// What a company used before an instant, from one on where there is one.
    pub async fn read(
        handle: &impl Handle,
        company: CompanyId,
        times: (Option<DateTime<Utc>>, DateTime<Utc>),
        stands: Stands,
    ) -> Result<Usage> {
        let counted = usage::counted(handle, company, times, stands).await?;
        Usage::of(handle, company, counted).await
    }

    async fn of(handle: &impl Handle, company: CompanyId, counted: Vec<Counted>) -> Result<Usage> {
        let mut own: BTreeMap<ModelId, bool> = BTreeMap::new();
        let mut usage = Usage::default();
        for some in counted {
            let own = match own.get(&some.model) {
                Some(own) => *own,
                None => {
                    // A company has a handful of models in its life.
                    let is = models::named(handle, some.model).await?.company == company;
                    own.insert(some.model, is);
                    is
                }
            };
            let model = if own { "own" } else { "shared" };
            let of = Use { channel: some.channel.clone(), model: model.into() };
            let pair = (some.channel, some.model);
            let pairs = usage.kinds.entry(of.clone()).or_default();
            if !pairs.contains(&pair) {
                pairs.push(pair);
            }
            // Several models of one kind are one row.
            match usage.used.iter_mut().rev().take_while(|u| u.day == some.day).find(|u| u.of == of) {
                Some(row) => row.units += some.number,
                None => usage.used.push(Used { day: some.day, of, units: some.number }),
            }
        }
        usage.used.sort_by(|a, b| (a.day, &a.of).cmp(&(b.day, &b.of)));
        Ok(usage)
    }

    pub fn units(&self) -> u64 {
        self.used.iter().map(|u| u.units).sum()
    }

    /// The channels and models of these kinds of use.
    pub fn pairs(&self, of: &[Use]) -> Vec<(String, ModelId)> {
        of.iter().filter_map(|u| self.kinds.get(u)).flatten().cloned().collect()
    }

    /// Of all kinds.
    pub fn all_pairs(&self) -> Vec<(String, ModelId)> {
        self.kinds.values().flatten().cloned().collect()
    }

    /// What lies within these days.
    pub fn within(&self, span: Span) -> Vec<Used> {
        self.used.iter().filter(|u| span.contains(u.day)).cloned().collect()
    }
}

/// The instants of these days: from, inclusive, and until, exclusive.
pub(crate) fn instants(span: Span) -> (DateTime<Utc>, DateTime<Utc>) {
    (midnight(span.from), midnight(span.until))
}

/// What a whole period costs by these rules.
pub(crate) fn bill(period: Span, rules: &[Agreed], used: &[Used], company: &str) -> Result<Bill> {
    billing::agreement::bill(period, rules, used).map_err(|error| unpriced(company, &error))
}

/// Why something cannot be charged, with how to mend it.
pub(crate) fn unpriced(company: &str, error: &billing::agreement::BillError) -> Error {
    let words = format!("{company}: {error}. Then run this again.");
    Error::refused(contract::ErrorKind::Conflict, words)
}

/// The rules as if a company had agreed to a card from a day on, with nothing else changed.
pub(crate) fn as_if(rules: &[Agreed], card: &billing::RateCard, from: NaiveDate) -> Vec<Agreed> {
    let mut changed: Vec<Agreed> = rules.to_vec();
    for agreed in &mut changed {
        agreed.card = card.clone();
    }
    if let Some(first) = changed.first_mut() {
        first.from = first.from.min(from);
    }
    changed
}
