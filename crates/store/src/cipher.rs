//! Personal fields at rest.
//!
//! A master key (kept outside the database) wraps one key per company; the company's key encrypts
//! its people's and claimants' fields with XChaCha20-Poly1305. The associated data names table,
//! column and row, so that a ciphertext moved elsewhere does not decrypt. E-mail addresses are found
//! again by a keyed hash (blind index).

use std::collections::HashMap;
use std::sync::RwLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::id::CompanyId;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::{Result, StoreError};

/// Version of the scheme, in front of every ciphertext, so that a later one can be told apart.
const SCHEME: &str = "v1:";
const NONCE: usize = 24;

/// The key that wraps the companies' keys: 32 random bytes.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    pub fn random() -> Self {
        MasterKey(random())
    }

    /// From 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let text = text.trim();
        let mut key = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        for (i, byte) in key.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
        }
        Some(MasterKey(key))
    }

    pub fn to_hex(&self) -> String {
        self.0.iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// Where a ciphertext belongs.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub table: &'static str,
    pub column: &'static str,
    pub row: &'a str,
}

impl Place<'_> {
    fn associated(self) -> String {
        format!("{}|{}|{}|{SCHEME}", self.table, self.column, self.row)
    }
}

pub type CompanyKey = [u8; 32];

pub struct Cipher {
    master: MasterKey,
    /// Unwrapped keys. Only a cache: another process's new company is read from the database.
    companies: RwLock<HashMap<CompanyId, CompanyKey>>,
}

impl Cipher {
    pub fn new(master: MasterKey) -> Self {
        Cipher { master, companies: RwLock::default() }
    }

    /// A new company's key, wrapped for storing.
    pub fn new_company(&self, company: CompanyId) -> Result<String> {
        let key: CompanyKey = random();
        let wrapped = seal(&self.master.0, wrapping(&company.to_string()), &key)?;
        self.remember(company, key);
        Ok(wrapped)
    }

    pub fn unwrap_company(&self, company: CompanyId, wrapped: &str) -> Result<CompanyKey> {
        let bytes = open(&self.master.0, wrapping(&company.to_string()), wrapped).map_err(|_| {
            StoreError::Corrupt("the master key does not fit this database: restore keys/master.key".into())
        })?;
        let key = bytes.try_into().map_err(|_| StoreError::Corrupt("a company key of wrong length".into()))?;
        self.remember(company, key);
        Ok(key)
    }

    pub fn cached(&self, company: CompanyId) -> Option<CompanyKey> {
        self.companies.read().ok()?.get(&company).copied()
    }

    fn remember(&self, company: CompanyId, key: CompanyKey) {
        if let Ok(mut keys) = self.companies.write() {
            keys.insert(company, key);
        }
    }

    /// Proof that this installation said something: a keyed hash, its own for each purpose.
    pub fn proof(&self, purpose: &str, text: &str) -> String {
        // An HMAC takes keys of any length, so this cannot fail.
        let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(&self.master.0) else { return String::new() };
        for part in ["proof", purpose, text] {
            mac.update(part.as_bytes());
            mac.update(b"|");
        }
        mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect()
    }

    /// A constant sealed with the master key, by which a later start sees that it has the same key.
    pub fn fingerprint(&self) -> Result<String> {
        seal(&self.master.0, fingerprint_place(), FINGERPRINT)
    }

    /// Whether the master key is the one that made the fingerprint.
    pub fn made(&self, fingerprint: &str) -> bool {
        open(&self.master.0, fingerprint_place(), fingerprint).is_ok_and(|plain| plain == FINGERPRINT)
    }

    /// A keyed hash by which an e-mail address is found: equal addresses, equal hashes.
    pub fn blind_index(&self, text: &str) -> String {
        // An HMAC takes keys of any length, so this cannot fail.
        let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(&self.master.0) else { return String::new() };
        mac.update(b"email|");
        mac.update(text.trim().to_lowercase().as_bytes());
        mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect()
    }
}

const FINGERPRINT: &[u8] = b"solatium";

fn fingerprint_place() -> Place<'static> {
    Place { table: "installation", column: "value", row: "master_key" }
}

fn wrapping(row: &str) -> Place<'_> {
    Place { table: "companies", column: "wrapped_key", row }
}

pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without randomness from the system nothing here may go on.
    #[expect(clippy::expect_used, reason = "no key may be made without randomness")]
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

pub fn seal(key: &CompanyKey, place: Place<'_>, plain: &[u8]) -> Result<String> {
    let nonce: [u8; NONCE] = random();
    let aad = place.associated();
    let sealed = XChaCha20Poly1305::new(key.into())
        .encrypt(XNonce::from_slice(&nonce), Payload { msg: plain, aad: aad.as_bytes() })
        .map_err(|_| StoreError::Corrupt("a field could not be encrypted".into()))?;
    Ok(format!("{SCHEME}{}", BASE64.encode([&nonce[..], &sealed].concat())))
}

pub fn open(key: &CompanyKey, place: Place<'_>, sealed: &str) -> Result<Vec<u8>> {
    let unreadable = || StoreError::Corrupt(format!("{}.{} does not decrypt", place.table, place.column));
    let bytes = sealed.strip_prefix(SCHEME).and_then(|b| BASE64.decode(b).ok()).ok_or_else(unreadable)?;
    let (nonce, body) = bytes.split_at_checked(NONCE).ok_or_else(unreadable)?;
    let aad = place.associated();
    XChaCha20Poly1305::new(key.into())
        .decrypt(XNonce::from_slice(nonce), Payload { msg: body, aad: aad.as_bytes() })
        .map_err(|_| unreadable())
}

pub fn seal_text(key: &CompanyKey, place: Place<'_>, plain: &str) -> Result<String> {
    seal(key, place, plain.as_bytes())
}

pub fn open_text(key: &CompanyKey, place: Place<'_>, sealed: &str) -> Result<String> {
    String::from_utf8(open(key, place, sealed)?).map_err(|_| StoreError::Corrupt("text is not UTF-8".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ciphertext_opens_only_where_it_belongs() {
        let key = random();
        let here = Place { table: "users", column: "name", row: "usr_1" };
        let sealed = seal_text(&key, here, "Ada").unwrap();
        assert!(!sealed.contains("Ada"));
        assert_eq!(open_text(&key, here, &sealed).unwrap(), "Ada");
        for place in [Place { row: "usr_2", ..here }, Place { column: "email", ..here }] {
            assert!(open_text(&key, place, &sealed).is_err(), "a swapped ciphertext opened");
        }
        assert!(open_text(&random(), here, &sealed).is_err());
        assert!(open_text(&key, here, "v1:AAAA").is_err());
        assert!(open_text(&key, here, "plain").is_err());
    }

    #[test]
    fn keys_are_wrapped_and_indexes_are_keyed() {
        let company = "com_018bcfe5687b7070808080808080808f".parse().unwrap();
        let one = Cipher::new(MasterKey::random());
        let wrapped = one.new_company(company).unwrap();
        let again = Cipher::new(MasterKey::from_hex(&one.master.to_hex()).unwrap());
        assert_eq!(again.unwrap_company(company, &wrapped).unwrap(), one.cached(company).unwrap());
        let other = Cipher::new(MasterKey::random());
        assert!(other.unwrap_company(company, &wrapped).is_err());
        assert_eq!(one.blind_index(" Ada@Example.org "), again.blind_index("ada@example.org"));
        assert_ne!(one.blind_index("ada@example.org"), other.blind_index("ada@example.org"));
    }
}
