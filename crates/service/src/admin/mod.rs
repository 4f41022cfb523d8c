//! People, companies, departments, API keys, the audit log.

pub mod api_keys;
pub mod audit;
pub mod companies;
pub mod people;
pub mod profile;
