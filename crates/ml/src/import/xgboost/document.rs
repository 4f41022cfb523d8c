//! The parts of XGBoost's JSON that predictions depend on. Other fields are skipped unread.

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned, SeqAccess, Visitor},
};

#[derive(Debug, Deserialize)]
pub struct Document {
    pub learner: Learner,
    pub version: Numbers,
}

#[derive(Debug, Deserialize)]
pub struct Learner {
    #[serde(default)]
    pub attributes: Option<Attributes>,
    #[serde(default)]
    pub feature_names: List<String>,
    #[serde(default)]
    pub feature_types: List<String>,
    pub gradient_booster: Booster,
    pub learner_model_param: Parameters,
    pub objective: Objective,
}

#[derive(Debug, Deserialize)]
pub struct Attributes {
    #[serde(default)]
    pub best_iteration: Option<String>,
}

/// Numbers are written as text here.
#[derive(Debug, Deserialize)]
pub struct Parameters {
    /// Of the answer, not of the sum; since version 3.1 in square brackets.
    pub base_score: String,
    pub num_class: String,
    pub num_feature: String,
    #[serde(default)]
    pub num_target: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Objective {
    pub name: String,
    #[serde(default)]
    pub quantile_loss_param: Option<QuantileLoss>,
}

#[derive(Debug, Deserialize)]
pub struct QuantileLoss {
    pub quantile_alpha: String,
}

/// `gbtree` and `gblinear` have a model, `dart` a `gbtree` around its model and a weight a tree.
#[derive(Debug, Deserialize)]
pub struct Booster {
    pub name: String,
    #[serde(default)]
    pub model: Option<Model>,
    #[serde(default)]
    pub gbtree: Option<Inner>,
    #[serde(default)]
    pub weight_drop: Numbers,
}

#[derive(Debug, Deserialize)]
pub struct Inner {
    #[serde(default)]
    pub model: Option<Model>,
}

#[derive(Debug, Deserialize)]
pub struct Model {
    #[serde(default)]
    pub trees: List<Tree>,
    #[serde(default)]
    pub tree_info: Numbers,
    /// Where each round's trees begin, and where the last one's end.
    #[serde(default)]
    pub iteration_indptr: Numbers,
    #[serde(default)]
    pub weights: Numbers,
}

/// One entry a node in every list.
#[derive(Debug, Deserialize)]
pub struct Tree {
    /// −1 for a leaf.
    pub left_children: Numbers,
    pub right_children: Numbers,
    pub split_indices: Numbers,
    /// The threshold of a split, the value of a leaf.
    pub split_conditions: Numbers,
    pub default_left: Numbers,
    #[serde(default)]
    pub split_type: Numbers,
    pub tree_param: TreeParameters,
}

#[derive(Debug, Deserialize)]
pub struct TreeParameters {
    #[serde(default)]
    pub size_leaf_vector: Option<String>,
}

/// Most entries of a list.
const LONGEST: usize = 2_000_000;

/// A list with a cap on its length.
#[derive(Debug)]
pub struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        List(Vec::new())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(std::marker::PhantomData<T>);
        impl<'de, T: DeserializeOwned> Visitor<'de> for Entries<T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "a list of at most {LONGEST} entries")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = seq.next_element()? {
                    if entries.len() == LONGEST {
                        return Err(de::Error::invalid_length(LONGEST + 1, &self));
                    }
                    entries.push(entry);
                }
                Ok(List(entries))
            }
        }
        deserializer.deserialize_seq(Entries(std::marker::PhantomData))
    }
}

/// A list of numbers. Flags are numbers too: older versions write them as true and false.
#[derive(Debug, Default)]
pub struct Numbers(pub Vec<f64>);

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let List(numbers) = List::<Number>::deserialize(deserializer)?;
        Ok(Numbers(numbers.into_iter().map(|number| number.0).collect()))
    }
}

struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Number;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number or a flag")
            }

            fn visit_bool<E: de::Error>(self, yes: bool) -> Result<Number, E> {
                Ok(Number(f64::from(u8::from(yes))))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Number, E> {
                Ok(Number(number as f64))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Number, E> {
                Ok(Number(number as f64))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Number, E> {
                Ok(Number(number))
            }
        }
        deserializer.deserialize_any(Any)
    }
}
