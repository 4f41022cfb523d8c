//! People. Names and e-mail addresses are encrypted; addresses are found by a keyed hash.

use chrono::{DateTime, Utc};
use domain::id::{CompanyId, DepartmentId, UserId};
use domain::policy::Role;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::cipher::{Cipher, DataKey, Place, open_text, seal_text};
use crate::companies::key;
use crate::entity::{companies as companies_table, users as table};
use crate::{Handle, Reach, Result, Store, StoreError, Tx, count_all, instant, known, parsed, parsed_opt, scoped};

#[derive(Debug, Clone)]
pub struct Person {
    pub id: UserId,
    pub company: CompanyId,
    pub department: Option<DepartmentId>,
    pub role: Role,
    pub name: String,
    pub email: String,
    /// A PHC string (argon2id); empty for one who has yet to choose a password.
    pub password_hash: String,
    pub must_change_password: bool,
    pub active: bool,
    /// The data-protection policy that was acknowledged, 0 for none.
    pub policy_version: i32,
    pub created_by: Option<UserId>,
    pub created_at: DateTime<Utc>,
    pub last_sign_in: Option<DateTime<Utc>>,
    /// When a first or reset password ends; `None` for one that the person chose.
    pub password_expires_at: Option<DateTime<Utc>>,
}

impl Person {
    pub fn has_password(&self) -> bool {
        !self.password_hash.is_empty()
    }
}

fn place<'a>(column: &'static str, row: &'a str) -> Place<'a> {
    Place { table: "users", column, row }
}

/// By which a person is found by their e-mail address.
fn email_lookup(cipher: &Cipher, email: &str) -> Result<String> {
    cipher.lookup("email", &email.trim().to_lowercase())
}

/// Makes the people of an earlier version findable by the installation's own key.
pub(crate) async fn index_addresses(store: &Store) -> Result<()> {
    loop {
        let rows =
            table::Entity::find().filter(table::Column::EmailLookup.is_null()).limit(200).all(store.write()).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let tx = Tx::begin(store).await?;
        for row in rows {
            let key = key(&tx, parsed(&row.company_id)?).await?;
            let email = open_text(&key, place("email", &row.id), &row.email)?;
            table::Entity::update(table::ActiveModel {
                email_lookup: Set(Some(email_lookup(tx.cipher(), &email)?)),
                id: Set(row.id),
                ..Default::default()
            })
            .exec(tx.connection())
            .await?;
        }
        tx.commit_bookkeeping().await?;
    }
}

/// Who a person is and where they work; neither their password nor whether they may sign in.
async fn particulars(tx: &Tx, person: &Person) -> Result<table::ActiveModel> {
    let id = person.id.to_string();
    let key = key(tx, person.company).await?;
    Ok(table::ActiveModel {
        company_id: Set(person.company.to_string()),
        department_id: Set(person.department.map(|d| d.to_string())),
        role: Set(person.role.key().into()),
        email_index: Set(tx.cipher().former_email_index(&person.email)),
        email_lookup: Set(Some(email_lookup(tx.cipher(), &person.email)?)),
        email: Set(seal_text(&key, place("email", &id), &person.email)?),
        name: Set(seal_text(&key, place("name", &id), &person.name)?),
        id: Set(id),
        ..Default::default()
    })
}

/// Fails with a conflict if the e-mail address is taken.
pub async fn create(tx: &Tx, person: &Person) -> Result<()> {
    let mut row = particulars(tx, person).await?;
    row.password_hash = Set(person.password_hash.clone());
    row.must_change_password = Set(person.must_change_password);
    row.active = Set(person.active);
    row.policy_version = Set(person.policy_version);
    row.policy_acknowledged_at = Set(None);
    row.created_by = Set(person.created_by.map(|u| u.to_string()));
    row.created_at = Set(person.created_at.timestamp_millis());
    row.last_sign_in_at = Set(None);
    row.password_expires_at = Set(person.password_expires_at.map(|t| t.timestamp_millis()));
    (row.profile, row.wishes, row.tutorial) = (Set(None), Set(None), Set(None));
    table::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Saves name, address, company, department and role, and nothing else: what another change does to
/// the password or to the right to sign in stands.
pub async fn update(tx: &Tx, person: &Person) -> Result<()> {
    let before = table::Entity::find_by_id(person.id.to_string()).one(tx.connection()).await?;
    let mut row = particulars(tx, person).await?;
    if before.is_none_or(|before| before.company_id != person.company.to_string()) {
        // It is encrypted with the key of the company that they leave.
        row.profile = Set(None);
    }
    table::Entity::update(row).exec(tx.connection()).await?;
    Ok(())
}

pub async fn set_active(tx: &Tx, id: UserId, active: bool) -> Result<()> {
    set(tx, id, table::Column::Active, active).await
}

/// Sets a new password. `replaces`: the hash that the person proved to know; a conflict if it is no
/// longer theirs, or they may no longer sign in.
///
/// `first_until`: the password is a first one, which must be changed and ends at this instant.
pub async fn set_password(
    tx: &Tx,
    id: UserId,
    hash: &str,
    first_until: Option<DateTime<Utc>>,
    replaces: Option<&str>,
) -> Result<()> {
    let mut update = table::Entity::update_many()
        .col_expr(table::Column::PasswordHash, Expr::value(hash))
        .col_expr(table::Column::MustChangePassword, Expr::value(first_until.is_some()))
        .col_expr(table::Column::PasswordExpiresAt, Expr::value(first_until.map(|t| t.timestamp_millis())))
        .filter(table::Column::Id.eq(id.to_string()));
    if let Some(replaces) = replaces {
        update = update.filter(table::Column::PasswordHash.eq(replaces)).filter(table::Column::Active.eq(true));
    }
    match update.exec(tx.connection()).await?.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::Conflict("the account was changed meanwhile".into())),
    }
}

/// Notes a sign-in. `hash`: of the password that was shown; a conflict if it is no longer theirs, or
/// they may no longer sign in.
pub async fn signed_in(tx: &Tx, id: UserId, hash: &str, at: DateTime<Utc>) -> Result<()> {
    let done = table::Entity::update_many()
        .col_expr(table::Column::LastSignInAt, Expr::value(at.timestamp_millis()))
        .filter(table::Column::Id.eq(id.to_string()))
        .filter(table::Column::PasswordHash.eq(hash))
        .filter(table::Column::Active.eq(true))
        .exec(tx.connection())
        .await?;
    match done.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::Conflict("the account was changed meanwhile".into())),
    }
}

pub async fn acknowledge_policy(tx: &Tx, id: UserId, version: i32, at: DateTime<Utc>) -> Result<()> {
    set(tx, id, table::Column::PolicyVersion, version).await?;
    set(tx, id, table::Column::PolicyAcknowledgedAt, at.timestamp_millis()).await
}

async fn set(tx: &Tx, id: UserId, column: table::Column, value: impl Into<sea_orm::Value>) -> Result<()> {
    table::Entity::update_many()
        .col_expr(column, Expr::value(value))
        .filter(table::Column::Id.eq(id.to_string()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// What people keep with their account besides who they are, each as JSON of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// What they say of their work; encrypted, and forgotten when they go to another company.
    Profile,
    /// What they wish to be told.
    Wishes,
    /// How far they are in the tutorial.
    Tutorial,
}

pub async fn kept(handle: &impl Handle, id: UserId, kept: Kept) -> Result<Option<String>> {
    let row = table::Entity::find_by_id(id.to_string()).one(handle.connection()).await?.ok_or(StoreError::NotFound)?;
    match (kept, row.profile) {
        (Kept::Profile, Some(sealed)) => {
            let key = key(handle, parsed(&row.company_id)?).await?;
            open_text(&key, place("profile", &row.id), &sealed).map(Some)
        }
        (Kept::Profile, None) => Ok(None),
        (Kept::Wishes, _) => Ok(row.wishes),
        (Kept::Tutorial, _) => Ok(row.tutorial),
    }
}

/// What the people of a company say of their work: who has said nothing is left out.
pub async fn profiles(handle: &impl Handle, company: CompanyId) -> Result<Vec<(UserId, String)>> {
    let rows = table::Entity::find()
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .filter(table::Column::Profile.is_not_null())
        .all(handle.connection())
        .await?;
    let key = key(handle, company).await?;
    let open = |row: table::Model| {
        let sealed = row.profile.as_deref().unwrap_or_default();
        Ok((parsed(&row.id)?, open_text(&key, place("profile", &row.id), sealed)?))
    };
    rows.into_iter().map(open).collect()
}

pub async fn keep(tx: &Tx, person: UserId, company: CompanyId, kept: Kept, json: Option<&str>) -> Result<()> {
    let id = person.to_string();
    let mut row = table::ActiveModel::default();
    let json = json.map(str::to_owned);
    match kept {
        Kept::Profile => {
            let key = key(tx, company).await?;
            row.profile = Set(json.map(|json| seal_text(&key, place("profile", &id), &json)).transpose()?);
        }
        Kept::Wishes => row.wishes = Set(json),
        Kept::Tutorial => row.tutorial = Set(json),
    }
    // Whoever has gone to another company meanwhile keeps nothing under this one's key.
    let done = table::Entity::update_many()
        .set(row)
        .filter(table::Column::Id.eq(&id))
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .exec(tx.connection())
        .await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

pub async fn find(handle: &impl Handle, reach: Reach, id: UserId) -> Result<Person> {
    let row = scoped(table::Entity::find_by_id(id.to_string()), reach, table::Column::CompanyId)
        .one(handle.connection())
        .await?
        .ok_or(StoreError::NotFound)?;
    record(handle, row).await
}

pub async fn by_email(handle: &impl Handle, email: &str) -> Result<Option<Person>> {
    let row = table::Entity::find()
        .filter(table::Column::EmailLookup.eq(email_lookup(handle.cipher(), email)?))
        .one(handle.connection())
        .await?;
    match row {
        Some(row) => Ok(Some(record(handle, row).await?)),
        None => Ok(None),
    }
}

/// The people of these ids, wherever they work: for naming who stands in rows that the caller may see.
pub async fn by_ids(handle: &impl Handle, ids: &[UserId]) -> Result<Vec<Person>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = table::Entity::find()
        .filter(table::Column::Id.is_in(ids.iter().map(ToString::to_string)))
        .all(handle.connection())
        .await?;
    records(handle, rows).await
}

/// The people within reach in the order in which they came.
pub async fn list(handle: &impl Handle, reach: Reach) -> Result<Vec<Person>> {
    let rows = scoped(table::Entity::find(), reach, table::Column::CompanyId)
        .order_by_asc(table::Column::Id)
        .all(handle.connection())
        .await?;
    records(handle, rows).await
}

async fn records(handle: &impl Handle, rows: Vec<table::Model>) -> Result<Vec<Person>> {
    let mut people = Vec::with_capacity(rows.len());
    for row in rows {
        people.push(record(handle, row).await?);
    }
    Ok(people)
}

/// How many people within reach are active, and how many there are.
pub async fn counts(handle: &impl Handle, reach: Reach) -> Result<(u64, u64)> {
    let all = scoped(table::Entity::find(), reach, table::Column::CompanyId);
    let active = count_all(handle, all.clone().filter(table::Column::Active.eq(true))).await?;
    Ok((active, count_all(handle, all).await?))
}

pub async fn count(handle: &impl Handle) -> Result<u64> {
    Ok(table::Entity::find().count(handle.connection()).await?)
}

async fn record(handle: &impl Handle, row: table::Model) -> Result<Person> {
    let company = parsed(&row.company_id)?;
    let key: DataKey = key(handle, company).await?;
    Ok(Person {
        id: parsed(&row.id)?,
        company,
        department: parsed_opt(row.department_id.as_ref())?,
        role: known(Role::from_key(&row.role), "role")?,
        name: open_text(&key, place("name", &row.id), &row.name)?,
        email: open_text(&key, place("email", &row.id), &row.email)?,
        password_hash: row.password_hash,
        must_change_password: row.must_change_password,
        active: row.active,
        policy_version: row.policy_version,
        created_by: parsed_opt(row.created_by.as_ref())?,
        created_at: instant(row.created_at),
        last_sign_in: row.last_sign_in_at.map(instant),
        password_expires_at: row.password_expires_at.map(instant),
    })
}

/// The people of a company with one of these roles who can sign in, a few hundred at most.
pub async fn working(handle: &impl Handle, company: CompanyId, roles: &[Role]) -> Result<Vec<Person>> {
    let rows = table::Entity::find()
        .filter(table::Column::CompanyId.eq(company.to_string()))
        .filter(table::Column::Role.is_in(roles.iter().map(|role| role.key())))
        .filter(table::Column::Active.eq(true))
        .order_by_asc(table::Column::Id)
        .limit(300)
        .all(handle.connection())
        .await?;
    records(handle, rows).await
}

/// The people of a company with this role who can sign in.
pub async fn with_role(handle: &impl Handle, company: CompanyId, role: Role) -> Result<Vec<UserId>> {
    able(handle, vec![company.to_string()], role).await
}

/// The administrators of Solatium itself who can sign in: whom failures of the installation concern.
pub async fn operator_administrators(handle: &impl Handle) -> Result<Vec<UserId>> {
    let ours = companies_table::Entity::find()
        .filter(companies_table::Column::Operator.eq(true))
        .all(handle.connection())
        .await?;
    able(handle, ours.into_iter().map(|c| c.id).collect(), Role::Administrator).await
}

async fn able(handle: &impl Handle, companies: Vec<String>, role: Role) -> Result<Vec<UserId>> {
    table::Entity::find()
        .filter(table::Column::CompanyId.is_in(companies))
        .filter(table::Column::Role.eq(role.key()))
        .filter(table::Column::Active.eq(true))
        .all(handle.connection())
        .await?
        .iter()
        .map(|row| parsed(&row.id))
        .collect()
}
