//! Charts: the drawing, a table of the same data, and a download.

use contract::page::Chart;
use leptos::prelude::*;

use super::table::table;

/// A drawing made on the server. Its texts were escaped there.
pub fn svg(svg: String) -> AnyView {
    view! { <div class="drawing" inner_html=svg></div> }.into_any()
}

pub fn chart(chart: Chart) -> AnyView {
    let Chart { title, hint, svg: drawing, table: data } = chart;
    let hint = (!hint.is_empty()).then(|| view! { <p class="hint">{hint}</p> });
    view! {
        <section class="card">
            <h2>{title}</h2>
            {hint}
            {svg(drawing)}
            <details>
                <summary>"Show as a table"</summary>
                {table(data)}
            </details>
        </section>
    }
    .into_any()
}
