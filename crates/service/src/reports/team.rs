//! What each member of the team did lately (story 69).

use std::collections::BTreeMap;

use contract::page::{Part, Report};
use contract::table::{Cell, Table};
use domain::policy::{Permission, Role};
use domain::settlement::ClaimStatus;
use store::figures::{self, Measure};
use store::people::{self, Person};

use super::counts::{Decided, LATELY, days};
use super::{Kind, no_filters};
use crate::account::profile::Profile;
use crate::{Ctx, Result};

pub static KIND: Kind = Kind {
    name: "team",
    title: "Team",
    lead: "What each member of the team did lately.",
    needs: Some(Permission::ReadTeam),
    filters: no_filters,
    body: |ctx, _| Box::pin(body(ctx)),
    more: None,
};

async fn body(ctx: &Ctx) -> Result<Report> {
    let actions = vec![
        ("Authority limits".into(), "/team/authority".into()),
        ("Own estimate first".into(), "/team/estimates".into()),
        ("People".into(), "/people".into()),
    ];
    Ok(Report { actions, ..KIND.page(vec![Part::Table(table(ctx).await?)]) })
}

/// A row a person who handles claims. The caller has asked for the permission.
pub async fn table(ctx: &Ctx) -> Result<Table> {
    let reach = ctx.caller.reach;
    let (from, to) = days(ctx, LATELY);
    let mut decided: BTreeMap<String, Decided> = BTreeMap::new();
    for sum in figures::by_company(ctx.store(), reach, Measure::DecidedBy, from, to).await? {
        let who = sum.label.split('|').nth(1).unwrap_or_default().to_owned();
        decided.entry(who).or_default().add(&sum.label, sum.number, sum.amount);
    }
    let mut entered: BTreeMap<String, i64> = BTreeMap::new();
    for sum in figures::by_company(ctx.store(), reach, Measure::Entered, from, to).await? {
        *entered.entry(sum.label).or_default() += sum.number;
    }
    let mut said: BTreeMap<String, Profile> = BTreeMap::new();
    for (user, json) in people::profiles(ctx.store(), ctx.caller.own_company()?).await? {
        said.insert(user.to_string(), serde_json::from_str(&json)?);
    }
    let open: BTreeMap<String, i64> = figures::standing(ctx.store(), reach).await?.into_iter().collect();
    let mut table = Table::new(
        &format!("The team’s last {LATELY} days"),
        &["Name", "Role", "#Entered", "#Decided", "#Accepted", "#Overridden", "#Still open", "Last sign-in"],
        "Nobody handles claims in your company yet.",
    )
    .filled_by(true, "Add a person", "/people/new");
    for person in people::list(ctx.store(), reach).await? {
        if !matches!(person.role, Role::Handler | Role::Manager) {
            continue;
        }
        let id = person.id.to_string();
        let own = decided.get(&id).copied().unwrap_or_default();
        table.row(vec![
            Cell::link(&person.name, format!("/people/{}", person.id)),
            Cell::Text(role(&person, said.get(&id))),
            Cell::Number(entered.get(&id).copied().unwrap_or_default()),
            Cell::Number(own.all),
            Cell::Number(own.accepted),
            Cell::Number(own.overridden),
            Cell::Number(open.get(&format!("{}|{id}", ClaimStatus::Open.key())).copied().unwrap_or_default()),
            Cell::time(person.last_sign_in),
        ]);
    }
    Ok(table)
}

/// What somebody is, with what they say of their work.
fn role(person: &Person, profile: Option<&Profile>) -> String {
    let role = person.role.label();
    let said = profile.iter().flat_map(|p| [&p.title, &p.specialism]).filter(|t| !t.is_empty());
    let said = said.map(String::as_str).collect::<Vec<_>>().join(", ");
    if said.is_empty() { role.to_owned() } else { format!("{role}: {said}") }
}
