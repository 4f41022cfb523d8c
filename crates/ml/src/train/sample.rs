//! The claims a model learns from.

use std::collections::{BTreeMap, BTreeSet};

use domain::Head;

use crate::{
    data::{ParsedFile, Protected},
    features::{Askers, Feature, Figures, Recovered, Schema},
    interval::ClaimKind,
};

/// Claims with a settlement, as numbers. All vectors have one entry for each row.
#[derive(Debug, Clone)]
pub struct Sample {
    pub features: Vec<Feature>,
    /// Each as a model sees it that learns from all: see [`Sample::seen_from`].
    pub rows: Vec<Vec<f64>>,
    pub recovered: Vec<Recovered>,
    /// Pounds.
    pub settlement: Vec<f64>,
    /// Pounds: the sum of the known heads.
    pub total: Vec<f64>,
    pub kind: Vec<ClaimKind>,
    /// For audits only: no model sees it.
    pub protected: Vec<Protected>,
    /// Of the file each row was read from.
    pub line: Vec<u64>,
    /// Rows of one group are never split by a fold: the settlement to the pound, because copies
    /// of a claim share it.
    pub group: Vec<i64>,
    /// What a row counts in training: 1/√n for a claim of which there are n copies.
    pub weight: Vec<f64>,
    /// Rows without a settlement, left out.
    pub skipped: usize,
}

impl Sample {
    /// The rows of `file` that have a settlement.
    pub fn of(file: &ParsedFile) -> Sample {
        let features = Feature::trained();
        let mut sample = Sample {
            rows: Vec::new(),
            recovered: Vec::new(),
            settlement: Vec::new(),
            total: Vec::new(),
            kind: Vec::new(),
            protected: Vec::new(),
            line: Vec::new(),
            group: Vec::new(),
            weight: Vec::new(),
            skipped: 0,
            features,
        };
        for row in &file.rows {
            let Some(settlement) = row.settlement else {
                sample.skipped += 1;
                continue;
            };
            let claim = Recovered::of(&row.facts);
            sample.rows.push(sample.features.iter().map(|f| f.value(&claim, &Figures::default())).collect());
            sample.settlement.push(settlement.as_pounds());
            sample.total.push(claim.total());
            sample.kind.push(ClaimKind::of(&claim));
            sample.protected.push(row.protected.clone());
            sample.line.push(row.line);
            sample.group.push(settlement.as_pounds().round() as i64);
            sample.recovered.push(claim);
        }
        sample.weight = sample.weights();
        sample.rows = sample.seen_from(|_| true);
        sample
    }

    /// The columns of `rows`, with the figures of all claims.
    pub fn schema(&self) -> Schema {
        Schema { figures: self.askers(|_| true).figures(), ..Schema::of(&self.features) }
    }

    /// For each column, which way the settlement less the sum of the heads may go with it.
    pub fn rules(&self) -> Vec<i8> {
        self.features.iter().map(|f| f.rule()).collect()
    }

    /// The rows as a model sees them that learns from those `of` the sample: what it counts, it counts
    /// in them, and never in the row's own group, neither when it learns from the row nor when it is
    /// asked.
    pub fn seen_from(&self, of: impl Fn(usize) -> bool) -> Vec<Vec<f64>> {
        let askers = self.askers(of);
        let mut rows = self.rows.clone();
        for (column, feature) in self.features.iter().enumerate() {
            if let Feature::Familiar(head) = feature {
                for (i, row) in rows.iter_mut().enumerate() {
                    row[column] = askers.others(*head, &self.recovered[i], self.group[i]);
                }
            }
        }
        rows
    }

    fn askers(&self, of: impl Fn(usize) -> bool) -> Askers {
        let rows = (0..self.len()).filter(|&i| of(i));
        Askers::of(rows.map(|i| (&self.recovered[i], self.group[i])))
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Groups: the number of claims, counted cautiously.
    pub fn claims(&self) -> usize {
        self.group.iter().collect::<BTreeSet<_>>().len()
    }

    fn weights(&self) -> Vec<f64> {
        let signature = |i: usize| -> Vec<i64> {
            let pence = |h: &Head| (self.recovered[i].amount(*h) * 100.0).round() as i64;
            Head::ALL.iter().map(pence).chain([self.group[i]]).collect()
        };
        let mut copies: BTreeMap<Vec<i64>, f64> = BTreeMap::new();
        for i in 0..self.len() {
            *copies.entry(signature(i)).or_default() += 1.0;
        }
        (0..self.len()).map(|i| copies[&signature(i)].sqrt().recip()).collect()
    }
}
