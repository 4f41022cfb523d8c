//! What a page's address asks of a report.

use chrono::NaiveDate;

use crate::Result;
use crate::input;

/// The parameters of an address, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Of the part of an address behind its `?`. What cannot be read stands for itself.
    pub fn parse(text: &str) -> Query {
        let text = text.trim_start_matches('?');
        let seen = |value: &str| value.chars().filter(|c| !c.is_control() || c.is_whitespace()).collect::<String>();
        Query(form_urlencoded::parse(text.as_bytes()).map(|(name, value)| (name.into_owned(), seen(&value))).collect())
    }

    /// The value of this name, without blanks around it; empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value.trim())
    }

    /// Every value of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub fn is(&self, name: &str) -> bool {
        self.text(name) == "true"
    }

    /// The date of this name; an error that names the field where it is none.
    pub fn day(&self, name: &str) -> Result<Option<NaiveDate>> {
        input::day(name, self.text(name))
    }

    /// At least 1.
    pub fn page(&self) -> u64 {
        input::page(self.text("page").parse().unwrap_or(1))
    }

    /// All names and values but the page, in their order.
    pub fn named(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter(|(name, _)| name != "page").map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The rest of it as it stands in an address.
    pub fn without_page(&self) -> String {
        let rest = self.0.iter().filter(|(name, value)| name != "page" && !value.is_empty());
        form_urlencoded::Serializer::new(String::new()).extend_pairs(rest).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_written() {
        let query = Query::parse("?from=2026-01-01&page=3&entity=+clm_1%20&to=&x=%FF&from=2025-01-01");
        assert_eq!((query.text("entity"), query.text("to"), query.text("none")), ("clm_1", "", ""));
        assert_eq!(query.day("from").unwrap(), "2026-01-01".parse().ok());
        assert_eq!(query.page(), 3);
        assert_eq!(Query::parse("page=0").page(), 1);
        assert_eq!(Query::parse("page=-9").page(), 1);
        assert!(Query::parse("from=yesterday").day("from").is_err());
        assert_eq!(Query::parse("a=%26b&page=2&c=").without_page(), "a=%26b");
    }
}
