//! The billing service by which documents are paid online. Our ledger is what is true: documents are told to it when they are
//! issued, what was paid there is recorded here, and where the two are apart it is shown; nothing is mended silently.

use std::sync::Arc;

use billing::document::DocumentKind;
use chrono::{DateTime, Duration, Utc};
use contract::ErrorKind;
use contract::page::{Part, Report};
use contract::table::{Cell, Table, Tone};
use domain::Money;
use domain::calendar::london_date;
use domain::id::InvoiceId;
use serde_json::json;
use store::invoices::{self, Invoice};
use store::providers::{self, Document, Event};
use store::{Reach, StoreError, Tx, companies};

use super::allocations;
use super::payments::{Received, receive};
use crate::names::Names;
use crate::ports::{BillingService, BillingServiceError, Pushed, Standing};
use crate::{App, Ctx, Error, Result, jobs};

/// Documents that one look takes.
const PORTION: u64 = 200;
/// How often each document is looked at.
const LOOKED_AT: Duration = Duration::hours(20);
/// How often it is fetched where others fetch it at the same time.
const ATTEMPTS: usize = 5;
/// Rows of the page.
const LISTED: u64 = 100;

fn told(error: BillingServiceError) -> Error {
    match error {
        BillingServiceError::Refused(words) => {
            Error::refused(ErrorKind::Unavailable, format!("The billing service refuses this: {words}"))
        }
        other @ BillingServiceError::Failed(_) => Error::internal(other),
    }
}

/// What was put off for a service stays put off where none is connected.
fn connected(ctx: &Ctx) -> Result<&Arc<dyn BillingService>> {
    let service = &ctx.app.ports.billing;
    if service.connected() {
        return Ok(service);
    }
    let words =
        "No billing service is connected here: set SOLATIUM_BILLING_SERVICE where jobs are done, and run this again.";
    Err(Error::refused(ErrorKind::Unavailable, words))
}

/// Tells the service of an issued document. Again it makes no second one.
pub(crate) async fn push(ctx: &Ctx, id: InvoiceId) -> Result<String> {
    let service = connected(ctx)?;
    let invoice = invoices::find(ctx.store(), ctx.caller.reach, id).await?;
    if providers::of_document(ctx.store(), ctx.caller.reach, id).await?.is_some() {
        return Ok("It is there already.".into());
    }
    let (Some(number), Some(on), true) = (&invoice.number, invoice.issued_on, invoice.kind.is_owed()) else {
        return Err(StoreError::NotFound.into());
    };
    let company = companies::find(ctx.store(), ctx.caller.reach, invoice.company).await?;
    if company.billing_email.is_empty() {
        let words =
            format!("{} has no billing contact: enter one on its company page, and run this again.", company.name);
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    let days = invoice.due_on.map_or(0, |due| (due - on).num_days().max(0));
    let pushed = Pushed {
        document: id,
        number: number.clone(),
        company: company.id,
        company_name: company.name,
        email: company.billing_email,
        customer: providers::customer_of(ctx.store(), company.id).await?,
        gross: invoice.totals.gross,
        words: format!(
            "{} {number}, {} (net {}, VAT {})",
            invoice.kind.label(),
            invoice.period.words(),
            invoice.totals.net,
            invoice.totals.vat
        ),
        due_in_days: u32::try_from(days).unwrap_or_default(),
    };
    let known = service.push_document(&pushed).await.map_err(told)?;
    let new = Document {
        document: id,
        company: company.id,
        provider: service.name().into(),
        external: known.external,
        customer: known.customer,
        link: known.link,
        pushed_at: ctx.now,
        paid: Money::ZERO,
        asked: Some(invoice.totals.gross),
        stands: "open".into(),
        checked_at: None,
        drift: String::new(),
    };
    let tx = ctx.begin().await?;
    match providers::pushed(&tx, &new).await {
        // Another attempt was first; the service made one document of both.
        Err(StoreError::Conflict(_)) => return Ok("It is there already.".into()),
        other => other?,
    }
    let details = json!({ "number": number, "provider": new.provider });
    tx.commit(ctx.audit(Some(company.id), "document.pushed", "invoice", id, details)).await?;
    Ok(format!("{number} can be paid online."))
}

/// Takes an event as it came in: kept once, whatever order they come in. What it is about is fetched again by a job.
///
/// # Errors
///
/// Refused where it is not signed by the service.
pub async fn event(app: &App, now: DateTime<Utc>, body: &[u8], signature: &str) -> Result<()> {
    let service = &app.ports.billing;
    let event = service
        .record_event(body, signature, now)
        .map_err(|_| Error::refused(ErrorKind::Invalid, "This is no event that the billing service signed."))?;
    let Some(external) = event.external else { return Ok(()) };
    let ctx = app.system(now);
    let tx = ctx.begin().await?;
    let kept = Event {
        id: event.id,
        provider: service.name().into(),
        kind: event.kind,
        external: external.clone(),
        received_at: now,
    };
    if !providers::received(&tx, &kept).await? {
        return Ok(());
    }
    if let Some(document) = providers::by_external(&tx, &external).await? {
        jobs::provider_settle::order(&ctx, &tx, &document).await?;
    }
    tx.commit_bookkeeping().await?;
    Ok(())
}

/// Fetches a document from the service, and records what was paid there and not yet recorded here.
pub(crate) async fn settle(ctx: &Ctx, external: &str) -> Result<String> {
    let service = connected(ctx)?;
    for _ in 0..ATTEMPTS {
        let before = providers::by_external(ctx.store(), external).await?.ok_or(StoreError::NotFound)?;
        let standing = service.reconcile(external).await.map_err(told)?;
        let tx = ctx.begin().await?;
        // A document is held before what belongs to it is.
        invoices::hold(&tx, before.document).await?;
        providers::hold(&tx, external).await?;
        let known = providers::by_external(&tx, external).await?.ok_or(StoreError::NotFound)?;
        // Somebody else fetched it meanwhile: what was fetched here may be older than what they noted.
        if known.checked_at == before.checked_at {
            return settled(ctx, tx, known, &standing).await;
        }
    }
    Err(Error::internal("a document was fetched again and again by others"))
}

/// Records what is new of a document that is held.
async fn settled(ctx: &Ctx, tx: Tx, known: Document, standing: &Standing) -> Result<String> {
    let document = invoices::find(&tx, Reach::Operator, known.document).await?;
    let fresh = Money::from_pence(standing.paid.pence() - known.paid.pence());
    let mut said = "Nothing new was paid.".to_owned();
    if fresh > Money::ZERO {
        let number = document.number.clone().unwrap_or_default();
        let money = Received {
            company: known.company,
            on: london_date(ctx.now),
            amount: fresh,
            method: "card",
            reference: &number,
            // What was paid there altogether is said once, whatever comes how often.
            source: format!("{}:{}:{}", known.provider, known.external, standing.paid.pence()),
        };
        let payment = receive(ctx, &tx, money).await?;
        let taken = allocations::spread(ctx, &tx, &payment, std::slice::from_ref(&document)).await?;
        let used = taken.first().map_or(Money::ZERO, |t| t.1);
        let details = json!({ "number": number, "amount": fresh, "allocated": used });
        tx.audit(ctx.audit(Some(known.company), "payment.recorded", "payment", payment.id, details));
        said = format!("{fresh} was paid of {number}.");
    }
    let document = invoices::find(&tx, Reach::Operator, known.document).await?;
    let now = Document {
        paid: known.paid.max(standing.paid),
        asked: Some(standing.asked),
        stands: standing.stands.clone(),
        link: standing.link.clone().or(known.link.clone()),
        checked_at: Some(ctx.now),
        drift: drift(&known, &document, standing),
        ..known.clone()
    };
    providers::checked(&tx, &now).await?;
    // That nothing is otherwise is no event.
    if fresh <= Money::ZERO && (&now.stands, &now.drift) == (&known.stands, &known.drift) {
        tx.commit_bookkeeping().await?;
        return Ok(said);
    }
    let details = json!({ "stands": now.stands, "apart": !now.drift.is_empty() });
    tx.commit(ctx.audit(Some(known.company), "document.reconciled", "invoice", known.document, details)).await?;
    Ok(said)
}

/// Where the service's word is another than ours.
fn drift(known: &Document, ours: &Invoice, theirs: &Standing) -> String {
    if theirs.taken_back > Money::ZERO || theirs.paid < known.paid {
        let back = theirs.taken_back.max(Money::from_pence(known.paid.pence() - theirs.paid.pence()));
        return format!(
            "{back} of what was paid there went back: refund or reverse the payment here, once that is known to be right."
        );
    }
    if theirs.disputed {
        return "Whoever paid there disputes it: note the dispute here, and answer it there.".into();
    }
    if theirs.stands == "void" && ours.open > Money::ZERO {
        return format!("It was made void there, and {} is still open here.", ours.open);
    }
    match theirs.asked.cmp(&ours.open) {
        std::cmp::Ordering::Equal => String::new(),
        std::cmp::Ordering::Greater => format!(
            "It still asks for {}, and {} is open here: paid or credited here since. Make it void there, or ask them for the rest only.",
            theirs.asked, ours.open
        ),
        std::cmp::Ordering::Less => {
            format!(
                "It asks for {}, and {} is open here: what was taken back here is not known there.",
                theirs.asked, ours.open
            )
        }
    }
}

/// Looks at every document that is not settled on both sides and was not looked at for a day. One that cannot be asked stops
/// no other; it is said, and looked at the next day again.
pub(crate) async fn reconcile(ctx: &Ctx) -> Result<String> {
    if !ctx.app.ports.billing.connected() {
        return Ok("No billing service is connected.".into());
    }
    let (mut looked, mut failed) = (0u64, 0u64);
    loop {
        let some = providers::unchecked(ctx.store(), ctx.now - LOOKED_AT, PORTION).await?;
        if some.is_empty() {
            break;
        }
        for document in &some {
            if let Err(error) = settle(ctx, &document.external).await {
                tracing::warn!(document = %document.document, %error, "a document was not reconciled");
                failed += 1;
                let tx = ctx.begin().await?;
                providers::looked_at(&tx, document.document, ctx.now).await?;
                tx.commit_bookkeeping().await?;
            } else {
                looked += 1;
            }
        }
    }
    match failed {
        0 => Ok(format!("{looked} documents were looked at.")),
        _ => {
            let words =
                format!("{looked} documents were looked at, {failed} could not be asked for: the log says which.");
            Err(Error::refused(ErrorKind::Unavailable, words))
        }
    }
}

/// On an issued document's page: where it is paid online.
pub(super) async fn part(ctx: &Ctx, invoice: &Invoice) -> Result<Option<Part>> {
    let Some(known) = providers::of_document(ctx.store(), ctx.caller.reach, invoice.id).await? else { return Ok(None) };
    if !known.drift.is_empty() && ctx.caller.holds(domain::policy::Permission::RecordPayments) {
        return Ok(Some(Part::Notice(Tone::Notice, known.drift)));
    }
    // Where it asks for another amount than is open nobody is sent there.
    let same = known.asked == Some(invoice.open) && known.drift.is_empty();
    let link = known.link.filter(|_| invoice.open > Money::ZERO && same);
    Ok(link.map(|link| {
        let mut table = Table::new("Pay online", &["Open", "Where"], "");
        table.row(vec![Cell::Money(invoice.open), Cell::link("Pay it online", link)]);
        Part::Table(table)
    }))
}

/// The page of the billing service.
pub(crate) async fn page(ctx: &Ctx) -> Result<Report> {
    let service = &ctx.app.ports.billing;
    let mut parts = Vec::new();
    if !service.connected() {
        let words = "No billing service is connected: invoices are paid by bank transfer. Set SOLATIUM_BILLING_SERVICE to stripe, with its key and the secret of its webhook.";
        parts.push(Part::Notice(Tone::Plain, words.into()));
    }
    let apart = providers::apart(ctx.store(), LISTED).await?;
    let ids: Vec<InvoiceId> = apart.iter().map(|d| d.document).collect();
    let documents = invoices::of_ids(ctx.store(), &ids).await?;
    let names = Names::of(ctx, apart.iter().map(|d| d.company.to_string()).collect::<Vec<_>>()).await?;
    let columns = ["Document", "Company", "There", "#Paid there", "#Asked there", "#Open here", "What is apart"];
    let mut table = Table::new("Where the two are apart", &columns, "Nowhere: both say the same.");
    for known in &apart {
        let Some(document) = documents.iter().find(|d| d.id == known.document) else { continue };
        table.row(vec![
            Cell::link(super::invoices::name_of(document), format!("/invoices/{}", document.id)),
            Cell::Text(names.company(known.company)),
            Cell::text(&known.stands),
            Cell::Money(known.paid),
            known.asked.map_or(Cell::Empty, Cell::Money),
            Cell::Money(document.open),
            Cell::text(&known.drift),
        ]);
    }
    parts.push(Part::Table(table));
    let mut events = Table::new("Its newest events", &["Received", "What", "About"], "None yet.");
    for event in providers::newest(ctx.store(), LISTED).await? {
        events.row(vec![Cell::Time(event.received_at.into()), Cell::Text(event.kind), Cell::Text(event.external)]);
    }
    parts.push(Part::Table(events));
    Ok(Report { parts, actions: vec![("Payments".into(), "/payments".into())], ..Report::default() })
}

/// Whether a document goes to the billing service when it is issued.
pub(super) fn goes(ctx: &Ctx, invoice: &Invoice) -> bool {
    ctx.app.ports.billing.connected() && invoice.kind != DocumentKind::CreditNote && invoice.totals.gross > Money::ZERO
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Manual;

    #[tokio::test]
    async fn by_hand_nothing_is_connected() {
        assert!(!Manual.connected());
        assert!(Manual.record_event(b"{}", "t=1,v1=0", DateTime::<Utc>::UNIX_EPOCH).is_err());
        assert_eq!(Manual.payment_link("SOL-000001").await, Ok(None));
        assert!(Manual.reconcile("SOL-000001").await.is_err());
    }
}
