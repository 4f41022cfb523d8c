//! The families by name.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The families that can be loaded; all but the last can be trained here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// A weighted sum of other families' models.
    Blend,
    /// Boosting over histogram trees of our own.
    Histogram,
    /// Boosting composed from smartcore's `DecisionTreeRegressor`.
    Boosting,
    /// smartcore's `XGRegressor`.
    XgBoost,
    /// smartcore's `RandomForestRegressor`.
    Forest,
    /// smartcore's `ExtraTreesRegressor`.
    ExtraTrees,
    /// smartcore's `RidgeRegression`.
    Ridge,
    /// smartcore's `ElasticNet`.
    SmartcoreNet,
    /// linfa's `ElasticNet`.
    ElasticNet,
    /// linfa's `LinearRegression`.
    LeastSquares,
    /// linfa's `TweedieRegressor`.
    Glm,
    /// A model of another library, imported.
    Imported,
}

impl Family {
    pub const ALL: [Family; 12] = [
        Family::Blend,
        Family::Histogram,
        Family::Boosting,
        Family::XgBoost,
        Family::Forest,
        Family::ExtraTrees,
        Family::Ridge,
        Family::SmartcoreNet,
        Family::ElasticNet,
        Family::LeastSquares,
        Family::Glm,
        Family::Imported,
    ];

    /// Those that can be trained here.
    pub fn trained() -> impl Iterator<Item = Family> {
        Family::ALL.into_iter().filter(|f| *f != Family::Imported)
    }

    pub const fn name(self) -> &'static str {
        match self {
            Family::Blend => "blend",
            Family::Histogram => "histogram",
            Family::Boosting => "boosting",
            Family::XgBoost => "xgboost",
            Family::Forest => "forest",
            Family::ExtraTrees => "extratrees",
            Family::Ridge => "ridge",
            Family::SmartcoreNet => "smartcorenet",
            Family::ElasticNet => "elasticnet",
            Family::LeastSquares => "leastsquares",
            Family::Glm => "glm",
            Family::Imported => "imported",
        }
    }

    /// In words, for a report.
    pub const fn label(self) -> &'static str {
        match self {
            Family::Blend => "blend of histogram boosting and ridge",
            Family::Histogram => "histogram gradient boosting",
            Family::Boosting => "boosting over smartcore trees",
            Family::XgBoost => "smartcore XGRegressor",
            Family::Forest => "random forest",
            Family::ExtraTrees => "extra trees",
            Family::Ridge => "ridge",
            Family::SmartcoreNet => "elastic net (smartcore)",
            Family::ElasticNet => "elastic net (linfa)",
            Family::LeastSquares => "least squares",
            Family::Glm => "Tweedie GLM, logarithmic link",
            Family::Imported => "imported",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Family {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || Family::trained().map(Family::name).collect::<Vec<_>>().join(", ");
        Family::trained()
            .find(|f| f.name() == text)
            .ok_or_else(|| format!("there is no family {text}; known are {}", names()))
    }
}
