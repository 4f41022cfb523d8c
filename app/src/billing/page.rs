//! The billing pages.

use contract::billing::{DraftingView, InvoiceView, InvoicesView};
use contract::table::Tone;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::api;
use crate::ui::act::{Act, ActForm};
use crate::ui::dialog::Confirm;
use crate::ui::form::{Field, submit, summary};
use crate::ui::load::{again_in, load, path_id};
use crate::ui::table::{badge, day, paged};
use crate::ui::{card, count, heading, heading_with, help, icon, notice};

pub fn invoices() -> AnyView {
    let query = use_query_map();
    let number = Memo::new(move |_| query.with(|q| q.get("page").and_then(|p| p.parse().ok()).unwrap_or(1)));
    let action = Act::new::<api::GenerateInvoices>().says("The drafts are ordered.");
    let error = action.error();
    let content = load(
        move || api::ListInvoices { page: number.get() },
        move |v: InvoicesView| {
            let months = v.months.clone();
            let generate = v.may_manage.then(|| {
            let body = view! {
                {summary(error)}
                <ActForm act=action>
                    {Field::new("month", "Month").required().hint("Companies invoiced by quarter join in the quarter’s last month.").value(v.months.first().map(|m| m.0.clone()).unwrap_or_default()).select(months, error)}
                    {submit("Generate drafts", action.pending())}
                </ActForm>
            };
            card("Generate a month’s drafts", body.into_any())
        });
            let drafting = v.drafting.map(drafting);
            view! { {generate}{drafting}{paged(v.list, "/invoices", "")} }.into_any()
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
    let flags: Vec<_> = v.flags.iter().map(|f| notice("warn", f.clone())).collect();
    let pdf = v.number.clone().map(|n| {
        let (href, file) = (format!("/invoices/{}/pdf", v.id), format!("{n}.pdf"));
        view! { <a class="button" href=href rel="external" download=file>{icon("download")}"Download the PDF"</a> }
    });
    let by = match &v.approved_by {
        Some(approver) => format!("Prepared by {}, approved by {approver}", v.prepared_by),
        None => format!("Prepared by {}", v.prepared_by),
    };
    view! {
        {heading_with(title, badge(v.status_label.clone(), Tone::Plain), by, view! { {steps(&v)}{pdf} }.into_any())}
        {flags}
        {sheet(&v)}
    }
    .into_any()
}

/// The invoice as its PDF shows it.
fn sheet(v: &InvoiceView) -> AnyView {
    let party =
        |lines: &[String]| lines.iter().map(|l| view! { <span class="line">{l.clone()}</span> }).collect::<Vec<_>>();
    let or_none = |date: Option<contract::when::Day>| date.map_or_else(|| "–".into_any(), day);
    let rows: Vec<_> = v
        .lines
        .iter()
        .map(|l| {
            let steps: Vec<_> = l.explanation.iter().map(|s| view! { <li>{s.clone()}</li> }).collect();
            view! {
                <tr>
                    <td>
                        {l.description.clone()}
                        <details><summary class="hint">"How the amount comes about"</summary><ol class="steps">{steps}</ol></details>
                    </td>
                    <td class="number">{contract::table::grouped(l.quantity.unsigned_abs())}</td>
                    <td class="number">{l.unit_price.clone()}</td>
                    <td class="number">{l.tax_rate.clone()}</td>
                    <td class="number">{l.net.to_string()}</td>
                </tr>
            }
        })
        .collect();
    let number = v.number.clone().unwrap_or_else(|| "Draft: no number yet".into());
    view! {
        <section class="card sheet" aria-label="The invoice">
            <div class="parties">
                <div><h2>"From"</h2><p>{party(&v.supplier)}</p></div>
                <div><h2>"To"</h2><p>{party(&v.customer)}</p></div>
                <dl class="facts">
                    <div><dt>"Number"</dt><dd>{number}</dd></div>
                    <div><dt>"Period"</dt><dd>{day(v.period_from.clone())}" to "{day(v.period_to.clone())}</dd></div>
                    <div><dt>"Issued"</dt><dd>{or_none(v.issued_on.clone())}</dd></div>
                    <div><dt>"Due"</dt><dd>{or_none(v.due_on.clone())}</dd></div>
                    <div><dt>"Paid"</dt><dd>{or_none(v.paid_on.clone())}</dd></div>
                </dl>
            </div>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Lines">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Description"</th><th scope="col" class="number">"Quantity"</th>
                            <th scope="col" class="number">"Unit price"</th><th scope="col" class="number">"VAT"</th><th scope="col" class="number">"Net"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                    <tfoot>
                        <tr><td colspan="4">"Net"{help("Net")}</td><td class="number">{v.net.to_string()}</td></tr>
                        <tr><td colspan="4">"VAT"</td><td class="number">{v.vat.to_string()}</td></tr>
                        <tr class="to-pay"><td colspan="4">"To pay"</td><td class="number">{v.gross.to_string()}</td></tr>
                    </tfoot>
                </table>
            </div>
        </section>
    }
    .into_any()
}

/// What may be done next, each in two steps: none of it can be undone.
fn steps(v: &InvoiceView) -> AnyView {
    let id = v.id.to_string();
    let total = v.gross.to_string();
    // What the page calls it, in the words that follow an act.
    let of =
        v.number.clone().unwrap_or_else(|| format!("The draft for {}", v.customer.first().map_or("", String::as_str)));
    let step = |act: Act, id_of: &str, label: &'static str, class: &'static str, words: String| {
        let asks = Confirm {
            id: id_of.into(),
            label: label.into(),
            class,
            key: None,
            title: format!("{label}?"),
            words,
            verb: label,
        };
        asks.view(act, view! { <input type="hidden" name="id" value=id.clone()/> }.into_any())
    };
    view! {
        {v.may_approve.then(|| step(Act::new::<api::ApproveInvoice>().says(format!("{of} is approved.")), "approve", "Approve", "button primary",
            format!("You have checked the lines and the sum of {total}. It can then be issued.")))}
        {v.may_issue.then(|| step(Act::new::<api::IssueInvoice>().says(format!("{of} is issued: it has its number now.")), "issue", "Issue", "button primary",
            format!("It gets its number and its date and never changes again; {total} are owed from then on.")))}
        {v.may_record_payment.then(|| step(Act::new::<api::RecordPayment>().says(format!("{of} is paid.")), "pay", "Record full payment", "button primary",
            format!("{total} have arrived. The invoice is paid from then on.")))}
        {v.may_discard.then(|| step(Act::new::<api::DiscardInvoice>().says(format!("{of} is discarded.")), "discard", "Discard", "button danger",
            "The draft is deleted. Its usage can be drafted anew.".into()))}
    }
    .into_any()
}
