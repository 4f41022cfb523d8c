//! Going through the audit log's chains, each night.

use contract::ErrorKind;

use super::{Kind, Running, Work};
use crate::{Error, chain};

/// Tried once: a chain that is broken stays so, and somebody has to look.
pub static KIND: Kind =
    Kind { key: "audit.verify", label: "Verifying the audit log’s chain", holds: &[], attempts: 1, run };

fn run<'a>(ctx: &'a crate::Ctx, _: &'a Work) -> Running<'a> {
    Box::pin(async move {
        let verified = chain::verify(ctx, &[]).await?;
        match verified.broken {
            None => Ok(format!("It holds: {} rows, digest {}.", verified.rows, verified.digest)),
            Some(broken) => Err(Error::refused(ErrorKind::Conflict, format!("It is broken: {broken}."))),
        }
    })
}
