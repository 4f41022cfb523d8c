//! From a draft to an approved document (story 57): what to look at, who may approve, what is approved.

use billing::document::{self, DocumentKind, Step};
use domain::calendar::{london_date, midnight};
use domain::id::InvoiceId;
use domain::policy::Permission;
use serde_json::json;
use store::invoices::{self, Invoice, Line};
use store::usage::{self, Stands};
use store::{Handle, Reach};

use super::agreements::agreed;
use super::invoices::{find, refusal};
use super::parties::{Parties, parties};
use super::{einvoice, pdf, usage_statements};
use crate::account::tell::colleagues;
use crate::acts::{Done, Kind};
use crate::secret::digest;
use crate::{Ctx, Error, Result, paper};

/// What is approved: every line, every amount, both parties, to whom it is sent and when it is due.
pub(super) fn content_hash(invoice: &Invoice, lines: &[Line], parties: &Parties) -> Result<String> {
    let lines: Vec<_> = lines.iter().map(|l| (&l.component, l.tax)).collect();
    let period = (invoice.period.from, invoice.period.until);
    let totals = (invoice.totals.net, invoice.totals.vat, invoice.totals.gross);
    let all = (lines, totals, parties, invoice.payment_days, &invoice.po_number, period);
    Ok(digest(&serde_json::to_vec(&all)?))
}

async fn stepped(ctx: &Ctx, id: &str, needs: Permission, step: Step) -> Result<Invoice> {
    ctx.require(needs)?;
    let invoice = find(ctx, id).await?;
    document::step(invoice.status, step).map_err(refusal)?;
    Ok(invoice)
}

/// Sends a draft for review.
pub async fn submit(ctx: &Ctx, id: &str) -> Result<()> {
    let invoice = stepped(ctx, id, Permission::PrepareInvoices, Step::Submit).await?;
    submitted(ctx, &invoice).await
}

async fn submitted(ctx: &Ctx, invoice: &Invoice) -> Result<()> {
    let tx = ctx.begin().await?;
    invoices::submit(&tx, invoice.id, &ctx.caller.actor.name(), ctx.now).await?;
    let what = invoice.kind.label().to_lowercase();
    let words = format!("A draft {what} of {} waits for a colleague’s approval.", invoice.totals.gross);
    colleagues(ctx, &tx, &words, &format!("/invoices/{}", invoice.id)).await?;
    let details = json!({ "gross": invoice.totals.gross });
    tx.commit(ctx.audit(ctx.caller.company, "invoice.submitted", "invoice", invoice.id, details)).await?;
    Ok(())
}

/// Sends a draft on that nothing is noted about.
pub(super) async fn submit_clean(ctx: &Ctx, id: InvoiceId) -> Result<()> {
    let invoice = invoices::find(ctx.store(), ctx.caller.reach, id).await?;
    let lines = invoices::lines(ctx.store(), id).await?;
    if flags(ctx, &invoice, &lines).await?.is_empty() {
        submitted(ctx, &invoice).await?;
    }
    Ok(())
}

/// Approves what a colleague prepared. The approval is bound to what it says now.
pub async fn approve(ctx: &Ctx, id: &str) -> Result<()> {
    let invoice = stepped(ctx, id, Permission::ApproveInvoices, Step::Approve).await?;
    let name = ctx.caller.actor.name();
    document::may_approve(&invoice.prepared_by, invoice.submitted_by.as_deref(), &name).map_err(refusal)?;
    let tx = ctx.begin().await?;
    let lines = invoices::lines(&tx, invoice.id).await?;
    let parties = parties(&tx, &invoice).await?;
    // Nobody approves what cannot be issued.
    if missing(&parties, &invoice).is_empty()
        && let Some(wrong) = no_einvoice(ctx, &tx, &invoice, &lines, &parties).await?
    {
        return Err(Error::refused(contract::ErrorKind::Conflict, wrong));
    }
    let hash = content_hash(&invoice, &lines, &parties)?;
    invoices::approve(&tx, &invoice, &name, ctx.now, &hash).await?;
    let details = json!({ "gross": invoice.totals.gross, "content": hash });
    tx.commit(ctx.audit(ctx.caller.company, "invoice.approved", "invoice", invoice.id, details)).await?;
    Ok(())
}

/// Sends a document back to whoever prepared it.
pub static REJECT: Kind = Kind {
    name: "invoice.reject",
    needs: Some(Permission::ApproveInvoices),
    run: |ctx, entries| {
        Box::pin(async move {
            let reason = entries.needed("reason", 500, "say what is to be mended")?;
            let invoice = stepped(ctx, entries.text("id"), Permission::ApproveInvoices, Step::Reject).await?;
            let tx = ctx.begin().await?;
            invoices::reject(&tx, invoice.id, invoice.status, &ctx.caller.actor.name(), &reason).await?;
            let details = json!({ "reason": reason });
            tx.commit(ctx.audit(ctx.caller.company, "invoice.rejected", "invoice", invoice.id, details)).await?;
            Ok(Done::said("Sent back with your reason."))
        })
    },
};

/// What a reviewer should look at before approving.
pub(super) async fn flags(ctx: &Ctx, invoice: &Invoice, lines: &[Line]) -> Result<Vec<String>> {
    if invoice.status.is_final() {
        return Ok(Vec::new());
    }
    let parties = parties(ctx.store(), invoice).await?;
    let mut flags = missing(&parties, invoice);
    if flags.is_empty() {
        flags.extend(no_einvoice(ctx, ctx.store(), invoice, lines, &parties).await?);
    }
    if !paper::shows(parties.customer.iter().chain(&parties.supplier))? {
        flags.push(
            "The PDF has no letters for some signs of a name or an address: they are question marks there.".into(),
        );
    }
    flags.extend(compared(ctx, invoice).await?);
    if invoice.kind == DocumentKind::Periodic {
        flags.extend(usage_statements::flag(ctx, invoice.company, invoice.period).await?);
    }
    flags.extend(counted(ctx, invoice, lines).await?);
    Ok(flags)
}

/// Why it could not be issued as an e-invoice.
async fn no_einvoice(
    ctx: &Ctx,
    handle: &impl Handle,
    invoice: &Invoice,
    lines: &[Line],
    parties: &Parties,
) -> Result<Option<String>> {
    let original = match invoice.corrects {
        Some(id) => Some(invoices::find(handle, ctx.caller.reach, id).await?),
        None => None,
    };
    let document = pdf::Document { invoice, lines, parties, original: original.as_ref() };
    einvoice::wrong(&document, london_date(ctx.now))
}

/// What a VAT invoice must show and does not (SI 1995/2518 reg 14).
pub(super) fn missing(parties: &Parties, invoice: &Invoice) -> Vec<String> {
    let mut missing = Vec::new();
    let (seller, buyer) = parties.sides();
    if buyer.address.is_empty() {
        missing.push("The company has no postal address, which an invoice must show.".into());
    }
    if seller.address.is_empty() {
        missing.push("Solatium has no postal address, which an invoice must show.".into());
    }
    if invoice.totals.vat != domain::Money::ZERO && parties.supplier_vat.is_empty() {
        missing.push("Solatium has no VAT number: enter it on its company page before VAT is charged.".into());
    }
    missing
}

/// How it compares with the period before.
async fn compared(ctx: &Ctx, invoice: &Invoice) -> Result<Option<String>> {
    if invoice.kind != DocumentKind::Periodic {
        return Ok(None);
    }
    let before = super::period_of(invoice);
    let amendments = agreed(ctx.store(), invoice.company).await?;
    let day = before.first.previous().first_day();
    let cycle =
        billing::agreement::on(&super::agreements::rules(&amendments), day).map(|a| a.cycle).unwrap_or_default();
    let before = before.previous(cycle);
    let Some(previous) = invoices::of_period(ctx.store(), invoice.company, before.first.first_day()).await? else {
        return Ok(None);
    };
    let (now, then) = (invoice.totals.net.pence() as f64, previous.totals.net.pence() as f64);
    let apart = then > 0.0 && !(0.5..=2.0).contains(&(now / then));
    Ok(apart.then(|| {
        format!("The net amount is {:.1} times that of {} ({}).", now / then, before.words(), previous.totals.net)
    }))
}

/// Whether every event stands where it is charged.
async fn counted(ctx: &Ctx, invoice: &Invoice, lines: &[Line]) -> Result<Vec<String>> {
    let mut flags = Vec::new();
    let (mut charged, mut standing) = (0, 0);
    for line in lines {
        charged += line.component.units;
        standing += usage::on_line(ctx.store(), line.id).await?;
    }
    if charged != standing {
        flags.push(format!("It charges {charged} predictions, but {standing} stand on it."));
    }
    if invoice.kind == DocumentKind::Periodic {
        let before = (None, midnight(invoice.period.from));
        let lost = usage::counted(ctx.store(), invoice.company, before, Stands::OnNone).await?;
        let units: u64 = lost.iter().map(|u| u.number).sum();
        if units > 0 {
            let day = invoice.period.from.format("%-d %B %Y");
            flags.push(format!("{units} predictions before {day} had no price and are on no invoice."));
        }
    }
    Ok(flags)
}

/// Whether what was approved is what would be issued now.
pub(super) async fn still_approved(
    handle: &impl Handle,
    invoice: &Invoice,
    lines: &[Line],
    now: &Parties,
) -> Result<()> {
    let hash = content_hash(invoice, lines, now)?;
    // Documents that were approved before approvals were bound have none.
    if invoice.approved_hash.as_ref().is_none_or(|approved| *approved == hash) {
        return Ok(());
    }
    let company = store::companies::find(handle, Reach::Operator, invoice.company).await?;
    let words = format!(
        "What the document says of {} or of us has changed since it was approved. Send it back and have it approved again.",
        company.name
    );
    Err(Error::refused(contract::ErrorKind::Conflict, words))
}
