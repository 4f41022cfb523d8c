//! Use cases, one file each: authorise, load, decide, save, audit.
//!
//! A use case takes a [`Ctx`] (who asks, and when) and an input of `contract`, and returns a view of
//! `contract`. It knows permissions, records and models; it does **not** know HTTP, cookies, pages,
//! SQL or the clock: the time is in the context.

/// Bars as the style guide shows them.
pub fn chart_of_bars(title: &str, values: &[(String, f64)]) -> String {
    chart::bars::draw(title, values, |value| format!("{value:.0}"))
}

pub mod account;
pub mod acts;
pub mod admin;
pub mod caller;
pub mod chain;
pub mod claims;
mod copies;
mod csv;
pub mod demo;
pub mod documents;
pub mod error;
pub mod exports;
pub mod fairness;
pub mod files;
mod input;
pub mod invoicing;
pub mod jobs;
pub mod keys;
mod mail;
mod memory;
pub mod models;
pub mod monitoring;
mod names;
mod paper;
pub mod ports;
pub mod publishing;
pub mod reports;
mod secret;
pub mod tiers;
pub mod training;
mod turns;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use contract::{AppError, ErrorKind};
use domain::id::{AuditId, CompanyId, Id};
use domain::policy::Permission;
use store::Store;
use store::audit::AuditEvent;
use tokio::sync::mpsc;

pub use memory::Memory;

pub use caller::{Actor, Caller};
pub use error::{Error, Result};
pub use models::cache::ModelCache;
pub use ports::Ports;
pub use secret::random as random_secret;
pub use store;
pub use turns::{Turn, Turns};

/// What all use cases share. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub store: Store,
    pub models: Arc<ModelCache>,
    pub limits: Arc<Limits>,
    pub ports: Ports,
    /// Where reads and refusals go to be recorded; a command records none.
    pub notes: Option<Notes>,
    pub memory: Arc<Memory>,
    /// By which claims of integrations are saved together; a command has none.
    pub lane: Option<claims::lane::Lane>,
    /// Where versions on trial are asked; a command has none.
    pub shadows: Option<models::shadow::Shadows>,
    pub uploads: Turns,
    pub downloads: Turns,
    /// Pages that are drawn, sounds and videos that are made.
    pub making: Turns,
    /// The jobs that this process does.
    pub work: jobs::under_way::UnderWay,
}

/// Where what changes nothing goes to be recorded. Refusals have a way of their own: a flood of them keeps no
/// reading out of the log.
#[derive(Clone)]
pub struct Notes {
    pub reads: mpsc::Sender<AuditEvent>,
    pub refusals: mpsc::Sender<AuditEvent>,
}

/// Settings that use cases obey.
#[derive(Debug, Clone)]
pub struct Limits {
    /// A session ends after this many minutes without use.
    pub session_idle_minutes: i64,
    /// A session ends after this many hours in any case.
    pub session_hours: i64,
    /// Rows taken from one uploaded file.
    pub import_rows: usize,
    /// How large files may be that come to claims.
    pub documents: extract::Limits,
    /// Whose model bundles are taken.
    pub bundles: ml::bundle::Trust,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            session_idle_minutes: 60,
            session_hours: 12,
            import_rows: 2_000,
            documents: extract::Limits::default(),
            bundles: ml::bundle::Trust::Anyone,
        }
    }
}

impl App {
    pub fn new(store: Store, limits: Limits, ports: Ports) -> App {
        App {
            store,
            models: Arc::new(ModelCache::default()),
            limits: Arc::new(limits),
            ports,
            notes: None,
            memory: Arc::default(),
            lane: None,
            shadows: None,
            // Each holds some megabytes.
            uploads: Turns::new("uploads", 3, 6, 16),
            downloads: Turns::new("downloads", 4, 16, 64),
            making: Turns::new("pages", 4, 6, 12),
            work: Default::default(),
        }
    }

    /// A context for what no person or integration asks for: commands, demo data.
    pub fn system(&self, now: DateTime<Utc>) -> Ctx {
        Ctx { app: self.clone(), caller: Caller::system(), now }
    }
}

/// Who asks, and when.
#[derive(Clone)]
pub struct Ctx {
    pub app: App,
    pub caller: Caller,
    pub now: DateTime<Utc>,
}

impl Ctx {
    pub fn store(&self) -> &Store {
        &self.app.store
    }

    /// Starts a change. A job that has lost its lease starts none.
    pub async fn begin(&self) -> Result<store::Tx> {
        let tx = self.app.store.begin().await?;
        if let Actor::Job { lease, .. } = &self.caller.actor {
            store::jobs::hold(&tx, lease).await?;
        }
        Ok(tx)
    }

    /// Goes on only if the caller holds the permission and has nothing to do first.
    pub fn require(&self, permission: Permission) -> Result<()> {
        let granted = self.caller.require(permission);
        if granted.is_err() {
            let (kind, id) = self.caller.actor.for_audit();
            tracing::warn!(actor = kind, id, ?permission, "refused");
            let details = serde_json::json!({ "permission": format!("{permission:?}") });
            let name = format!("{permission:?}");
            self.note_refusal(self.audit(self.caller.company, "access.refused", "permission", name, details));
        }
        granted
    }

    /// Puts a refusal into the audit log. It is written with others a moment later.
    fn note_refusal(&self, event: AuditEvent) {
        let Some(notes) = &self.app.notes else { return };
        if notes.refusals.try_send(event).is_err() {
            metrics::counter!("solatium_audit_refusals_lost_total").increment(1);
            tracing::error!("so many refusals that one was not recorded");
        }
    }

    /// Records that a claim was read, a moment later with others. Where too many wait already the reading
    /// waits too: nobody sees a claim without it.
    async fn note_read(&self, company: CompanyId, claim: domain::id::ClaimId) -> Result<()> {
        let Some(notes) = &self.app.notes else { return Ok(()) };
        let event = self.audit(Some(company), "claim.read", "claim", claim, serde_json::json!({}));
        notes.reads.send(event).await.map_err(|_| Error::internal("the audit log is closed"))
    }

    /// A new id of any kind.
    pub fn id<T: Id>(&self) -> T {
        T::from_parts(self.now.timestamp_millis().max(0) as u64, secret::random())
    }

    /// An audit row about something that belongs to a company.
    fn audit(
        &self,
        company: Option<CompanyId>,
        action: &'static str,
        entity: &'static str,
        entity_id: impl ToString,
        details: serde_json::Value,
    ) -> AuditEvent {
        let (actor_kind, actor_id) = self.caller.actor.for_audit();
        let mut origin = self.caller.origin.clone();
        if let Actor::Person { session, .. } = &self.caller.actor {
            origin.session = session.get(..16).map(str::to_owned);
        }
        AuditEvent {
            origin,
            id: self.id::<AuditId>(),
            at: self.now,
            company,
            actor_kind,
            actor_id,
            action,
            entity,
            entity_id: Some(entity_id.to_string()),
            details,
        }
    }
}

/// An id from a text that came from outside: a wrong one is simply not found.
fn id_from<T: std::str::FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::Refused(AppError::new(ErrorKind::NotFound, "There is nothing under this address.")))
}
