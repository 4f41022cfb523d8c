//! API keys (story 44), and writing the log of API calls.

use contract::admin::{ApiKeyView, ApiKeysView, Issued};
use domain::id::CompanyId;
use domain::policy::Permission;
use domain::tier::Capability;
use serde_json::json;
use store::companies;
use store::integration::{self, ApiCall, ApiKey};

use super::people::check_name;
use crate::names::Names;
use crate::secret::{digest, token};
use crate::{App, Ctx, Error, Result, id_from, tiers};

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
                created_at: k.created_at.into(),
                last_used_at: k.last_used_at.map(Into::into),
                revoked_at: k.revoked_at.map(Into::into),
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
    tiers::allowed::of_company(ctx, company.id, Capability::Rest).await?;
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

/// Writes calls to the log, many at a time.
pub async fn log(app: &App, calls: &[ApiCall]) -> Result<()> {
    let tx = app.store.begin().await?;
    integration::log(&tx, calls).await?;
    tx.commit_bookkeeping().await?;
    Ok(())
}
