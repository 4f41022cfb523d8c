//! API keys and the log of API calls (stories 44, 85, 88).

use contract::admin::{ApiKeyView, ApiKeysView, Issued};
use contract::table::{Cell, Page, Table, Tone};
use domain::id::CompanyId;
use domain::policy::Permission;
use serde_json::json;
use store::companies;
use store::integration::{self, ApiCall, ApiKey};

use super::people::check_name;
use crate::names::Names;
use crate::secret::{digest, token};
use crate::{App, Ctx, Error, Result, id_from};

const PER_PAGE: u64 = 50;

pub async fn list(ctx: &Ctx) -> Result<ApiKeysView> {
    ctx.require(Permission::ManageApiKeys)?;
    let all = companies::list(ctx.store(), ctx.caller.reach).await?;
    let keys = integration::list(ctx.store(), ctx.caller.reach).await?;
    let names = Names::of(ctx, keys.iter().map(|k| k.company.to_string())).await?;
    Ok(ApiKeysView {
        keys: keys
            .into_iter()
            .map(|k| ApiKeyView {
                id: k.id,
                name: k.name,
                company_name: names.company(k.company),
                prefix: k.prefix,
                created_at: k.created_at,
                last_used_at: k.last_used_at,
                revoked_at: k.revoked_at,
            })
            .collect(),
        companies: all.into_iter().filter(|c| !c.operator).map(|c| (c.id.to_string(), c.name)).collect(),
    })
}

/// Makes a key. Its token is returned once; what is stored is a hash.
pub async fn create(ctx: &Ctx, company_id: &str, name: &str) -> Result<Issued> {
    ctx.require(Permission::ManageApiKeys)?;
    let name = check_name("name", name)?;
    let company = match company_id.parse::<CompanyId>() {
        Ok(id) => companies::find(ctx.store(), ctx.caller.reach, id).await?,
        Err(_) => return Err(Error::field("company_id", "choose a company")),
    };
    if company.operator {
        return Err(Error::field("company_id", "a key enters claims for an insurer: choose one"));
    }
    let token = format!("sol_{}", token());
    let key = ApiKey {
        id: ctx.id(),
        company: company.id,
        name,
        prefix: token[..10].to_owned(),
        token_hash: digest(&token),
        created_by: ctx.caller.actor.name(),
        created_at: ctx.now,
        last_used_at: None,
        revoked_at: None,
    };
    let tx = ctx.begin().await?;
    integration::create(&tx, &key).await?;
    tx.commit(ctx.audit(Some(company.id), "api_key.created", "api_key", key.id, json!({ "name": key.name }))).await?;
    Ok(Issued {
        title: format!("API key “{}” for {}", key.name, company.name),
        secret: token,
        hint: "This key is shown once. Send it as “Authorization: Bearer KEY”.".into(),
        href: "/api-keys".into(),
    })
}

pub async fn revoke(ctx: &Ctx, id: &str) -> Result<()> {
    ctx.require(Permission::ManageApiKeys)?;
    let key = integration::find(ctx.store(), ctx.caller.reach, id_from(id)?).await?;
    let tx = ctx.begin().await?;
    integration::revoke(&tx, key.id, ctx.now).await?;
    tx.commit(ctx.audit(Some(key.company), "api_key.revoked", "api_key", key.id, json!({ "name": key.name }))).await?;
    Ok(())
}

/// The log of API calls.
pub async fn calls(ctx: &Ctx, number: u64, failed_only: bool) -> Result<Page> {
    ctx.require(Permission::ReadApiCalls)?;
    let number = crate::input::page(number);
    let (calls, total) = integration::calls(ctx.store(), ctx.caller.reach, None, failed_only, number, PER_PAGE).await?;
    let names = Names::of(ctx, calls.iter().flat_map(|c| [c.company.to_string(), c.key.to_string()])).await?;
    let mut table = Table::new(
        "API calls, newest first",
        &["When", "Company", "Key", "Call", "Answer", "#Milliseconds", "Request"],
        "No call has been made with an API key.",
    );
    for call in calls {
        let tone = if call.status < 400 { Tone::Good } else { Tone::Bad };
        table.row(vec![
            Cell::Time(call.at),
            Cell::Text(names.company(call.company)),
            Cell::Text(names.actor(&call.key.to_string())),
            Cell::Code(format!("{} {}", call.method, call.path)),
            Cell::Badge(call.status.to_string(), tone),
            Cell::Figure(format!("{:.1}", call.duration_us as f64 / 1_000.0)),
            Cell::Code(call.request_id),
        ]);
    }
    Ok(Page { table, total, page: number, pages: contract::table::pages(total, PER_PAGE) })
}

/// Writes calls to the log, many at a time.
pub async fn log(app: &App, calls: &[ApiCall]) -> Result<()> {
    let tx = app.store.begin().await?;
    integration::log(&tx, calls).await?;
    tx.commit_bookkeeping().await?;
    Ok(())
}
