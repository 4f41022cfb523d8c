//! A database for each test, on SQLite and on PostgreSQL, with people and claims in it.
//!
//! PostgreSQL is the server that `SOLATIUM_TEST_POSTGRES` names (a URL without a database, such as
//! `postgres://postgres@127.0.0.1:5433`); `make test` starts one and sets it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests stop at what they did not expect")]

pub mod ports;

use std::future::Future;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, Utc};
use domain::policy::Role;
use ml::families::Family;
use sea_orm::{ConnectionTrait, Database};
use service::demo::{self, Material};
use service::{Actor, App, Caller, Ctx, Limits};
use store::{MasterKey, Reach, Store, companies, people};
use tempfile::TempDir;

pub const NORTHGATE: &str = "Demo Northgate Insurance";
pub const HARBOUR: &str = "Demo Harbour Mutual";
pub const SOLATIUM: &str = "Solatium";

/// A fixed clock: a Sunday afternoon in London, in winter time.
pub fn now() -> DateTime<Utc> {
    "2026-11-22T14:00:00Z".parse().unwrap()
}

/// An application on a database of its own, which goes with it.
pub struct Kit {
    pub app: App,
    pub url: String,
    pub master: MasterKey,
    pub dir: TempDir,
}

impl Kit {
    pub async fn sqlite() -> Kit {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", dir.path().join("test.db").display());
        Kit::open(url, dir).await
    }

    /// The demo's database as an earlier release left it, opened by this one. Old data opens in new
    /// versions: `releases/` keeps one of each, with its master key; what is in them is made up.
    pub async fn of_release(packed: &[u8], key: &str) -> Kit {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("test.db");
        let mut reader = ruzstd::decoding::StreamingDecoder::new(packed).unwrap();
        std::io::copy(&mut reader, &mut std::fs::File::create(&path).unwrap()).unwrap();
        let (url, master) = (format!("sqlite://{}?mode=rwc", path.display()), MasterKey::from_hex(key).unwrap());
        let store = Store::open(&url, master.clone()).await.unwrap();
        store.begin_chains(now()).await.unwrap();
        Kit { app: App::new(store, Limits::default(), ports::below(dir.path())), url, master, dir }
    }

    /// `None` where no PostgreSQL server is named.
    pub async fn postgres() -> Option<Kit> {
        let (url, dir) = Kit::empty_postgres().await?;
        Some(Kit::open(url, dir).await)
    }

    /// The address of a PostgreSQL database in which nothing is yet, and a directory for files.
    pub async fn empty_postgres() -> Option<(String, TempDir)> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var("SOLATIUM_TEST_POSTGRES").ok()?;
        let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let admin = Database::connect(format!("{server}/postgres")).await.expect("the test server answers");
        admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
        admin.close().await.unwrap();
        Some((format!("{server}/{name}"), tempfile::tempdir().unwrap()))
    }

    /// Runs a statement past the store, as somebody with a database client would.
    pub async fn raw(&self, sql: &str) {
        let connection = Database::connect(&self.url).await.unwrap();
        connection.execute_unprepared(sql).await.unwrap();
        connection.close().await.unwrap();
    }

    async fn open(url: String, dir: TempDir) -> Kit {
        let master = MasterKey::random();
        let store = Store::open(&url, master.clone()).await.unwrap();
        store.begin_chains(now()).await.unwrap();
        Kit { app: App::new(store, Limits::default(), ports::below(dir.path())), url, master, dir }
    }

    /// The same database opened anew, as another process would.
    pub async fn reopened(&self) -> App {
        let store = Store::open(&self.url, self.master.clone()).await.unwrap();
        App::new(store, Limits::default(), self.app.ports.clone())
    }

    /// With the demo's companies and people and some claims.
    pub async fn filled(self, claims: usize) -> Kit {
        // Boxed: what holds it in a test need not know all that it holds.
        Box::pin(demo::fill(&self.app, now(), material(claims), claims)).await.unwrap();
        self
    }

    /// Does the jobs that are due until none is left, and says how many.
    pub async fn work(&self) -> usize {
        self.work_at(now()).await
    }

    /// The same at another time.
    pub async fn work_at(&self, now: DateTime<Utc>) -> usize {
        let mut done = 0;
        while Box::pin(service::jobs::run::next(&self.app, &move || now)).await.unwrap() {
            done += 1;
        }
        done
    }

    /// The same application with a mail server that keeps what it is given.
    pub fn with_mail(mut self) -> (Kit, std::sync::Arc<ports::Mailbox>) {
        let mailbox = std::sync::Arc::new(ports::Mailbox::default());
        self.app.ports.mail = Some(mailbox.clone());
        (self, mailbox)
    }

    /// The same application with a billing service that remembers what it is told.
    pub fn with_billing(mut self) -> (Kit, std::sync::Arc<ports::Online>) {
        let online = std::sync::Arc::new(ports::Online::default());
        self.app.ports.billing = online.clone();
        (self, online)
    }

    /// A person of the demo, asking now.
    pub async fn ctx(&self, company: &str, role: Role) -> Ctx {
        self.ctx_at(company, role, now()).await
    }

    pub async fn ctx_at(&self, company: &str, role: Role, now: DateTime<Utc>) -> Ctx {
        self.nth(company, role, now, 0).await
    }

    /// Our second finance person, who approves what the first prepared.
    pub async fn approver(&self, now: DateTime<Utc>) -> Ctx {
        self.nth(SOLATIUM, Role::Finance, now, 1).await
    }

    async fn nth(&self, company: &str, role: Role, now: DateTime<Utc>, n: usize) -> Ctx {
        let company = companies::by_name(&self.app.store, company).await.unwrap().unwrap();
        let all = people::list(&self.app.store, Reach::Operator).await.unwrap();
        let mut fitting: Vec<_> = all.iter().filter(|p| p.company == company.id && p.role == role).collect();
        fitting.sort_by_key(|p| &p.name);
        let person = fitting[n];
        let caller = Caller {
            actor: Actor::Person { id: person.id, role, session: String::new() },
            reach: company.reach(),
            company: Some(company.id),
            department: person.department,
            gate: None,
            origin: Default::default(),
        };
        Ctx { app: self.app.clone(), caller, now }
    }
}

/// Runs a test on SQLite and, where a server is named, on PostgreSQL.
pub async fn on_both<F: Future<Output = ()>>(test: impl Fn(Kit) -> F) {
    test(Kit::sqlite().await).await;
    match Kit::postgres().await {
        Some(kit) => test(kit).await,
        None => eprintln!("SOLATIUM_TEST_POSTGRES is not set: tested on SQLite only"),
    }
}

/// A version of a company's own, uploaded by its engineer and approved by its administrator.
pub async fn approved(kit: &Kit, company: &str, bundle: Vec<u8>) -> domain::id::ModelId {
    let engineer = kit.ctx(company, Role::Engineer).await;
    let id = service::models::upload::upload(&engineer, bundle, "Tested.").await.unwrap().model.unwrap();
    let second = kit.ctx(company, Role::Administrator).await;
    // What cannot be measured is not; what can is, before it is approved.
    service::models::measure::keep(&second, id, second.caller.reach_company()).await.unwrap();
    service::models::approve::approve(&second, id, "Looked at.").await.unwrap();
    id
}

/// A bundle trained on few claims, once for all tests of a process.
pub fn bundle() -> Vec<u8> {
    static BUNDLE: OnceLock<Vec<u8>> = OnceLock::new();
    BUNDLE.get_or_init(|| train(7)).clone()
}

/// A second bundle, of other content.
pub fn other_bundle() -> Vec<u8> {
    static BUNDLE: OnceLock<Vec<u8>> = OnceLock::new();
    BUNDLE.get_or_init(|| train(8)).clone()
}

/// A third, which no demo has.
pub fn third_bundle() -> Vec<u8> {
    static BUNDLE: OnceLock<Vec<u8>> = OnceLock::new();
    BUNDLE.get_or_init(|| train(9)).clone()
}

fn train(seed: u64) -> Vec<u8> {
    let csv = rows(250, seed);
    let sample = ml::train::Sample::of(&ml::data::parse_claims(csv.as_slice()));
    let order = ml::train::Order {
        family: Family::Ridge,
        explanation: ml::explain::Game::default(),
        method: ml::interval::Method::default(),
        name: "settlement".into(),
        author: "test".into(),
        release_notes: "made for a test".into(),
        created: "2026-01-01T00:00:00+00:00".into(),
        data_sha256: ml::bundle::archive::sha256(&csv),
        seed,
    };
    ml::train::train(&sample, &order, &|_, _| ()).unwrap().bundle
}

/// Synthetic claims as CSV with the data set's header.
pub fn rows(claims: usize, seed: u64) -> Vec<u8> {
    let mut csv = Vec::new();
    let plan = ml::generate::Plan { claims, seed, until: now().date_naive() };
    ml::generate::write(plan, &mut csv).unwrap();
    csv
}

fn material(claims: usize) -> Material {
    Material { bundles: vec![(bundle(), "first"), (other_bundle(), "second")], claims_csv: rows(claims * 5 / 2, 2) }
}
