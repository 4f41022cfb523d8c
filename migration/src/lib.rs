//! The frozen history of the database.
//!
//! A migration that has been released is never edited: old data must open in new versions. This
//! crate imports no entity, because entities change and history does not.
//!
//! Instants are `bigint` milliseconds since 1970 UTC, money is `bigint` pence, dates are ISO texts,
//! ids are texts with their prefix, documents are JSON texts: the same on SQLite and PostgreSQL.

pub use sea_orm_migration::prelude::*;

mod m20261122_000001_people;
mod m20261122_000002_claims;
mod m20261122_000003_models;
mod m20261122_000004_billing;
mod m20261122_000005_integration;
mod m20261122_000006_cycle;
mod m20261122_000007_claims_list;
mod m20261124_000008_ground;
mod m20261124_000009_work;
mod m20261124_000010_keys;
mod m20261124_000011_chain;
mod m20261124_000012_stamps;
mod m20261124_000013_indexes;
mod m20261124_000014_figures;
mod m20261125_000015_face;
mod m20261125_000016_documents;
mod m20261125_000017_room;
mod m20261129_000018_incoming;
mod m20261129_000019_outcomes;
mod m20261130_000020_finance;
mod m20261130_000021_tiers;
mod m20261130_000022_provider;

pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_people::Migration),
            Box::new(m20261122_000002_claims::Migration),
            Box::new(m20261122_000003_models::Migration),
            Box::new(m20261122_000004_billing::Migration),
            Box::new(m20261122_000005_integration::Migration),
            Box::new(m20261122_000006_cycle::Migration),
            Box::new(m20261122_000007_claims_list::Migration),
            Box::new(m20261124_000008_ground::Migration),
            Box::new(m20261124_000009_work::Migration),
            Box::new(m20261124_000010_keys::Migration),
            Box::new(m20261124_000011_chain::Migration),
            Box::new(m20261124_000012_stamps::Migration),
            Box::new(m20261124_000013_indexes::Migration),
            Box::new(m20261124_000014_figures::Migration),
            Box::new(m20261125_000015_face::Migration),
            Box::new(m20261125_000016_documents::Migration),
            Box::new(m20261125_000017_room::Migration),
            Box::new(m20261129_000018_incoming::Migration),
            Box::new(m20261129_000019_outcomes::Migration),
            Box::new(m20261130_000020_finance::Migration),
            Box::new(m20261130_000021_tiers::Migration),
            Box::new(m20261130_000022_provider::Migration),
        ]
    }
}

/// A table whose first column is its text key.
fn keyed(name: &'static str, key: &'static str) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name).col(ColumnDef::new(key).text().not_null().primary_key());
    table
}

fn text(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.text().not_null();
    column
}

fn text_null(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.text().null();
    column
}

fn long(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.big_integer().not_null();
    column
}

fn long_null(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.big_integer().null();
    column
}

fn int(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.integer().not_null();
    column
}

fn int_null(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.integer().null();
    column
}

fn flag(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.boolean().not_null();
    column
}

fn flag_null(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.boolean().null();
    column
}

fn bytes(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.blob().not_null();
    column
}

fn bytes_null(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.blob().null();
    column
}

/// Creates an index named after its table and columns.
async fn index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
    unique: bool,
) -> Result<(), DbErr> {
    let mut statement = Index::create();
    statement.name(format!("ix_{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        statement.col(*column);
    }
    if unique {
        statement.unique();
    }
    manager.create_index(statement).await
}
