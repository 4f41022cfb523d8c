//! Who supplies and who is charged, as an e-invoice names them.

use en16931::Identifier;
use en16931::codes::guard;
use en16931::invoice::{Contact, PostalAddress};
use serde::{Deserialize, Serialize};

/// A party's particulars as they are frozen with a document. What is empty is not written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Party {
    pub name: String,
    /// A line a line, without the country. A United Kingdom post code at the end of the last line is told apart.
    pub address: Vec<String>,
    /// ISO 3166-1 alpha-2; empty means the United Kingdom, where every company was before there was a choice.
    pub country: String,
    /// As it was entered: spaces, and its country's letters, may be missing.
    pub vat_number: String,
    /// In the company register: of Companies House in the United Kingdom.
    pub registration: String,
    /// `0088:5012345678900`: scheme and identifier in the Peppol network.
    pub endpoint: String,
    pub email: String,
}

/// Why particulars cannot be used, in words for whoever enters them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartyError {
    #[error("enter the two letters of the country, such as GB")]
    Country,
    #[error("enter the scheme and the identifier, such as 0088:5012345678900")]
    Endpoint,
    #[error("{0} is not a scheme of electronic addresses: 0088 is a GLN, 9932 a United Kingdom VAT number")]
    Scheme(String),
    #[error("{0}")]
    Value(String),
    #[error(
        "enter the VAT number as letters and figures, such as GB 123 4567 89; its first two letters are its country’s"
    )]
    Vat,
}

/// A scheme and an identifier in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub scheme: String,
    pub identifier: String,
}

impl Endpoint {
    /// `scheme:identifier`, both checked as far as there are rules.
    pub fn parse(text: &str) -> Result<Endpoint, PartyError> {
        let (scheme, identifier) = text.trim().split_once(':').ok_or(PartyError::Endpoint)?;
        let (scheme, identifier) = (scheme.trim(), identifier.trim());
        // What schemes have: letters, figures and what stands between them.
        let known = |c: char| c.is_ascii_alphanumeric() || "-._:/".contains(c);
        if identifier.is_empty() || identifier.len() > 60 || !identifier.chars().all(known) {
            return Err(PartyError::Endpoint);
        }
        guard::eas(scheme).map_err(|_| PartyError::Scheme(scheme.to_owned()))?;
        if let Err(found) = guard::eas_value(scheme, identifier) {
            let hint = found.hint.unwrap_or_else(|| "the identifier is not one of this scheme".into());
            return Err(PartyError::Value(hint));
        }
        Ok(Endpoint { scheme: scheme.to_owned(), identifier: identifier.to_owned() })
    }
}

/// The two letters of a country, in capitals; `GB` for an empty text.
pub fn country(text: &str) -> Result<String, PartyError> {
    let letters = text.trim().to_ascii_uppercase();
    let letters = if letters.is_empty() { "GB".to_owned() } else { letters };
    guard::country(&letters).map_err(|_| PartyError::Country)?;
    Ok(letters)
}

/// A VAT number as it is kept: letters, figures and blanks of one line, of a country that there is. May be empty.
pub fn vat_number(text: &str, country: &str) -> Result<String, PartyError> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.len() > 20 || !text.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ') {
        return Err(PartyError::Vat);
    }
    match vat_identifier(&text, country) {
        None if text.is_empty() => Ok(text),
        // Greece and Northern Ireland have letters of their own.
        Some(known) if ["EL", "XI"].contains(&&known[..2]) || guard::country(&known[..2]).is_ok() => Ok(text),
        _ => Err(PartyError::Vat),
    }
}

/// A VAT number as EN 16931 has it (BR-CO-09): without blanks, with its country's letters.
pub fn vat_identifier(number: &str, country: &str) -> Option<String> {
    let plain: String = number.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    let lettered = plain.len() > 2 && plain.chars().take(2).all(|c| c.is_ascii_alphabetic());
    match plain.as_str() {
        "" => None,
        _ if lettered => Some(plain),
        // Greece writes EL where ISO has GR.
        _ => Some(format!("{}{plain}", if country == "GR" { "EL" } else { country })),
    }
}

impl Party {
    pub(crate) fn country(&self) -> &str {
        if self.country.is_empty() { "GB" } else { &self.country }
    }

    /// `with_vat`: what is outside the scope of VAT names no VAT number (BR-O-02).
    pub(crate) fn written(&self, with_vat: bool) -> Result<en16931::invoice::Party, PartyError> {
        let country = guard::country(self.country()).map_err(|_| PartyError::Country)?;
        let mut lines = self.address.clone();
        let post_code = match lines.pop() {
            Some(last) if self.country() == "GB" => {
                let (rest, code) = post_code(&last);
                lines.extend(rest);
                code
            }
            Some(last) => {
                lines.push(last);
                None
            }
            None => None,
        };
        // Before the post code stands the town, where there is a line besides it.
        let city = if post_code.is_some() && lines.len() > 1 { lines.pop() } else { None };
        let mut lines = lines.into_iter();
        let (line1, line2) = (lines.next(), lines.next());
        let others: Vec<String> = lines.collect();
        let line3 = (!others.is_empty()).then(|| others.join(", "));
        let address =
            PostalAddress { line1, line2, line3, city, post_code, country: Some(country), ..PostalAddress::default() };
        let mut party = en16931::invoice::Party::new(self.name.clone(), address);
        let vat = vat_identifier(&self.vat_number, self.country());
        if with_vat {
            party.vat_identifier = vat;
        } else if self.registration.is_empty() {
            // Something has to tell the supplier (BR-CO-26), and it may not be a VAT number by its name.
            party.identifiers = vat.into_iter().map(Identifier::new).collect();
        }
        party.legal_registration = (!self.registration.is_empty()).then(|| Identifier::new(self.registration.clone()));
        if !self.endpoint.is_empty() {
            let Endpoint { scheme, identifier } = Endpoint::parse(&self.endpoint)?;
            party.electronic_address = Some(Identifier::schemed(identifier, scheme));
        }
        if !self.email.is_empty() {
            party.contact = Contact { email: Some(self.email.clone()), ..Contact::default() };
        }
        Ok(party)
    }
}

/// What stands before a post code of the United Kingdom at a line's end, and the code.
fn post_code(line: &str) -> (Option<String>, Option<String>) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [before @ .., outward, inward] = &words[..] else { return (Some(line.to_owned()), None) };
    let shaped = |text: &str, of: fn(usize, char) -> bool| text.chars().enumerate().all(|(i, c)| of(i, c));
    let inward_fits =
        inward.len() == 3 && shaped(inward, |i, c| if i == 0 { c.is_ascii_digit() } else { c.is_ascii_uppercase() });
    let outward_fits = (2..=4).contains(&outward.len())
        && shaped(outward, |i, c| if i == 0 { c.is_ascii_uppercase() } else { c.is_ascii_alphanumeric() })
        && outward.contains(|c: char| c.is_ascii_digit());
    if !(inward_fits && outward_fits) {
        return (Some(line.to_owned()), None);
    }
    let rest = before.join(" ");
    let rest = rest.trim_end_matches([',', ' ']);
    ((!rest.is_empty()).then(|| rest.to_owned()), Some(format!("{outward} {inward}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn particulars_are_told_apart() {
        assert_eq!(vat_identifier("GB 246 8101 12", "GB").as_deref(), Some("GB246810112"));
        assert_eq!(vat_identifier("246 8101 12", "GB").as_deref(), Some("GB246810112"));
        assert_eq!(vat_identifier("099999999", "GR").as_deref(), Some("EL099999999"));
        assert_eq!(vat_identifier(" ", "GB"), None);
        assert_eq!(post_code("Leeds LS1 4AP"), (Some("Leeds".into()), Some("LS1 4AP".into())));
        assert_eq!(post_code("EC2V 7HN"), (None, Some("EC2V 7HN".into())));
        assert_eq!(post_code("1 Main Street"), (Some("1 Main Street".into()), None));
        assert_eq!(post_code("York"), (Some("York".into()), None));
        assert_eq!(vat_number(" GB 246  8101 12 ", "GB").as_deref(), Ok("GB 246 8101 12"));
        assert_eq!(vat_number("246 8101 12", "GB").as_deref(), Ok("246 8101 12"));
        assert_eq!(vat_number("", "GB").as_deref(), Ok(""));
        for wrong in ["ZZ 123", "<b>&", "a\u{202e}1", "ABCDEFGHIJKLMNOPQRSTU", "GB\u{ffff}1"] {
            assert_eq!(vat_number(wrong, "GB"), Err(PartyError::Vat), "{wrong}");
        }
        assert_eq!(country(" gb "), Ok("GB".into()));
        assert_eq!(country(""), Ok("GB".into()));
        assert_eq!(country("XX"), Err(PartyError::Country));
    }

    #[test]
    fn an_electronic_address_says_what_is_wrong_with_it() {
        let parsed = Endpoint::parse("9932:GB246810112").unwrap();
        assert_eq!((parsed.scheme.as_str(), parsed.identifier.as_str()), ("9932", "GB246810112"));
        assert_eq!(Endpoint::parse("GB246810112"), Err(PartyError::Endpoint));
        assert_eq!(Endpoint::parse("0088:"), Err(PartyError::Endpoint));
        assert_eq!(Endpoint::parse("9932:<b>&"), Err(PartyError::Endpoint));
        assert!(matches!(Endpoint::parse("1111:12"), Err(PartyError::Scheme(_))));
        assert!(matches!(Endpoint::parse("0088:5012345678901"), Err(PartyError::Value(_))));
    }
}
