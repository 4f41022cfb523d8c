//! What engineers take away: predictions, outcomes and overrides, by tier, kind and model, as CSV and Parquet (stories 26
//! and 28). A file is sent as it is read, in constant memory; how many rows it had and what it hashes to is recorded when
//! it is whole.

mod outcomes;
mod overrides;
pub(crate) mod predictions;
mod table;

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use contract::{AppError, ErrorKind};
use domain::calendar::midnight;
use domain::id::{CompanyId, DecisionId, ModelId, OutcomeId, PredictionId};
use domain::outcome::Tier;
use domain::policy::Permission;
use domain::settlement::OverrideReason;
use ml::interval::ClaimKind;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::Reach;
use tokio::task::JoinHandle;

pub use table::Format;
use table::{Column, Value, Writer};

use crate::reports::Query;
use crate::{Ctx, Error, Result, id_from};

/// Rows that are fetched at a time.
const CHUNK: u64 = 1_000;

/// What can be taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Predictions,
    Outcomes,
    Overrides,
}

impl What {
    pub const ALL: [What; 3] = [What::Predictions, What::Outcomes, What::Overrides];

    pub const fn key(self) -> &'static str {
        match self {
            What::Predictions => "predictions",
            What::Outcomes => "outcomes",
            What::Overrides => "overrides",
        }
    }

    fn columns(self) -> Vec<Column> {
        match self {
            What::Predictions => predictions::columns(),
            What::Outcomes => outcomes::columns(),
            What::Overrides => overrides::columns(),
        }
    }
}

/// What of it: as an address asks for it. `None` does not limit.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Narrowed {
    pub tier: Option<Tier>,
    pub kind: Option<ClaimKind>,
    pub model: Option<ModelId>,
    pub overridden: bool,
    /// Of overrides: why, and whether for more than was predicted.
    pub reason: Option<OverrideReason>,
    pub more: Option<bool>,
    /// One insurer's, of a caller who reaches all.
    pub company: Option<CompanyId>,
    pub from: Option<DateTime<Utc>>,
    /// Not reached.
    pub until: Option<DateTime<Utc>>,
}

impl Narrowed {
    /// Reads `tier`, `kind`, `model`, `overridden`, `reason`, `way`, `company`, `from` and `to`.
    ///
    /// # Errors
    ///
    /// Names the one that is none.
    pub fn of(query: &Query) -> Result<Narrowed> {
        fn chosen<T>(query: &Query, name: &str, of: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
            match query.text(name) {
                "" => Ok(None),
                text => {
                    of(text).map(Some).ok_or_else(|| Error::field(name, format!("there is no {name} of this name")))
                }
            }
        }
        let model = match query.text("model") {
            "" => None,
            id => Some(id_from(id)?),
        };
        Ok(Narrowed {
            tier: chosen(query, "tier", Tier::from_key)?,
            kind: chosen(query, "kind", ClaimKind::from_key)?,
            model,
            overridden: query.is("overridden"),
            reason: chosen(query, "reason", OverrideReason::from_key)?,
            more: chosen(query, "way", |way| match way {
                "more" => Some(true),
                "less" => Some(false),
                _ => None,
            })?,
            company: match query.text("company") {
                "" => None,
                id => Some(id_from(id)?),
            },
            from: query.day("from")?.map(midnight),
            until: query.day("to")?.and_then(|day| day.succ_opt()).map(midnight),
        })
    }

    /// Whose rows: never more than the caller reaches.
    pub(crate) fn reach(&self, ctx: &Ctx) -> Reach {
        match (ctx.caller.reach, self.company) {
            (Reach::Operator, Some(company)) => Reach::Company(company),
            (own, _) => own,
        }
    }

    fn has(&self, tier: Option<Tier>, kind: &str) -> bool {
        self.tier.is_none_or(|wanted| tier == Some(wanted)) && self.kind.is_none_or(|wanted| wanted.key() == kind)
    }

    fn words(&self) -> serde_json::Value {
        json!({
            "tier": self.tier.map(Tier::key), "kind": self.kind.map(ClaimKind::key), "model": self.model,
            "overridden": self.overridden, "reason": self.reason.map(OverrideReason::key), "more": self.more,
            "company": self.company, "from": self.from, "until": self.until,
        })
    }
}

/// The last row of the portion before.
type After<T> = Option<(DateTime<Utc>, T)>;

/// Some of the rows, and where they ended; `None` where nothing was left.
struct Portion<T> {
    rows: Vec<Vec<Value>>,
    last: After<T>,
}

/// A portion: behind which row it begins, and with which it ends where that is known before it is read.
#[derive(Debug, Clone, Copy)]
enum Place {
    Predictions(After<PredictionId>, After<PredictionId>),
    Outcomes(After<OutcomeId>),
    Overrides(After<DecisionId>),
}

/// Rows that were read, and the portion behind them where only reading tells where it begins; `None` at the end.
type Ahead = Option<(Vec<Vec<Value>>, Option<Place>)>;

async fn next(ctx: Ctx, narrowed: Narrowed, place: Place) -> Result<Ahead> {
    Ok(match place {
        Place::Predictions(after, edge) => {
            let portion = predictions::next(&ctx, &narrowed, after, edge).await?;
            match edge {
                Some(_) => Some((portion.rows, None)),
                None => portion.last.map(|last| (portion.rows, Some(Place::Predictions(Some(last), None)))),
            }
        }
        Place::Outcomes(after) => {
            let portion = outcomes::next(&ctx, &narrowed, after).await?;
            portion.last.map(|last| (portion.rows, Some(Place::Outcomes(Some(last)))))
        }
        Place::Overrides(after) => {
            let portion = overrides::next(&ctx, &narrowed, after).await?;
            portion.last.map(|last| (portion.rows, Some(Place::Overrides(Some(last)))))
        }
    })
}

/// Portions that are read at the same time while one is written, where they can be told apart before they are read: as many
/// as there are cores on a small machine, and fewer than there are connections to a database.
const AHEAD: usize = 2;

/// A file on its way.
pub struct Export {
    ctx: Ctx,
    what: What,
    format: Format,
    narrowed: Narrowed,
    writer: Option<Writer>,
    /// The portions that are being read, in their order.
    ahead: VecDeque<JoinHandle<Result<Ahead>>>,
    /// Where the portion behind them begins; `None` where that is not known yet, or there is none.
    further: Option<Place>,
    hash: Sha256,
    rows: u64,
    bytes: u64,
    recorded: bool,
    /// It has failed, or is under way.
    failed: bool,
}

/// What a whole file came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    pub rows: u64,
    pub bytes: u64,
    /// In hexadecimal.
    pub sha256: String,
}

/// Permits the export of a file of this name, such as `outcomes.parquet`, and records that it was begun.
///
/// # Errors
///
/// Refused where there is none, where the caller may not, and where what it is narrowed by is none.
pub async fn begin(ctx: &Ctx, name: &str, query: &Query) -> Result<Export> {
    ctx.require(Permission::ExportPredictions)?;
    let unknown = || Error::Refused(AppError::new(ErrorKind::NotFound, "There is no file of this name."));
    let (what, format) = name.split_once('.').ok_or_else(unknown)?;
    let what = What::ALL.into_iter().find(|w| w.key() == what).ok_or_else(unknown)?;
    let format = Format::from_key(format).ok_or_else(unknown)?;
    start(ctx, what, format, Narrowed::of(query)?).await
}

/// The same for what is known already.
pub async fn start(ctx: &Ctx, what: What, format: Format, narrowed: Narrowed) -> Result<Export> {
    ctx.require(Permission::ExportPredictions)?;
    let tx = ctx.begin().await?;
    let details = json!({ "what": what.key(), "format": format.key(), "narrowed": narrowed.words() });
    tx.commit(ctx.audit(ctx.caller.company, "export.begun", "company", "", details)).await?;
    let first = match what {
        What::Predictions => Place::Predictions(None, None),
        What::Outcomes => Place::Outcomes(None),
        What::Overrides => Place::Overrides(None),
    };
    Ok(Export {
        ctx: ctx.clone(),
        what,
        format,
        writer: Some(Writer::new(format, what.columns())?),
        ahead: VecDeque::with_capacity(AHEAD),
        further: Some(first),
        narrowed,
        hash: Sha256::new(),
        rows: 0,
        bytes: 0,
        recorded: false,
        failed: false,
    })
}

impl Export {
    pub fn name(&self) -> String {
        format!("{}.{}", self.what.key(), self.format.key())
    }

    /// Its content type.
    pub fn kind(&self) -> &'static str {
        self.format.content_type()
    }

    /// Begins to read as much as may be read at once.
    async fn read(&mut self) -> Result<()> {
        while self.ahead.len() < AHEAD
            && let Some(mut place) = self.further.take()
        {
            if let Place::Predictions(after, edge @ None) = &mut place {
                *edge = predictions::edge(&self.ctx, &self.narrowed, *after).await?;
                self.further = edge.map(|edge| Place::Predictions(Some(edge), None));
            }
            self.ahead.push_back(tokio::spawn(next(self.ctx.clone(), self.narrowed.clone(), place)));
        }
        Ok(())
    }

    /// The next piece, or `None` at the end, when what it came to has been recorded. One that has failed is not gone on
    /// with: a part is nowhere taken for the whole.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        if std::mem::replace(&mut self.failed, true) {
            return Err(Error::internal("this export has failed"));
        }
        let piece = self.piece().await?;
        self.failed = false;
        Ok(piece)
    }

    async fn piece(&mut self) -> Result<Option<Vec<u8>>> {
        while self.writer.is_some() {
            self.read().await?;
            let rows = match self.ahead.pop_front() {
                Some(portion) => portion.await.map_err(Error::internal)??,
                None => None,
            };
            if let Some((_, further @ Some(_))) = &rows {
                self.further = *further;
            }
            // The next are read while these are written.
            self.read().await?;
            let piece = match (rows, &mut self.writer) {
                (Some((rows, _)), Some(writer)) => {
                    self.rows += rows.len() as u64;
                    writer.rows(rows)?
                }
                (None, _) if !self.ahead.is_empty() => continue,
                _ => self.writer.take().map_or_else(|| Ok(Vec::new()), Writer::end)?,
            };
            if !piece.is_empty() {
                self.hash.update(&piece);
                self.bytes += piece.len() as u64;
                return Ok(Some(piece));
            }
        }
        if !self.recorded {
            self.record().await?;
            self.recorded = true;
        }
        Ok(None)
    }

    /// What it came to, once it is whole.
    pub fn whole(&self) -> Whole {
        Whole { rows: self.rows, bytes: self.bytes, sha256: hex(self.hash.clone()) }
    }

    async fn record(&self) -> Result<()> {
        let whole = self.whole();
        let tx = self.ctx.begin().await?;
        let details = json!({
            "what": self.what.key(), "format": self.format.key(), "narrowed": self.narrowed.words(),
            "rows": whole.rows, "bytes": whole.bytes, "sha256": whole.sha256,
        });
        tx.commit(self.ctx.audit(self.ctx.caller.company, "export.made", "company", "", details)).await?;
        Ok(())
    }
}

impl Drop for Export {
    fn drop(&mut self) {
        // Broken off, nothing is read for nobody.
        self.ahead.iter().for_each(JoinHandle::abort);
    }
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
