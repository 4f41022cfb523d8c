//! The trail of one's own actions (story 83).

use contract::page::{Part, Report};
use store::audit::AuditQuery;

use super::{Query, audit};
use crate::{Ctx, Result};

pub async fn view(ctx: &Ctx, query: &Query) -> Result<Report> {
    let page = audit::page(ctx, &asked(ctx)?, query.page(), audit::PER_PAGE, "Your own actions").await?;
    Ok(Report {
        title: "Your trail".into(),
        lead: "What is recorded of your own actions.".into(),
        parts: vec![Part::List(page)],
        ..Report::default()
    })
}

/// Whose actions are listed: nobody else's, whatever the address says.
pub fn asked(ctx: &Ctx) -> Result<AuditQuery> {
    let (id, _, _) = ctx.caller.person()?;
    Ok(AuditQuery { actor_id: id.to_string(), ..AuditQuery::default() })
}
