//! The trail of one's own actions (story 83).

use contract::table::Page;
use store::audit::AuditQuery;

use crate::admin::audit::{PER_PAGE, page};
use crate::{Ctx, Result};

pub async fn own(ctx: &Ctx, number: u64) -> Result<Page> {
    let (id, _, _) = ctx.caller.person()?;
    let query = AuditQuery {
        actor_id: id.to_string(),
        page: crate::input::page(number),
        per_page: PER_PAGE,
        ..AuditQuery::default()
    };
    page(ctx, ctx.caller.reach, &query, "Your own actions").await
}
