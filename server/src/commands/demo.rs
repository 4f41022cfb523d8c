//! `solatium demo`: fill an empty database with demo data.

use anyhow::Context;
use chrono::{DateTime, Utc};
use ml::data::parse_claims;
use ml::families::Family;
use ml::generate::{Plan, write};
use ml::train::{Order, Sample, train};
use service::demo::{self, Login, Material, PASSWORD};
use service::models::shadow::Shadows;

use super::{refused, with_app};

/// Fill an empty database with two insurers, their people, and a year of claims, decisions, reviews,
/// use and invoices; train two models on synthetic claims and deploy them. Does nothing the second
/// time.
#[derive(clap::Args)]
pub struct Args {
    /// How many claims.
    #[arg(long, default_value_t = 10_500)]
    claims: usize,
}

/// Rows from which the demo's models learn.
const LEARNT: usize = 1_500;

pub fn run(args: &Args) -> anyhow::Result<()> {
    with_app(|app| async move {
        let now = Utc::now();
        if demo::present(&app).await.map_err(refused)? {
            println!("The demo data is there already.");
            return Ok(());
        }
        println!("Making demo data: training two models on {LEARNT} synthetic claims…");
        let claims = args.claims;
        let material = tokio::task::spawn_blocking(move || material(now, claims)).await??;
        println!("Entering a year of claims…");
        let (app, asking) = Shadows::open(app);
        demo::fill(&app, now, material, claims).await.map_err(refused)?;
        // What a version on trial says in the shadow is kept before the process ends.
        drop(app);
        asking.await?;
        println!("Done. “solatium serve” prints the address and the logins.");
        Ok(())
    })
}

fn material(now: DateTime<Utc>, claims: usize) -> anyhow::Result<Material> {
    let until = now.date_naive();
    let rows = |claims, seed| -> anyhow::Result<Vec<u8>> {
        let mut csv = Vec::new();
        write(Plan { claims, seed, until }, &mut csv).context("generating claims")?;
        Ok(csv)
    };
    let learnt = rows(LEARNT, 1)?;
    let sample = Sample::of(&parse_claims(learnt.as_slice()));
    let bundle = |family, notes: &'static str| -> anyhow::Result<(Vec<u8>, &'static str)> {
        let order = Order {
            family,
            explanation: ml::explain::Game::default(),
            method: ml::interval::Method::default(),
            name: "settlement".into(),
            author: "Ewan Price".into(),
            release_notes: notes.into(),
            created: now.to_rfc3339(),
            data_sha256: ml::bundle::archive::sha256(&learnt),
            seed: 1,
        };
        Ok((train(&sample, &order, &|_, _| ())?.bundle, notes))
    };
    Ok(Material {
        bundles: vec![
            bundle(
                Family::ElasticNet,
                "First version: a linear model on synthetic claims. Easy to explain, wide ranges.",
            )?,
            bundle(
                Family::Histogram,
                "Boosted trees on the same synthetic claims. Compare them with version 1 before deploying.",
            )?,
        ],
        // Two years of claims are made; the demo enters those of the last one.
        claims_csv: rows(claims * 5 / 2, 2)?,
    })
}

/// A table of who can sign in.
pub fn print_logins(logins: &[Login]) {
    println!("\nDemo logins, each with the password {PASSWORD}\n");
    println!("  {:<26} {:<16} E-mail address", "Company", "Role");
    for login in logins {
        println!("  {:<26} {:<16} {}", login.company, login.role.label(), login.email);
    }
}
