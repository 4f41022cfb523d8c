//! The claims a model learns from.

use std::collections::{BTreeMap, BTreeSet};

use domain::Head;

use crate::{
    data::{ParsedFile, Protected},
    features::{Feature, Recovered, Schema},
    interval::ClaimKind,
};

/// Claims with a settlement, as numbers. All vectors have one entry for each row.
#[derive(Debug, Clone)]
pub struct Sample {
    pub features: Vec<Feature>,
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
        let features = Feature::all();
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
            sample.rows.push(sample.features.iter().map(|f| f.value(&claim)).collect());
            sample.settlement.push(settlement.as_pounds());
            sample.total.push(claim.total());
            sample.kind.push(ClaimKind::of(&claim));
            sample.protected.push(row.protected.clone());
            sample.line.push(row.line);
            sample.group.push(settlement.as_pounds().round() as i64);
            sample.recovered.push(claim);
        }
        sample.weight = sample.weights();
        sample
    }

    /// The columns of `rows`.
    pub fn schema(&self) -> Schema {
        Schema::of(&self.features)
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
