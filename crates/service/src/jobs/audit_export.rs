//! Exporting the signed heads of the audit log's chains, each night, to where files are. Whoever keeps one of
//! them elsewhere can prove later that the log was cut.

use domain::calendar::london_date;

use super::{Kind, Running, USUAL, Work};
use crate::{Error, chain};

pub static KIND: Kind = Kind {
    key: "audit.export",
    label: "Exporting the audit log’s head",
    holds: &[],
    manner: USUAL,
    seen_at: "/audit",
    run,
};

/// Below it no orphans are looked for: no row names these files.
pub const FOLDER: &str = "audit-heads";

fn run<'a>(ctx: &'a crate::Ctx, _: &'a Work) -> Running<'a> {
    Box::pin(async move {
        let exported = chain::export(ctx, &ctx.app.ports.audit_key).await?;
        let path = format!("{FOLDER}/{}.json", london_date(ctx.now));
        // Nothing in it is secret or personal: it is put as it is.
        let bytes = serde_json::to_vec_pretty(&exported)?;
        ctx.app.ports.files.put(&path, bytes).await.map_err(Error::internal)?;
        Ok(format!("The heads are in {path}, digest {}….", &exported.digest[..16]))
    })
}
