//! Errors and predictions by group.

use serde::{Deserialize, Serialize};

use super::{Audit, SMALL};
use crate::{drift::Sorted, random::Random};

/// The share of bootstrap draws an interval holds.
const LEVEL: f64 = 0.95;

/// Pounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    pub lower: f64,
    pub upper: f64,
}

/// Pounds. There is no interval for a single claim.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    pub value: f64,
    pub interval: Option<Range>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRow<G> {
    pub group: G,
    pub rows: usize,
    pub claims: usize,
    /// Fewer claims than [`SMALL`]: too few to judge by.
    pub small: bool,
    pub mae: Estimate,
    pub mean_prediction: Estimate,
    /// Prediction less outcome.
    pub mean_error: Estimate,
}

/// The largest value of a group less the smallest, in pounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Differences {
    pub mae: f64,
    pub mean_prediction: f64,
    pub mean_error: f64,
}

/// As fairlearn's `MetricFrame`, in the order of the groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupTable<G> {
    pub groups: Vec<GroupRow<G>>,
    pub difference: Differences,
    /// The smallest mean prediction over the largest; `None` where one is not positive. There is
    /// none for the signed error, where it would mean nothing.
    pub mean_prediction_ratio: Option<f64>,
}

/// Whether the worst served group is served well enough (Agarwal, Dudík, Wu 2019).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoundedGroupLoss<G> {
    pub worst: G,
    /// Its MAE in pounds, and what it is not to exceed.
    pub loss: f64,
    pub bound: f64,
    pub holds: bool,
}

impl<G: Ord + Clone> Audit<G> {
    /// The table, with intervals from `draws` bootstrap samples of each group's claims (percentile
    /// method; Efron 1979; claims as clusters: Davison and Hinkley 1997, 3.8).
    pub fn table(&self, draws: usize, seed: u64) -> GroupTable<G> {
        let groups: Vec<GroupRow<G>> = (0..self.grouping.names.len())
            .map(|group| self.row(group, draws, &mut Random::stream(seed, group as u64)))
            .collect();
        let difference = |value: fn(&GroupRow<G>) -> f64| {
            let (low, high) = extremes(groups.iter().map(value));
            high - low
        };
        let (low, high) = extremes(groups.iter().map(|g| g.mean_prediction.value));
        GroupTable {
            difference: Differences {
                mae: difference(|g| g.mae.value),
                mean_prediction: difference(|g| g.mean_prediction.value),
                mean_error: difference(|g| g.mean_error.value),
            },
            mean_prediction_ratio: (low > 0.0).then(|| low / high),
            groups,
        }
    }

    fn row(&self, group: usize, draws: usize, random: &mut Random) -> GroupRow<G> {
        let units: Vec<Sums> = self.grouping.units_of(group).map(|rows| self.sums(rows)).collect();
        let total = Sums::of(units.iter());
        let mut drawn: [Vec<f64>; 3] = Default::default();
        for _ in 0..draws {
            let means = Sums::of((0..units.len()).map(|_| &units[random.below(units.len())])).means();
            drawn.iter_mut().zip(means).for_each(|(drawn, mean)| drawn.push(mean));
        }
        let range = |drawn: Vec<f64>| {
            let drawn = Sorted::of(drawn).filter(|_| units.len() > 1)?;
            let outside = (1.0 - LEVEL) / 2.0;
            Some(Range { lower: drawn.quantile(outside), upper: drawn.quantile(1.0 - outside) })
        };
        let [mae, mean_prediction, mean_error] = total.means();
        let [mae_drawn, prediction_drawn, error_drawn] = drawn;
        GroupRow {
            group: self.grouping.names[group].clone(),
            rows: total.rows,
            claims: units.len(),
            small: units.len() < SMALL,
            mae: Estimate { value: mae, interval: range(mae_drawn) },
            mean_prediction: Estimate { value: mean_prediction, interval: range(prediction_drawn) },
            mean_error: Estimate { value: mean_error, interval: range(error_drawn) },
        }
    }

    fn sums(&self, rows: &[usize]) -> Sums {
        let sum = |value: &dyn Fn(usize) -> f64| rows.iter().map(|row| value(*row)).sum::<f64>();
        Sums {
            rows: rows.len(),
            of: [sum(&|i| self.error[i].abs()), sum(&|i| self.prediction[i]), sum(&|i| self.error[i])],
        }
    }
}

impl<G: Clone> GroupTable<G> {
    /// `None` for a table of no groups, which an audit does not make.
    pub fn bounded_group_loss(&self, bound: f64) -> Option<BoundedGroupLoss<G>> {
        let worst = self.groups.iter().max_by(|a, b| a.mae.value.total_cmp(&b.mae.value))?;
        let loss = worst.mae.value;
        Some(BoundedGroupLoss { worst: worst.group.clone(), loss, bound, holds: loss <= bound })
    }

    /// Groups to warn of.
    pub fn small_groups(&self) -> impl Iterator<Item = &GroupRow<G>> {
        self.groups.iter().filter(|g| g.small)
    }
}

/// Absolute error, prediction and error, added up over rows.
struct Sums {
    rows: usize,
    of: [f64; 3],
}

impl Sums {
    fn of<'a>(units: impl Iterator<Item = &'a Sums>) -> Sums {
        let mut total = Sums { rows: 0, of: [0.0; 3] };
        for unit in units {
            total.rows += unit.rows;
            total.of.iter_mut().zip(unit.of).for_each(|(total, unit)| *total += unit);
        }
        total
    }

    fn means(&self) -> [f64; 3] {
        self.of.map(|sum| sum / self.rows as f64)
    }
}

fn extremes(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}
