//! The billing pages.

use contract::billing::InvoiceView;
use leptos::prelude::*;

use super::api;
use crate::report;
use crate::ui::act::Act;
use crate::ui::dialog::Confirm;
use crate::ui::load::{load, path_id};
use crate::ui::table::{badge, day};
use crate::ui::{heading_with, help, icon, notice};

pub fn invoice() -> AnyView {
    let id = path_id();
    load(move || api::ViewInvoice { id: id.get() }, view_invoice)
}

fn view_invoice(v: InvoiceView) -> AnyView {
    let title = match &v.number {
        Some(number) => format!("{} {number}", v.kind),
        None => format!("Draft {}", v.kind.to_lowercase()),
    };
    let flags: Vec<_> = v.flags.iter().map(|f| notice("warn", f.clone())).collect();
    let pdf = v.number.clone().map(|n| {
        let of = |kind: &str| format!("/invoices/{}/{kind}", v.id);
        view! {
            <a class="button" href=of("pdf") rel="external" download=format!("{n}.pdf")>{icon("download")}"Download the PDF"</a>
            <a class="button" href=of("ubl") rel="external" download=format!("{n}.xml")>{icon("download")}"E-invoice (UBL)"</a>
        }
    });
    let by = match &v.approved_by {
        Some(approver) => format!("Prepared by {}, approved by {approver}", v.prepared_by),
        None => format!("Prepared by {}", v.prepared_by),
    };
    view! {
        {heading_with(title, badge(v.status_label.clone(), v.status_tone), by, view! { {steps(&v)}{pdf} }.into_any())}
        {flags}
        {sheet(&v)}
        {report::parts(v.parts)}
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
                        {l.description.clone()}<span class="line hint">{l.days.clone()}</span>
                        <details><summary class="hint">"How the amount comes about"</summary><ol class="steps">{steps}</ol></details>
                    </td>
                    <td class="number">{quantity(l.quantity)}</td>
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
                    <div><dt>"Settled"</dt><dd>{or_none(v.settled_on.clone())}</dd></div>
                    {v.corrects.clone().map(|(number, href)| view! { <div><dt>"About"</dt><dd><a href=href>{number}</a></dd></div> })}
                    {fact("Reason", &v.reason)}
                    {fact("Purchase order", &v.po_number)}
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
                        <tr class="to-pay"><td colspan="4">{if v.kind == "Credit note" { "Credited" } else { "To pay" }}</td><td class="number">{v.gross.to_string()}</td></tr>
                        {v.open.map(|open| view! { <tr><td colspan="4">"Still open"</td><td class="number">{open.to_string()}</td></tr> })}
                    </tfoot>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn fact(label: &'static str, value: &str) -> Option<AnyView> {
    (!value.is_empty()).then(|| view! { <div><dt>{label}</dt><dd>{value.to_owned()}</dd></div> }.into_any())
}

fn quantity(of: i64) -> String {
    let sign = if of < 0 { "\u{2212}" } else { "" };
    format!("{sign}{}", contract::table::grouped(of.unsigned_abs()))
}

/// What issuing does, and what stands against it.
fn issuing(v: &InvoiceView) -> String {
    let owed = if v.kind == "Credit note" { "credited" } else { "owed" };
    let words =
        format!("It gets its number and its date and never changes again; {} are {owed} from then on.", v.gross);
    [words].iter().chain(&v.flags).cloned().collect::<Vec<_>>().join(" ")
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
        {v.may_submit.then(|| step(Act::new::<api::SubmitInvoice>().says(format!("{of} waits for a colleague’s approval.")), "submit", "Send for review", "button primary",
            format!("A colleague checks the lines and the sum of {total}, and approves it or sends it back.")))}
        {v.may_approve.then(|| step(Act::new::<api::ApproveInvoice>().says(format!("{of} is approved.")), "approve", "Approve", "button primary",
            format!("You have checked the lines and the sum of {total}. It can then be issued.")))}
        {v.may_issue.then(|| step(Act::new::<api::IssueInvoice>().says(format!("{of} is issued: it has its number now.")), "issue", "Issue", "button primary",
            issuing(v)))}
        {v.may_discard.then(|| step(Act::new::<api::DiscardInvoice>().says(format!("{of} is discarded.")), "discard", "Discard", "button danger",
            "The draft is deleted. Its usage can be drafted anew.".into()))}
    }
    .into_any()
}
