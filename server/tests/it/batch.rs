//! Many claims of one call, many calls at a time, and what replicas keep in memory.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::common::{call, router, send};
use crate::kill::serve;
use domain::policy::Role;
use http::Method;
use serde_json::{Value, json};
use testkit::{Kit, NORTHGATE};

async fn key(kit: &Kit) -> String {
    let ctx = kit.ctx(NORTHGATE, Role::Administrator).await;
    let id = ctx.caller.company.unwrap().to_string();
    service::admin::api_keys::create(&ctx, &id, "batch").await.unwrap().secret
}

fn claim(pence: i64) -> Value {
    json!({ "accident_type": "Rear end", "injury_prognosis_months": 6, "general_fixed_pence": pence, "driver_age": 41 })
}

async fn count(kit: &Kit) -> u64 {
    store::claims::count(&kit.app.store, store::Reach::Operator, &Default::default()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_claim_of_a_batch_has_its_prediction_or_its_problem() {
    testkit::on_both(|kit| async move {
        let kit = kit.filled(4).await;
        let (router, key) = (router(&kit.app), key(&kit).await);
        let post = async |body: &str, retry: Option<&str>| {
            let mut request = call(Method::POST, "/api/v1/predictions/batch", &key, body);
            if let Some(retry) = retry {
                request.headers_mut().insert("idempotency-key", retry.parse().unwrap());
            }
            let (status, headers, body) = send(&router, request).await;
            (status.as_u16(), headers, serde_json::from_str::<Value>(&body).unwrap())
        };
        let before = count(&kit).await;
        // Equal claims are all entered; a bad one does not stop the others.
        let body =
            json!({ "claims": [claim(50_000), claim(50_000), { "vehicle_age": "old" }, claim(60_000)] }).to_string();
        let (status, headers, answer) = post(&body, Some("b-1")).await;
        assert_eq!((status, headers["idempotency-replayed"].to_str().unwrap()), (200, "false"), "{answer}");
        let results = answer["results"].as_array().unwrap();
        assert_eq!(results.len(), 4);
        for (i, result) in results.iter().enumerate() {
            assert_eq!(result["index"], i);
            assert_eq!(result["prediction"].is_null(), i == 2, "{result}");
            assert_eq!(result["problem"].is_null(), i != 2, "{result}");
        }
        assert_eq!(results[2]["problem"]["errors"][0]["field"], "vehicle_age");
        assert_ne!(results[0]["prediction"]["claim_id"], results[1]["prediction"]["claim_id"]);
        assert_eq!(count(&kit).await, before + 3);
        // A retry gets the same and enters nothing; another body under the key is refused.
        let (status, headers, again) = post(&body, Some("b-1")).await;
        assert_eq!((status, headers["idempotency-replayed"].to_str().unwrap()), (200, "true"));
        assert_eq!(answer, again);
        assert_eq!(post(&json!({ "claims": [claim(1_000)] }).to_string(), Some("b-1")).await.0, 422);
        assert_eq!(count(&kit).await, before + 3);
        // What one call must not be.
        let many = json!({ "claims": vec![claim(50_000); 1_001] }).to_string();
        for (body, expected) in [
            (many.as_str(), 413),
            ("{\"claims\": {}}", 422),
            ("{\"claims\": [], \"more\": 1}", 422),
            ("[", 422),
            ("{\"claims\": [5, [], null]}", 200),
        ] {
            assert_eq!(post(body, None).await.0, expected, "{}", &body[..body.len().min(60)]);
        }
        let large = format!("{{\"claims\": [\"{}\"]}}", "x".repeat(4 * 1024 * 1024));
        assert_eq!(post(&large, None).await.0, 413);
        let all: Vec<Value> = (0..1_000).map(|i| claim(50_000 + i)).collect();
        let (status, _, answer) = post(&json!({ "claims": all }).to_string(), None).await;
        assert_eq!((status, answer["results"].as_array().unwrap().len()), (200, 1_000));
        assert_eq!(count(&kit).await, before + 1_003);
        let broken = service::chain::verify(&kit.app.system(testkit::now()), &[]).await.unwrap().broken;
        assert_eq!(broken, None, "every claim has its audit row, in the chain");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_at_the_same_time_is_saved_together_and_each_once() {
    testkit::on_both(|kit| async move {
        let kit = kit.filled(4).await;
        let (router, key) = (router(&kit.app), key(&kit).await);
        let before = count(&kit).await;
        // Forty different, and one that is sent twenty times over.
        let calls = (0..60).map(|i| {
            let (router, key) = (router.clone(), key.clone());
            tokio::spawn(async move {
                let pence = if i < 40 { 50_000 + i } else { 77_700 };
                let body = json!({ "claim": claim(pence) }).to_string();
                let mut request = call(Method::POST, "/api/v1/predictions", &key, &body);
                let retry = if i < 40 { format!("k-{i}") } else { "the same".into() };
                request.headers_mut().insert("idempotency-key", retry.parse().unwrap());
                let (status, _, body) = send(&router, request).await;
                assert_eq!(status, 201, "{body}");
                serde_json::from_str::<Value>(&body).unwrap()["claim_id"].as_str().unwrap().to_owned()
            })
        });
        let mut ids = std::collections::BTreeSet::new();
        for call in calls.collect::<Vec<_>>() {
            ids.insert(call.await.unwrap());
        }
        assert_eq!((ids.len(), count(&kit).await - before), (41, 41));
        let query = store::claims::ClaimQuery { page: 1, per_page: 500, ..Default::default() };
        let reach = store::Reach::Company(kit.ctx(NORTHGATE, Role::Handler).await.caller.company.unwrap());
        let mut numbers: Vec<i64> =
            store::claims::list(&kit.app.store, reach, &query).await.unwrap().0.iter().map(|c| c.number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>(), "numbers without gaps");
    })
    .await;
}

/// A call over a socket; status and body.
fn http(address: &str, key: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let method = if body.is_empty() { "GET" } else { "POST" };
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    (answer[9..12].parse().unwrap(), answer)
}

/// What two processes keep in memory is never older than the database: a key that one revokes is refused by
/// the other at once, and so is a model that was replaced.
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_refused_at_once_on_every_replica() {
    let Some(kit) = Kit::postgres().await else {
        eprintln!("SOLATIUM_TEST_POSTGRES is not set: not tested");
        return;
    };
    let kit = kit.filled(4).await;
    let (first, second) = (key(&kit).await, key(&kit).await);
    let (mut one, one_at) = serve(&kit);
    let (mut two, two_at) = serve(&kit);
    let body = json!({ "claim": claim(50_000) }).to_string();
    let enter = |at: &str, key: &str| http(at, key, "/api/v1/predictions", &body);
    for at in [&one_at, &two_at] {
        for key in [&first, &second] {
            assert_eq!(enter(at, key).0, 201, "both know both keys by now");
        }
    }
    let admin = kit.ctx(NORTHGATE, Role::Administrator).await;
    let keys = service::admin::api_keys::list(&admin).await.unwrap().keys;
    let prefix = keys.iter().find(|k| first.starts_with(&k.prefix)).unwrap();
    service::admin::api_keys::revoke(&admin, &prefix.id.to_string()).await.unwrap();
    let before = count(&kit).await;
    for at in [&one_at, &two_at] {
        assert_eq!(enter(at, &first).0, 401, "a revoked key enters nothing");
        assert_eq!(http(at, &first, "/api/v1/claims/clm_1", "").0, 401, "and reads nothing");
    }
    assert_eq!(count(&kit).await, before);
    // A deployment is seen by the next claim, too.
    let engineer = kit.ctx(NORTHGATE, Role::Engineer).await;
    let model = testkit::approved(&kit, NORTHGATE, testkit::bundle()).await;
    service::models::deploy::deploy(&engineer, model, "Our own.", None).await.unwrap();
    for at in [&one_at, &two_at] {
        let (status, answer) = enter(at, &second);
        assert_eq!(status, 201, "{answer}");
        assert!(answer.contains(&model.to_string()) || answer.contains("\"version\":1"), "{answer}");
    }
    let reach = store::Reach::Company(engineer.caller.company.unwrap());
    let query = store::predictions::PredictionQuery { page: 1, per_page: 2, ..Default::default() };
    let newest = store::predictions::list(&kit.app.store, reach, &query).await.unwrap().0;
    assert!(newest.iter().all(|p| p.model == model), "both predict with the model deployed last");
    for child in [&mut one, &mut two] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
