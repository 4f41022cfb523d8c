//! How each family is fitted. See docs/models.md for what was tried.

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

/// Boosting over smartcore's trees.
const BOOSTING: StageRecipe =
    StageRecipe { loss: Loss::Huber(60.0), rounds: 900, rate: 0.05, depth: 4, leaf: 20, share: 0.5, features: 1.0 };

/// What the blend is made of.
const BLEND: [(f64, Family); 2] = [(0.7, Family::Histogram), (0.3, Family::Ridge)];

/// Boosting over histogram trees: the default.
pub fn histogram() -> Recipe {
    Recipe {
        loss: Loss::Huber(60.0),
        rounds: 900,
        rate: 0.05,
        leaves: 16,
        depth: 4,
        rows: 20,
        share: 0.5,
        features: 0.5,
        ridge: 0.0,
        renew: false,
        monotone: Vec::new(),
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
        monotone: Vec::new(),
    }
}

/// The quantiles of the two models. Not 5% and 95%: the sum of the heads caps a settlement, and most
/// are paid in full, so the same share of claims is held by a narrower interval that leaves out more
/// of the low ones.
pub const QUANTILES: (f64, f64) = (0.12, 0.98);

/// Fits the point model of a family. `totals` are the sums of the heads of the lesson's rows.
pub fn fit(family: Family, lesson: Lesson, totals: &[f64], seed: u64, stream: u64) -> Result<Stored, FitError> {
    let mut random = Random::stream(seed, stream);
    match family {
        Family::Blend => {
            let part = |(weight, family)| {
                Ok(Weighted { weight, part: fit(family, lesson, totals, seed, stream)? })
            };
            let parts = BLEND.into_iter().map(part).collect::<Result<_, FitError>>()?;
            Stored::new(family, &Blend { parts })
        }
        Family::Histogram => Stored::new(family, &Histogram::fit(lesson, &histogram(), &mut random)?),
        Family::Boosting => Stored::new(family, &Stage::fit(lesson, &BOOSTING, &mut random)?),
        Family::XgBoost => Stored::new(family, &xgboost::fit(lesson, seed)?),
        Family::Forest => Stored::new(family, &forest::fit(lesson, seed)?),
        Family::ExtraTrees => Stored::new(family, &forest::fit_extra(lesson, seed)?),
        Family::Ridge => Stored::new(family, &ridge::fit(lesson)?),
        Family::SmartcoreNet => Stored::new(family, &smartcorenet::fit(lesson)?),
        Family::ElasticNet => Stored::new(family, &elasticnet::fit(lesson)?),
        Family::LeastSquares => Stored::new(family, &leastsquares::fit(lesson)?),
        Family::Glm => Stored::new(family, &glm::fit(lesson, totals)?),
        Family::Imported => Err(FitError::Imported),
    }
}

/// The settings of a family in words, for the manifest.
pub fn describe(family: Family) -> String {
    match family {
        Family::Blend => {
            let part = |(weight, family): (f64, Family)| format!("{weight} of {family} ({})", describe(family));
            BLEND.map(part).join(" + ")
        }
        Family::Histogram => histogram().words(),
        Family::Boosting => {
            let StageRecipe { rounds, rate, depth, leaf, share, .. } = BOOSTING;
            format!(
                "Huber loss at £60, {rounds} trees, rate {rate}, {depth} splits deep, at least {leaf} rows a leaf, {share} of the rows a tree"
            )
        }
        Family::XgBoost => "squared error within its 2% and 98% quantiles, 200 trees, rate 0.05, 4 splits deep".into(),
        Family::Forest => "300 trees, 8 splits deep, a third of the features at each split".into(),
        Family::ExtraTrees => "300 trees, 8 splits deep, half of the features at each split, random thresholds".into(),
        Family::Ridge => "alpha 100, standardised features, target within its 2% and 98% quantiles".into(),
        Family::SmartcoreNet => "alpha 0.5, L1 share 0.5, standardised features, target within its quantiles".into(),
        Family::ElasticNet => {
            "penalty 0.1, L1 share 0.5, standardised features, target within its 2% and 98% quantiles".into()
        }
        Family::LeastSquares => "standardised features, target within its 2% and 98% quantiles".into(),
        Family::Glm => "Tweedie of power 1.5, logarithmic link, asinh of the features, alpha 0.1".into(),
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
