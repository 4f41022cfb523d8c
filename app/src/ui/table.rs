//! Tables and pages of tables.

use contract::table::{Cell, Page, Table, Tone, grouped, in_all};
use contract::when::{Day, Instant};
use leptos::prelude::*;

/// A table, or the words for an empty one.
pub fn table(table: Table) -> AnyView {
    let caption = table.caption.clone();
    if table.rows.is_empty() {
        let fill = table.fill.map(|(label, href)| view! { <a class="button" href=href>{label}</a> });
        return view! {
            <section class="table-frame">
                <h2>{caption}</h2>
                <div class="empty"><p>{table.empty}</p>{fill}</div>
            </section>
        }
        .into_any();
    }
    // Where there is no room for columns a row becomes a card whose cells name their column.
    let class = if table.columns.len() > 3 { "cards" } else { "" };
    let columns: Vec<_> = table.columns.iter().map(|c| (c.label.clone(), c.numeric)).collect();
    let head: Vec<_> =
        table.columns.into_iter().map(|c| view! { <th scope="col" class:number=c.numeric>{c.label}</th> }).collect();
    let rows: Vec<_> = table
        .rows
        .into_iter()
        .map(|cells| {
            let cells: Vec<_> = cells
                .into_iter()
                .enumerate()
                .map(|(i, c)| {
                    let (label, number) = columns.get(i).cloned().unwrap_or_default();
                    view! { <td class:number=number data-label=label>{cell(c)}</td> }
                })
                .collect();
            view! { <tr>{cells}</tr> }
        })
        .collect();
    let label = caption.clone();
    let file = table.csv.map(|href| {
        let label = format!("Download CSV of {caption}");
        view! { <a class="csv" href=href rel="external" download="" aria-label=label>"Download CSV"</a> }
    });
    view! {
        <section class="table-frame">
            <div class="caption"><h2>{caption}</h2>{file}</div>
            <div class="table-scroll" tabindex="0" role="region" aria-label=label>
                <table class=class>
                    <thead><tr>{head}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

pub fn cell(cell: Cell) -> AnyView {
    match cell {
        Cell::Text(text) | Cell::Figure(text) => text.into_any(),
        Cell::Code(text) => view! { <code>{text}</code> }.into_any(),
        Cell::Link { text, href } => view! { <a href=href>{text}</a> }.into_any(),
        Cell::Money(amount) => amount.to_string().into_any(),
        Cell::Number(number) => match u64::try_from(number) {
            Ok(number) => grouped(number).into_any(),
            Err(_) => number.to_string().into_any(),
        },
        Cell::Date(date) => day(date),
        Cell::Time(at) => time(at),
        Cell::Badge(text, tone) => badge(text, tone),
        Cell::Acts(acts) => {
            let acts: Vec<_> = acts.into_iter().map(crate::report::form::button).collect();
            view! { <div class="acts">{acts}</div> }.into_any()
        }
        Cell::Empty => none(),
    }
}

/// What a cell without a value shows; on telephones it is left out.
pub fn none() -> AnyView {
    view! { <span class="none">"–"</span> }.into_any()
}

pub fn badge(text: String, tone: Tone) -> AnyView {
    let class = match tone {
        Tone::Plain => "badge",
        Tone::Good => "badge good",
        Tone::Notice => "badge warn",
        Tone::Bad => "badge bad",
    };
    view! { <span class=class>{text}</span> }.into_any()
}

pub fn day(date: Day) -> AnyView {
    view! { <time datetime=date.iso>{date.words}</time> }.into_any()
}

/// Date and time in London; the exact instant is the tooltip.
pub fn time(at: Instant) -> AnyView {
    view! { <time datetime=at.iso title=at.exact>{at.words}</time> }.into_any()
}

/// A table with links to its other pages. `query`: the address's other parameters, URL-encoded.
pub fn paged(page: Page, path: &str, query: &str) -> AnyView {
    let pager = pager((page.total, page.page, page.pages), path, query, None);
    view! {
        {table(page.table)}
        {pager}
    }
    .into_any()
}

/// The links to a list's other pages. `(total, number, pages)`; `file`: where the whole list is had as CSV, where
/// nothing above says so.
pub fn pager((total, number, pages): (u64, u64, u64), path: &str, query: &str, file: Option<String>) -> AnyView {
    let link = |to: u64| {
        let joint = if query.is_empty() { "" } else { "&" };
        format!("{path}?{query}{joint}page={to}")
    };
    let previous = (number > 1).then(|| link(number - 1));
    let next = (number < pages).then(|| link(number + 1));
    let file = file.map(|href| view! { <a class="csv" href=href rel="external" download="">"Download CSV"</a> });
    view! {
        <nav class="pager" aria-label="Pages">
            {file}
            <span>{format!("{} in all · page {number} of {pages}", in_all(total))}</span>
            {previous.map(|href| view! { <a class="button" href=href rel="prev">"Previous"</a> })}
            {next.map(|href| view! { <a class="button" href=href rel="next">"Next"</a> })}
        </nav>
    }
    .into_any()
}
