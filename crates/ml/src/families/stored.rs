//! Models as they are stored: JSON that our mirror types read, and then the library's own.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::{
    Family, FitError, Library, Mirror, Stage, blend, elasticnet, forest, glm, histogram::Histogram, imported::Imported,
    leastsquares, linear::Scaled, ridge, smartcorenet, stage::SmartcoreTree, xgboost,
};
use crate::trees::{DecisionTree, RandomForest};

/// A fitted model with its family, to be written.
#[derive(Debug, Clone, Serialize)]
pub struct Stored {
    pub family: Family,
    pub model: Box<RawValue>,
}

/// A stored model with its family, still unread.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part<'a> {
    pub family: Family,
    #[serde(borrow)]
    pub model: &'a RawValue,
}

impl Stored {
    pub fn new(family: Family, model: &impl Serialize) -> Result<Stored, FitError> {
        Ok(Stored { family, model: serde_json::value::to_raw_value(model)? })
    }

    pub fn part(&self) -> Part<'_> {
        Part { family: self.family, model: &self.model }
    }
}

impl Part<'_> {
    /// Reads the model into our mirror of it.
    pub fn mirror(&self) -> Result<Box<dyn Mirror>, String> {
        match self.family {
            Family::Blend => Ok(Box::new(self.blend()?.mirror()?)),
            Family::Histogram => self.mirrored::<Histogram>(),
            Family::Boosting => self.mirrored::<Stage<DecisionTree>>(),
            Family::XgBoost => self.mirrored::<xgboost::XgBoost>(),
            Family::Forest | Family::ExtraTrees => self.mirrored::<RandomForest>(),
            Family::Ridge => self.mirrored::<Scaled<ridge::Ridge>>(),
            Family::SmartcoreNet => self.mirrored::<Scaled<smartcorenet::SmartcoreNet>>(),
            Family::ElasticNet => self.mirrored::<Scaled<elasticnet::ElasticNet>>(),
            Family::LeastSquares => self.mirrored::<Scaled<leastsquares::LeastSquares>>(),
            Family::Glm => self.mirrored::<glm::Glm>(),
            Family::Imported => self.mirrored::<Imported>(),
        }
    }

    /// Reads the same bytes into the library's own type: safe only after the mirror has passed its
    /// checks.
    pub fn library(&self) -> Result<Box<dyn Library>, String> {
        match self.family {
            Family::Blend => Ok(Box::new(self.blend()?.library()?)),
            Family::Histogram => self.decoded::<Histogram>(),
            Family::Boosting => self.decoded::<Stage<SmartcoreTree>>(),
            Family::XgBoost => self.decoded::<xgboost::SmartcoreXgBoost>(),
            Family::Forest => self.decoded::<forest::SmartcoreForest>(),
            Family::ExtraTrees => self.decoded::<forest::SmartcoreExtraTrees>(),
            Family::Ridge => self.decoded::<Scaled<ridge::SmartcoreRidge>>(),
            Family::SmartcoreNet => self.decoded::<Scaled<smartcorenet::SmartcoreElasticNet>>(),
            Family::ElasticNet => self.decoded::<Scaled<linfa_elasticnet::ElasticNet<f64>>>(),
            Family::LeastSquares => self.decoded::<Scaled<linfa_linear::FittedLinearRegression<f64>>>(),
            Family::Glm => self.decoded::<glm::LinfaGlm>(),
            Family::Imported => self.decoded::<Imported>(),
        }
    }

    fn blend(&self) -> Result<blend::Parts<'_>, String> {
        serde_json::from_str(self.model.get()).map_err(|e| self.unread(&e))
    }

    fn mirrored<M: Mirror + DeserializeOwned + 'static>(&self) -> Result<Box<dyn Mirror>, String> {
        Ok(Box::new(serde_json::from_str::<M>(self.model.get()).map_err(|e| self.unread(&e))?))
    }

    fn decoded<L: Library + DeserializeOwned + 'static>(&self) -> Result<Box<dyn Library>, String> {
        let model = serde_json::from_str::<L>(self.model.get());
        Ok(Box::new(model.map_err(|e| format!("the library cannot read it: {e}"))?))
    }

    fn unread(&self, error: &serde_json::Error) -> String {
        format!("not of this family's form: {error}")
    }
}
