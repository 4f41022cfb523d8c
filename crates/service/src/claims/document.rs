//! A claim as a JSON document, read without keeping what no claim holds: nested values are read over,
//! so that a stranger's file takes no more memory than its claims.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Members of which a claim is read; the API knows some 40.
const MOST_MEMBERS: usize = 100;

/// One value as it came.
#[derive(Debug, Clone, PartialEq)]
pub enum Raw {
    Text(String),
    Whole(i64),
    Flag(bool),
    Null,
    /// A fraction, a number out of range, an array or an object: nothing that a claim has.
    Other,
}

/// A claim's members in their order, or why it has none.
#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    Members(Vec<(String, Raw)>),
    /// A member stands twice: which of the two is meant cannot be told.
    Twice(String),
    TooMany,
    NoObject,
}

impl Document {
    /// How the value of a member is shown in a problem.
    pub fn shown(&self, name: &str) -> String {
        let Document::Members(members) = self else { return String::new() };
        let text = match members.iter().find(|(n, _)| n == name).map(|(_, raw)| raw) {
            Some(Raw::Text(text)) => text.clone(),
            Some(Raw::Whole(number)) => number.to_string(),
            Some(Raw::Flag(flag)) => flag.to_string(),
            Some(Raw::Null | Raw::Other) | None => String::new(),
        };
        text.chars().take(60).collect()
    }
}

macro_rules! no_object {
    ($($visit:ident: $type:ty),*) => {$(
        fn $visit<E>(self, _: $type) -> Result<Document, E> {
            Ok(Document::NoObject)
        }
    )*};
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Document, D::Error> {
        struct Claim;
        impl<'de> Visitor<'de> for Claim {
            type Value = Document;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a claim")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
                let mut members: Vec<(String, Raw)> = Vec::new();
                let mut fault = None;
                while let Some(name) = map.next_key::<String>()? {
                    if members.len() >= MOST_MEMBERS {
                        fault.get_or_insert(Document::TooMany);
                    } else if members.iter().any(|(n, _)| *n == name) {
                        fault.get_or_insert(Document::Twice(name.chars().take(60).collect()));
                    }
                    if fault.is_some() {
                        map.next_value::<IgnoredAny>()?;
                    } else {
                        members.push((name, map.next_value()?));
                    }
                }
                Ok(fault.unwrap_or(Document::Members(members)))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Document, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Document::NoObject)
            }

            fn visit_unit<E>(self) -> Result<Document, E> {
                Ok(Document::NoObject)
            }

            no_object!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
        }
        deserializer.deserialize_any(Claim)
    }
}

macro_rules! raw {
    ($($visit:ident: $type:ty => $as:expr),*) => {$(
        fn $visit<E>(self, value: $type) -> Result<Raw, E> {
            let read: fn($type) -> Raw = $as;
            Ok(read(value))
        }
    )*};
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Raw, D::Error> {
        struct Value;
        impl<'de> Visitor<'de> for Value {
            type Value = Raw;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Raw::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Raw::Other)
            }

            fn visit_unit<E>(self) -> Result<Raw, E> {
                Ok(Raw::Null)
            }

            raw!(
                visit_bool: bool => Raw::Flag,
                visit_i64: i64 => Raw::Whole,
                visit_u64: u64 => |n| i64::try_from(n).map_or(Raw::Other, Raw::Whole),
                visit_f64: f64 => |_| Raw::Other,
                visit_str: &str => |text| Raw::Text(text.to_owned())
            );
        }
        deserializer.deserialize_any(Value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_read_flat_and_a_member_that_stands_twice_is_refused() {
        let read = |text: &str| serde_json::from_str::<Document>(text).unwrap();
        let members = read(r#"{"a": "x", "b": 5, "c": true, "d": null, "e": [[1], {"f": 2}], "g": 1.5}"#);
        let expected = [
            ("a", Raw::Text("x".into())),
            ("b", Raw::Whole(5)),
            ("c", Raw::Flag(true)),
            ("d", Raw::Null),
            ("e", Raw::Other),
            ("g", Raw::Other),
        ];
        assert_eq!(members, Document::Members(expected.map(|(n, r)| (n.to_owned(), r)).to_vec()));
        assert_eq!(read(r#"{"a": 1, "a": 2, "b": {"c": []}}"#), Document::Twice("a".into()));
        for text in ["5", "[1, [2]]", "null", "\"x\"", "true", "1.5", "-3"] {
            assert_eq!(read(text), Document::NoObject, "{text}");
        }
        let many: Vec<String> = (0..200).map(|i| format!("\"m{i}\": 1")).collect();
        assert_eq!(read(&format!("{{{}}}", many.join(","))), Document::TooMany);
        assert!(serde_json::from_str::<Document>(r#"{"a": [1,"#).is_err());
    }
}
