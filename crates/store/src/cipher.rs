//! Personal fields at rest.
//!
//! The master key (kept outside the database) wraps a key for each company; a company's key encrypts what
//! concerns its people, and wraps a key for each claimant, which encrypts what concerns them: to destroy
//! that one key is to erase the person. Fields are encrypted with XChaCha20-Poly1305; the associated data
//! names table, column and row, so that a ciphertext moved elsewhere does not decrypt.
//!
//! Two forms are read: `v1:…`, encrypted with the company's key (or, for keys, the master key itself),
//! and `v2:KEY:…`, which names the key. What the master key is used for has a key of its own, by HKDF.
//! What is found by a keyed hash (e-mail addresses, references, files) is hashed with a random key of the
//! installation's, so that a new master key changes none of it.

use std::collections::HashMap;
use std::sync::{OnceLock, RwLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::id::CompanyId;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::{Result, StoreError};

/// In front of ciphertexts of the first form.
const V1: &str = "v1:";
/// In front of those that name their key.
const V2: &str = "v2:";
const NONCE: usize = 24;

/// The key that wraps the companies' keys: 32 random bytes.
#[derive(Clone, PartialEq, Eq)]
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

/// The master key in force, and the one before it while keys are wrapped anew.
#[derive(Clone)]
pub struct Masters {
    pub current: MasterKey,
    pub old: Option<MasterKey>,
}

impl From<MasterKey> for Masters {
    fn from(current: MasterKey) -> Masters {
        Masters { current, old: None }
    }
}

/// A master key and what is derived from it.
struct Master {
    raw: [u8; 32],
    /// Tells master keys apart; says nothing of the key.
    id: String,
    wrap: [u8; 32],
    proof: [u8; 32],
}

impl Master {
    fn of(key: &MasterKey) -> Master {
        let derive = |purpose: &str| {
            let mut derived = [0; 32];
            // 32 bytes are far below what HKDF can give, so this cannot fail.
            let _ = Hkdf::<Sha256>::new(Some(b"solatium"), &key.0).expand(purpose.as_bytes(), &mut derived);
            derived
        };
        let id: String = derive("key id").iter().take(4).map(|b| format!("{b:02x}")).collect();
        Master { raw: key.0, id: format!("m{id}"), wrap: derive("wrap"), proof: derive("proof") }
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
    fn associated(self, form: &str) -> String {
        format!("{}|{}|{}|{form}", self.table, self.column, self.row)
    }
}

/// A key that encrypts fields, and its name: a company's or a claimant's id.
#[derive(Clone)]
pub struct DataKey {
    pub id: String,
    pub key: [u8; 32],
}

pub struct Cipher {
    current: Master,
    old: Option<Master>,
    /// What keyed hashes are made with; known once the database is open.
    index: OnceLock<[u8; 32]>,
    /// Unwrapped keys of companies. Only a cache: another process's new company is read from the database.
    /// Claimants' keys are never kept: one that is destroyed must be gone everywhere at once.
    companies: RwLock<HashMap<CompanyId, DataKey>>,
}

impl Cipher {
    pub fn new(masters: &Masters) -> Self {
        Cipher {
            current: Master::of(&masters.current),
            old: masters.old.as_ref().map(Master::of),
            index: OnceLock::new(),
            companies: RwLock::default(),
        }
    }

    /// A new key, wrapped by the master key.
    fn wrap(&self, place: Place<'_>, key: &[u8; 32]) -> Result<String> {
        seal_named(&self.current.id, &self.current.wrap, place, key)
    }

    /// A key that the master key in force or the one before wrapped.
    fn unwrap(&self, place: Place<'_>, wrapped: &str) -> Result<[u8; 32]> {
        let masters = || std::iter::once(&self.current).chain(&self.old);
        let opened = match key_id(wrapped) {
            Some(id) => masters().find(|m| m.id == id).and_then(|m| open(&m.wrap, place, wrapped).ok()),
            None => masters().find_map(|m| open(&m.raw, place, wrapped).ok()),
        };
        let bytes = opened.ok_or_else(|| {
            StoreError::Corrupt("the master key does not fit this database: restore keys/master.key".into())
        })?;
        bytes.try_into().map_err(|_| StoreError::Corrupt("a key of wrong length".into()))
    }

    /// Whether a wrapped key waits to be wrapped anew with the master key in force.
    pub fn is_outdated(&self, wrapped: &str) -> bool {
        key_id(wrapped) != Some(&self.current.id)
    }

    /// A new company's key, wrapped for storing.
    pub fn new_company(&self, company: CompanyId) -> Result<String> {
        let key = random();
        let wrapped = self.wrap(wrapping(&company.to_string()), &key)?;
        self.remember(company, key);
        Ok(wrapped)
    }

    pub fn unwrap_company(&self, company: CompanyId, wrapped: &str) -> Result<DataKey> {
        let key = self.unwrap(wrapping(&company.to_string()), wrapped)?;
        Ok(self.remember(company, key))
    }

    /// A company's key wrapped with the master key in force.
    pub fn rewrap_company(&self, company: CompanyId, wrapped: &str) -> Result<String> {
        let id = company.to_string();
        self.wrap(wrapping(&id), &self.unwrap(wrapping(&id), wrapped)?)
    }

    pub fn cached(&self, company: CompanyId) -> Option<DataKey> {
        self.companies.read().ok()?.get(&company).cloned()
    }

    fn remember(&self, company: CompanyId, key: [u8; 32]) -> DataKey {
        let key = DataKey { id: company.to_string(), key };
        if let Ok(mut keys) = self.companies.write() {
            keys.insert(company, key.clone());
        }
        key
    }

    /// A new key for keyed hashes, wrapped.
    pub fn new_index(&self) -> Result<String> {
        self.wrap(index_place(), &random())
    }

    /// Takes the stored key for keyed hashes into use.
    pub fn use_index(&self, wrapped: &str) -> Result<()> {
        let key = self.unwrap(index_place(), wrapped)?;
        let _ = self.index.set(key);
        Ok(())
    }

    pub fn rewrap_index(&self, wrapped: &str) -> Result<String> {
        self.wrap(index_place(), &self.unwrap(index_place(), wrapped)?)
    }

    /// Proof that this installation said something: a keyed hash, its own for each purpose.
    pub fn proof(&self, purpose: &str, text: &str) -> String {
        keyed_hash(&self.current.proof, &["proof", purpose, text])
    }

    /// A keyed hash by which something is found: equal texts, equal hashes, whatever the master key.
    pub fn lookup(&self, purpose: &str, text: &str) -> Result<String> {
        let key = self.index.get().ok_or_else(|| StoreError::Corrupt("the key for lookups is not known yet".into()))?;
        Ok(keyed_hash(key, &[purpose, text]))
    }

    /// By which version 0.1.0 finds an e-mail address; written along for replicas of that version.
    pub fn former_email_index(&self, email: &str) -> String {
        let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(&self.current.raw) else { return String::new() };
        mac.update(b"email|");
        mac.update(email.trim().to_lowercase().as_bytes());
        hex(&mac.finalize().into_bytes())
    }

    /// A constant sealed with the master key, by which a later start sees that it has the same key.
    pub fn fingerprint(&self) -> Result<String> {
        seal_named(&self.current.id, &self.current.wrap, fingerprint_place(), FINGERPRINT)
    }

    /// Whether the master key in force, or the one before, made the fingerprint.
    pub fn made(&self, fingerprint: &str) -> bool {
        let fits = |master: &Master| {
            let key = if key_id(fingerprint).is_some() { &master.wrap } else { &master.raw };
            open(key, fingerprint_place(), fingerprint).is_ok_and(|plain| plain == FINGERPRINT)
        };
        fits(&self.current) || self.old.as_ref().is_some_and(fits)
    }
}

const FINGERPRINT: &[u8] = b"solatium";

fn fingerprint_place() -> Place<'static> {
    Place { table: "installation", column: "value", row: "master_key" }
}

fn index_place() -> Place<'static> {
    Place { table: "installation", column: "value", row: "index_key" }
}

fn wrapping(row: &str) -> Place<'_> {
    Place { table: "companies", column: "wrapped_key", row }
}

fn keyed_hash(key: &[u8; 32], parts: &[&str]) -> String {
    // An HMAC takes keys of any length, so this cannot fail.
    let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(key) else { return String::new() };
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    hex(&mac.finalize().into_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without randomness from the system nothing here may go on.
    #[expect(clippy::expect_used, reason = "no key may be made without randomness")]
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// The key that a ciphertext names; `None` for one of the first form.
pub fn key_id(sealed: &str) -> Option<&str> {
    sealed.strip_prefix(V2)?.split_once(':').map(|(id, _)| id)
}

pub fn seal(key: &DataKey, place: Place<'_>, plain: &[u8]) -> Result<String> {
    seal_named(&key.id, &key.key, place, plain)
}

fn seal_named(id: &str, key: &[u8; 32], place: Place<'_>, plain: &[u8]) -> Result<String> {
    let nonce: [u8; NONCE] = random();
    let form = format!("{V2}{id}:");
    let aad = place.associated(&form);
    let sealed = XChaCha20Poly1305::new(key.into())
        .encrypt(XNonce::from_slice(&nonce), Payload { msg: plain, aad: aad.as_bytes() })
        .map_err(|_| StoreError::Corrupt("a field could not be encrypted".into()))?;
    Ok(form + &BASE64.encode([&nonce[..], &sealed].concat()))
}

pub fn open(key: &[u8; 32], place: Place<'_>, sealed: &str) -> Result<Vec<u8>> {
    let unreadable = || StoreError::Corrupt(format!("{}.{} does not decrypt", place.table, place.column));
    let form = match key_id(sealed) {
        Some(id) => &sealed[..V2.len() + id.len() + 1],
        None => V1,
    };
    let bytes = sealed.strip_prefix(form).and_then(|b| BASE64.decode(b).ok()).ok_or_else(unreadable)?;
    let (nonce, body) = bytes.split_at_checked(NONCE).ok_or_else(unreadable)?;
    let aad = place.associated(form);
    XChaCha20Poly1305::new(key.into())
        .decrypt(XNonce::from_slice(nonce), Payload { msg: body, aad: aad.as_bytes() })
        .map_err(|_| unreadable())
}

pub fn seal_text(key: &DataKey, place: Place<'_>, plain: &str) -> Result<String> {
    seal(key, place, plain.as_bytes())
}

pub fn open_text(key: &DataKey, place: Place<'_>, sealed: &str) -> Result<String> {
    utf8(open(&key.key, place, sealed)?)
}

pub fn utf8(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|_| StoreError::Corrupt("text is not UTF-8".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data_key(id: &str) -> DataKey {
        DataKey { id: id.into(), key: random() }
    }

    #[test]
    fn a_ciphertext_opens_only_where_it_belongs() {
        let key = data_key("com_1");
        let here = Place { table: "users", column: "name", row: "usr_1" };
        let sealed = seal_text(&key, here, "Ada").unwrap();
        assert!(!sealed.contains("Ada") && sealed.starts_with("v2:com_1:"));
        assert_eq!(open_text(&key, here, &sealed).unwrap(), "Ada");
        for place in [Place { row: "usr_2", ..here }, Place { column: "email", ..here }] {
            assert!(open_text(&key, place, &sealed).is_err(), "a swapped ciphertext opened");
        }
        assert!(open_text(&data_key("com_1"), here, &sealed).is_err());
        let renamed = sealed.replace("com_1", "com_2");
        for spoilt in [renamed.as_str(), "v1:AAAA", "v2:com_1:AAAA", "v2:", "plain"] {
            assert!(open_text(&key, here, spoilt).is_err(), "{spoilt}");
        }
    }

    #[test]
    fn keys_are_wrapped_and_indexes_are_keyed() {
        let company = "com_018bcfe5687b7070808080808080808f".parse().unwrap();
        let (first, second) = (MasterKey::random(), MasterKey::random());
        let one = Cipher::new(&first.clone().into());
        let wrapped = one.new_company(company).unwrap();
        let again = Cipher::new(&MasterKey::from_hex(&first.to_hex()).unwrap().into());
        assert_eq!(again.unwrap_company(company, &wrapped).unwrap().key, one.cached(company).unwrap().key);
        let other = Cipher::new(&second.clone().into());
        assert!(other.unwrap_company(company, &wrapped).is_err());
        let index = one.new_index().unwrap();
        one.use_index(&index).unwrap();
        // With both keys what the first wrapped is read, and wrapped anew.
        let both = Cipher::new(&Masters { current: second.clone(), old: Some(first) });
        assert!(both.made(&one.fingerprint().unwrap()) && !other.made(&one.fingerprint().unwrap()));
        assert!(both.is_outdated(&wrapped));
        let rewrapped = both.rewrap_company(company, &wrapped).unwrap();
        assert!(!both.is_outdated(&rewrapped));
        assert_eq!(other.unwrap_company(company, &rewrapped).unwrap().key, one.cached(company).unwrap().key);
        other.use_index(&both.rewrap_index(&index).unwrap()).unwrap();
        assert_eq!(one.lookup("email", "ada").unwrap(), other.lookup("email", "ada").unwrap());
        assert_ne!(one.lookup("email", "ada").unwrap(), one.lookup("reference", "ada").unwrap());
        assert_ne!(one.proof("a", "b"), other.proof("a", "b"));
    }
}
