//! The first page after signing in, a file a role (stories 14, 72).

mod administrator;
mod engineer;
mod finance;
mod handler;
mod manager;

use contract::page::Report;
use domain::policy::{Gate, Role};

use super::{Kind, no_filters};
use crate::{Ctx, Result};

pub static KIND: Kind = Kind {
    name: "dashboard",
    title: "Dashboard",
    lead: "",
    needs: None,
    filters: no_filters,
    body: |ctx, _| Box::pin(body(ctx)),
    more: None,
};

async fn body(ctx: &Ctx) -> Result<Report> {
    let (_, role, _) = ctx.caller.person()?;
    if matches!(role, Role::Handler | Role::Manager) && ctx.caller.gate == Some(Gate::Policy) {
        return Ok(before_policy());
    }
    match role {
        Role::Handler => handler::view(ctx).await,
        Role::Manager => manager::view(ctx).await,
        Role::Engineer => engineer::view(ctx).await,
        Role::Administrator => administrator::view(ctx).await,
        Role::Finance => finance::view(ctx).await,
    }
}

fn before_policy() -> Report {
    Report {
        title: "Welcome".into(),
        lead: "Before you see your first claim, read and acknowledge the data-protection policy.".into(),
        actions: vec![("Read the policy".into(), "/policy".into())],
        file: None,
        ..Report::default()
    }
}
