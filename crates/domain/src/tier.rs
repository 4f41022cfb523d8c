//! Service tiers: what of the service a company has taken, beyond what its people's roles allow.
//!
//! A tier is a version that never changes. A company whose agreement names none has everything: what it has was agreed
//! before there were tiers, or apart from them.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What a tier may open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Predictions by the REST interface.
    Rest,
    /// Files of many claims at once.
    Batch,
    /// Reading what comes as a document.
    Documents,
    /// Models of one's own: uploaded, trained, tried, deployed.
    OwnModels,
}

impl Capability {
    pub const ALL: [Capability; 4] =
        [Capability::Rest, Capability::Batch, Capability::Documents, Capability::OwnModels];

    pub const fn key(self) -> &'static str {
        match self {
            Capability::Rest => "rest",
            Capability::Batch => "batch",
            Capability::Documents => "documents",
            Capability::OwnModels => "own_models",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Capability::Rest => "REST interface",
            Capability::Batch => "Files of claims",
            Capability::Documents => "Reading documents",
            Capability::OwnModels => "Models of your own",
        }
    }

    pub fn from_key(key: &str) -> Option<Capability> {
        Capability::ALL.into_iter().find(|c| c.key() == key)
    }
}

/// A version of a tier, as far as it limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    pub name: String,
    pub version: i32,
    pub capabilities: BTreeSet<Capability>,
    /// Active people at most; `None`: as many as there are.
    pub seats: Option<u32>,
}

impl Tier {
    pub fn opens(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }

    /// `REST interface, Reading documents; 10 seats`.
    pub fn words(&self) -> String {
        let opened: Vec<&str> = self.capabilities.iter().map(|c| c.label()).collect();
        let opened = if opened.is_empty() { "Entering claims by hand".to_owned() } else { opened.join(", ") };
        match self.seats {
            Some(1) => format!("{opened}; 1 seat"),
            Some(seats) => format!("{opened}; {seats} seats"),
            None => format!("{opened}; any number of seats"),
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, version {}", self.name, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_says_what_it_opens() {
        let tier = Tier {
            name: "Professional".into(),
            version: 2,
            capabilities: [Capability::Documents, Capability::Rest].into(),
            seats: Some(10),
        };
        assert!(tier.opens(Capability::Rest) && !tier.opens(Capability::OwnModels));
        assert_eq!(tier.words(), "REST interface, Reading documents; 10 seats");
        assert_eq!(tier.to_string(), "Professional, version 2");
        for capability in Capability::ALL {
            assert_eq!(Capability::from_key(capability.key()), Some(capability));
        }
    }
}
