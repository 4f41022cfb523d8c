//! What an amount settles: the payment's rest, the document's, the entry of the journal, in one transaction.

use billing::{journal, settlement};
use domain::Money;
use domain::calendar::london_date;
use domain::id::{CompanyId, InvoiceId};
use store::Tx;
use store::invoices::{self, Invoice, Settles};
use store::payments::{self, Allocation, Payment};

use super::ledger::{Booked, book};
use crate::{Ctx, Result};

/// Notes an allocation.
pub(super) async fn note(
    ctx: &Ctx,
    tx: &Tx,
    company: CompanyId,
    from: String,
    document: InvoiceId,
    amount: Money,
) -> Result<String> {
    let allocation = Allocation {
        id: ctx.id(),
        company,
        from,
        document,
        amount,
        on: london_date(ctx.now),
        by: ctx.caller.actor.name(),
        at: ctx.now,
    };
    payments::allocate(tx, &allocation).await?;
    Ok(allocation.id.to_string())
}

/// Settles a document by what is left of a payment; a negative amount takes that back.
pub(super) async fn settle(ctx: &Ctx, tx: &Tx, payment: &Payment, document: InvoiceId, amount: Money) -> Result<()> {
    let on = london_date(ctx.now);
    payments::take(tx, payment.id, amount).await?;
    invoices::settle(tx, document, Settles::Payment, amount, on).await?;
    let allocation = note(ctx, tx, payment.company, payment.id.to_string(), document, amount).await?;
    let about = Booked {
        company: payment.company,
        source: format!("allocation:{allocation}"),
        on,
        period: None,
        document: document.to_string(),
        description: "Allocated",
    };
    book(ctx, tx, journal::allocated(amount), about).await
}

/// Settles open documents by what is left of a payment, in the order given; what each took.
pub(super) async fn spread(ctx: &Ctx, tx: &Tx, payment: &Payment, open: &[Invoice]) -> Result<Vec<(InvoiceId, Money)>> {
    let taken = settlement::spread(payment.left, open.iter().map(|i| (i.id, i.open)));
    for (document, amount) in &taken {
        settle(ctx, tx, payment, *document, *amount).await?;
    }
    Ok(taken)
}
