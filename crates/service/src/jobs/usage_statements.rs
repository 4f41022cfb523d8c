//! Freezing the use of periods that have ended, for clients to confirm (story 77).

use domain::policy::Permission;

use super::{Kind, Running, USUAL, Work};
use crate::Ctx;
use crate::invoicing::usage_statements;

pub static KIND: Kind = Kind {
    key: "usage.state",
    label: "Freezing usage for clients",
    holds: &[Permission::PrepareInvoices],
    manner: USUAL,
    seen_at: "/usage-statements",
    run,
};

fn run<'a>(ctx: &'a Ctx, _: &'a Work) -> Running<'a> {
    Box::pin(async move {
        let made = usage_statements::freeze_all(ctx).await?;
        Ok(format!("{made} statements were made."))
    })
}
