//! Documents and lines as rows.

use std::collections::BTreeMap;

use billing::document::{DocumentKind, Status};
use billing::settlement::Against;
use billing::{Component, ComponentKind, Rate, Span, Tax, TaxCategory, TaxGroup, Totals, UnitPrice};
use domain::Money;
use domain::id::InvoiceId;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{GivingUp, Invoice, Line, find};
use crate::entity::{invoice_lines, invoices as table};
use crate::{Handle, Reach, Result, StoreError, instant, known, parsed, parsed_opt};

pub(super) fn row_of(invoice: InvoiceId, line: &Line) -> Result<invoice_lines::ActiveModel> {
    let part = &line.component;
    Ok(invoice_lines::ActiveModel {
        id: Set(line.id.to_string()),
        invoice_id: Set(invoice.to_string()),
        position: Set(line.position),
        description: Set(part.description.clone()),
        quantity: Set(part.quantity),
        unit_price_micro: Set(part.unit_price.micro()),
        net_pence: Set(part.net.pence()),
        tax_rate_bp: Set(line.tax.rate.basis_points() as i32),
        explanation: Set(serde_json::to_string(&part.steps)?),
        kind: Set(part.kind.key().into()),
        part: Set(part.group as i32),
        units: Set(i64::try_from(part.units).unwrap_or(i64::MAX)),
        span_from: Set(Some(part.span.from.to_string())),
        span_until: Set(Some(part.span.until.to_string())),
        tax: Set(line.tax.category.key().into()),
    })
}

/// Documents in one question.
const PORTION: usize = 300;

/// The lines of many documents that have days of their own.
pub async fn lines_of(handle: &impl Handle, invoices: &[Invoice]) -> Result<BTreeMap<InvoiceId, Vec<Line>>> {
    let mut all: BTreeMap<InvoiceId, Vec<Line>> = BTreeMap::new();
    for portion in invoices.chunks(PORTION) {
        let rows = invoice_lines::Entity::find()
            .filter(invoice_lines::Column::InvoiceId.is_in(portion.iter().map(|i| i.id.to_string())))
            .order_by_asc(invoice_lines::Column::InvoiceId)
            .order_by_asc(invoice_lines::Column::Position)
            .all(handle.connection())
            .await?;
        for row in rows {
            let id: InvoiceId = parsed(&row.invoice_id)?;
            let period = portion.iter().find(|i| i.id == id).map(|i| i.period);
            all.entry(id).or_default().push(line(row, period)?);
        }
    }
    Ok(all)
}

pub async fn lines(handle: &impl Handle, invoice: InvoiceId) -> Result<Vec<Line>> {
    let rows = invoice_lines::Entity::find()
        .filter(invoice_lines::Column::InvoiceId.eq(invoice.to_string()))
        .order_by_asc(invoice_lines::Column::Position)
        .all(handle.connection())
        .await?;
    let mut period = None;
    if rows.iter().any(|row| row.span_from.is_none()) {
        // Lines of before they had days of their own.
        period = Some(find(handle, Reach::Operator, invoice).await?.period);
    }
    rows.into_iter().map(|row| line(row, period)).collect()
}

pub(super) fn line(row: invoice_lines::Model, period: Option<Span>) -> Result<Line> {
    let category = known(TaxCategory::from_key(&row.tax), "tax category")?;
    let span = match (row.span_from.as_ref(), row.span_until.as_ref(), period) {
        (Some(from), Some(until), _) => Span::new(parsed(from)?, parsed(until)?),
        (_, _, Some(period)) => period,
        _ => return Err(StoreError::Corrupt("a line without days".into())),
    };
    Ok(Line {
        id: parsed(&row.id)?,
        position: row.position,
        tax: Tax { category, rate: known(Rate::from_basis_points(row.tax_rate_bp.into()), "tax rate")? },
        component: Component {
            kind: known(ComponentKind::from_key(&row.kind), "kind of line")?,
            group: u32::try_from(row.part).unwrap_or_default(),
            description: row.description,
            quantity: row.quantity,
            unit_price: known(UnitPrice::from_micro(row.unit_price_micro), "price")?,
            net: Money::from_pence(row.net_pence),
            units: u64::try_from(row.units).unwrap_or_default(),
            span,
            tax: category,
            steps: serde_json::from_str(&row.explanation)?,
        },
    })
}

pub(super) fn record(row: table::Model) -> Result<Invoice> {
    let (net, vat, gross) = (row.net_pence, row.vat_pence, row.gross_pence);
    let pence = Money::from_pence;
    let groups: Vec<TaxGroup> = row.groups.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default();
    Ok(Invoice {
        id: parsed(&row.id)?,
        company: parsed(&row.company_id)?,
        kind: known(DocumentKind::from_key(&row.kind), "kind of document")?,
        status: known(Status::from_key(&row.status), "document status")?,
        number: row.number,
        period: Span::new(parsed(&row.period_from)?, parsed(&row.period_until)?),
        payment_days: u32::try_from(row.payment_days).unwrap_or_default(),
        prepared_by: row.prepared_by,
        prepared_at: instant(row.prepared_at),
        submitted_by: row.submitted_by,
        approved_by: row.approved_by,
        approved_hash: row.approved_hash,
        rejected_by: row.rejected_by,
        rejection: row.rejection,
        reason: row.reason,
        issued_on: parsed_opt(row.issued_on.as_ref())?,
        tax_point: parsed_opt(row.tax_point.as_ref())?,
        due_on: parsed_opt(row.due_on.as_ref())?,
        totals: Totals { net: pence(net), vat: pence(vat), gross: pence(gross), groups },
        against: Against {
            paid: pence(row.paid_pence),
            credited: pence(row.credited_pence),
            written_off: pence(row.written_off_pence),
        },
        open: pence(row.open_pence),
        corrects: parsed_opt(row.corrects.as_ref())?,
        po_number: row.po_number,
        parties: row.parties,
        pdf_hash: row.pdf_hash,
        ubl_hash: row.ubl_hash,
        settled_on: parsed_opt(row.paid_on.as_ref())?,
        disputed_at: row.disputed_at.map(instant),
        dispute: row.dispute,
        giving_up: row.given_up_by.zip(row.given_up_pence).map(|(by, amount)| GivingUp {
            by,
            why: row.given_up_why,
            amount: pence(amount),
        }),
    })
}
