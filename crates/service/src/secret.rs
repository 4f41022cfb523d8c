//! Random secrets, their hashes, and passwords.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::{Output, ParamsString, PasswordHash, SaltString};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use contract::ErrorKind;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::{Error, Result};

/// Random bytes of the system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "no secret may be made without randomness")]
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A token of 256 random bits.
pub fn token() -> String {
    hex(&random::<32>())
}

/// What is stored of a token or document. A token has 256 random bits: a plain hash is enough.
pub fn digest(text: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(text.as_ref()))
}

/// A first password that a person can type: four groups of five letters and digits that cannot be
/// mistaken for one another, about 98 bits.
pub fn first_password() -> String {
    const SIGNS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let bytes: [u8; 20] = random();
    let signs: Vec<char> = bytes.iter().map(|b| char::from(SIGNS[usize::from(*b) % SIGNS.len()])).collect();
    signs.chunks(5).map(|c| c.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// Argon2id as a PHC string. Takes tens of milliseconds of a core, so not on an async thread.
pub async fn hash_password(password: &str) -> Result<String> {
    let password = password.to_owned();
    blocking(move || {
        let params = Params::default();
        let salt = random::<16>();
        let failed = |e: argon2::password_hash::Error| Error::internal(e);
        let hash = derive(&params, password.as_bytes(), &salt)?;
        let salt = SaltString::encode_b64(&salt).map_err(failed)?;
        let phc = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params).map_err(failed)?,
            salt: Some(salt.as_salt()),
            hash: Some(hash),
        };
        Ok(phc.to_string())
    })
    .await
}

/// Whether the password fits. Without a stored hash the same work is done, so that the time does
/// not tell whether an account exists.
pub async fn verify_password(password: &str, stored: Option<&str>) -> Result<bool> {
    /// The hash of a random password that nobody knows.
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b+dWRWJTmaaJObG+ZI4cwXhRPk";
    let (password, real) = (password.to_owned(), stored.is_some());
    let stored = stored.unwrap_or(NOBODY).to_owned();
    blocking(move || {
        let parsed = PasswordHash::new(&stored).map_err(|e| Error::internal(e))?;
        let failed = |e: argon2::password_hash::Error| Error::internal(e);
        let unreadable = || Error::internal("a stored password hash is no Argon2 hash");
        let params = Params::try_from(&parsed).map_err(failed)?;
        let mut salt = [0; 64];
        let salt = parsed.salt.ok_or_else(unreadable)?.decode_b64(&mut salt).map_err(failed)?;
        let expected = parsed.hash.ok_or_else(unreadable)?;
        // Two outputs are compared in constant time.
        Ok(derive(&params, password.as_bytes(), salt)? == expected && real)
    })
    .await
}

/// Memory of hashings that are done, kept for the next: 19 MB each, which given back and asked for
/// again a thousand times would stay with the process in pieces.
static MEMORY: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());

/// Argon2id of 32 bytes.
fn derive(params: &Params, password: &[u8], salt: &[u8]) -> Result<Output> {
    let mut memory = MEMORY.lock().ok().and_then(|mut kept| kept.pop()).unwrap_or_default();
    memory.resize(params.block_count(), Block::default());
    let mut hash = [0; Params::DEFAULT_OUTPUT_LEN];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let done = argon2.hash_password_into_with_memory(password, salt, &mut hash, &mut memory);
    if let Ok(mut kept) = MEMORY.lock() {
        kept.push(memory);
    }
    done.map_err(|e| Error::internal(e))?;
    Output::new(&hash).map_err(|e| Error::internal(e))
}

/// Passwords are hashed two at a time: each takes 19 MB and a core, and strangers can ask for it.
static HASHING: Semaphore = Semaphore::const_new(2);
/// Those who wait for their turn, and the most who may.
static WAITING: AtomicUsize = AtomicUsize::new(0);
const MOST_WAITING: usize = 256;

/// A place in the queue, given up however its holder ends.
struct Place;

impl Place {
    fn take() -> Result<Place> {
        let place = Place;
        if WAITING.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING {
            return Err(Error::refused(
                ErrorKind::Unavailable,
                "Too many sign in just now. Try again in some seconds.",
            ));
        }
        Ok(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let place = Place::take()?;
    let turn = HASHING.acquire().await.map_err(|e| Error::internal(e))?;
    drop(place);
    let done = tokio::task::spawn_blocking(work).await.map_err(|e| Error::internal(e))?;
    drop(turn);
    done
}

/// Longest password that is taken; longer ones only cost time.
pub const LONGEST_PASSWORD: usize = 256;

/// Phrases that everybody has read, which are long and random to a measure of words alone. Without
/// spaces and signs.
const KNOWN_PHRASES: &[&str] = &[
    "correcthorsebatterystaple",
    "thequickbrownfox",
    "tobeornottobe",
    "maytheforcebewithyou",
    "iloveyouverymuch",
    "letmeinplease",
    "opensesame",
    "onceuponatime",
    "winteriscoming",
    "itwasthebestoftimes",
    "callmeishmael",
    "godsavetheking",
    "godsavethequeen",
    "keepcalmandcarryon",
    "changemeplease",
    "loremipsum",
];

/// Why a new password is not good enough, as a sentence; `None` if it is. Length and guessability
/// count, composition does not (OWASP ASVS 6.2). `context`: words an attacker would try first.
pub fn password_weakness(password: &str, context: &[&str]) -> Option<String> {
    let length = password.chars().count();
    if length < 12 {
        return Some("Use at least 12 characters. Several unrelated words are easy to remember.".into());
    }
    if length > LONGEST_PASSWORD {
        return Some(format!("Use at most {LONGEST_PASSWORD} characters."));
    }
    let lower = password.to_lowercase();
    let words = context.iter().flat_map(|c| c.split(|s: char| !s.is_alphanumeric()));
    if words.map(str::to_lowercase).any(|w| w.len() >= 4 && lower.contains(&w)) {
        return Some("Leave out your name, your e-mail address and the names of your company and of Solatium.".into());
    }
    let letters: String = lower.chars().filter(|c| c.is_alphabetic()).collect();
    if KNOWN_PHRASES.iter().any(|phrase| letters.contains(phrase)) {
        return Some("This phrase is known from books and films, and is among the first to be tried.".into());
    }
    if zxcvbn::zxcvbn(password, context).score() < zxcvbn::Score::Three {
        return Some("This is too easy to guess. Several unrelated words are harder to guess.".into());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_named_as_such() {
        let context = ["Ada Lovelace", "ada@northgate.example", "Northgate Insurance", "Solatium"];
        for weak in [
            "short",
            "password1234",
            "aaaaaaaaaaaaaaaa",
            "lovelace-violet-horse",
            "Correct horse, battery staple!",
            &"x".repeat(300),
        ] {
            assert!(password_weakness(weak, &context).is_some(), "{weak}");
        }
        assert_eq!(password_weakness("copper lantern drifts west", &context), None);
        assert_eq!(password_weakness(&first_password(), &context), None);
    }

    #[tokio::test]
    async fn a_password_fits_its_hash_only() {
        let hash = hash_password("copper lantern drifts west").await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify_password("copper lantern drifts west", Some(&hash)).await.unwrap());
        assert!(!verify_password("copper lantern drifts east", Some(&hash)).await.unwrap());
        assert!(!verify_password("anything", None).await.unwrap());
    }
}
