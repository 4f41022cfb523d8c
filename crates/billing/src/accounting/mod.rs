//! Issued documents as files that accounting programs import: Xero, Sage 50, QuickBooks Online. The same documents give the
//! same bytes.

mod template;

use chrono::NaiveDate;
use domain::Money;
use serde::{Deserialize, Serialize};

use crate::document::DocumentKind;
use crate::price::UnitPrice;
use crate::tax::{Tax, TaxCategory, TaxGroup};

pub use template::{From, Template, TemplateError, Written};

/// For which program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Xero,
    Sage,
    QuickBooks,
}

impl Target {
    pub const ALL: [Target; 3] = [Target::Xero, Target::Sage, Target::QuickBooks];

    pub const fn key(self) -> &'static str {
        match self {
            Target::Xero => "xero",
            Target::Sage => "sage",
            Target::QuickBooks => "quickbooks",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Target::Xero => "Xero",
            Target::Sage => "Sage 50",
            Target::QuickBooks => "QuickBooks Online",
        }
    }

    pub fn from_key(key: &str) -> Option<Target> {
        Target::ALL.into_iter().find(|t| t.key() == key)
    }

    /// Documents of a file at most, where the program has a limit: Xero takes 500 invoices.
    pub const fn most(self) -> usize {
        match self {
            Target::Xero => 500,
            Target::Sage | Target::QuickBooks => 1_000,
        }
    }

    /// Decimal places of a unit price that it takes.
    const fn decimals(self) -> u32 {
        match self {
            Target::Xero => 4,
            Target::Sage | Target::QuickBooks => 2,
        }
    }
}

/// A document as it is exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    pub kind: DocumentKind,
    pub number: String,
    /// The customer's account in the books: at most eight letters and figures, its own.
    pub account: String,
    pub customer: String,
    pub email: String,
    pub address: Vec<String>,
    pub on: NaiveDate,
    pub due: NaiveDate,
    /// The customer's order, or what a credit note corrects.
    pub reference: String,
    pub lines: Vec<Line>,
    pub groups: Vec<TaxGroup>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub description: String,
    pub quantity: i64,
    pub unit_price: UnitPrice,
    pub net: Money,
    pub tax: Tax,
}

/// By how much the VAT that the program reckons line by line exceeds ours, which is reckoned once a rate.
pub fn vat_apart(document: &Exported) -> Option<Money> {
    let theirs = document.lines.iter().map(|l| l.tax.rate.of(l.net)).collect::<Option<Vec<_>>>()?;
    let ours = Money::sum(document.groups.iter().map(|g| g.vat))?;
    Money::sum(theirs)?.checked_sub(ours)
}

/// Rows of a file, its heading first.
pub fn rows(target: Target, documents: &[Exported]) -> Vec<Vec<String>> {
    match target {
        Target::Xero => table(XERO, documents, xero),
        Target::Sage => table(SAGE, documents, sage),
        Target::QuickBooks => table(QUICKBOOKS, documents, quickbooks),
    }
}

fn table(head: &[&str], documents: &[Exported], of: fn(&Exported) -> Vec<Vec<String>>) -> Vec<Vec<String>> {
    let head = head.iter().map(|h| (*h).to_owned()).collect();
    std::iter::once(head).chain(documents.iter().flat_map(of)).collect()
}

/// The columns that a program usually takes.
pub const fn columns(target: Target) -> &'static [&'static str] {
    match target {
        Target::Xero => XERO,
        Target::Sage => SAGE,
        Target::QuickBooks => QUICKBOOKS,
    }
}

/// Quantity and price where the program reckons the line's net from them exactly; else one at the net.
fn exact(line: &Line, target: Target) -> (i64, String) {
    let step = 10i64.pow(6 - target.decimals());
    let (price, quantity) = (line.unit_price.micro(), line.quantity);
    if quantity > 0 && price % step == 0 && line.unit_price.times(quantity.unsigned_abs()) == Some(line.net) {
        let pounds = price / 1_000_000;
        let digits = target.decimals() as usize;
        return (quantity, format!("{pounds}.{:0digits$}", (price % 1_000_000) / step));
    }
    (1, line.net.plain())
}

/// An amount as the program takes it of this kind of document: credit notes are negative.
fn signed(document: &Exported, plain: String) -> String {
    match (document.kind.is_owed(), plain.strip_prefix('-')) {
        (true, _) => plain,
        (false, Some(positive)) => positive.to_owned(),
        (false, None) => format!("-{plain}"),
    }
}

fn day(date: NaiveDate) -> String {
    date.format("%d/%m/%Y").to_string()
}

const XERO: &[&str] = &[
    "*ContactName",
    "EmailAddress",
    "POAddressLine1",
    "POAddressLine2",
    "POAddressLine3",
    "POAddressLine4",
    "POCity",
    "PORegion",
    "POPostalCode",
    "POCountry",
    "*InvoiceNumber",
    "Reference",
    "*InvoiceDate",
    "*DueDate",
    "InventoryItemCode",
    "*Description",
    "*Quantity",
    "*UnitAmount",
    "Discount",
    "*AccountCode",
    "*TaxType",
    "TrackingName1",
    "TrackingOption1",
    "TrackingName2",
    "TrackingOption2",
    "Currency",
    "BrandingTheme",
];

fn xero(d: &Exported) -> Vec<Vec<String>> {
    let line = |i: usize| d.address.get(i).cloned().unwrap_or_default();
    let row = |l: &Line| {
        let (quantity, price) = exact(l, Target::Xero);
        let mut row = vec![d.customer.clone(), d.email.clone(), line(0), line(1), line(2), line(3)];
        row.extend(["", "", "", ""].map(String::from));
        row.extend([
            d.number.clone(),
            d.reference.clone(),
            day(d.on),
            day(d.due),
            String::new(),
            l.description.clone(),
        ]);
        row.extend([quantity.to_string(), signed(d, price), String::new(), account(d).into(), xero_tax(l.tax)]);
        row.extend(["", "", "", "", "GBP", ""].map(String::from));
        row
    };
    d.lines.iter().map(row).collect()
}

/// The account of the program's usual chart: sales, or other income.
fn account(d: &Exported) -> &'static str {
    if d.kind == DocumentKind::LateCharge { "270" } else { "200" }
}

fn xero_tax(tax: Tax) -> String {
    match tax.category {
        TaxCategory::Standard => format!("{} (VAT on Income)", tax.rate),
        TaxCategory::Zero => "Zero Rated Income".into(),
        TaxCategory::Exempt => "Exempt Income".into(),
        TaxCategory::ReverseCharge | TaxCategory::OutOfScope => "No VAT".into(),
    }
}

const SAGE: &[&str] = &[
    "Type",
    "Account Reference",
    "Nominal A/C Ref",
    "Department Code",
    "Date",
    "Reference",
    "Details",
    "Net Amount",
    "Tax Code",
    "Tax Amount",
    "Exchange Rate",
    "Extra Reference",
    "User Name",
];

/// An audit-trail row for each category and rate: net and VAT as they are, so that nothing is reckoned again.
fn sage(d: &Exported) -> Vec<Vec<String>> {
    let kind = if d.kind.is_owed() { "SI" } else { "SC" };
    // Of a late charge the row is interest and fixed sum in one.
    let first = d.lines.first().map(|l| l.description.as_str()).unwrap_or_default();
    let words = if d.kind == DocumentKind::LateCharge { d.kind.label() } else { first };
    let details: String = words.chars().take(60).collect();
    let row = |g: &TaxGroup| {
        let code = match g.tax.category {
            TaxCategory::Standard => "T1",
            TaxCategory::Zero => "T0",
            TaxCategory::Exempt => "T2",
            TaxCategory::ReverseCharge | TaxCategory::OutOfScope => "T9",
        };
        let nominal = if d.kind == DocumentKind::LateCharge { "4902" } else { "4000" };
        let mut row = vec![kind.to_owned(), d.account.clone(), nominal.into(), "0".into(), day(d.on)];
        row.extend([d.number.clone(), details.clone(), g.net.plain(), code.into(), g.vat.plain()]);
        row.extend(["1".to_owned(), d.reference.clone(), String::new()]);
        row
    };
    d.groups.iter().map(row).collect()
}

const QUICKBOOKS: &[&str] = &[
    "*InvoiceNo",
    "*Customer",
    "*InvoiceDate",
    "*DueDate",
    "Terms",
    "Location",
    "Memo",
    "Item(Product/Service)",
    "ItemDescription",
    "ItemQuantity",
    "ItemRate",
    "*ItemAmount",
    "Item Tax Code",
    "Item Tax Amount",
    "Currency",
];

fn quickbooks(d: &Exported) -> Vec<Vec<String>> {
    let row = |l: &Line| {
        let (quantity, price) = exact(l, Target::QuickBooks);
        let code = match l.tax.category {
            TaxCategory::Standard => format!("{} S", l.tax.rate),
            TaxCategory::Zero => "0.0% Z".into(),
            TaxCategory::Exempt => "Exempt".into(),
            TaxCategory::ReverseCharge | TaxCategory::OutOfScope => "No VAT".into(),
        };
        let vat = l.tax.rate.of(l.net).unwrap_or_default();
        let mut row = vec![d.number.clone(), d.customer.clone(), day(d.on), day(d.due)];
        row.extend([String::new(), String::new(), d.reference.clone(), "Settlement predictions".into()]);
        row.extend([l.description.clone(), quantity.to_string(), signed(d, price), signed(d, l.net.plain()), code]);
        row.extend([signed(d, vat.plain()), "GBP".into()]);
        row
    };
    d.lines.iter().map(row).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::price::Rate;

    pub(in crate::accounting) fn document(kind: DocumentKind, lines: &[(i64, &str, i64)]) -> Exported {
        let tax = Tax { category: TaxCategory::Standard, rate: Rate::parse("20").unwrap() };
        let lines: Vec<Line> = lines
            .iter()
            .map(|(quantity, price, net)| Line {
                description: "Settlement predictions".into(),
                quantity: *quantity,
                unit_price: UnitPrice::parse(price).unwrap(),
                net: Money::from_pence(*net),
                tax,
            })
            .collect();
        let totals = crate::document::totals(lines.iter().map(|l| (l.net, l.tax))).unwrap();
        Exported {
            kind,
            number: "SOL-000001".into(),
            account: "HARB1A2B".into(),
            customer: "Harbour Mutual".into(),
            email: "accounts@harbour.example".into(),
            address: vec!["22 Harbour Street".into(), "Whitstable".into()],
            on: "2026-11-02".parse().unwrap(),
            due: "2026-12-02".parse().unwrap(),
            reference: "PO-7".into(),
            lines,
            groups: totals.groups,
        }
    }

    #[test]
    fn each_program_gets_its_columns() {
        let invoice = document(DocumentKind::Periodic, &[(100, "2.10", 21_000), (3, "0.012345", 4), (-1, "5", -500)]);
        let xero = rows(Target::Xero, std::slice::from_ref(&invoice));
        assert_eq!((xero[0].len(), xero.len()), (27, 4));
        assert!(xero.iter().all(|row| row.len() == 27));
        assert_eq!(xero[1][16..18], ["100".to_owned(), "2.1000".to_owned()]);
        // What cannot be said at its precision is one at the net.
        assert_eq!(xero[2][16..18], ["1".to_owned(), "0.04".to_owned()]);
        assert_eq!(
            (xero[3][17].as_str(), xero[1][20].as_str(), xero[1][12].as_str()),
            ("-5.00", "20% (VAT on Income)", "02/11/2026")
        );
        let sage = rows(Target::Sage, std::slice::from_ref(&invoice));
        assert!(sage.iter().all(|row| row.len() == 13));
        assert_eq!(sage[1][..2], ["SI".to_owned(), "HARB1A2B".to_owned()]);
        assert_eq!((sage[1][7].as_str(), sage[1][9].as_str()), ("205.04", "41.01"));
        let books = rows(Target::QuickBooks, std::slice::from_ref(&invoice));
        assert!(books.iter().all(|row| row.len() == 15));
        let credit = document(DocumentKind::CreditNote, &[(1, "5", 500)]);
        assert_eq!(rows(Target::Xero, std::slice::from_ref(&credit))[1][17], "-5.0000");
        assert_eq!(rows(Target::Sage, std::slice::from_ref(&credit))[1][0], "SC");
    }

    #[test]
    fn the_penny_between_line_and_group_is_told() {
        let invoice = document(DocumentKind::Periodic, &[(1, "0.02", 2), (1, "0.02", 2), (1, "0.02", 2)]);
        // Line by line 0.4 of a penny each is nothing; together 1.2 is one.
        assert_eq!(vat_apart(&invoice), Some(Money::from_pence(-1)));
    }
}
