//! The claim page, in one screen: what is predicted and decided in a rail, what it rests on beside it.

use contract::claim::ClaimView;
use contract::table::Tone;
use domain::settlement::ClaimStatus;
use leptos::prelude::*;

use super::what_if::Trial;
use super::{api, decision, heads, prediction};
use crate::report::form::form;
use crate::report::parts;
use crate::ui::act::{Act, ActForm};
use crate::ui::form::{styled_submit, summary};
use crate::ui::load::{load, path_id};
use crate::ui::table::{badge, time};
use crate::ui::{card, heading_with, icon, notice, titled};

pub fn page() -> AnyView {
    let id = path_id();
    load(move || api::ViewClaim { id: id.get() }, claim)
}

fn claim(c: ClaimView) -> AnyView {
    let trial = Trial::of(&c);
    view! {
        {heading_with(format!("Claim {}", c.number), standing(&c), lead(&c), acts(&c))}
        <div class="claim">
            {rail(&c, trial)}
            <div class="main">
                {heads::heads(&c, trial)}
                {super::documents::on_claim(c.id.to_string(), c.documents.clone(), c.may_add)}
                {parts(c.parts.clone())}
                {c.prediction.as_ref().map(|p| prediction::explanation(p, trial))}
                {prediction::alternatives(c.alternatives.clone())}
                {prediction::similar(c.similar.clone())}
                {facts(&c)}
                {timeline(&c)}
            </div>
        </div>
    }
    .into_any()
}

/// Where the claim stands, beside its number.
fn standing(c: &ClaimView) -> AnyView {
    let decided = c.decision.as_ref().map(|d| d.amount);
    let words = match (decided, c.outcome) {
        (Some(decided), Some(paid)) if decided != paid => format!("decided at {decided}, settled for {paid}"),
        (_, Some(amount)) | (Some(amount), None) => format!("settled for {amount}"),
        (None, None) => String::new(),
    };
    view! { {badge(c.status.label().into(), Tone::of(c.status))}<span class="hint">{words}</span> }.into_any()
}

fn lead(c: &ClaimView) -> String {
    let entered = format!("Entered by {}, {}", c.entered_by, c.entered_at.day());
    if c.reference.is_empty() { entered } else { format!("Reference {} · {entered}", c.reference) }
}

fn acts(c: &ClaimView) -> AnyView {
    let next = c.next.clone().map(|(number, href)| {
        let label = format!("Next claim, {number}");
        view! { <a class="button" href=href data-key="n" aria-label=label>"Next claim"{icon("next")}</a> }
    });
    next.into_any()
}

fn rail(c: &ClaimView, trial: Trial) -> AnyView {
    let figures = match (&c.prediction, &c.no_prediction) {
        _ if c.estimate.is_some() => ().into_any(),
        (Some(p), _) => view! {
            {c.remarks.iter().map(|words| notice("warn", words.clone())).collect::<Vec<_>>()}
            {prediction::headline(p, c.total, trial)}
        }
        .into_any(),
        (None, why) => view! {
            {notice("info", why.clone().unwrap_or_default())}
            {(c.status == ClaimStatus::Open).then(|| predict(c.id.to_string()))}
        }
        .into_any(),
    };
    view! {
        <section class="card decision">
            <div>{titled("Prediction", "Prediction")}{figures}{c.estimate.clone().map(form)}</div>
            {c.estimate.is_none().then(|| decision::panel(c))}
        </section>
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

/// What is stated; what is not is named in one line.
fn facts(c: &ClaimView) -> AnyView {
    let report = if c.medical_report { "Received" } else { "" };
    let all = c.facts.iter().map(|f| (f.label.clone(), f.value.clone()));
    let (blank, stated): (Vec<_>, Vec<_>) =
        all.chain([("Medical report".to_owned(), report.to_owned())]).partition(|(_, value)| value.is_empty());
    let items: Vec<_> =
        stated.into_iter().map(|(label, value)| view! { <div><dt>{label}</dt><dd>{value}</dd></div> }).collect();
    let blank: Vec<String> = blank.into_iter().map(|(label, _)| label.to_lowercase()).collect();
    let blanks =
        (!blank.is_empty()).then(|| view! { <p class="blanks">{format!("Not stated: {}.", blank.join(", "))}</p> });
    let links: Vec<_> = c
        .links
        .iter()
        .cloned()
        .map(|(label, href)| {
            // A file is the browser's to fetch.
            let rel = href.ends_with("/notice").then_some("external");
            view! { <a class="button" href=href rel=rel>{label}</a> }
        })
        .collect();
    let body = view! { <dl class="facts two">{items}</dl>{blanks}<div class="row">{links}</div> };
    card("The claim", body.into_any())
}

fn timeline(c: &ClaimView) -> AnyView {
    let items: Vec<_> = c
        .timeline
        .iter()
        .map(|e| view! { <li><strong>{e.who.clone()}</strong>" "{e.what.clone()}" "{time(e.at.clone())}</li> })
        .collect();
    card("What happened with this claim", view! { <ol class="timeline">{items}</ol> }.into_any())
}
