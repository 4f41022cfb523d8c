//! The claim page.

use contract::claim::ClaimView;
use contract::table::{Cell, Table};
use domain::settlement::ClaimStatus;
use leptos::prelude::*;

use super::{api, decision, prediction, what_if};
use crate::ui::act::{Act, ActForm};
use crate::ui::form::{styled_submit, summary};
use crate::ui::load::{load, path_id};
use crate::ui::table::{table, time};
use crate::ui::{card, heading, notice};

pub fn page() -> AnyView {
    let id = path_id();
    load(move || api::ViewClaim { id: id.get() }, claim)
}

fn claim(c: ClaimView) -> AnyView {
    let lead = match (c.reference.as_str(), &c.status) {
        ("", status) => format!("{} · entered by {}", status.label(), c.entered_by),
        (reference, status) => format!("{} · reference {reference} · entered by {}", status.label(), c.entered_by),
    };
    let right = match (&c.prediction, &c.no_prediction) {
        (Some(p), _) => view! {
            {c.unlike.clone().map(|words| notice("warn", words))}
            {prediction::prediction(p.clone())}
            {prediction::alternatives(c.alternatives.clone())}
            {what_if::what_if(&c)}
        }
        .into_any(),
        (None, why) => view! {
            {notice("info", why.clone().unwrap_or_default())}
            {(c.status == ClaimStatus::Open).then(|| predict(c.id.to_string()))}
        }
        .into_any(),
    };
    view! {
        {heading(format!("Claim {}", c.number), lead, vec![])}
        <div class="two-columns">
            <div>
                {heads(&c)}
                {facts(&c)}
            </div>
            <div>
                {card("Prediction", right)}
                {decision::panel(&c)}
            </div>
        </div>
        {prediction::similar(c.similar.clone())}
        {timeline(&c)}
    }
    .into_any()
}

fn predict(id: String) -> AnyView {
    let action = Act::new::<api::PredictAgain>();
    view! {
        {summary(action.error())}
        <ActForm act=action>
            <input type="hidden" name="id" value=id/>
            {styled_submit("Predict now", "button", action.pending())}
        </ActForm>
    }
    .into_any()
}

fn heads(c: &ClaimView) -> AnyView {
    let mut t = Table::new("Heads of loss", &["Head", "#Claimed"], "");
    for head in &c.heads {
        t.row(vec![Cell::text(&head.label), Cell::money(head.claimed)]);
    }
    t.row(vec![Cell::text("Sum of heads"), Cell::Money(c.total)]);
    view! { <div class="heads">{table(t)}</div> }.into_any()
}

fn facts(c: &ClaimView) -> AnyView {
    let report = if c.medical_report { "Received" } else { "Not recorded" };
    let items: Vec<_> = c
        .facts
        .iter()
        .map(|f| (f.label.clone(), f.value.clone()))
        .chain([("Medical report".to_owned(), report.to_owned())])
        .map(|(label, value)| view! { <div><dt>{label}</dt><dd>{value}</dd></div> })
        .collect();
    card("The claim", view! { <dl class="facts">{items}</dl> }.into_any())
}

fn timeline(c: &ClaimView) -> AnyView {
    let items: Vec<_> = c
        .timeline
        .iter()
        .map(|e| view! { <li>{time(e.at)}" "<strong>{e.who.clone()}</strong>" "{e.what.clone()}</li> })
        .collect();
    card("What happened with this claim", view! { <ol class="timeline">{items}</ol> }.into_any())
}
