//! The prediction in words and pictures.

use contract::claim::{AlternativeView, PredictionView, SimilarClaims};
use contract::table::{Cell, Table};
use domain::Money;
use leptos::prelude::*;

use crate::ui::chart::svg;
use crate::ui::table::table;

/// Amount, range, tariff, waterfall.
pub fn prediction(p: PredictionView) -> AnyView {
    let mut data = Table::new("The prediction in figures", &["What", "#Pounds"], "");
    data.row(vec![Cell::text("Average claim"), Cell::Money(p.base)]);
    for c in &p.contributions {
        data.row(vec![Cell::text(&c.label), Cell::Figure(c.amount.signed())]);
    }
    data.row(vec![Cell::text("Predicted settlement"), Cell::Money(p.amount)]);
    let model = format!("{} v{}, {}", p.model_name, p.model_version, p.at.format("%-d %b %Y, %H:%M UTC"));
    view! {
        <p class="amount">{p.amount.to_string()}</p>
        {range(p.lower, p.amount, p.upper, p.level_percent, p.outside)}
        <p class="tariff"><strong>"Tariff: "</strong>{p.tariff.words}</p>
        <h3>"How it comes about"</h3>
        {svg(p.waterfall_svg)}
        <details>
            <summary>"Show as a table"</summary>
            {table(data)}
        </details>
        <p class="hint">{model}</p>
    }
    .into_any()
}

/// "9 in 10 similar claims settled between £A and £B", and a bar.
fn range(lower: Money, amount: Money, upper: Money, percent: u8, outside: Option<String>) -> AnyView {
    let words = if percent == 90 {
        format!("9 in 10 similar claims settled between {lower} and {upper}.")
    } else {
        format!("{percent}% of similar claims settled between {lower} and {upper}.")
    };
    let words = match outside {
        Some(outside) => format!("{words} {outside}"),
        None => words,
    };
    // The bar has some room on either side. Whole numbers: formatting fractions would cost the
    // browser a few kilobytes.
    let room = ((upper.pence() - lower.pence()) * 15 / 100).max(1);
    let span = upper.pence() - lower.pence() + 2 * room;
    let x = |amount: Money| 1_000 * (amount.pence() - lower.pence() + room) / span;
    let (left, width, mark) = (x(lower), x(upper) - x(lower), x(amount) - 3);
    view! {
        <p class="range-words">{words.clone()}</p>
        <svg class="range" viewBox="0 0 1000 40" preserveAspectRatio="none" role="img" aria-label=words>
            <line x1="0" x2="1000" y1="20" y2="20" class="axis"/>
            <rect x=left y="12" width=width height="16" rx="8" class="band"/>
            <rect x=mark y="4" width="6" height="32" rx="3" class="mark"/>
        </svg>
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
    let mut t = Table::new(
        "Most similar settled claims",
        &["Claim", "Accident", "#Prognosis", "#Claimed", "#Settled", "#Likeness"],
        "No settled claim to compare with yet.",
    );
    for c in similar.claims {
        t.row(vec![
            Cell::link(c.number, format!("/claims/{}", c.id)),
            Cell::Text(c.accident_type),
            c.prognosis_months.map_or(Cell::Empty, |m| Cell::Figure(format!("{m} mo"))),
            Cell::Money(c.total),
            Cell::Money(c.settled),
            Cell::Figure(format!("{}%", c.likeness_percent)),
        ]);
    }
    let spread = similar.spread.map(|words| view! { <p class="hint">{words}</p> });
    view! {
        {table(t)}
        {spread}
    }
    .into_any()
}
