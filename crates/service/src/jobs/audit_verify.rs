//! Going through the audit log's chains, each night.

use contract::ErrorKind;
use domain::calendar::london_date;

use super::{Kind, Manner, Running, USUAL, Work};
use crate::chain::{self, Exported};
use crate::{Error, Result};

/// Days in which the newest exported head is looked for.
const LOOKED_BACK: i64 = 7;

/// Tried once: a chain that is broken stays so, and somebody has to look.
pub static KIND: Kind = Kind {
    key: "audit.verify",
    label: "Verifying the audit log’s chain",
    holds: &[],
    manner: Manner { attempts: 1, ..USUAL },
    seen_at: "/audit",
    run,
};

fn run<'a>(ctx: &'a crate::Ctx, _: &'a Work) -> Running<'a> {
    Box::pin(async move {
        let exported = newest_head(ctx).await?;
        let verified = chain::verify(ctx, exported.as_ref().map_or(&[], |e| e.heads.as_slice())).await?;
        match verified.broken {
            None => Ok(format!("It holds: {} rows, digest {}….", verified.rows, &verified.digest[..16])),
            Some(broken) => Err(Error::refused(ErrorKind::Conflict, format!("It is broken: {broken}."))),
        }
    })
}

/// The newest head that an earlier night exported, if it is the one that was signed.
async fn newest_head(ctx: &crate::Ctx) -> Result<Option<Exported>> {
    for back in 0..=LOOKED_BACK {
        let day = london_date(ctx.now - chrono::Duration::days(back));
        let path = format!("{}/{day}.json", super::audit_export::FOLDER);
        if let Some(bytes) = ctx.app.ports.files.get(&path).await.map_err(Error::internal)? {
            let exported: Exported = serde_json::from_slice(&bytes)?;
            chain::check_signature(&exported)?;
            return Ok(Some(exported));
        }
    }
    Ok(None)
}
