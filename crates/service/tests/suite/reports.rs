//! Reports: who may read which, their filters, and their tables as files.

use chrono::Duration;
use contract::ErrorKind;
use contract::page::{Part, Report};
use contract::table::{Cell, Table, Tone};
use domain::policy::Role;
use service::Ctx;
use service::reports::{Query, REPORTS, download, view};
use store::Reach;
use testkit::{Kit, NORTHGATE, SOLATIUM, now, on_both};

use crate::{kind, list, report};

/// The file behind an address of a report's table.
async fn file(ctx: &Ctx, address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let [_, _, name, table] = path.split('/').collect::<Vec<_>>().try_into().unwrap();
    let mut download = download(ctx, name, table, &Query::parse(query)).await.unwrap();
    assert!(download.name.ends_with(".csv"), "{}", download.name);
    let mut text = Vec::new();
    while let Some(piece) = download.next().await.unwrap() {
        text.extend(piece);
    }
    String::from_utf8(text).unwrap().strip_prefix('\u{feff}').unwrap().to_owned()
}

/// A cell as a file has it.
fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) | Cell::Code(text) | Cell::Badge(text, _) | Cell::Link { text, .. } | Cell::Figure(text) => {
            text.clone()
        }
        Cell::Money(amount) => amount.plain(),
        Cell::Number(number) => number.to_string(),
        Cell::Date(date) => date.iso.clone(),
        Cell::Time(at) => at.iso.clone(),
        Cell::Acts(_) | Cell::Empty => String::new(),
    }
}

fn tables(report: Report) -> Vec<Table> {
    let table = |part| match part {
        Part::Table(table) => Some(table),
        Part::List(page) => Some(page.table),
        Part::Chart(chart) => Some(chart.table),
        Part::Tiles(_)
        | Part::Notice(..)
        | Part::Text(_)
        | Part::Tabs(..)
        | Part::Form(_)
        | Part::Reading(_)
        | Part::Said(..)
        | Part::Head(_)
        | Part::Links(_)
        | Part::Files(_)
        | Part::Upload(_) => None,
    };
    report.parts.into_iter().filter_map(table).collect()
}

/// Everybody of two companies.
async fn everybody(kit: &Kit) -> Vec<Ctx> {
    let mut all = Vec::new();
    for (company, role) in [
        (NORTHGATE, Role::Handler),
        (NORTHGATE, Role::Manager),
        (NORTHGATE, Role::Engineer),
        (NORTHGATE, Role::Finance),
        (NORTHGATE, Role::Administrator),
        (SOLATIUM, Role::Engineer),
        (SOLATIUM, Role::Finance),
        (SOLATIUM, Role::Administrator),
    ] {
        all.push(kit.ctx(company, role).await);
    }
    all
}

#[tokio::test]
async fn every_table_of_every_report_is_had_as_a_file() {
    on_both(|kit| async move {
        let kit = kit.filled(40).await;
        let mut seen = std::collections::BTreeSet::new();
        for ctx in everybody(&kit).await {
            for kind_of in REPORTS {
                let (name, needs) = (kind_of.name, kind_of.needs);
                let may = needs.is_none_or(|permission| ctx.caller.holds(permission));
                let read = view(&ctx, name, &Query::default()).await;
                if !may {
                    assert_eq!(read.map_err(kind).unwrap_err(), ErrorKind::Forbidden, "{name}");
                    continue;
                }
                let read = read.unwrap();
                assert!(!read.title.is_empty() && !read.parts.is_empty(), "{name}");
                let lists: Vec<Table> = read
                    .parts
                    .iter()
                    .filter_map(|part| match part {
                        Part::List(page) => Some(page.table.clone()),
                        _ => None,
                    })
                    .collect();
                let mut addresses = std::collections::BTreeSet::new();
                for table in tables(read).into_iter().filter(|t| !t.rows.is_empty()) {
                    let address = table.csv.clone().unwrap();
                    assert!(addresses.insert(address.clone()), "two tables of {name} have the address {address}");
                    if address.starts_with("/export/") {
                        // Another file, of more columns: `models.rs` tests it.
                        continue;
                    }
                    let text = file(&ctx, &address).await;
                    let mut lines = csv::Reader::from_reader(text.as_bytes());
                    let columns: Vec<_> = table.columns.iter().map(|c| c.label.as_str()).collect();
                    let header: Vec<String> = lines.headers().unwrap().iter().map(str::to_owned).collect();
                    // The log's file has the action's key and the id, by which programs go, and says of each row whose
                    // it is, also where the page need not.
                    let whole: &[&str] = &["No.", "When", "Who", "Company", "What", "Of", "Action", "Id"];
                    let log = ["audit", "trail"].contains(&name);
                    assert_eq!(header, if log { whole } else { &columns[..] }, "{address}");
                    let at: Vec<usize> = columns
                        .iter()
                        .map(|c| header.iter().position(|h| h == c).expect("a column of the page"))
                        .collect();
                    let rows: Vec<Vec<String>> = lines
                        .records()
                        .map(Result::unwrap)
                        .map(|r| at.iter().map(|i| r[*i].to_owned()).collect())
                        .collect();
                    let shown: Vec<Vec<String>> =
                        table.rows.iter().map(|row| row.iter().map(plain).collect()).collect();
                    if lists.contains(&table) {
                        // What was downloaded before stands in the log too.
                        assert!(rows.len() >= shown.len() && rows.last() == shown.last() || rows.len() > 50);
                        assert!(shown.iter().all(|row| rows.contains(row)), "{address}");
                    } else if name != "dashboard" {
                        assert_eq!(rows, shown, "{address}");
                    }
                    seen.insert(name.to_owned());
                }
            }
        }
        // No call was made, and predictions have a file of their own.
        assert_eq!(
            seen.into_iter().collect::<Vec<_>>(),
            [
                "accounting",
                "accuracy",
                "audit",
                "bank",
                "budget",
                "claims",
                "compare",
                "contracts",
                "dashboard",
                "debtors",
                "diary",
                "explanation",
                "forecast",
                "invoices",
                "jobs",
                "models",
                "overrides",
                "payments",
                "performance",
                "prices",
                "profit",
                "revenue",
                "team",
                "trail",
                "usage",
                "usage-statements",
                "vat",
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_list_is_sent_whole_once_and_within_reach() {
    on_both(|kit| async move {
        let kit = kit.filled(8).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let entries = (0..1_200).map(|i| (i as u64, crate::claim(10_000 + i))).collect();
        service::claims::create::from_file(&handler, entries, &Default::default()).await.unwrap();
        let admin = kit.ctx(NORTHGATE, Role::Administrator).await;
        let listed = list(&admin, "audit", "action=claim.created&page=2").await;
        let address = listed.table.csv.unwrap();
        assert_eq!(address, "/reports/audit/audit-log-newest-first.csv?action=claim.created");
        let text = file(&admin, &address).await;
        let numbers: Vec<i64> = text.lines().skip(1).map(|l| l.split(',').next().unwrap().parse().unwrap()).collect();
        assert_eq!(numbers.len() as u64, listed.total);
        assert!(numbers.len() > 1_200 && numbers.is_sorted_by(|a, b| a > b), "each once, newest first");
        assert!(!text.contains("Harbour"), "nothing of another company");
        let recorded = store::audit::AuditQuery { action: "report.downloaded".into(), ..Default::default() };
        assert_eq!(store::audit::count(&kit.app.store, Reach::Operator, &recorded).await.unwrap(), 1);
        // Somebody's own trail is theirs, whatever the address asks for, and whoever works beside them.
        let manager = kit.ctx(NORTHGATE, Role::Manager).await;
        crate::entered(&manager).await;
        let theirs = list(&manager, "trail", &format!("person={}", handler.caller.actor.name())).await;
        let own =
            store::people::find(&kit.app.store, Reach::Operator, manager.caller.person().unwrap().0).await.unwrap();
        assert!(!theirs.table.rows.is_empty());
        let text = file(&manager, &theirs.table.csv.unwrap()).await;
        let who: Vec<&str> = text.lines().skip(1).map(|l| l.split(',').nth(2).unwrap()).collect();
        assert!(who.len() as u64 >= theirs.total && who.iter().all(|name| *name == own.name), "{who:?}");
        let wrong = download(&admin, "audit", "audit-log-newest-first.csv", &Query::parse("from=soon")).await;
        assert_eq!(wrong.map(|d| d.name).map_err(kind), Err(ErrorKind::Invalid));
        let none = download(&admin, "audit", "by-company.csv", &Query::default()).await;
        assert_eq!(none.map(|d| d.name).map_err(kind), Err(ErrorKind::NotFound));
        assert_eq!(view(&admin, "nothing", &Query::default()).await.map_err(kind), Err(ErrorKind::NotFound));
    })
    .await;
}

#[tokio::test]
async fn api_calls_are_paged_and_sent_in_the_same_order() {
    on_both(|kit| async move {
        let kit = kit.filled(4).await;
        let admin = kit.ctx(NORTHGATE, Role::Administrator).await;
        let company = admin.caller.company.unwrap();
        let key = service::admin::api_keys::create(&admin, &company.to_string(), "test").await.unwrap();
        assert!(!key.secret.is_empty());
        let key = service::admin::api_keys::list(&admin).await.unwrap().keys[0].id;
        // Several within a millisecond, so that the id decides.
        let calls: Vec<_> = (0..2_300)
            .map(|i| store::integration::ApiCall {
                id: admin.id(),
                company,
                key,
                method: "POST".into(),
                path: "/predictions".into(),
                status: if i % 10 == 0 { 422 } else { 201 },
                duration_us: i,
                request_id: format!("r{i}"),
                at: now() + Duration::milliseconds(i / 7),
            })
            .collect();
        for part in calls.chunks(500) {
            service::admin::api_keys::log(&kit.app, part).await.unwrap();
        }
        for (query, many) in [("", 2_300), ("failed=true", 230)] {
            let listed = list(&admin, "api-calls", query).await;
            assert_eq!(listed.total, many);
            let text = file(&admin, &listed.table.csv.unwrap()).await;
            let requests: Vec<&str> = text.lines().skip(1).map(|l| l.rsplit(',').next().unwrap()).collect();
            let different: std::collections::BTreeSet<_> = requests.iter().collect();
            assert_eq!((requests.len() as u64, different.len() as u64), (many, many), "{query}");
            let shown: Vec<String> = listed
                .table
                .rows
                .iter()
                .map(|row| match &row[6] {
                    Cell::Code(request) => request.clone(),
                    other => panic!("{other:?}"),
                })
                .collect();
            assert_eq!(shown, requests[..50], "the file begins as the page does");
        }
    })
    .await;
}

#[tokio::test]
async fn a_wrong_filter_is_said_and_kept() {
    let kit = Kit::sqlite().await.filled(4).await;
    let admin = kit.ctx(SOLATIUM, Role::Administrator).await;
    let finance = kit.ctx(SOLATIUM, Role::Finance).await;
    for (ctx, name, query, field, words) in [
        (&admin, "audit", "from=yesterday", 3, "Give a date"),
        (&admin, "audit", "from=2026-03-02&to=2026-03-01", 4, "Choose an end"),
        (&finance, "revenue", "from=2026-03-02&to=2026-03-01", 1, "Choose an end"),
        (&finance, "usage", "month=soon", 0, "Write a month"),
    ] {
        let read = report(ctx, name, query).await;
        let said = read.parts.iter().any(|part| match part {
            Part::Notice(Tone::Bad, text) => text.starts_with(words) && text.ends_with('.'),
            _ => false,
        });
        assert!(said, "{name} {query}: {:?}", read.parts);
        assert_eq!(read.filters[field].value, query.rsplit('=').next().unwrap(), "{name} {query}");
        assert!(tables(read).is_empty(), "nothing is shown for what was not asked");
    }
}
