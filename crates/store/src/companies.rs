//! Companies, their keys and departments.

use chrono::{DateTime, Utc};
use domain::id::{CompanyId, CompanyProfileId, DepartmentId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::cipher::DataKey;
use crate::entity::{companies as table, company_profiles, departments};
use crate::{Handle, Reach, Result, StoreError, Tx, instant, parsed, scoped};

#[derive(Debug, Clone, PartialEq)]
pub struct Company {
    pub id: CompanyId,
    pub name: String,
    /// Solatium itself, whose people see every company.
    pub operator: bool,
    /// Postal address, a line a line.
    pub address: String,
    pub billing_email: String,
    pub vat_number: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// In the company register.
    pub registration: String,
    /// `0088:5012345678900`: where e-invoices reach it in the Peppol network; may be empty.
    pub endpoint: String,
    /// Where to pay, a line a line; of the operator, whose invoices show it.
    pub bank_details: String,
    pub created_at: DateTime<Utc>,
}

impl Company {
    /// What people of this company reach.
    pub fn reach(&self) -> Reach {
        if self.operator { Reach::Operator } else { Reach::Company(self.id) }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Department {
    pub id: DepartmentId,
    pub company: CompanyId,
    pub name: String,
}

pub async fn create(tx: &Tx, company: &Company) -> Result<()> {
    let wrapped_key = tx.cipher().new_company(company.id)?;
    table::Entity::insert(table::ActiveModel {
        id: Set(company.id.to_string()),
        name: Set(company.name.clone()),
        operator: Set(company.operator),
        address: Set(company.address.clone()),
        billing_email: Set(company.billing_email.clone()),
        vat_number: Set(company.vat_number.clone()),
        wrapped_key: Set(wrapped_key),
        created_at: Set(company.created_at.timestamp_millis()),
        wishes: Set(None),
        bank_details: Set(company.bank_details.clone()),
        country: Set(company.country.clone()),
        registration: Set(company.registration.clone()),
        endpoint: Set(company.endpoint.clone()),
        usage_limit: Set(None),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// Changes a company's particulars.
pub async fn update(tx: &Tx, company: &Company) -> Result<()> {
    table::Entity::update(table::ActiveModel {
        id: Set(company.id.to_string()),
        name: Set(company.name.clone()),
        address: Set(company.address.clone()),
        billing_email: Set(company.billing_email.clone()),
        vat_number: Set(company.vat_number.clone()),
        bank_details: Set(company.bank_details.clone()),
        country: Set(company.country.clone()),
        registration: Set(company.registration.clone()),
        endpoint: Set(company.endpoint.clone()),
        ..Default::default()
    })
    .exec(tx.connection())
    .await?;
    Ok(())
}

/// A company's particulars as they were set once.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    pub id: CompanyProfileId,
    pub company: CompanyId,
    /// Label and value.
    pub body: Vec<(String, String)>,
    pub set_by: String,
    pub set_at: DateTime<Utc>,
}

/// Notes particulars as they are from now on.
pub async fn note_profile(tx: &Tx, profile: &Profile) -> Result<()> {
    company_profiles::Entity::insert(company_profiles::ActiveModel {
        id: Set(profile.id.to_string()),
        company_id: Set(profile.company.to_string()),
        body: Set(serde_json::to_string(&profile.body)?),
        set_by: Set(profile.set_by.clone()),
        set_at: Set(profile.set_at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// How a company's particulars were set, the newest first; at most so many.
pub async fn profiles(handle: &impl Handle, company: CompanyId, most: u64) -> Result<Vec<Profile>> {
    let rows = company_profiles::Entity::find()
        .filter(company_profiles::Column::CompanyId.eq(company.to_string()))
        .order_by_desc(company_profiles::Column::SetAt)
        .order_by_desc(company_profiles::Column::Id)
        .limit(most)
        .all(handle.connection())
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Profile {
                id: parsed(&row.id)?,
                company: parsed(&row.company_id)?,
                body: serde_json::from_str(&row.body)?,
                set_by: row.set_by,
                set_at: instant(row.set_at),
            })
        })
        .collect()
}

/// What a company has set for its people's work, as JSON.
pub async fn wishes(handle: &impl Handle, id: CompanyId) -> Result<Option<String>> {
    let row = table::Entity::find_by_id(id.to_string()).one(handle.connection()).await?;
    Ok(row.ok_or(StoreError::NotFound)?.wishes)
}

pub async fn set_wishes(tx: &Tx, id: CompanyId, wishes: &str) -> Result<()> {
    let row = table::ActiveModel { id: Set(id.to_string()), wishes: Set(Some(wishes.into())), ..Default::default() };
    table::Entity::update(row).exec(tx.connection()).await?;
    Ok(())
}

pub async fn find(handle: &impl Handle, reach: Reach, id: CompanyId) -> Result<Company> {
    let row = scoped(table::Entity::find_by_id(id.to_string()), reach, table::Column::Id)
        .one(handle.connection())
        .await?
        .ok_or(StoreError::NotFound)?;
    record(row)
}

/// Solatium itself.
pub async fn operator(handle: &impl Handle) -> Result<Company> {
    let row = table::Entity::find().filter(table::Column::Operator.eq(true)).one(handle.connection()).await?;
    record(row.ok_or(StoreError::NotFound)?)
}

/// By its name, without regard to case.
pub async fn by_name(handle: &impl Handle, name: &str) -> Result<Option<Company>> {
    let all = list(handle, Reach::Operator).await?;
    Ok(all.into_iter().find(|c| c.name.eq_ignore_ascii_case(name.trim())))
}

/// The companies of these ids.
pub async fn by_ids(handle: &impl Handle, ids: &[CompanyId]) -> Result<Vec<Company>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    table::Entity::find()
        .filter(table::Column::Id.is_in(ids.iter().map(ToString::to_string)))
        .all(handle.connection())
        .await?
        .into_iter()
        .map(record)
        .collect()
}

/// The companies within reach by name, Solatium itself first.
pub async fn list(handle: &impl Handle, reach: Reach) -> Result<Vec<Company>> {
    scoped(table::Entity::find(), reach, table::Column::Id)
        .order_by_desc(table::Column::Operator)
        .order_by_asc(table::Column::Name)
        .all(handle.connection())
        .await?
        .into_iter()
        .map(record)
        .collect()
}

pub async fn count(handle: &impl Handle) -> Result<u64> {
    Ok(table::Entity::find().count(handle.connection()).await?)
}

fn record(row: table::Model) -> Result<Company> {
    Ok(Company {
        id: parsed(&row.id)?,
        name: row.name,
        operator: row.operator,
        address: row.address,
        billing_email: row.billing_email,
        vat_number: row.vat_number,
        bank_details: row.bank_details,
        country: row.country,
        registration: row.registration,
        endpoint: row.endpoint,
        created_at: instant(row.created_at),
    })
}

/// The key of a company's personal fields.
pub(crate) async fn key(handle: &impl Handle, company: CompanyId) -> Result<DataKey> {
    if let Some(key) = handle.cipher().cached(company) {
        return Ok(key);
    }
    let row =
        table::Entity::find_by_id(company.to_string()).one(handle.connection()).await?.ok_or(StoreError::NotFound)?;
    handle.cipher().unwrap_company(company, &row.wrapped_key)
}

pub async fn create_department(tx: &Tx, department: &Department, at: DateTime<Utc>) -> Result<()> {
    departments::Entity::insert(departments::ActiveModel {
        id: Set(department.id.to_string()),
        company_id: Set(department.company.to_string()),
        name: Set(department.name.clone()),
        created_at: Set(at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

pub async fn rename_department(tx: &Tx, id: DepartmentId, name: &str) -> Result<()> {
    departments::Entity::update(departments::ActiveModel {
        id: Set(id.to_string()),
        name: Set(name.into()),
        ..Default::default()
    })
    .exec(tx.connection())
    .await?;
    Ok(())
}

pub async fn find_department(handle: &impl Handle, reach: Reach, id: DepartmentId) -> Result<Department> {
    let row = scoped(departments::Entity::find_by_id(id.to_string()), reach, departments::Column::CompanyId)
        .one(handle.connection())
        .await?
        .ok_or(StoreError::NotFound)?;
    department(row)
}

/// The departments within reach, by name.
pub async fn departments(handle: &impl Handle, reach: Reach, company: Option<CompanyId>) -> Result<Vec<Department>> {
    let mut select = scoped(departments::Entity::find(), reach, departments::Column::CompanyId);
    if let Some(company) = company {
        select = select.filter(departments::Column::CompanyId.eq(company.to_string()));
    }
    select.order_by_asc(departments::Column::Name).all(handle.connection()).await?.into_iter().map(department).collect()
}

fn department(row: departments::Model) -> Result<Department> {
    Ok(Department { id: parsed(&row.id)?, company: parsed(&row.company_id)?, name: row.name })
}
