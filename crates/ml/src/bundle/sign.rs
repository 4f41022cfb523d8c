//! Ed25519 signatures of bundles (RFC 8032): whose a bundle is, and that nobody changed it since.
//!
//! The signature is over the manifest's bytes, which hold the SHA-256 of every other file, so it
//! covers them all. It stands in a file of its own beside them.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use super::archive::Archive;

/// `signature.json`: public key and signature in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seal {
    key: String,
    signature: String,
}

/// Prepended to what is signed, so that a signature made for another purpose cannot be used here.
const PURPOSE: &[u8] = b"solatium bundle manifest\n";

/// Whose bundles are taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Trust {
    /// Anyone's, signed or not; a signature must be right if there is one.
    #[default]
    Anyone,
    /// Those signed by one of these keys.
    Signers(Vec<PublicKey>),
}

impl Trust {
    /// Whether a bundle with this verified signer is taken.
    pub fn admits(&self, signer: Option<PublicKey>) -> bool {
        match self {
            Trust::Anyone => true,
            Trust::Signers(keys) => signer.is_some_and(|signer| keys.contains(&signer)),
        }
    }
}

/// A public key, 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// A private key. It is never printed.
pub struct PrivateKey(SigningKey);

/// Why a key or a signature is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    #[error("a key is 64 hexadecimal digits")]
    NotAKey,
    #[error("this is no point of the curve: the key was mistyped")]
    NotAPoint,
    #[error("{0}")]
    Bundle(String),
    #[error("the bundle is not signed")]
    Unsigned,
    #[error("the signature is not of this manifest: the bundle was changed after it was signed")]
    Wrong,
    #[error("signed by {found}, who is not among the trusted signers")]
    Untrusted { found: String },
}

impl PublicKey {
    pub fn from_hex(text: &str) -> Result<PublicKey, SignError> {
        VerifyingKey::from_bytes(&bytes(text)?).map(PublicKey).map_err(|_| SignError::NotAPoint)
    }

    pub fn to_hex(self) -> String {
        hex(self.0.as_bytes())
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl PrivateKey {
    /// `secret` must come from a generator fit for secrets.
    pub fn from_secret(secret: [u8; 32]) -> PrivateKey {
        PrivateKey(SigningKey::from_bytes(&secret))
    }

    pub fn from_hex(text: &str) -> Result<PrivateKey, SignError> {
        bytes(text).map(PrivateKey::from_secret)
    }

    /// For a file that only its owner may read.
    pub fn to_hex(&self) -> String {
        hex(&self.0.to_bytes())
    }

    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The bundle with this key's signature in place of any other.
    pub fn sign(&self, bundle: &[u8]) -> Result<Vec<u8>, SignError> {
        let mut archive = Archive::read(bundle).map_err(SignError::Bundle)?;
        let signature = self.0.sign(&signed(&archive.manifest));
        let seal = Seal { key: self.public().to_hex(), signature: hex(&signature.to_bytes()) };
        archive.signature = Some(serde_json::to_vec(&seal).map_err(|e| SignError::Bundle(e.to_string()))?);
        archive.write().map_err(|e| SignError::Bundle(e.to_string()))
    }
}

/// The signer of an archive, `None` where there is none that need be; the hashes of the other files
/// are the manifest's affair and are checked there.
pub fn verify(archive: &Archive, trust: &Trust) -> Result<Option<PublicKey>, SignError> {
    let signer = match &archive.signature {
        None => None,
        Some(seal) => Some(signer(&archive.manifest, seal)?),
    };
    match (trust, signer) {
        (Trust::Anyone, signer) => Ok(signer),
        (Trust::Signers(_), None) => Err(SignError::Unsigned),
        (Trust::Signers(keys), Some(signer)) if keys.contains(&signer) => Ok(Some(signer)),
        (Trust::Signers(_), Some(signer)) => Err(SignError::Untrusted { found: signer.to_hex() }),
    }
}

fn signer(manifest: &[u8], seal: &[u8]) -> Result<PublicKey, SignError> {
    let seal: Seal = serde_json::from_slice(seal).map_err(|e| SignError::Bundle(format!("the signature file: {e}")))?;
    let key = PublicKey::from_hex(&seal.key)?;
    let signature: [u8; 64] = bytes(&seal.signature).map_err(|_| SignError::Wrong)?;
    // Strictly: no weak keys, no second form of a signature.
    key.0.verify_strict(&signed(manifest), &Signature::from_bytes(&signature)).map_err(|_| SignError::Wrong)?;
    Ok(key)
}

fn signed(manifest: &[u8]) -> Vec<u8> {
    [PURPOSE, manifest].concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn bytes<const N: usize>(text: &str) -> Result<[u8; N], SignError> {
    let text = text.trim().as_bytes();
    let digit = |b: u8| char::from(b).to_digit(16);
    if text.len() != 2 * N {
        return Err(SignError::NotAKey);
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let (high, low) = digit(pair[0]).zip(digit(pair[1])).ok_or(SignError::NotAKey)?;
        *byte = (high * 16 + low) as u8;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_standard() {
        // RFC 8032, 7.1, test 1.
        let key = PrivateKey::from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap();
        let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        assert_eq!(key.public().to_hex(), public);
        assert_eq!(PublicKey::from_hex(public).unwrap(), key.public());
        assert_eq!(PublicKey::from_hex("d75a"), Err(SignError::NotAKey));
        assert_eq!(PublicKey::from_hex(&"g".repeat(64)), Err(SignError::NotAKey));
    }
}
