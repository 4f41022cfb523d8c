//! Alerts and the streams that they come from (story 31).

use chrono::Days;
use contract::page::{Asks, Chart, Form, Input, Part, Report, Tab};
use contract::table::{Cell, Page, Table, Tone, pages};
use domain::alert::{Judgement, State};
use domain::calendar::london_date;
use domain::policy::Permission;
use store::monitoring::{self, Alert, Window};

use super::run::windows;
use super::{Bin, Seen, acts, drift, is_of_outcomes};
use crate::names::Names;
use crate::reports::{Cursor, Query};
use crate::{Ctx, Result, id_from, models};

const PER_PAGE: u64 = 50;
/// Weeks of a chart.
const WEEKS: u64 = 26;
/// Weeks after which a stream is not listed any more.
const QUIET: u64 = 8;

/// The tabs: the address's word, what it is called, and the states it shows.
const TABS: [(&str, &str, &[State]); 5] = [
    ("", "Open", &[State::Open]),
    ("acknowledged", "Acknowledged", &[State::Acknowledged]),
    ("watched", "Watched", &[State::Watch]),
    ("muted", "Muted", &[State::Muted]),
    ("resolved", "Resolved", &[State::Resolved]),
];

pub(crate) async fn page(ctx: &Ctx, query: &Query) -> Result<Report> {
    if !query.text("id").is_empty() {
        return one(ctx, query.text("id")).await;
    }
    let shown = query.text("state");
    let tabs = TABS.map(|(key, label, _)| Tab {
        label: label.into(),
        href: if key.is_empty() { "/alerts".into() } else { format!("/alerts?state={key}") },
        shown: shown == key,
    });
    let states = TABS.iter().find(|(key, ..)| *key == shown).map_or(TABS[0].2, |(.., states)| *states);
    let number = query.page();
    let (rows, total) = monitoring::list(ctx.store(), ctx.caller.reach, states, (number, PER_PAGE)).await?;
    let table = listed(ctx, &rows).await?;
    let parts = vec![
        Part::Tabs("Alerts by standing".into(), tabs.to_vec()),
        Part::List(Page { table, total, page: number, pages: pages(total, PER_PAGE) }),
        Part::Table(streams(ctx).await?),
    ];
    Ok(Report { parts, ..Report::default() })
}

/// All alerts that stand so, for a file.
pub(crate) async fn more(ctx: &Ctx, query: &Query, after: Option<Cursor>) -> Result<(Table, Option<Cursor>)> {
    let page = Cursor::page(after);
    let states = TABS.iter().find(|(key, ..)| *key == query.text("state")).map_or(TABS[0].2, |(.., states)| *states);
    let (rows, _) = monitoring::list(ctx.store(), ctx.caller.reach, states, (page, PER_PAGE)).await?;
    let further = (rows.len() as u64 == PER_PAGE).then_some(Cursor::Page(page + 1));
    Ok((listed(ctx, &rows).await?, further))
}

fn tone(state: State) -> Tone {
    match state {
        State::Open => Tone::Bad,
        State::Acknowledged | State::Watch => Tone::Notice,
        State::Ok | State::Resolved => Tone::Good,
        State::Muted => Tone::Plain,
    }
}

fn badge(alert: &Alert) -> Cell {
    let until =
        alert.standing.muted_until.map_or_else(String::new, |day| format!(" until {}", day.format("%-d %B %Y")));
    Cell::Badge(format!("{}{until}", alert.standing.state.label()), tone(alert.standing.state))
}

async fn listed(ctx: &Ctx, rows: &[Alert]) -> Result<Table> {
    let registry = models::list::Registry::of(ctx).await?;
    let ids: Vec<String> = rows.iter().map(|a| a.company.to_string()).collect();
    let names = Names::of(ctx, ids).await?;
    let mut table = Table::new(
        "Alerts",
        &["Signal", "Company", "Model", "Since", "#Windows", "#Furthest off", "Standing"],
        "Nothing stands so.",
    );
    for alert in rows {
        table.row(vec![
            Cell::link(drift::label(&alert.signal), format!("/alerts?id={}", alert.id)),
            Cell::Text(names.company(alert.company)),
            Cell::Text(registry.named(alert.model).unwrap_or_else(|| "a model of theirs".into())),
            alert.opened_on.map_or(Cell::Empty, |day| Cell::Date(day.into())),
            Cell::Number(alert.standing.count.into()),
            Cell::Figure(format!("{:.2}", alert.standing.worst)),
            badge(alert),
        ]);
    }
    Ok(table)
}

/// Each company's newest window: whether it could be judged, and what was odd.
async fn streams(ctx: &Ctx) -> Result<Table> {
    let since = london_date(ctx.now) - Days::new(7 * QUIET);
    let latest = monitoring::latest(ctx.store(), ctx.caller.reach, since, 500).await?;
    let registry = models::list::Registry::of(ctx).await?;
    let names = Names::of(ctx, latest.iter().map(|w| w.company.to_string()).collect::<Vec<_>>()).await?;
    let mut table = Table::new(
        "The last week of each stream",
        &["Company", "Model", "Week of", "#Claims", "Judged", "Odd", "#Outcomes judged"],
        "No week has been looked at yet. Each Monday the week before is.",
    );
    for window in &latest {
        let seen: Seen = serde_json::from_str(&window.body)?;
        let odd: Vec<String> =
            seen.signals.iter().filter(|s| super::run::counts(s.judgement)).map(|s| drift::label(&s.name)).collect();
        table.row(vec![
            Cell::Text(names.company(window.company)),
            Cell::Text(registry.named(window.model).unwrap_or_else(|| "a model of theirs".into())),
            Cell::Date(window.week.into()),
            Cell::Number(window.claims.into()),
            judged(window),
            if odd.is_empty() { Cell::Empty } else { Cell::Text(odd.join(", ")) },
            Cell::Number(seen.outcomes as i64),
        ]);
    }
    Ok(table)
}

fn judged(window: &Window) -> Cell {
    match (window.judged, window.weeks) {
        (true, 1) => Cell::Badge("Yes".into(), Tone::Good),
        (true, weeks) => Cell::Badge(format!("Over {weeks} weeks"), Tone::Good),
        (false, _) => Cell::Badge(format!("{} of {}", window.claims, drift::FEWEST), Tone::Plain),
    }
}

/// One alert: how it stands, its course, what can be done.
async fn one(ctx: &Ctx, id: &str) -> Result<Report> {
    let alert = monitoring::find(ctx.store(), ctx.caller.reach, id_from(id)?).await?;
    crate::claims::view::seen(ctx, &format!("/alerts?id={}", alert.id)).await?;
    let windows = windows(ctx, alert.company, alert.model, WEEKS).await?;
    let registry = models::list::Registry::of(ctx).await?;
    let by = alert.note.as_ref().map(|(_, by)| by.clone());
    let names = Names::of(ctx, [Some(alert.company.to_string()), by].into_iter().flatten().collect::<Vec<_>>()).await?;
    let standing = alert.standing;
    let mut facts = Table::new("How it stands", &["What", "Of this signal"], "");
    facts.row(vec![Cell::text("Standing"), badge(&alert)]);
    facts.row(vec![Cell::text("Company"), Cell::Text(names.company(alert.company))]);
    facts.row(vec![Cell::text("Model"), Cell::Text(registry.named(alert.model).unwrap_or_default())]);
    facts.row(vec![Cell::text("Open since"), alert.opened_on.map_or(Cell::Empty, |day| Cell::Date(day.into()))]);
    facts.row(vec![Cell::text("Windows that said so"), Cell::Number(standing.count.into())]);
    facts.row(vec![Cell::text("Furthest off where it was odd"), Cell::Figure(format!("{:.2}", standing.worst))]);
    if let Some((words, by)) = &alert.note {
        facts.row(vec![Cell::text("Note"), Cell::Text(format!("{words} ({})", names.actor(by)))]);
    }
    let mut parts = vec![Part::Table(facts), Part::Links(leads(ctx, &alert, &windows, &registry).await?)];
    // What one does about it comes before what one reads of it.
    if ctx.caller.holds(Permission::DeployModels) {
        parts.extend(forms(&alert).into_iter().map(Part::Form));
    }
    parts.extend(then_and_now(&alert, &windows).map(Part::Chart));
    parts.push(Part::Chart(course(&alert, &windows)));
    parts.extend(happened(ctx, &alert).await?);
    Ok(Report {
        title: drift::label(&alert.signal),
        lead: lead(&alert),
        actions: vec![("All alerts".into(), "/alerts".into())],
        parts,
        ..Report::default()
    })
}

/// What was told of it and done about it.
async fn happened(ctx: &Ctx, alert: &Alert) -> Result<Option<Part>> {
    let events = store::audit::of_entity(ctx.store(), ctx.caller.reach, &alert.id.to_string()).await?;
    let names = Names::of(ctx, events.iter().filter_map(|e| e.actor_id.clone()).collect::<Vec<_>>()).await?;
    let mut table = Table::new("What happened", &["When", "What", "By"], "");
    for event in events.iter().rev() {
        table.row(vec![
            Cell::Time(event.at.into()),
            Cell::Text(crate::admin::audit::words(&event.action, &event.details)),
            Cell::Text(names.actor(event.actor_id.as_deref().unwrap_or_default())),
        ]);
    }
    Ok((!events.is_empty()).then_some(Part::Table(table)))
}

/// Where one goes on from it: to what it is about, and to what was made since.
async fn leads(
    ctx: &Ctx,
    alert: &Alert,
    windows: &[(Window, Seen)],
    registry: &models::list::Registry,
) -> Result<Vec<(String, String)>> {
    let model = alert.model;
    let of = format!("model={model}&company={}", alert.company);
    let mut links = vec![("Live accuracy".to_owned(), format!("/accuracy?model={model}"))];
    if ctx.caller.holds(Permission::ExportPredictions) {
        links.push(match is_of_outcomes(&alert.signal) {
            true => ("Its outcomes".into(), format!("/outcomes?{of}")),
            false => {
                let from = began(alert, windows).map_or_else(String::new, |day| format!("&from={day}"));
                ("Its predictions since it began".into(), format!("/predictions?{of}{from}"))
            }
        });
    }
    let scope = models::deploys_for(ctx);
    let owner = registry.all.iter().find(|m| m.id == model).map(|m| m.company);
    let ours = match scope {
        Some(own) => own == alert.company,
        None => owner.is_some() && owner == ctx.caller.company,
    };
    let candidate = store::retrainings::last_of(ctx.store(), scope, &[store::retrainings::End::Candidate]).await?;
    let since = alert.opened_on.map(domain::calendar::midnight);
    match candidate.filter(|c| ours && since.is_some_and(|day| c.ended_at >= day)).and_then(|c| c.model) {
        Some(id) => links.push(("The newest candidate since".into(), format!("/models/{id}"))),
        None => links.push(("Retraining".into(), "/retraining".into())),
    }
    Ok(links)
}

/// The first day of the weeks that made it open.
fn began(alert: &Alert, windows: &[(Window, Seen)]) -> Option<chrono::NaiveDate> {
    let opened = alert.opened_on?;
    let odd = |(window, seen): &&(Window, Seen)| {
        window.week + Days::new(35) >= opened
            && seen.signals.iter().any(|s| s.name == alert.signal && super::run::counts(s.judgement))
    };
    windows.iter().find(odd).map(|(window, _)| first_day(window))
}

/// Of a window, which may be of several weeks.
fn first_day(window: &Window) -> chrono::NaiveDate {
    window.week - Days::new(7 * u64::from(window.weeks.max(1).unsigned_abs() - 1))
}

/// Where the values lie, of the newest window that was odd.
fn then_and_now(alert: &Alert, windows: &[(Window, Seen)]) -> Option<Chart> {
    let of = |(window, seen): &'_ (Window, Seen)| {
        let odd = |s: &&super::Signal| s.name == alert.signal && super::run::counts(s.judgement) && !s.bins.is_empty();
        let signal = seen.signals.iter().find(odd)?;
        let until = (window.week + Days::new(6)).format("%-d %B %Y");
        let days = format!("{} to {until}", first_day(window).format("%-d %B %Y"));
        Some((days, signal.bins.clone()))
    };
    let (days, bins) = windows.iter().rev().find_map(of)?;
    const TITLE: &str = "Then and now";
    let mut table = Table::new(TITLE, &["Values", "#Learnt from", "#Now", "#Difference"], "");
    let mut dots = Vec::with_capacity(2 * bins.len());
    let percent = |share: f64| format!("{:.0}%", 100.0 * share);
    /// The share of one side.
    type Side = fn(&Bin) -> f64;
    let sides: [(&'static str, Side); 2] = [("Learnt from", |bin| bin.then), ("Now", |bin| bin.now)];
    for (group, share) in sides {
        dots.extend(bins.iter().map(|bin| chart::dots::Dot {
            label: bin.label.clone(),
            group,
            value: share(bin),
            interval: None,
            expected: None,
        }));
    }
    for bin in &bins {
        table.row(vec![
            Cell::text(&bin.label),
            Cell::Figure(percent(bin.then)),
            Cell::Figure(percent(bin.now)),
            Cell::Figure(format!("{:+.0} points", 100.0 * (bin.now - bin.then))),
        ]);
    }
    Some(Chart {
        title: TITLE.into(),
        hint: format!(
            "The share of claims in each range: of those that the model learnt from, and of those of {days}, the newest \
             that were odd."
        ),
        svg: chart::dots::draw(TITLE, &dots, None, percent),
        table,
    })
}

fn lead(alert: &Alert) -> String {
    match alert.signal.as_str() {
        super::BIAS => "How far predictions lie to one side of what claims finally settled for.".into(),
        super::MEAN_ERROR => {
            "How far predictions are from what claims finally settled for, beside what the model claims.".into()
        }
        super::COVERAGE => "How many claims settled within their range, beside the share that is meant to.".into(),
        drift::PREDICTION => "What the model says of this company’s claims, beside those that it learnt from.".into(),
        _ => "This company’s claims beside those that the model learnt from, week by week.".into(),
    }
}

fn course(alert: &Alert, windows: &[(Window, Seen)]) -> Chart {
    const TITLE: &str = "Week by week";
    let mut table = Table::new(TITLE, &["Week of", "#Claims", "#How far off", "#Adjusted p", "Judged", "Remark"], "");
    let mut dots = Vec::new();
    for (window, seen) in windows.iter().rev() {
        let signal = seen.signals.iter().find(|s| s.name == alert.signal);
        if let Some(signal) = signal.filter(|s| s.judgement != Judgement::NotJudged) {
            dots.push(chart::dots::Dot {
                label: format!("{}, {}", window.week.format("%-d %b %Y"), said(signal.judgement).0.to_lowercase()),
                group: "",
                value: signal.size,
                interval: None,
                expected: Some(clean(&alert.signal)),
            });
        }
        let (words, tone) = said(signal.map_or(Judgement::NotJudged, |s| s.judgement));
        // Error and coverage are judged by their intervals: there is no p-value of theirs.
        let tested = !is_of_outcomes(&alert.signal) && signal.is_some_and(|s| s.judgement != Judgement::NotJudged);
        table.row(vec![
            Cell::Date(window.week.into()),
            Cell::Number(window.claims.into()),
            signal.map_or(Cell::Empty, |s| Cell::Figure(format!("{:.3}", s.size))),
            signal.filter(|_| tested).map_or(Cell::Empty, |s| Cell::Figure(format!("{:.3}", s.adjusted))),
            Cell::Badge(words.into(), tone),
            signal.map_or(Cell::Empty, |s| Cell::text(&s.remark)),
        ]);
    }
    dots.reverse();
    let (hint, line) = match alert.signal.as_str() {
        super::MEAN_ERROR => (
            "The error over what the model claims. The band is clean: beyond it, and beyond chance, a week is odd, and \
             behind the line far off.",
            Some(super::performance::SEVERE),
        ),
        super::BIAS => (
            "The bias over what claims settle for. The band is clean: beyond it, and beyond chance, a week is odd, and \
             behind the line far off.",
            Some(super::performance::FAR_BIASED),
        ),
        super::COVERAGE => ("The share of claims that should lie within the range and do not.", None),
        _ => (
            "The population stability index. The band is clean: beyond it, and beyond chance, a week is odd, and behind \
             the line far off.",
            Some(domain::alert::SEVERE),
        ),
    };
    Chart {
        title: TITLE.into(),
        hint: hint.into(),
        svg: chart::dots::draw(TITLE, &dots, line, |x| format!("{x:.2}")),
        table,
    }
}

fn said(judgement: Judgement) -> (&'static str, Tone) {
    match judgement {
        Judgement::Clean => ("Clean", Tone::Good),
        Judgement::Odd => ("Odd", Tone::Notice),
        Judgement::Severe => ("Far off", Tone::Bad),
        Judgement::NotJudged => ("Not judged", Tone::Plain),
    }
}

/// Where a signal is clean.
fn clean(signal: &str) -> (f64, f64) {
    match signal {
        super::MEAN_ERROR => (0.0, super::performance::ODD),
        super::BIAS => (0.0, super::performance::BIASED),
        super::COVERAGE => (0.0, 0.0),
        _ => (0.0, domain::alert::WATCHED),
    }
}

fn forms(alert: &Alert) -> Vec<Form> {
    let form = |act: &str, id: &str, title: &str, inputs: Vec<Input>| Form {
        act: act.into(),
        id: id.into(),
        title: title.into(),
        with: vec![("id".into(), alert.id.to_string()), ("version".into(), alert.version.to_string())],
        inputs,
        submit: title.into(),
        folded: true,
        ..Form::default()
    };
    let acknowledge = || {
        form(
            acts::ACKNOWLEDGE.name,
            "acknowledge",
            "Acknowledge",
            vec![Input::new("note", "What you make of it", Asks::Words)],
        )
    };
    let mute = || {
        form(
            acts::MUTE.name,
            "mute",
            "Mute until a day",
            vec![
                Input::new("until", "Until", Asks::Date).required(),
                Input::new("note", "Why", Asks::Words).required(),
            ],
        )
    };
    match alert.standing.state {
        State::Open => vec![acknowledge(), mute()],
        State::Acknowledged => vec![mute()],
        State::Muted => vec![form(acts::UNMUTE.name, "unmute", "Take the mute back", Vec::new())],
        State::Ok | State::Watch | State::Resolved => Vec::new(),
    }
}
