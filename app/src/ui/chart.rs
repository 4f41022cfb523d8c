//! Charts: the drawing, a table of the same data, and a download.

use contract::page::Chart;
use leptos::prelude::*;

use super::table::table;

/// A drawing made on the server. Its texts were escaped there.
pub fn svg(svg: String) -> AnyView {
    view! { <div class="drawing" inner_html=svg></div> }.into_any()
}

pub fn chart(chart: Chart) -> AnyView {
    let Chart { title, hint, svg: drawing, table: mut data } = chart;
    let hint = (!hint.is_empty()).then(|| view! { <p class="hint">{hint}</p> });
    // The drawing is under the same address as its figures.
    let files = data.csv.take().map(|csv| {
        let (picture, of) = (csv.replacen(".csv", ".svg", 1), title.clone());
        let (as_svg, as_csv) = (format!("{of} as SVG"), format!("{of} as CSV"));
        view! {
            <span class="files">
                <a class="csv" href=picture rel="external" download="" aria-label=as_svg>"SVG"</a>
                <a class="csv" href=csv rel="external" download="" aria-label=as_csv>"CSV"</a>
            </span>
        }
    });
    view! {
        <section class="card">
            <div class="caption"><h2>{title}</h2>{files}</div>
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
