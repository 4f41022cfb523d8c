//! The trail of one's own actions (story 83).

use contract::page::{Part, Report};
use store::audit::AuditQuery;

use super::{Kind, Query, audit, no_filters};
use crate::{Ctx, Result};

pub static KIND: Kind = Kind {
    name: "trail",
    title: "Your trail",
    lead: "What is recorded of your own actions.",
    needs: None,
    filters: no_filters,
    body: |ctx, query| Box::pin(body(ctx, query)),
    more: Some(|ctx, _, after| Box::pin(async move { audit::more(ctx, &asked(ctx)?, after).await })),
};

async fn body(ctx: &Ctx, query: &Query) -> Result<Report> {
    let page = audit::page(ctx, &asked(ctx)?, (query.page(), audit::PER_PAGE), "Your own actions", audit::Place::Trail)
        .await?;
    Ok(KIND.page(vec![Part::List(page)]))
}

/// Whose actions are listed: nobody else's, whatever the address says.
fn asked(ctx: &Ctx) -> Result<AuditQuery> {
    let (id, _, _) = ctx.caller.person()?;
    Ok(AuditQuery { actor_id: id.to_string(), ..AuditQuery::default() })
}
