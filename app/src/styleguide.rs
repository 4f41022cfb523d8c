//! Every part of the design system in every state, on one page. The server alone renders it: nothing of it is in the
//! browser's file, no script runs on it, and nothing links to it. Browser tests look at it in all widths and themes.

use contract::page::{Asks, Chart, Filter, Tile};
use contract::table::{Cell, Page, Table, Tone};
use contract::{AppError, ErrorKind, FieldError};
use domain::Money;
use leptos::prelude::*;
use leptos_meta::HashedStylesheet;

use crate::ui::chart::chart;
use crate::ui::form::{Field, FormError, no_error, summary};
use crate::ui::table::{badge, paged, table};
use crate::ui::{card, dialog, failure, filter, help, icon, notice, tiles};

/// The page as a document.
pub fn styleguide(options: LeptosOptions, theme: &str) -> String {
    let theme = if theme == "dark" { "dark" } else { "light" };
    Owner::new().with(|| {
        view! {
            <!DOCTYPE html>
            <html lang="en-GB" data-theme=theme>
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1"/>
                    <title>"Style guide · Solatium"</title>
                    <link rel="icon" href="/fixed/mark-1.svg" type="image/svg+xml"/>
                    <HashedStylesheet options=options id="style"/>
                </head>
                <body>
                    <main id="main" class="guide"><h1>"Style guide"</h1>{parts()}</main>
                </body>
            </html>
        }
        .to_html()
    })
}

fn parts() -> AnyView {
    view! {
        {part("Type", type_scale())}
        {part("Icons", icons())}
        {part("Buttons", buttons())}
        {part("Fields", fields())}
        {part("Fields that were refused", refused())}
        {part("Filters", filters())}
        {part("Notices", notices())}
        {part("Badges", badges())}
        {part("Tiles", tile_row())}
        {part("Tabs", tabs())}
        {part("Table", tables())}
        {part("Empty table", table(Table::new("Claims", &["Claim"], "No claim yet. Enter one, or upload a file.")))}
        {part("Chart", picture())}
        {part("Timeline", timeline())}
        {part("Progress", progress())}
        {part("Help and menu", over())}
        {part("Dialog", dialog::dialog_of("guide-dialog", "Revoke the key “Claims”?", true, view! {
            <p>"The system that uses it is refused at once. It cannot be undone."</p>
            <div class="row end"><button class="button" type="button">"Cancel"</button><button class="button primary" type="button">"Revoke the key"</button></div>
        }.into_any()))}
        {part("Toast", view! { <p class="toast shown">"The changes are saved."</p> }.into_any())}
    }
    .into_any()
}

fn part(title: &'static str, body: AnyView) -> AnyView {
    view! { <section><h2>{title}</h2>{body}</section> }.into_any()
}

fn type_scale() -> AnyView {
    let sizes = [12, 13, 14, 16, 20, 28, 36];
    let lines: Vec<_> = sizes
        .iter()
        .map(|size| view! { <p class=format!("t{size}")>{format!("{size} – £2,901.61 settles the claim")}</p> })
        .collect();
    lines.into_any()
}

fn icons() -> AnyView {
    const ALL: [&str; 38] = [
        "home",
        "claims",
        "plus",
        "upload",
        "download",
        "flag",
        "team",
        "people",
        "models",
        "compare",
        "target",
        "companies",
        "prices",
        "usage",
        "invoices",
        "revenue",
        "jobs",
        "key",
        "calls",
        "audit",
        "bell",
        "help",
        "theme",
        "trail",
        "lock",
        "out",
        "search",
        "menu",
        "close",
        "check",
        "right",
        "down",
        "next",
        "undo",
        "warn",
        "info",
        "columns",
        "star",
    ];
    let all: Vec<_> = ALL.iter().map(|name| view! { <li>{icon(name)}" "{*name}</li> }).collect();
    view! { <ul class="row">{all}</ul> }.into_any()
}

fn buttons() -> AnyView {
    view! {
        <div class="row">
            <button class="button primary" type="button">"Accept £2,901.61"</button>
            <button class="button" type="button">"Settle for another amount"</button>
            <button class="button quiet" type="button">"Cancel"</button>
            <button class="button danger" type="button">"Discard"</button>
            <button class="button square" type="button" aria-label="Close">{icon("close")}</button>
            <button class="button" type="button">{icon("download")}"Export as CSV"</button>
            <button class="button primary" type="button" disabled>"Disabled"</button>
            <button class="button primary" type="button" aria-busy="true">"Under way"</button>
            <a class="button" href="#main">"A link"</a>
        </div>
        <div class="switch" role="group" aria-label="Theme">
            <button class="button" type="button" aria-pressed="true">"System"</button>
            <button class="button" type="button" aria-pressed="false">"Light"</button>
            <button class="button" type="button" aria-pressed="false">"Dark"</button>
        </div>
    }
    .into_any()
}

fn choices() -> Vec<(String, String)> {
    [("a", "Rear end"), ("b", "Other side pulled out of side road")].map(|(v, l)| (v.to_owned(), l.to_owned())).to_vec()
}

fn fields() -> AnyView {
    let error = no_error();
    view! {
        <fieldset>
            <legend>"What happened"</legend>
            {Field::new("one", "Required").required().hint("A hint stands below.").view(error)}
            {Field::new("two", "Not required").value("1,240.50").pounds().view(error)}
            {Field::new("three", "A date").kind("date").view(error)}
            {Field::new("four", "A choice").required().select(choices(), error)}
            {Field::new("five", "A box to tick").tick(error)}
            {Field::new("six", "Longer").area(3, error)}
        </fieldset>
    }
    .into_any()
}

fn refused() -> AnyView {
    let fields = [("seven", "enter an amount in pounds, such as 1240 or 1240.50"), ("eight", "choose one")];
    let fields = fields.map(|(field, message)| FieldError { field: field.into(), message: message.into() });
    let error: FormError = Signal::stored(Some(AppError::invalid(fields.to_vec())));
    view! {
        {summary(error)}
        <fieldset>
            <legend>"With mistakes"</legend>
            {Field::new("seven", "Amount").required().value("lots").hint("Not seen while there is an error.").view(error)}
            {Field::new("eight", "A choice").required().select(choices(), error)}
        </fieldset>
    }
    .into_any()
}

fn filters() -> AnyView {
    let of = |name: &str, asks| Filter { name: name.into(), label: name.into(), value: String::new(), asks };
    filter::form(
        "/styleguide",
        vec![of("month", Asks::Choice(choices())), of("from", Asks::Date), of("text", Asks::Text)],
        String::new(),
    )
    .into_any()
}

fn notices() -> AnyView {
    view! {
        {notice("info", "No model is deployed just now.")}
        {notice("good", "C-000247 settled for £1,700.00.")}
        {notice("warn", "£840.00 is claimed as the tariff.")}
        {notice("bad", "The file could not be read.")}
        {failure(&AppError::new(ErrorKind::Unauthenticated, "Sign in to go on."))}
    }
    .into_any()
}

fn badges() -> AnyView {
    let all =
        [("To decide", Tone::Plain), ("Decided", Tone::Good), ("In review", Tone::Notice), ("Overdue", Tone::Bad)];
    let all: Vec<_> = all.into_iter().map(|(words, tone)| badge(words.into(), tone)).collect();
    view! { <div class="row">{all}<span class="count">"17"</span><kbd>"Ctrl K"</kbd></div> }.into_any()
}

fn tile_row() -> AnyView {
    let of = |label: &str, value: &str, href: Option<&str>| Tile {
        label: label.into(),
        value: value.into(),
        hint: "in 30 days".into(),
        href: href.map(str::to_owned),
    };
    tiles(vec![
        of("Decided", "2,119", Some("#main")),
        of("Accepted", "78%", None),
        of("Net revenue", "£12,480.00", None),
    ])
}

fn tabs() -> AnyView {
    view! {
        <nav aria-label="Example"><ul class="tabs">
            <li><a href="#main" class="shown">"Mine to decide"</a></li><li><a href="#main">"In review"</a></li><li><a href="#main">"All"</a></li>
        </ul></nav>
    }
    .into_any()
}

fn rows() -> Table {
    let columns = ["Claim", "Accident", "#Prognosis", "#Claimed", "Status"];
    let mut t = Table::new("Claims", &columns, "No claim yet.");
    t.csv = Some("#main".into());
    for (number, tone) in [("C-000238", Tone::Good), ("C-000237", Tone::Plain)] {
        t.row(vec![
            Cell::link(number, "#main"),
            Cell::text("Other side pulled out of side road"),
            Cell::Figure("7 mo".into()),
            Cell::Money(Money::from_pounds(2_786)),
            Cell::Badge("Decided".into(), tone),
        ]);
    }
    t
}

fn tables() -> AnyView {
    paged(Page { table: rows(), total: 2_119, page: 2, pages: 43 }, "/styleguide", "")
}

fn picture() -> AnyView {
    let months = ["Aug", "Sep", "Oct", "Nov"];
    let values: Vec<_> = months.iter().zip([12.0, 39.0, 27.0, 8.0]).map(|(m, v)| ((*m).to_owned(), v)).collect();
    let mut data = Table::new("Decisions by month", &["Month", "#Decisions"], "");
    for (month, value) in &values {
        data.row(vec![Cell::text(month), Cell::Number(*value as i64)]);
    }
    chart(Chart {
        title: "Decisions a month".into(),
        hint: "Point at a bar, or come to it by keyboard, for its value.".into(),
        svg: service::chart_of_bars("Decisions a month", &values),
        table: data,
    })
}

fn timeline() -> AnyView {
    view! {
        <ol class="timeline">
            <li><strong>"Hannah Reed"</strong>" Entered the claim; predicted £2,901.61 "<time>"24 Nov 2026, 13:42"</time></li>
            <li><strong>"Hannah Reed"</strong>" Accepted the prediction: £2,901.61 "<time>"24 Nov 2026, 13:50"</time></li>
        </ol>
    }
    .into_any()
}

fn progress() -> AnyView {
    view! {
        <div class="progress"><progress max="100" value="40" aria-label="Upload"></progress><span>"40% sent"</span><button class="button" type="button">"Cancel"</button></div>
        <p class="loading">"Loading…"</p>
    }
    .into_any()
}

fn over() -> AnyView {
    view! { <p>"Tariff "{help("Tariff")}" and a fold:"</p>{card("A card", view! { <details><summary>"Show as a table"</summary><p>"Folded."</p></details> }.into_any())} }
        .into_any()
}
