//! Every server function and endpoint × every role × ids of the own and of another company,
//! compared with the agreed matrix in `authorisation_matrix.txt`.
//!
//! After a change that is meant, `UPDATE_MATRIX=1 cargo test --release --test it authorisation` writes
//! the file anew; review the difference.

mod endpoints;
mod world;

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::common::{call, function, router, send};
use endpoints::{ACTS, OPEN, REST, functions, pages};
use http::{Method, Request, header};
use world::{fill, fresh, world};

/// The page table is what the navigation and the way to a gate go by: it must hold every page.
#[test]
fn the_page_table_holds_every_route() {
    let routes: BTreeSet<String> = server::routes::paths()
        .into_iter()
        .filter(|path| !path.starts_with("/fn/"))
        .map(|path| {
            let parts = path.split('/').map(|part| match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
                Some(name) => format!(":{name}"),
                None => part.to_owned(),
            });
            parts.collect::<Vec<_>>().join("/")
        })
        .collect();
    let downloads = [
        "/claims/:id/notice",
        "/documents/:id/pages/:page",
        "/documents/:id/sound",
        "/documents/:id/preview",
        "/performance/pdf",
        "/documents/:id/file",
        "/accounting/:file",
        "/export/:file",
        "/published/:file",
        "/invoices/:id/pdf",
        "/invoices/:id/ubl",
        "/models/:id/charts/:file",
        "/predictions/:id/:file",
        "/reports/:name/:table",
    ];
    let table: BTreeSet<String> =
        app::pages::PAGES.iter().map(|p| p.path.to_owned()).filter(|p| !downloads.contains(&p.as_str())).collect();
    assert_eq!(routes, table);
}

fn multipart(path: &str, token: Option<&str>, claim: &str) -> Request<axum::body::Body> {
    let (name, content) = match path {
        "claims/add_document" => ("letter.txt", "Physiotherapy: 420.00"),
        "billing/bank_file" => ("bank.csv", "Date,Description,Amount\n20/11/2026,BACS,5.00\n"),
        "claims/import" => ("claims.csv", "GeneralFixed,SpecialTherapy\n520,400\n"),
        _ => ("model.solm", "not a bundle"),
    };
    let body = format!(
        "--X\r\nContent-Disposition: form-data; name=\"claim\"\r\n\r\n{claim}\r\n--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{content}\r\n--X--\r\n"
    );
    let mut request = function(&format!("/fn/{path}"), token, &body);
    request.headers_mut().insert(header::CONTENT_TYPE, "multipart/form-data; boundary=X".parse().unwrap());
    request
}

fn page(path: &str, token: Option<&str>) -> Request<axum::body::Body> {
    let mut request = Request::builder().uri(path);
    if let Some(token) = token {
        request = request.header(header::COOKIE, format!("solatium={token}"));
    }
    request.body(axum::body::Body::empty()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_matrix_is_as_agreed() {
    let world = world().await;
    world.kit.app.store.close().await;
    std::fs::copy(world.kit.dir.path().join("test.db"), world.kit.dir.path().join("template.db")).unwrap();
    let functions = functions();
    let listed: BTreeSet<String> = functions.iter().map(|(_, path, _)| format!("/fn/{path}")).collect();
    let registered: BTreeSet<String> = server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    assert_eq!(listed, registered, "a server function is not in the matrix, or one in it is gone");
    assert!(ACTS.iter().map(|(name, _)| *name).eq(service::acts::ACTS.iter().map(|kind| kind.name)), "of each act");

    let mut matrix = String::new();
    for (which, ids) in [("own", &world.own), ("other", &world.other)] {
        for (name, path, body) in &functions {
            if which == "other" && !body.contains('{') {
                continue;
            }
            let mut row = String::new();
            for (label, token, insurer) in &world.callers {
                let router = router(&fresh(&world).await);
                let request = match body.as_str() {
                    body if body.starts_with("MULTIPART") => multipart(path, token.as_deref(), &fill("{claim}", ids)),
                    body => function(&format!("/fn/{path}"), token.as_deref(), &fill(body, ids)),
                };
                let (status, _, text) = send(&router, request).await;
                assert_ne!(status, 500, "{path} {label}: {text}");
                if token.is_none() && !OPEN.contains(path) {
                    assert_eq!(status, 401, "{path} answers somebody who is not signed in: {text}");
                }
                if which == "other" && *insurer {
                    assert!(!status.is_success(), "{path}: {label} reached another company: {text}");
                }
                write!(row, " {label}={}", status.as_u16()).unwrap();
            }
            writeln!(matrix, "{which} {name}:{row}").unwrap();
        }
        for path in &pages() {
            if which == "other" && !path.contains('{') {
                continue;
            }
            let mut row = String::new();
            for (label, token, insurer) in &world.callers {
                let router = router(&fresh(&world).await);
                let (status, _, text) = send(&router, page(&fill(path, ids), token.as_deref())).await;
                assert_ne!(status, 500, "{path} {label}: {text}");
                if which == "other" && *insurer && path.contains('{') {
                    assert!(!status.is_success(), "{path}: {label} reached another company");
                }
                write!(row, " {label}={}", status.as_u16()).unwrap();
            }
            writeln!(matrix, "{which} GET {path}:{row}").unwrap();
        }
        for (method, path, body) in REST {
            let router = router(&fresh(&world).await);
            let method: Method = method.parse().unwrap();
            let (filled, body) = (fill(path, ids), fill(body, ids));
            let request = |key: &str| match body.as_str() {
                "MULTIPART" => crate::documents::form(&filled, key, "letter.txt", b"Physiotherapy: 420.00"),
                body => call(method.clone(), &filled, key, body),
            };
            let with = send(&router, request(&world.own_key)).await.0;
            let without = send(&router, request("")).await.0;
            if which == "other" && path.contains('{') {
                assert!(!with.is_success(), "{path}: a key reached another company");
            }
            assert_eq!(without, 401, "{path}");
            writeln!(matrix, "{which} {method} {path}: nobody={} key={}", without.as_u16(), with.as_u16()).unwrap();
        }
    }
    for path in server::webhooks::PATHS {
        let router = router(&fresh(&world).await);
        let unsigned = send(&router, call(Method::POST, path, &world.own_key, "{}")).await.0;
        assert_eq!(unsigned, 400, "{path} takes what nobody signed");
        writeln!(matrix, "POST {path}: unsigned={}", unsigned.as_u16()).unwrap();
    }
    for kind in service::jobs::KINDS {
        writeln!(matrix, "job {}: {:?}", kind.key, kind.holds).unwrap();
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/authorisation_matrix.txt");
    if std::env::var_os("UPDATE_MATRIX").is_some() {
        std::fs::write(file, &matrix).unwrap();
    }
    let agreed = std::fs::read_to_string(file).unwrap_or_default();
    for (now, then) in matrix.lines().zip(agreed.lines()) {
        assert_eq!(now, then, "the authorisation matrix changed");
    }
    assert_eq!(matrix.lines().count(), agreed.lines().count(), "the authorisation matrix changed");
}
