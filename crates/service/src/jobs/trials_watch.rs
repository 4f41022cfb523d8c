//! Looking at the versions on trial: what fails, is slow or is not taken is ended.

use super::{Kind, Running, USUAL, Work};
use crate::{Ctx, models};

pub static KIND: Kind = Kind {
    key: "trials.watch",
    label: "Watching versions on trial",
    holds: &[],
    manner: USUAL,
    seen_at: "/models",
    run,
};

fn run<'a>(ctx: &'a Ctx, _: &'a Work) -> Running<'a> {
    Box::pin(async move {
        let (looked, ended) = models::trial::watch(ctx).await?;
        Ok(format!("Looked at {looked} trials, ended {ended}."))
    })
}
