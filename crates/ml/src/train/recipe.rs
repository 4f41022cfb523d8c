//! How each family is fitted. See docs/models.md for what was tried.

use serde::{Deserialize, Serialize};

use crate::{
    families::{
        Family, FitError, Lesson, Loss, Stage, StageRecipe, Stored,
        blend::{Blend, Weighted},
        elasticnet, forest, glm,
        histogram::{Histogram, Recipe},
        leastsquares, ridge, smartcorenet, xgboost,
    },
    random::Random,
};

/// Which of a family's settings: 0 is the one `train` uses, the others are tried in an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Setting(pub usize);

/// The settings of a family. The slow ones have but one.
pub fn settings(family: Family) -> Vec<Setting> {
    let count = match family {
        Family::Histogram | Family::Ridge | Family::SmartcoreNet | Family::ElasticNet => 3,
        _ => 1,
    };
    (0..count).map(Setting).collect()
}

/// The `setting`-th of three numbers, the first for any other setting.
const fn pick(setting: Setting, choices: [f64; 3]) -> f64 {
    match setting.0 {
        1 => choices[1],
        2 => choices[2],
        _ => choices[0],
    }
}

fn alpha(setting: Setting) -> f64 {
    pick(setting, [100.0, 10.0, 1_000.0])
}

fn penalty(setting: Setting) -> f64 {
    pick(setting, [0.1, 0.02, 0.5])
}

fn net_alpha(setting: Setting) -> f64 {
    pick(setting, [0.5, 0.1, 2.0])
}

/// Boosting over smartcore's trees.
const BOOSTING: StageRecipe =
    StageRecipe { loss: Loss::Huber(60.0), rounds: 900, rate: 0.05, depth: 4, leaf: 20, share: 0.5, features: 1.0 };

/// What the blend is made of.
const BLEND: [(f64, Family); 2] = [(0.7, Family::Histogram), (0.3, Family::Ridge)];

/// Boosting over histogram trees: the default.
pub fn histogram(setting: Setting) -> Recipe {
    Recipe {
        loss: Loss::Huber(60.0),
        rounds: pick(setting, [900.0, 1_200.0, 600.0]) as usize,
        rate: 0.05,
        leaves: 32,
        depth: pick(setting, [4.0, 3.0, 5.0]) as usize,
        rows: 20,
        share: 0.5,
        features: 0.5,
        ridge: 0.0,
        renew: false,
    }
}

/// The quantile models that intervals come from, whatever the family.
pub fn tail(quantile: f64) -> Recipe {
    Recipe {
        loss: Loss::Quantile(quantile),
        rounds: 200,
        rate: 0.05,
        leaves: 16,
        depth: 4,
        rows: 20,
        share: 0.5,
        features: 1.0,
        ridge: 0.0,
        renew: true,
    }
}

/// The quantiles of the two models. Not 5% and 95%: the sum of the heads caps a settlement, and most
/// are paid in full, so the same share of claims is held by a narrower interval that leaves out more
/// of the low ones.
pub const QUANTILES: (f64, f64) = (0.12, 0.98);

/// Fits the point model of a family. `totals` are the sums of the heads of the lesson's rows.
pub fn fit(family: Family, setting: Setting, lesson: Lesson, totals: &[f64], seed: u64) -> Result<Stored, FitError> {
    let mut random = Random::new(seed);
    match family {
        Family::Blend => {
            let part = |(weight, family)| {
                Ok(Weighted { weight, part: fit(family, Setting::default(), lesson, totals, seed)? })
            };
            let parts = BLEND.into_iter().map(part).collect::<Result<_, FitError>>()?;
            Stored::new(family, &Blend { parts })
        }
        Family::Histogram => Stored::new(family, &Histogram::fit(lesson, &histogram(setting), &mut random)?),
        Family::Boosting => Stored::new(family, &Stage::fit(lesson, &BOOSTING, &mut random)?),
        Family::XgBoost => Stored::new(family, &xgboost::fit(lesson, seed)?),
        Family::Forest => Stored::new(family, &forest::fit(lesson, seed)?),
        Family::ExtraTrees => Stored::new(family, &forest::fit_extra(lesson, seed)?),
        Family::Ridge => Stored::new(family, &ridge::fit(lesson, alpha(setting))?),
        Family::SmartcoreNet => Stored::new(family, &smartcorenet::fit(lesson, net_alpha(setting))?),
        Family::ElasticNet => Stored::new(family, &elasticnet::fit(lesson, penalty(setting))?),
        Family::LeastSquares => Stored::new(family, &leastsquares::fit(lesson)?),
        Family::Glm => Stored::new(family, &glm::fit(lesson, totals)?),
        Family::Imported => Err(FitError::Imported),
    }
}

/// Fits the quantile model of one end of the intervals.
pub fn fit_tail(lesson: Lesson, quantile: f64, seed: u64) -> Result<Stored, FitError> {
    Stored::new(Family::Histogram, &Histogram::fit(lesson, &tail(quantile), &mut Random::new(seed))?)
}

/// The settings of a family in words, for the manifest.
pub fn describe(family: Family, setting: Setting) -> String {
    match family {
        Family::Blend => {
            let part = |(weight, family): (f64, Family)| {
                format!("{weight} of {family} ({})", describe(family, Setting::default()))
            };
            BLEND.map(part).join(" + ")
        }
        Family::Histogram => format!("{}; of a higher head never less is taken off", histogram(setting).words()),
        Family::Boosting => {
            let StageRecipe { rounds, rate, depth, leaf, share, .. } = BOOSTING;
            format!(
                "Huber loss at £60, {rounds} trees, rate {rate}, {depth} splits deep, at least {leaf} rows a leaf, {share} of the rows a tree"
            )
        }
        Family::XgBoost => "squared error within its 2% and 98% quantiles, 200 trees, rate 0.05, 4 splits deep".into(),
        Family::Forest => "300 trees, 8 splits deep, a third of the features at each split".into(),
        Family::ExtraTrees => "300 trees, 8 splits deep, half of the features at each split, random thresholds".into(),
        Family::Ridge => {
            format!("alpha {}, standardised features, target within its 2% and 98% quantiles", alpha(setting))
        }
        Family::SmartcoreNet => {
            let alpha = net_alpha(setting);
            format!("alpha {alpha}, L1 share 0.5, standardised features, target within its 2% and 98% quantiles")
        }
        Family::ElasticNet => {
            let penalty = penalty(setting);
            format!("penalty {penalty}, L1 share 0.5, standardised features, target within its 2% and 98% quantiles")
        }
        Family::LeastSquares => "standardised features, target within its 2% and 98% quantiles".into(),
        Family::Glm => {
            "share of the sum of the heads, Tweedie of power 1.5, logarithmic link, asinh of the features, alpha 0.001"
                .into()
        }
        Family::Imported => "fitted elsewhere".into(),
    }
}

impl Recipe {
    /// In words, for the manifest.
    pub fn words(&self) -> String {
        let Recipe { loss, rounds, rate, leaves, depth, rows, share, features, .. } = self;
        let loss = match loss {
            Loss::Huber(bound) => format!("Huber loss at £{bound}"),
            Loss::Absolute => "absolute error".to_owned(),
            Loss::Quantile(q) => format!("pinball loss at {q:.3}"),
        };
        format!(
            "{loss}, {rounds} trees of at most {leaves} leaves and {depth} splits a path, rate {rate}, at least {rows} rows a leaf, {share} of the rows and {features} of the features a tree"
        )
    }
}
