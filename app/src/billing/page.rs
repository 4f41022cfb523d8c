//! The billing pages.

use contract::billing::{DraftingView, InvoiceView, InvoicesView, PricesView};
use contract::table::{Cell, Table};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::api;
use crate::ui::act::{Act, ActForm};
use crate::ui::form::{Field, styled_submit, submit, summary};
use crate::ui::load::{again_in, load, path_id};
use crate::ui::table::{day, paged, table, time};
use crate::ui::{card, count, heading, notice};

pub fn prices() -> AnyView {
    let action = Act::new::<api::SetTerms>().says("The terms are set.");
    let error = action.error();
    let content = load(
        || api::ViewPrices {},
        move |v: PricesView| {
            let form = view! {
                {summary(error)}
                <ActForm act=action>
                    {Field::new("company_id", "Company").within("terms").required().select(v.companies.clone(), error)}
                    {Field::new("unit_price", "Price a prediction, in pounds").within("terms").required().pounds().hint("Up to six decimal places, such as 1.85.").view(error)}
                    {Field::new("tax_rate", "VAT rate in percent").within("terms").required().pounds().value("20").view(error)}
                    {Field::new("payment_days", "Days to pay").within("terms").required().pounds().value("30").view(error)}
                    {Field::new("cycle", "Invoiced").within("terms").required().value("monthly").hint("By calendar month or quarter; changed where a quarter begins.").select(cycles(), error)}
                {Field::new("effective_from", "In force from").within("terms").kind("date").required().hint("A period is charged at the terms in force on its last day.").view(error)}
                    {submit("Set these terms", action.pending())}
                </ActForm>
            };
            view! {
                {table(v.current)}
                {card("Set terms", form.into_any())}
                {table(v.history)}
            }
            .into_any()
        },
    );
    view! {
        {heading("Prices", "What a company pays for a prediction, the VAT rate and the days to pay, from a date on.", vec![])}
        {content}
    }
    .into_any()
}

fn cycles() -> Vec<(String, String)> {
    [("monthly", "Monthly"), ("quarterly", "Quarterly")].map(|(key, label)| (key.to_owned(), label.to_owned())).to_vec()
}

pub fn invoices() -> AnyView {
    let query = use_query_map();
    let number = Memo::new(move |_| query.with(|q| q.get("page").and_then(|p| p.parse().ok()).unwrap_or(1)));
    let action = Act::new::<api::GenerateInvoices>().says("The drafts are ordered.");
    let error = action.error();
    let content = load(
        move || api::ListInvoices { page: number.get() },
        move |v: InvoicesView| {
            let months = v.months.iter().map(|m| (m.clone(), m.clone())).collect();
            let generate = v.may_manage.then(|| {
            let body = view! {
                {summary(error)}
                <ActForm act=action>
                    {Field::new("month", "Month").required().hint("Companies invoiced by quarter join in the quarter’s last month.").value(v.months.first().cloned().unwrap_or_default()).select(months, error)}
                    {submit("Generate drafts", action.pending())}
                </ActForm>
            };
            card("Generate a month’s drafts", body.into_any())
        });
            let drafting = v.drafting.map(drafting);
            view! { {drafting}{paged(v.list, "/invoices", "")}{generate} }.into_any()
        },
    );
    view! {
        {heading("Invoices", "Drafts are made from usage, reviewed, approved and issued. An issued invoice never changes.", vec![])}
        {content}
    }
    .into_any()
}

/// What became of the drafts that were ordered last. What is under way is looked at again.
fn drafting(v: DraftingView) -> AnyView {
    let month = v.month;
    if v.under_way > 0 {
        again_in(std::time::Duration::from_secs(1));
    }
    let words = match (v.under_way, v.failed.len()) {
        (0, 0) => return ().into_any(),
        (0, failed) => format!("Drafts of {month}: {} could not be made.", count(failed as u64, "draft")),
        (n, _) => format!("Drafts of {month} are being made: {} to go.", count(n, "company")),
    };
    let failed: Vec<_> =
        v.failed.into_iter().map(|(who, why)| view! { <li><strong>{who}</strong>": "{why}</li> }).collect();
    let class = if failed.is_empty() { "notice info" } else { "notice bad" };
    view! { <div class=class role="status"><p>{words}</p><ul>{failed}</ul></div> }.into_any()
}

pub fn invoice() -> AnyView {
    let id = path_id();
    load(move || api::ViewInvoice { id: id.get() }, view_invoice)
}

fn view_invoice(v: InvoiceView) -> AnyView {
    let title = v.number.clone().map_or_else(|| "Draft invoice".to_owned(), |n| format!("Invoice {n}"));
    let lead = format!("{} · prepared by {}", v.status_label, v.prepared_by);
    let flags: Vec<_> = v.flags.iter().map(|f| notice("warn", f.clone())).collect();
    let lines: Vec<_> = v
        .lines
        .iter()
        .map(|l| {
            let mut t = Table::new(&l.description, &["#Quantity", "#Unit price", "#VAT", "#Net"], "");
            t.row(vec![
                Cell::Number(l.quantity),
                Cell::Figure(l.unit_price.clone()),
                Cell::Figure(l.tax_rate.clone()),
                Cell::Money(l.net),
            ]);
            let steps: Vec<_> = l.explanation.iter().map(|s| view! { <li>{s.clone()}</li> }).collect();
            view! { {table(t)}<ol class="steps" aria-label="How the amount comes about">{steps}</ol> }
        })
        .collect();
    let mut sums = Table::new("Totals", &["", "#Amount"], "");
    sums.columns[0].label = "Sum".into();
    sums.row(vec![Cell::text("Net"), Cell::Money(v.net)]);
    sums.row(vec![Cell::text("VAT"), Cell::Money(v.vat)]);
    sums.row(vec![Cell::text("To pay"), Cell::Money(v.gross)]);
    let pdf = v.number.clone().map(|n| {
        let (href, file) = (format!("/invoices/{}/pdf", v.id), format!("{n}.pdf"));
        view! { <p><a class="button" href=href rel="external" download=file>"Download the PDF"</a></p> }
    });
    let party =
        |lines: &[String]| lines.iter().map(|l| view! { <span class="line">{l.clone()}</span> }).collect::<Vec<_>>();
    let or_none = |date: Option<contract::when::Day>| date.map_or_else(|| "–".into_any(), day);
    let particulars = view! {
        <dl class="facts">
            <div><dt>"From"</dt><dd>{party(&v.supplier)}</dd></div>
            <div><dt>"To"</dt><dd>{party(&v.customer)}</dd></div>
            <div><dt>"Period"</dt><dd>{day(v.period_from.clone())}" to "{day(v.period_to.clone())}</dd></div>
            <div><dt>"Prepared"</dt><dd>{time(v.prepared_at.clone())}</dd></div>
            <div><dt>"Approved by"</dt><dd>{v.approved_by.clone().unwrap_or_else(|| "–".into())}</dd></div>
            <div><dt>"Issued"</dt><dd>{or_none(v.issued_on.clone())}</dd></div>
            <div><dt>"Due"</dt><dd>{or_none(v.due_on.clone())}</dd></div>
            <div><dt>"Paid"</dt><dd>{or_none(v.paid_on.clone())}</dd></div>
        </dl>
    };
    view! {
        {heading(title, lead, vec![])}
        {flags}
        {steps(&v)}
        {pdf}
        {card("Particulars", particulars.into_any())}
        {lines}
        {table(sums)}
    }
    .into_any()
}

/// What may be done next.
fn steps(v: &InvoiceView) -> AnyView {
    let approve = Act::new::<api::ApproveInvoice>();
    let issue = Act::new::<api::IssueInvoice>();
    let discard = Act::new::<api::DiscardInvoice>();
    let pay = Act::new::<api::RecordPayment>();
    // Each form has the id in a hidden input.
    let [id1, id2, id3, id4] =
        std::array::from_fn(|_| view! { <input type="hidden" name="id" value=v.id.to_string()/> });
    view! {
        {summary(approve.error())}
        {summary(issue.error())}
        {summary(discard.error())}
        {summary(pay.error())}
        <div class="row">
            {v.may_approve.then(|| view! { <ActForm act=approve>{id1}{submit("Approve", approve.pending())}</ActForm> })}
            {v.may_issue.then(|| view! { <ActForm act=issue>{id2}{submit("Issue", issue.pending())}</ActForm> })}
            {v.may_record_payment.then(|| view! { <ActForm act=pay>{id3}{styled_submit("Record full payment", "button", pay.pending())}</ActForm> })}
            {v.may_discard.then(|| view! { <ActForm act=discard>{id4}{styled_submit("Discard", "button quiet", discard.pending())}</ActForm> })}
        </div>
    }
    .into_any()
}
