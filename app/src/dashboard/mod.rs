//! The first page after signing in, and the team's activity.

use contract::dashboard::Dashboard;
use contract::table::Table;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::server::context::{ctx, reply};
use crate::server::{Failure, Text};
use crate::ui::load::load;
use crate::ui::table::table;
use crate::ui::{chart::chart, heading, tiles};

#[server(prefix = "/fn", output = Text, endpoint = "dashboard/view")]
pub async fn view_dashboard() -> Result<Dashboard, Failure> {
    reply(service::dashboard::view(&ctx()?).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "dashboard/team")]
pub async fn view_team() -> Result<Table, Failure> {
    reply(service::dashboard::team(&ctx()?).await)
}

pub fn dashboard() -> AnyView {
    load(
        || ViewDashboard {},
        |d: Dashboard| {
            let charts: Vec<_> = d.charts.into_iter().map(chart).collect();
            let tables: Vec<_> = d.tables.into_iter().map(table).collect();
            view! {
                {heading(d.title, d.lead, d.actions)}
                {tiles(d.tiles)}
                {tables}
                {charts}
            }
            .into_any()
        },
    )
}

pub fn team() -> AnyView {
    view! {
        {heading("Team", "What each member of the team did lately.", vec![("People".into(), "/people".into())])}
        {load(|| ViewTeam {}, table)}
    }
    .into_any()
}
