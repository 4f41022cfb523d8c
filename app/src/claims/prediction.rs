//! The prediction in words and pictures.

use contract::claim::{AlternativeView, PredictionView, SimilarClaims};
use contract::table::{Cell, Table};
use domain::Money;
use leptos::prelude::*;

use super::range::range;
use super::what_if::Trial;
use crate::ui::chart::svg;
use crate::ui::live::live;
use crate::ui::table::table;
use crate::ui::{help, notice};

/// Amount, range and tariff: what is decided on. `total`: the sum claimed.
pub fn headline(p: &PredictionView, total: Money, trial: Trial) -> AnyView {
    let (now, as_is) = (p.clone(), p.tariff.clone());
    let picture = live(move || range(&now, total, trial.would_be().map(|p| p.amount)));
    // The tariff follows the prognosis that is tried.
    let tariff = live(move || {
        let tariff = trial.would_be().map_or_else(|| as_is.clone(), |p| p.tariff);
        let remark = tariff.remark.map(|words| notice("warn", words));
        view! {
            <p class="tariff"><strong>"Tariff: "</strong>{tariff.words}</p>
            {remark}
        }
        .into_any()
    });
    view! {
        <p class="amount">{p.amount.to_string()}</p>
        <p class="range-words">{in_words(p)}{help("Range")}</p>
        {picture}
        {tariff}
    }
    .into_any()
}

/// "9 in 10 similar claims settled between £A and £B", and the measured shares on either side.
fn in_words(p: &PredictionView) -> String {
    let share = if p.level_percent == 90 { "9 in 10".to_owned() } else { format!("{} in 100", p.level_percent) };
    let words = format!("{share} similar claims settled between {} and {}.", p.lower, p.upper);
    p.outside.as_ref().map_or(words.clone(), |outside| format!("{words} {outside}"))
}

/// How the amount comes about: the waterfall, its key and its figures.
pub fn explanation(p: &PredictionView, trial: Trial) -> AnyView {
    let mut data = Table::new("The prediction in figures", &["What", "#Pounds"], "");
    data.row(vec![Cell::text("Average claim"), Cell::Money(p.base)]);
    for c in &p.contributions {
        data.row(vec![Cell::text(&c.label), Cell::Figure(c.amount.signed())]);
    }
    data.row(vec![Cell::text("Predicted settlement"), Cell::Money(p.amount)]);
    let model = format!("{} v{}, {}", p.model_name, p.model_version, p.at.words);
    let files = p.id.map(|id| {
        let of = move |kind: &str| format!("/predictions/{id}/waterfall.{kind}");
        view! {
            <span>
                <a class="csv" href=of("svg") rel="external" download="">"SVG"</a>" "
                <a class="csv" href=of("csv") rel="external" download="">"CSV"</a>
            </span>
        }
    });
    view! {
        <section class="card">
            <div class="caption"><h2>"How it comes about"</h2>{files}</div>
            <ul class="key"><li>"Amount"</li><li class="more">"Adds to it"</li><li class="less">"Takes from it"</li></ul>
            {live(move || trial.tries().then(|| notice("info", "As predicted: what you try is not in this picture.")).into_any())}
            {svg(p.waterfall_svg.clone())}
            <details>
                <summary>"Show as a table"</summary>
                {table(data)}
            </details>
            <p class="hint">{model}</p>
        </section>
    }
    .into_any()
}

/// What would change it: only things that can change.
pub fn alternatives(alternatives: Vec<AlternativeView>) -> AnyView {
    if alternatives.is_empty() {
        return ().into_any();
    }
    let mut t = Table::new("What would change it", &["Change", "#Would be", "#Difference"], "");
    for a in alternatives {
        t.row(vec![Cell::Text(a.change), Cell::Money(a.amount), Cell::Figure(a.difference.signed())]);
    }
    table(t)
}

pub fn similar(similar: SimilarClaims) -> AnyView {
    let spread = similar.spread.map(|words| view! { <p class="hint">{words}{help("Similar claims")}</p> });
    view! {
        {table(similar.claims)}
        {spread}
    }
    .into_any()
}
