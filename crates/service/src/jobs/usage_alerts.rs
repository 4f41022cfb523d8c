//! Telling managers that most of what they mean to use is used (story 77).

use domain::policy::Permission;

use super::{Kind, Running, USUAL, Work};
use crate::Ctx;
use crate::invoicing::usage_alerts;

pub static KIND: Kind = Kind {
    key: "usage.tell",
    label: "Telling managers of their use",
    holds: &[Permission::ReadUsage],
    manner: USUAL,
    seen_at: "/usage",
    run,
};

fn run<'a>(ctx: &'a Ctx, _: &'a Work) -> Running<'a> {
    Box::pin(async move {
        let told = usage_alerts::tell_all(ctx).await?;
        Ok(format!("{told} managers were told."))
    })
}
