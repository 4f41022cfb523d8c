//! Pages of finance, made in the files of their nouns.

use domain::policy::Permission;

use super::Kind;
use super::room::page;
use crate::invoicing::{bank, books, contracts, invoices, payments, prices, provider, statements, usage_statements};

pub static ACCOUNTING: Kind = page(
    "accounting",
    "Accounting export",
    "Issued documents for Xero, Sage 50 and QuickBooks, each once.",
    Some(Permission::CloseBooks),
    |ctx, _| Box::pin(books::page(ctx)),
);

pub static BILLING_SERVICE: Kind = page(
    "billing-service",
    "Billing service",
    "What was told to the service by which invoices are paid online, and where its word is another than ours.",
    Some(Permission::RecordPayments),
    |ctx, _| Box::pin(provider::page(ctx)),
);

pub static PROFILE: Kind = page(
    "billing-profile",
    "Billing details",
    "Your company as its invoices name it, and where they are sent.",
    Some(Permission::ManageProfile),
    |ctx, _| Box::pin(crate::admin::profile::page(ctx)),
);

pub static USAGE_STATEMENT: Kind =
    page("usage-statement", "Usage statement", "", Some(Permission::ReadUsage), |ctx, query| {
        Box::pin(usage_statements::one(ctx, query))
    });

pub static USAGE_STATEMENTS: Kind = Kind {
    more: Some(|ctx, _, after| Box::pin(usage_statements::more(ctx, after))),
    ..page(
        "usage-statements",
        "Usage statements",
        "What each period used, frozen before it is invoiced, to be confirmed or queried.",
        Some(Permission::ReadUsage),
        |ctx, query| Box::pin(usage_statements::page(ctx, query)),
    )
};

pub static VAT: Kind = Kind {
    filters: |ctx, query| Box::pin(async move { Ok(books::vat_filters(ctx, query)) }),
    more: Some(|ctx, query, after| Box::pin(books::more(ctx, query, after))),
    ..page(
        "vat",
        "VAT",
        "The working of a quarter’s output tax, down to each supply.",
        Some(Permission::CloseBooks),
        |ctx, query| Box::pin(books::vat_page(ctx, query)),
    )
};

pub static BANK: Kind = Kind {
    more: Some(|ctx, query, after| Box::pin(bank::more(ctx, query, after))),
    ..page(
        "bank",
        "Bank file",
        "Lines of the bank’s file, with the documents that each may pay. A person posts them.",
        Some(Permission::RecordPayments),
        |ctx, query| Box::pin(bank::page(ctx, query)),
    )
};

pub static CONTRACT: Kind = Kind {
    filters: |ctx, query| Box::pin(contracts::filters(ctx, query)),
    ..page("contract", "Contract", "", Some(Permission::ReadInvoices), |ctx, query| {
        Box::pin(contracts::page(ctx, query))
    })
};

pub static CONTRACTS: Kind = page(
    "contracts",
    "Contracts",
    "What each company agreed to: prices, how often it is invoiced, days to pay.",
    Some(Permission::ReadInvoices),
    |ctx, _| Box::pin(contracts::list(ctx)),
);

pub static DEBTORS: Kind = Kind {
    filters: |ctx, query| Box::pin(async move { Ok(statements::debtors_filters(ctx, query)) }),
    ..page(
        "debtors",
        "Aged debtors",
        "What each company owes, by how long it has been due.",
        Some(Permission::RecordPayments),
        |ctx, query| Box::pin(statements::debtors(ctx, query)),
    )
};

pub static STATEMENT: Kind = Kind {
    filters: |ctx, query| Box::pin(async move { Ok(statements::statement_filters(ctx, query)) }),
    ..page("statement", "Statement of account", "", Some(Permission::ReadInvoices), |ctx, query| {
        Box::pin(statements::statement(ctx, query))
    })
};

pub static INVOICES: Kind = Kind {
    filters: |ctx, query| Box::pin(invoices::filters(ctx, query)),
    more: Some(|ctx, query, after| Box::pin(invoices::more(ctx, query, after))),
    ..page(
        "invoices",
        "Invoices",
        "Drafts are made from usage, reviewed by a colleague, approved and issued. An issued invoice never changes.",
        Some(Permission::ReadInvoices),
        |ctx, query| Box::pin(invoices::page(ctx, query)),
    )
};

pub static PAYMENT: Kind =
    page("payment", "Payment", "", Some(Permission::RecordPayments), |ctx, query| Box::pin(payments::one(ctx, query)));

pub static PAYMENTS: Kind = Kind {
    filters: |ctx, query| Box::pin(payments::filters(ctx, query)),
    more: Some(|ctx, query, after| Box::pin(payments::more(ctx, query, after))),
    ..page(
        "payments",
        "Payments",
        "What came in and what it settled. What no invoice has taken stands on account.",
        Some(Permission::RecordPayments),
        |ctx, query| Box::pin(payments::page(ctx, query)),
    )
};

pub static PRICES: Kind = Kind {
    filters: |ctx, query| Box::pin(prices::filters(ctx, query)),
    ..page(
        "prices",
        "Prices",
        "Rate cards and VAT rates, and what any quantity costs on a card.",
        Some(Permission::ManagePrices),
        |ctx, query| Box::pin(prices::page(ctx, query)),
    )
};
