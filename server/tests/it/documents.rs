//! Documents by REST: what comes in is kept as it came, read, and offered.

use axum::body::Body;
use axum::http::Request;
use domain::policy::Role;
use http::{Method, header};
use serde_json::Value;
use testkit::{HARBOUR, Kit, NORTHGATE};

use crate::common::{call, router, send};

/// A file as a program sends it.
pub fn form(path: &str, key: &str, name: &str, bytes: &[u8]) -> Request<Body> {
    let head = format!("--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
    let body = [head.as_bytes(), bytes, b"\r\n--X--\r\n"].concat();
    let mut request = call(Method::POST, path, key, "");
    *request.body_mut() = Body::from(body);
    request.headers_mut().insert(header::CONTENT_TYPE, "multipart/form-data; boundary=X".parse().unwrap());
    request
}

async fn key(kit: &Kit, company: &str) -> String {
    let ctx = kit.ctx(company, Role::Administrator).await;
    let id = ctx.caller.company.unwrap().to_string();
    service::admin::api_keys::create(&ctx, &id, "test").await.unwrap().secret
}

fn read(body: &str) -> Value {
    serde_json::from_str(body).unwrap()
}

#[tokio::test]
async fn a_letter_is_sent_read_and_had_back() {
    let kit = Kit::sqlite().await.filled(3).await;
    let (router, key, other) = (router(&kit.app), key(&kit, NORTHGATE).await, key(&kit, HARBOUR).await);
    let claim = r#"{"claim":{"general_fixed_pence":56500}}"#;
    let claim = read(&send(&router, call(Method::POST, "/api/v1/predictions", &key, claim)).await.2);
    let path = format!("/api/v1/claims/{}/documents", claim["claim_id"].as_str().unwrap());
    let letter = letters::Letter::of(2);
    // Without poppler a Word document does: what is tried here is the way, not the reader.
    let (kind, bytes) = match ::extract::Tools::find().pdftotext {
        Some(_) => ("pdf", letter.pdf(2).0),
        None => ("docx", letter.docx()),
    };
    let (status, _, body) = send(&router, form(&path, &key, "Siân’s letter.pdf", &bytes)).await;
    assert_eq!((status.as_u16(), &read(&body)["state"]), (201, &"stored".into()), "{body}");
    let id = read(&body)["document_id"].as_str().unwrap().to_owned();
    let one = format!("/api/v1/documents/{id}");
    // Again it is refused, and told as what it is there.
    let (status, _, body) = send(&router, form(&path, &key, "again.pdf", &bytes)).await;
    assert!(status == 409 && body.contains("Siân’s letter.pdf"), "{status} {body}");

    kit.work_at(chrono::Utc::now()).await;
    let (status, _, body) = send(&router, call(Method::GET, &one, &key, "")).await;
    let document = read(&body);
    assert_eq!(
        (status.as_u16(), &document["state"], &document["type"]),
        (200, &"to_confirm".into(), &kind.into()),
        "{body}"
    );
    for (field, truth) in &letter.truth {
        let found = document["candidates"].as_array().unwrap().iter().find(|c| c["field"] == **field);
        assert_eq!(found.map(|c| &c["value"]), Some(truth), "{field}");
    }
    let place = if kind == "pdf" { "quad" } else { "range" };
    assert!(document["candidates"][0][place].is_array() && document["heads_agree"] == true, "{body}");
    let (_, _, body) = send(&router, call(Method::GET, &path, &key, "")).await;
    assert_eq!((read(&body).as_array().unwrap().len(), &read(&body)[0]["document_id"]), (1, &id.clone().into()));

    // As it came, to be saved and never shown.
    let answer =
        tower::ServiceExt::oneshot(router.clone(), call(Method::GET, &format!("{one}/file"), &key, "")).await.unwrap();
    assert_eq!(answer.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert!(answer.headers()[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment; "));
    let back = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    assert!(back == bytes, "byte for byte");

    // For another company there is nothing.
    for path in [&one, &path, &format!("{one}/file")] {
        assert_eq!(send(&router, call(Method::GET, path, &other, "")).await.0, 404, "{path}");
    }
    assert_eq!(send(&router, form(&path, &other, "letter.pdf", &bytes)).await.0, 404);
}

#[tokio::test]
async fn what_is_no_document_is_told_so() {
    let kit = Kit::sqlite().await.filled(3).await;
    let (router, key) = (router(&kit.app), key(&kit, NORTHGATE).await);
    let claim = r#"{"claim":{"general_fixed_pence":56500}}"#;
    let claim = read(&send(&router, call(Method::POST, "/api/v1/predictions", &key, claim)).await.2);
    let path = format!("/api/v1/claims/{}/documents", claim["claim_id"].as_str().unwrap());
    let large = vec![b'x'; extract::Limits::default().bytes as usize + 1];
    for (request, status, words) in [
        (call(Method::POST, &path, &key, "{}"), 422, "multipart/form-data"),
        (form(&path, &key, "empty.pdf", b""), 422, "empty"),
        (form(&path, &key, "large.pdf", &large), 413, "25 MB"),
        (form("/api/v1/claims/clm_nothing/documents", &key, "a.pdf", b"x"), 404, "nothing"),
    ] {
        let (got, _, body) = send(&router, request).await;
        assert!(got == status && body.contains(words), "{got} {body}");
    }
    // A program is kept too: it can be had back, and is never read.
    let (status, _, body) = send(&router, form(&path, &key, "setup.exe", b"MZ\0\0\x01")).await;
    assert_eq!(status, 201, "{body}");
    let one = format!("/api/v1/documents/{}", read(&body)["document_id"].as_str().unwrap());
    kit.work_at(chrono::Utc::now()).await;
    let document = read(&send(&router, call(Method::GET, &one, &key, "")).await.2);
    assert_eq!((&document["state"], &document["fail_code"]), (&"refused".into(), &"unknown_type".into()));
    assert!(document["detail"].as_str().unwrap().starts_with("This kind of file is not read"));
}
