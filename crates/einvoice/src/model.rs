//! From a document to the semantic model of EN 16931.

use billing::{Component, ComponentKind, DocumentKind, Span, Tax, TaxCategory};
use chrono::{Datelike, NaiveDate};
use domain::Money;
use en16931::invoice::{
    Code, CreditTransfer, DocumentAllowanceCharge, DocumentTotals, Item, LineVat, PaymentInstructions, PaymentMeans,
    Period, PrecedingInvoice, PriceDetails, VatBreakdown,
};
use en16931::{Date, DocumentReference, Invoice, InvoiceAmount, InvoiceLine, Percentage, Quantity, UnitPriceAmount};
use rust_decimal::Decimal;

use crate::{Document, Refused};

/// The core's name of itself (BT-24).
const CORE: &str = "urn:cen.eu:en16931:2017";
/// Peppol's name of what it is for (BT-23).
const PEPPOL_BILLING: &str = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0";
/// One: what has no other unit (UN/ECE Recommendation 20).
const ONE: &str = "C62";

pub(crate) fn invoice(document: &Document<'_>) -> Result<Invoice, Refused> {
    let credit = document.kind == DocumentKind::CreditNote;
    let of_vat = document.kind != DocumentKind::LateCharge;
    let type_code = if credit { "381" } else { "380" };
    let mut builder = Invoice::builder(CORE, document.number, date(document.issued_on)?, type_code, "GBP")
        .seller(document.seller.written(of_vat).map_err(Refused::of)?)
        .buyer(document.buyer.written(of_vat).map_err(Refused::of)?)
        .invoicing_period(period(document.period)?);
    if credit {
        builder = builder.credit_note();
    }
    if !document.reason.is_empty() {
        builder = builder.note(document.reason);
    }
    if !document.po_number.is_empty() {
        builder = builder.purchase_order_reference(DocumentReference::new(document.po_number));
    }
    builder = paid_how(builder, document)?;
    let (lines, allowances, charges) = parts(&document.lines);
    for (position, (part, tax)) in (1..).zip(lines) {
        builder = builder.line(line(position, part, tax)?);
    }
    for (part, tax) in allowances {
        builder = builder.allowance(beside(part, tax));
    }
    for (part, tax) in charges {
        builder = builder.charge(beside(part, tax));
    }
    let mut invoice = builder.build();
    if let Some((number, on)) = document.about {
        invoice.preceding_invoices =
            vec![PrecedingInvoice { reference: DocumentReference::new(number), issue_date: Some(date(on)?) }];
    }
    sums(&mut invoice, document);
    Ok(invoice)
}

/// What Peppol asks beyond the core: the process, and a reference of the buyer's, for which the invoice's own number does
/// where the buyer gave none.
pub(crate) fn for_peppol(mut invoice: Invoice) -> Invoice {
    invoice.business_process = Some(PEPPOL_BILLING.into());
    if invoice.purchase_order_reference.is_none() {
        invoice.buyer_reference.clone_from(&invoice.number);
    }
    invoice
}

type Parts<'a> = Vec<(&'a Component, Tax)>;

/// Lines, allowances and charges. What is taken off or added to several lines at once, such as a cap over the tiers of an
/// item, stands beside them at the document's level: no line's quantity × price would be its net any more.
fn parts<'a>(all: &[(&'a Component, Tax)]) -> (Parts<'a>, Parts<'a>, Parts<'a>) {
    use ComponentKind as K;
    let off = |part: &Component| matches!(part.kind, K::Discount | K::Cap) && part.net < Money::ZERO;
    let added = |part: &Component| matches!(part.kind, K::Minimum | K::Commitment) && part.net > Money::ZERO;
    let allowances = all.iter().copied().filter(|(part, _)| off(part)).collect();
    let mut lines: Parts<'_> = all.iter().copied().filter(|(part, _)| !off(part) && !added(part)).collect();
    let mut charges: Parts<'_> = all.iter().copied().filter(|(part, _)| added(part)).collect();
    // A minimum without any use is what the invoice is for: there is no invoice without a line.
    if lines.is_empty() && !charges.is_empty() {
        lines.push(charges.remove(0));
    }
    (lines, allowances, charges)
}

fn line(position: u32, part: &Component, tax: Tax) -> Result<InvoiceLine, Refused> {
    let vat = vat(tax);
    let (name, description) = named(&part.description);
    let price = UnitPriceAmount::new(Decimal::new(part.unit_price.micro(), 6).normalize());
    let of = InvoiceLine::new(
        position.to_string(),
        name,
        Quantity::new(Decimal::from(part.quantity)),
        ONE,
        amount(part.net),
        vat.category,
        vat.rate,
    );
    let item = Item { description, ..of.item.clone() };
    Ok(of
        .with_item(item)
        .with_price(PriceDetails { net_price: price, ..PriceDetails::default() })
        .with_period(period(part.span)?))
}

/// An item's name is short: what is longer is its description, whole.
fn named(words: &str) -> (String, Option<String>) {
    const LONGEST: usize = 100;
    if words.chars().count() <= LONGEST {
        return (words.to_owned(), None);
    }
    let short: String = words.chars().take(LONGEST - 1).collect();
    (format!("{}…", short.trim_end()), Some(words.to_owned()))
}

/// An allowance or a charge beside the lines; its amount has no sign.
fn beside(part: &Component, tax: Tax) -> DocumentAllowanceCharge {
    DocumentAllowanceCharge {
        amount: amount(Money::from_pence(part.net.pence().saturating_abs())),
        base_amount: None,
        percentage: None,
        vat: vat(tax),
        reason: Some(part.description.clone()),
        reason_code: None,
    }
}

fn vat(tax: Tax) -> LineVat {
    LineVat { category: Code::new(tax.category.code()), rate: percentage(tax) }
}

/// What is outside the scope has no rate, not even zero.
fn percentage(tax: Tax) -> Option<Percentage> {
    let rate = || Percentage::new(Decimal::new(tax.rate.basis_points(), 2).normalize());
    (tax.category != TaxCategory::OutOfScope).then(rate)
}

/// Our own sums, which the journal has: they are checked against the lines by the rules, not reckoned anew.
fn sums(invoice: &mut Invoice, document: &Document<'_>) {
    let pence =
        |amounts: &mut dyn Iterator<Item = InvoiceAmount>| amounts.map(InvoiceAmount::to_minor_units).sum::<i64>();
    let line_total = pence(&mut invoice.lines.iter().map(|l| l.net_amount));
    let some = |all: &[DocumentAllowanceCharge]| {
        (!all.is_empty()).then(|| InvoiceAmount::from_minor_units(pence(&mut all.iter().map(|a| a.amount))))
    };
    invoice.vat_breakdown = document
        .totals
        .groups
        .iter()
        .map(|group| VatBreakdown {
            taxable_amount: amount(group.net),
            tax_amount: amount(group.vat),
            category: Code::new(group.tax.category.code()),
            rate: percentage(group.tax),
            exemption_reason: group.tax.category.reason().map(str::to_owned),
            exemption_reason_code: None,
        })
        .collect();
    invoice.totals = DocumentTotals {
        line_total: InvoiceAmount::from_minor_units(line_total),
        allowance_total: some(&invoice.allowances),
        charge_total: some(&invoice.charges),
        taxable_total: amount(document.totals.net),
        vat_total: Some(amount(document.totals.vat)),
        gross_total: amount(document.totals.gross),
        due: amount(document.totals.gross),
        ..DocumentTotals::default()
    };
}

/// When and where it is paid.
fn paid_how(
    mut builder: en16931::invoice::InvoiceBuilder,
    document: &Document<'_>,
) -> Result<en16931::invoice::InvoiceBuilder, Refused> {
    if document.kind == DocumentKind::CreditNote {
        return Ok(builder.payment_terms("Set against what is owed; what is more stands on the account."));
    }
    let due = document.due_on.unwrap_or(document.issued_on);
    builder = builder.due_date(date(due)?).payment_terms(format!("Due by {}", due.format("%-d %B %Y")));
    if document.pay_to.is_empty() {
        return Ok(builder);
    }
    let transfer = |account| PaymentInstructions {
        // Credit transfer.
        means_code: Some(Code::new("30")),
        remittance_information: Some(document.number.to_owned()),
        means: Some(PaymentMeans::CreditTransfer(vec![CreditTransfer {
            account_identifier: Some(account),
            account_name: account_name(document.pay_to),
            provider_identifier: None,
        }])),
        ..PaymentInstructions::default()
    };
    let in_words = || PaymentInstructions {
        // Not defined: the words say how.
        means_code: Some(Code::new("1")),
        means_text: Some(document.pay_to.join("; ")),
        remittance_information: Some(document.number.to_owned()),
        ..PaymentInstructions::default()
    };
    Ok(builder.payment(account(document.pay_to).map_or_else(in_words, transfer)))
}

/// The account's number in the words of where to pay: an IBAN, else sort code and account number in one.
fn account(pay_to: &[String]) -> Option<String> {
    let words = pay_to.join(" ");
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    if let Some(at) = words.to_ascii_uppercase().find("IBAN") {
        let iban: String = plain(words.get(at + 4..)?);
        let digits = |s: &str| s.chars().all(|c| c.is_ascii_digit());
        // Of the United Kingdom: GB, two check digits, four letters, fourteen digits.
        return iban
            .get(..22)
            .filter(|i| i.starts_with("GB") && digits(&i[2..4]) && digits(&i[8..]))
            .map(str::to_owned);
    }
    let runs: Vec<String> =
        words.split(|c: char| !(c.is_ascii_digit() || c == '-')).map(plain).filter(|run| !run.is_empty()).collect();
    let of = |length: usize| runs.iter().find(|run| run.len() == length);
    Some(format!("{}{}", of(6)?, of(8)?))
}

fn account_name(pay_to: &[String]) -> Option<String> {
    let named = |line: &String| line.strip_prefix("Account name").map(|name| name.trim_matches([' ', ':']).to_owned());
    pay_to.iter().find_map(named).filter(|name| !name.is_empty())
}

fn amount(money: Money) -> InvoiceAmount {
    InvoiceAmount::from_minor_units(money.pence())
}

fn date(day: NaiveDate) -> Result<Date, Refused> {
    let part = |n: u32| u8::try_from(n).unwrap_or_default();
    Date::new(day.year(), part(day.month()), part(day.day())).map_err(Refused::of)
}

fn period(span: Span) -> Result<Period, Refused> {
    Ok(Period { start: Some(date(span.from)?), end: Some(date(span.last())?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_read_off_where_to_pay() {
        let of = |lines: &[&str]| account(&lines.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            of(&["Account name Solatium Ltd", "Sort code 20-00-01, account 12345678"]).as_deref(),
            Some("20000112345678")
        );
        assert_eq!(of(&["IBAN GB29 NWBK 6016 1331 9268 19"]).as_deref(), Some("GB29NWBK60161331926819"));
        assert_eq!(of(&["By cheque to our office"]), None);
        assert_eq!(account_name(&["Account name: Solatium Ltd".to_owned()]).as_deref(), Some("Solatium Ltd"));
    }

    #[test]
    fn long_words_are_whole_in_the_description() {
        let long = "Prediction of a model of their own, from 1,001 up to 5,000 in the period of the contract, at the price of the second tier";
        let (name, description) = named(long);
        assert!(name.chars().count() <= 100 && name.ends_with('…'));
        assert_eq!(description.as_deref(), Some(long));
        assert_eq!(named("Prediction"), ("Prediction".into(), None));
    }
}
