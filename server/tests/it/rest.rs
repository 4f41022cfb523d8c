//! REST v1 as an integration sees it.

use crate::common::{call, router, send};
use axum::Router;
use domain::policy::Role;
use http::Method;
use serde_json::{Value, json};
use testkit::{HARBOUR, Kit, NORTHGATE};

const CLAIM: &str = r#"{"claim": {"accident_type": "Rear end", "accident_date": "2026-03-31", "claim_date": "2026-04-20",
    "injury_prognosis_months": 7, "minor_psychological_injury": true, "whiplash": true, "driver_age": 41, "gender": "Female",
    "general_fixed_pence": 102500, "general_rest_pence": 140000, "special_therapy_pence": 40600, "external_reference": "X-1"}}"#;

async fn key(kit: &Kit, company: &str) -> String {
    let ctx = kit.ctx(company, Role::Administrator).await;
    let id = ctx.caller.company.unwrap().to_string();
    service::admin::api_keys::create(&ctx, &id, "test").await.unwrap().secret
}

async fn started() -> (Kit, Router, String) {
    let kit = Kit::sqlite().await.filled(6).await;
    let (router, key) = (router(&kit.app), key(&kit, NORTHGATE).await);
    (kit, router, key)
}

fn read(body: &str) -> Value {
    serde_json::from_str(body).unwrap()
}

#[tokio::test]
async fn a_claim_is_predicted_read_and_decided() {
    let (_kit, router, key) = started().await;
    let (status, _, body) = send(&router, call(Method::POST, "/api/v1/predictions", &key, CLAIM)).await;
    assert_eq!(status, 201, "{body}");
    let p = read(&body);
    let sum: i64 = p["contributions"].as_array().unwrap().iter().map(|c| c["amount_pence"].as_i64().unwrap()).sum();
    assert_eq!(p["base_pence"].as_i64().unwrap() + sum, p["amount_pence"].as_i64().unwrap());
    assert!(
        p["lower_pence"].as_i64() <= p["amount_pence"].as_i64()
            && p["amount_pence"].as_i64() <= p["upper_pence"].as_i64()
    );
    assert_eq!((&p["tariff_pence"], &p["level"]), (&json!(102_500), &json!(0.9)));
    assert_eq!(p["model"]["name"], "settlement");

    let path = format!("/api/v1/claims/{}", p["claim_id"].as_str().unwrap());
    let decision = format!("{path}/decision");
    // No loop settles a claim: a person who saw the amount is named, and the time at which they decided.
    let (seen, at) = (&p["prediction_id"], chrono::Utc::now());
    let all = json!({ "kind": "accept", "prediction_id": seen, "decided_by": "J. Okafor", "decided_at": at, "medical_report_received": true });
    let with = |field: &str, value: Value| {
        let mut body = all.clone();
        body[field] = value;
        body.to_string()
    };
    for (field, value, named) in [
        ("prediction_id", Value::Null, "prediction_id"),
        ("prediction_id", json!("prd_1"), "prediction_id"),
        ("decided_by", json!(" "), "decided_by"),
        ("decided_by", json!("x".repeat(201)), "decided_by"),
        ("decided_at", json!("yesterday"), "decided_at"),
        ("decided_at", json!(at + chrono::Duration::minutes(2)), "decided_at"),
        ("decided_at", json!(at - chrono::Duration::minutes(6)), "decided_at"),
        ("medical_report_received", json!(false), "medical_report"),
    ] {
        let (status, _, body) = send(&router, call(Method::POST, &decision, &key, &with(field, value))).await;
        assert_eq!((status.as_u16(), &read(&body)["errors"][0]["field"]), (422, &json!(named)), "{field}: {body}");
    }
    let (status, _, _) = send(
        &router,
        call(Method::POST, &decision, &key, &with("prediction_id", json!("prd_018bcfe5687b7070808080808080808f"))),
    )
    .await;
    assert_eq!(status, 409, "another prediction than the claim has");
    let accept = &with("kind", json!("accept"));
    let (status, _, body) = send(&router, call(Method::POST, &decision, &key, accept)).await;
    assert_eq!(read(&body)["decided_by"], "J. Okafor", "{body}");
    assert_eq!((status.as_u16(), &read(&body)["kind"]), (200, &json!("accepted")), "{body}");
    let (status, _, _) = send(&router, call(Method::POST, &decision, &key, accept)).await;
    assert_eq!(status, 409, "a second decision is refused");
    let (_, _, body) = send(&router, call(Method::GET, &path, &key, "")).await;
    assert_eq!(
        (&read(&body)["status"], &read(&body)["prediction"]["prediction_id"]),
        (&json!("decided"), &p["prediction_id"])
    );
}

#[tokio::test]
async fn a_retry_gets_the_first_answer_and_enters_nothing_again() {
    let (kit, router, key) = started().await;
    let claims =
        async || store::claims::count(&kit.app.store, store::Reach::Operator, &Default::default()).await.unwrap();
    let before = claims().await;
    let request = |body: &str| {
        let mut request = call(Method::POST, "/api/v1/predictions", &key, body);
        request.headers_mut().insert("idempotency-key", "retry-1".parse().unwrap());
        request
    };
    let (_, _, first) = send(&router, request(CLAIM)).await;
    let (status, headers, second) = send(&router, request(CLAIM)).await;
    assert_eq!((status.as_u16(), &first), (201, &second));
    assert_eq!(headers["idempotency-replayed"], "true");
    assert_eq!(claims().await, before + 1);
    let (status, _, _) = send(&router, request(&CLAIM.replace("X-1", "X-2"))).await;
    assert_eq!(status, 422, "the same key for another claim is a mistake");
}

#[tokio::test]
async fn at_once_the_same_key_enters_one_claim() {
    let (kit, router, key) = started().await;
    let before = store::claims::count(&kit.app.store, store::Reach::Operator, &Default::default()).await.unwrap();
    let requests = (0..8).map(|_| {
        let mut request = call(Method::POST, "/api/v1/predictions", &key, CLAIM);
        request.headers_mut().insert("idempotency-key", "at-once".parse().unwrap());
        let router = router.clone();
        tokio::spawn(async move { send(&router, request).await })
    });
    let mut answers = Vec::new();
    for request in requests.collect::<Vec<_>>() {
        let (status, _, body) = request.await.unwrap();
        assert_eq!(status, 201, "{body}");
        answers.push(body);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    let after = store::claims::count(&kit.app.store, store::Reach::Operator, &Default::default()).await.unwrap();
    assert_eq!(after, before + 1);
}

#[tokio::test]
async fn problems_name_each_field() {
    let (_kit, router, key) = started().await;
    let bad = r#"{"claim": {"accident_date": "soon", "vehicle_age": "old", "yacht": 1, "special_therapy_pence": -5}}"#;
    let (status, headers, body) = send(&router, call(Method::POST, "/api/v1/predictions", &key, bad)).await;
    assert_eq!((status.as_u16(), headers["content-type"].to_str().unwrap()), (422, "application/problem+json"));
    let problem = read(&body);
    let fields: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["yacht", "accident_date", "vehicle_age", "special_therapy_pence"]);
    for (body, status) in [("", 422), ("{", 422), ("[]", 422), (r#"{"claim": 5}"#, 422), (r#"{"claims": {}}"#, 422)] {
        let (got, _, text) = send(&router, call(Method::POST, "/api/v1/predictions", &key, body)).await;
        assert_eq!(got, status, "{body}: {text}");
    }
    let (status, _, _) = send(&router, call(Method::POST, "/api/v1/predictions", &key, &"x".repeat(300_000))).await;
    assert_eq!(status, 413);
    let (_, headers, text) = send(&router, call(Method::POST, "/api/v1/predictions", &key, &"x".repeat(300_000))).await;
    assert_eq!(
        (headers["content-type"].to_str().unwrap(), &read(&text)["status"]),
        ("application/problem+json", &json!(413))
    );
    let twice = r#"{"claim": {"general_fixed_pence": 100, "general_fixed_pence": 900}}"#;
    let (status, _, body) = send(&router, call(Method::POST, "/api/v1/predictions", &key, twice)).await;
    assert_eq!((status.as_u16(), &read(&body)["errors"][0]["field"]), (422, &json!("general_fixed_pence")), "{body}");
}

/// Civil Liability Act 2018, section 6: where nobody has said that it is no whiplash, a report is needed.
#[tokio::test]
async fn what_may_be_whiplash_is_not_settled_without_a_report() {
    let (_kit, router, key) = started().await;
    let claim = r#"{"claim": {"general_rest_pence": 56500}}"#;
    let (_, _, body) = send(&router, call(Method::POST, "/api/v1/predictions", &key, claim)).await;
    let p = read(&body);
    let path = format!("/api/v1/claims/{}/decision", p["claim_id"].as_str().unwrap());
    let mut decision = json!({ "kind": "accept", "prediction_id": p["prediction_id"], "decided_by": "J. Okafor", "decided_at": chrono::Utc::now() });
    let (status, _, body) = send(&router, call(Method::POST, &path, &key, &decision.to_string())).await;
    assert_eq!((status.as_u16(), &read(&body)["errors"][0]["field"]), (422, &json!("medical_report")), "{body}");
    decision["no_whiplash"] = json!(true);
    let (status, _, body) = send(&router, call(Method::POST, &path, &key, &decision.to_string())).await;
    assert_eq!(status, 200, "{body}");
}

#[tokio::test]
async fn keys_reach_their_own_company_only_and_can_be_revoked() {
    let (kit, router, ours) = started().await;
    let theirs = key(&kit, HARBOUR).await;
    let (_, _, body) = send(&router, call(Method::POST, "/api/v1/predictions", &ours, CLAIM)).await;
    let p = read(&body);
    for path in ["claims/claim_id", "predictions/prediction_id"] {
        let (kind, id) = path.split_once('/').unwrap();
        let path = format!("/api/v1/{kind}/{}", p[id].as_str().unwrap());
        assert_eq!(send(&router, call(Method::GET, &path, &ours, "")).await.0, 200);
        assert_eq!(send(&router, call(Method::GET, &path, &theirs, "")).await.0, 404);
        assert_eq!(send(&router, call(Method::GET, &path, "sol_wrong", "")).await.0, 401);
    }
    let ctx = kit.ctx(NORTHGATE, Role::Administrator).await;
    let keys = service::admin::api_keys::list(&ctx).await.unwrap().keys;
    service::admin::api_keys::revoke(&ctx, &keys[0].id.to_string()).await.unwrap();
    assert_eq!(send(&router, call(Method::POST, "/api/v1/predictions", &ours, CLAIM)).await.0, 401);
}

#[tokio::test]
async fn the_description_is_valid_and_health_is_told() {
    let (_kit, router, _) = started().await;
    let (status, _, body) = send(&router, call(Method::GET, "/api/v1/openapi.json", "", "")).await;
    let openapi = read(&body);
    assert_eq!((status.as_u16(), &openapi["openapi"]), (200, &json!("3.1.0")));
    for head in domain::Head::ALL {
        let member = format!("{}_pence", head.key());
        assert!(
            openapi["components"]["schemas"]["NewClaim"]["properties"][&member].is_object(),
            "{member} is not described"
        );
    }
    for field in service::claims::entry::FIELDS {
        assert!(
            openapi["components"]["schemas"]["NewClaim"]["properties"][field].is_object(),
            "{field} is not described"
        );
    }
    for path in ["/healthz", "/readyz", "/api/v1/docs"] {
        assert_eq!(send(&router, call(Method::GET, path, "", "")).await.0, 200, "{path}");
    }
    assert_eq!(
        send(&router, call(Method::GET, "/metrics", "", "")).await.0,
        404,
        "metrics are for this machine or a token"
    );
    assert_eq!(send(&router, call(Method::GET, "/api/v1/nothing", "", "")).await.0, 404);
}
