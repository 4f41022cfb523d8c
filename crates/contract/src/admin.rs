//! People, companies, departments, API keys.

use domain::id::{ApiKeyId, CompanyId, DepartmentId, UserId};
use domain::policy::Role;
use serde::{Deserialize, Serialize};

use crate::table::Table;
use crate::when::Instant;

/// A person as typed into the form.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PersonInput {
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub role: String,
    #[serde(default)]
    pub company_id: String,
    #[serde(default)]
    pub department_id: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PersonView {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub company_id: CompanyId,
    pub company_name: String,
    pub department_id: Option<DepartmentId>,
    pub active: bool,
    /// Whether they can sign in, and what has yet to happen, as a sentence.
    pub standing: String,
    pub created_at: Instant,
    pub last_sign_in: Option<Instant>,
    pub sessions: u64,
    pub may_manage: bool,
}

/// What the person form offers: only what the caller may assign.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PersonChoices {
    pub roles: Vec<(String, String)>,
    pub companies: Vec<(String, String)>,
    /// Department id, company id, name.
    pub departments: Vec<(String, String, String)>,
}

/// A secret that is shown once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Issued {
    pub title: String,
    /// Empty where it went by mail.
    pub secret: String,
    pub hint: String,
    pub href: String,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CompanyInput {
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub address: String,
    #[serde(default)]
    pub billing_email: String,
    #[serde(default)]
    pub vat_number: String,
    #[serde(default)]
    pub country: String,
    #[serde(default)]
    pub registration: String,
    #[serde(default)]
    pub endpoint: String,
    #[serde(default)]
    pub bank_details: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompanyView {
    pub id: CompanyId,
    pub name: String,
    pub address: String,
    pub billing_email: String,
    pub vat_number: String,
    pub country: String,
    pub registration: String,
    pub endpoint: String,
    pub bank_details: String,
    pub operator: bool,
    pub departments: Table,
    pub people: u64,
    pub may_edit: bool,
    pub may_add_departments: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApiKeyView {
    pub id: ApiKeyId,
    pub name: String,
    pub company_name: String,
    pub prefix: String,
    pub created_at: Instant,
    pub last_used_at: Option<Instant>,
    pub revoked_at: Option<Instant>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApiKeysView {
    pub keys: Vec<ApiKeyView>,
    pub companies: Vec<(String, String)>,
}

/// Whether the audit log's chain holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainView {
    /// `None` where nobody has looked yet.
    pub holds: Option<bool>,
    pub words: String,
}
