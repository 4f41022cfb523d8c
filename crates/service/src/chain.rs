//! Whether the audit log's chains hold, and their heads, signed.

use chrono::{DateTime, Utc};
use contract::admin::ChainView;
use domain::calendar;
use domain::id::AuditId;
use domain::policy::Reach;
use ed25519_dalek::{Signer, SigningKey};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::audit::AuditEvent;
use store::chain::{self, Check, Head, Verified};

use crate::{App, Ctx, Error, Result};

/// Heads as they were at a time, to be kept where nobody of the installation reaches them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    pub exported_at: DateTime<Utc>,
    /// By chain: a company's id, or `operator`.
    pub heads: Vec<Head>,
    /// Over all heads, as `audit verify` prints it.
    pub digest: String,
    /// Ed25519, in hexadecimal. The key has nothing to do with the master key.
    pub public_key: String,
    pub signature: String,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn signed_text(exported_at: DateTime<Utc>, digest: &str) -> String {
    format!("solatium audit head|{}|{digest}", exported_at.to_rfc3339())
}

/// Goes through all chains, notes what came of it, and says it.
pub async fn verify(ctx: &Ctx, exported: &[Head]) -> Result<Verified> {
    let verified = chain::verify(ctx.store(), exported).await?;
    let words = verified.broken.as_ref().map(ToString::to_string).unwrap_or_default();
    if !words.is_empty() {
        tracing::error!(words, "the audit chain is broken");
    }
    let check = Check {
        at: ctx.now,
        holds: verified.broken.is_none(),
        rows: verified.rows,
        digest: verified.digest.clone(),
        words,
    };
    let tx = ctx.begin().await?;
    chain::note_check(&tx, &ctx.id::<AuditId>().to_string(), &check).await?;
    tx.commit_bookkeeping().await?;
    Ok(verified)
}

/// Takes rows that a version without chains wrote into their chains, and records how many: by chain.
pub async fn adopt(ctx: &Ctx) -> Result<Vec<(String, u64)>> {
    let tx = ctx.begin().await?;
    let adopted = chain::adopt(&tx, ctx.now).await?;
    let rows: u64 = adopted.iter().map(|(_, rows)| rows).sum();
    if rows > 0 {
        let details = json!({ "rows": rows, "chains": adopted.len() });
        tx.commit(ctx.audit(None, "audit.adopted", "installation", "", details)).await?;
    }
    Ok(adopted)
}

/// The heads as they are now, signed.
pub async fn export(ctx: &Ctx, key: &SigningKey) -> Result<Exported> {
    // The row about it first, so that the head covers it, and a verification after it prints the same digest.
    let tx = ctx.begin().await?;
    tx.commit(ctx.audit(None, "audit.exported", "installation", "", json!({}))).await?;
    let heads = chain::heads(ctx.store()).await?;
    let digest = chain::digest(&heads);
    let signature = key.sign(signed_text(ctx.now, &digest).as_bytes());
    Ok(Exported {
        exported_at: ctx.now,
        digest,
        heads,
        public_key: hex(key.verifying_key().as_bytes()),
        signature: hex(&signature.to_bytes()),
    })
}

/// Whether an exported head is what was signed, by whom it says.
///
/// # Errors
///
/// In words, where it was edited.
pub fn check_signature(exported: &Exported) -> Result<()> {
    let refused =
        || Error::refused(contract::ErrorKind::Invalid, "The exported head was edited: its signature does not fit.");
    let bytes = |text: &str| -> Option<Vec<u8>> {
        text.is_ascii().then_some(())?;
        (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()).collect()
    };
    let key: [u8; 32] = bytes(&exported.public_key).and_then(|b| b.try_into().ok()).ok_or_else(refused)?;
    let signature: [u8; 64] = bytes(&exported.signature).and_then(|b| b.try_into().ok()).ok_or_else(refused)?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(&key).map_err(|_| refused())?;
    let text = signed_text(exported.exported_at, &exported.digest);
    key.verify_strict(text.as_bytes(), &signature.into()).map_err(|_| refused())?;
    if chain::digest(&exported.heads) == exported.digest { Ok(()) } else { Err(refused()) }
}

/// What the audit page says of the chains.
pub(crate) async fn view(ctx: &Ctx) -> Result<ChainView> {
    let last = chain::last_check(ctx.store()).await?;
    // An insurer is told of its own chain, and neither how much the others wrote nor which of them is broken.
    if let (Reach::Company(own), Some(check)) = (ctx.caller.reach, &last) {
        let at = calendar::words(check.at);
        return Ok(if check.words.contains(&own.to_string()) {
            ChainView {
                holds: Some(false),
                words: format!("The chain of this log is broken, found {at}: Solatium looks into it."),
            }
        } else {
            ChainView { holds: Some(true), words: format!("The chain of this log holds. Last verified {at}.") }
        });
    }
    Ok(match last {
        None => ChainView {
            holds: None,
            words: "The chain of this log has not been verified yet: it is each night.".into(),
        },
        Some(check) if check.holds => ChainView {
            holds: Some(true),
            words: format!(
                "The chain holds: {} rows, each with the hash of the one before it. Last verified {}.",
                check.rows,
                calendar::words(check.at)
            ),
        },
        Some(check) => ChainView {
            holds: Some(false),
            words: format!("The chain is broken, found {}: {}.", calendar::words(check.at), check.words),
        },
    })
}

/// Writes what was read and refused.
pub async fn record(app: &App, events: Vec<AuditEvent>) -> Result<()> {
    let tx = app.store.begin().await?;
    tx.commit_notes(events).await?;
    Ok(())
}
