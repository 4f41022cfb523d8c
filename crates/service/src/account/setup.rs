//! The first administrator of an empty installation.

use chrono::Duration;
use contract::ErrorKind;
use domain::policy::Role;
use serde_json::json;
use store::companies::{self, Company};
use store::people::{self, Person};
use store::sessions;

use crate::admin::people::{check_email, check_name};
use crate::secret::{digest, hash_password, password_weakness, token};
use crate::{Ctx, Error, Result};

/// Makes a one-time link's token, valid for a day, if nobody can sign in yet.
pub async fn offer(ctx: &Ctx) -> Result<Option<String>> {
    if people::count(ctx.store()).await? > 0 {
        return Ok(None);
    }
    let token = token();
    let tx = ctx.begin().await?;
    sessions::create_setup_link(&tx, &digest(&token), ctx.now, ctx.now + Duration::days(1)).await?;
    tx.commit(ctx.audit(None, "setup.offered", "installation", "", json!({}))).await?;
    Ok(Some(token))
}

/// What the person fills in behind the link.
pub struct FirstAdministrator<'a> {
    pub token: &'a str,
    pub name: &'a str,
    pub email: &'a str,
    pub password: &'a str,
}

/// Uses the link up and makes Solatium's own company and its first administrator.
pub async fn complete(ctx: &Ctx, first: FirstAdministrator<'_>) -> Result<()> {
    // Looked at before any costly work: anybody can call this.
    if people::count(ctx.store()).await? > 0
        || !sessions::setup_link_open(ctx.store(), &digest(first.token), ctx.now).await?
    {
        return Err(used_up());
    }
    let name = check_name("name", first.name)?;
    let email = check_email(first.email)?;
    if let Some(weakness) = password_weakness(first.password, &[&name, &email, "Solatium"]) {
        return Err(Error::field("password", weakness));
    }
    let password_hash = hash_password(first.password).await?;
    let tx = ctx.begin().await?;
    if !sessions::use_setup_link(&tx, &digest(first.token), ctx.now).await? || people::count(&tx).await? > 0 {
        return Err(used_up());
    }
    let company = operator(ctx);
    if companies::count(&tx).await? == 0 {
        companies::create(&tx, &company).await?;
    }
    let company =
        companies::list(&tx, store::Reach::Operator).await?.into_iter().find(|c| c.operator).unwrap_or(company);
    let person = Person {
        id: ctx.id(),
        company: company.id,
        department: None,
        role: Role::Administrator,
        name,
        email,
        password_hash,
        must_change_password: false,
        active: true,
        policy_version: 0,
        created_by: None,
        created_at: ctx.now,
        last_sign_in: None,
        password_expires_at: None,
    };
    people::create(&tx, &person).await?;
    tx.commit(ctx.audit(Some(company.id), "person.created", "person", person.id, json!({ "role": "administrator" })))
        .await?;
    Ok(())
}

fn used_up() -> Error {
    Error::refused(ErrorKind::NotFound, "This link has been used or has expired. Start the server again for a new one.")
}

/// Solatium itself as a company, with the particulars that invoices need; an administrator fills
/// in the address.
pub fn operator(ctx: &Ctx) -> Company {
    Company {
        id: ctx.id(),
        name: "Solatium".into(),
        operator: true,
        address: String::new(),
        billing_email: String::new(),
        vat_number: String::new(),
        country: "GB".into(),
        registration: String::new(),
        endpoint: String::new(),
        bank_details: String::new(),
        created_at: ctx.now,
    }
}
