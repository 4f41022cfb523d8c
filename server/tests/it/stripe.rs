//! Stripe as the billing service, against localstripe (`stripe.py`): a document is told to it once, paid there, and the signed
//! event that it sends by itself is what brings the payment here.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use domain::policy::Role;
use http::{Method, Request, StatusCode};
use server::ports::outbound::{Http, Names};
use server::ports::stripe::Stripe;
use service::invoicing::{issue, review};
use service::ports::{Outbound, Outgoing};
use store::{Reach, invoices, providers};
use testkit::{Kit, SOLATIUM, now};

use crate::common;
use crate::ports::{free_port, peers, start};

const KEY: &str = "sk_test_12345";
const SECRET: &str = "whsec_of_the_tests";

/// Asks localstripe something as itself.
async fn ask(http: &Http, url: String, body: String, json: bool) -> u16 {
    let kind = if json { "application/json" } else { "application/x-www-form-urlencoded" };
    let headers = vec![("authorization", format!("Bearer {KEY}")), ("content-type", kind.to_owned())];
    http.send(Outgoing { method: "POST", url, headers, body }).await.unwrap().status
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_is_paid_at_stripe() {
    let Some(bin) = peers() else { return };
    let port = free_port();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/stripe.py");
    let _peer = start(Command::new(bin.join("python")).arg(script).arg(port.to_string()), port);
    let there = format!("http://127.0.0.1:{port}");
    let http = Arc::new(Http::open(&[&there], Arc::new(Names)).unwrap());
    let mut kit = Kit::sqlite().await.filled(60).await;
    kit.app.ports.billing = Arc::new(Stripe::new(http.clone(), &there, KEY.into(), SECRET.into()));
    // The server on a socket, where Stripe sends its events.
    let router = common::router(&kit.app);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = format!("http://{}/webhooks/billing", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let hook = serde_json::json!({ "url": here, "secret": SECRET }).to_string();
    assert_eq!(ask(&http, format!("{there}/_config/webhooks/ours"), hook, true).await, 200);

    let finance = kit.ctx(SOLATIUM, Role::Finance).await;
    let second = kit.approver(now()).await;
    let all = invoices::list(&kit.app.store, Reach::Operator, false).await.unwrap();
    let draft = all.into_iter().find(|i| i.number.is_none()).unwrap();
    let id = draft.id.to_string();
    if draft.status == billing::Status::Draft {
        review::submit(&finance, &id).await.unwrap();
    }
    review::approve(&second, &id).await.unwrap();
    issue::issue(&finance, &id).await.unwrap();
    kit.work().await;
    let known = providers::of_document(&kit.app.store, Reach::Operator, draft.id).await.unwrap().unwrap();
    assert!(known.external.starts_with("in_") && known.customer.starts_with("cus_"));
    assert_eq!(known.link.as_deref(), Some(format!("https://invoice.stripe.test/{}", known.external).as_str()));
    // Told again, days later and by another name (a worker died before it noted the answer), it is the same invoice there.
    assert_eq!(ask(&http, format!("{there}/_forget_keys"), "a=b".into(), false).await, 200);
    let pushed = service::ports::Pushed {
        document: draft.id,
        number: "SOL".into(),
        company: draft.company,
        company_name: "Renamed".into(),
        email: store::companies::find(&kit.app.store, Reach::Operator, draft.company).await.unwrap().billing_email,
        customer: None,
        gross: draft.totals.gross,
        words: "Again".into(),
        due_in_days: 30,
    };
    let again = kit.app.ports.billing.push_document(&pushed).await.unwrap();
    assert_eq!((again.external, again.customer), (known.external.clone(), known.customer));

    let gross = draft.totals.gross.pence();
    let pay = async |pence: i64| {
        let url = format!("{there}/v1/invoices/{}/pay_by_hand", known.external);
        assert_eq!(ask(&http, url, format!("amount={pence}"), false).await, 200);
    };
    pay(gross - 1).await;
    pay(1).await;
    // Its events come a second later, each in its own time.
    let mut paid = domain::Money::ZERO;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        kit.work_at(chrono::Utc::now()).await;
        paid = invoices::find(&kit.app.store, Reach::Operator, draft.id).await.unwrap().against.paid;
        if paid == draft.totals.gross && providers::newest(&kit.app.store, 10).await.unwrap().len() >= 2 {
            break;
        }
    }
    assert_eq!(paid, draft.totals.gross);
    let known = providers::of_document(&kit.app.store, Reach::Operator, draft.id).await.unwrap().unwrap();
    assert_eq!((known.stands.as_str(), known.drift.as_str()), ("paid", ""));
    // What goes back there stands on the charge; the invoice stays paid.
    let url = format!("{there}/v1/invoices/{}/give_back", known.external);
    assert_eq!(ask(&http, url, "amount=250".into(), false).await, 200);
    let standing = kit.app.ports.billing.reconcile(&known.external).await.unwrap();
    assert_eq!((standing.taken_back, standing.paid), (domain::Money::from_pence(250), draft.totals.gross));
    let checked = store::journal::check(&kit.app.store).await.unwrap();
    assert!(checked.apart.is_empty() && checked.unbalanced.is_empty(), "{checked:?}");
}

/// Whoever is not Stripe is told so, however long what they send is.
#[tokio::test]
async fn what_is_not_signed_is_refused() {
    let mut kit = Kit::sqlite().await.filled(6).await;
    let http = Arc::new(Http::open(&[], Arc::new(Names)).unwrap());
    kit.app.ports.billing = Arc::new(Stripe::new(http, "https://api.stripe.com", KEY.into(), SECRET.into()));
    let router = common::router(&kit.app);
    let sent = |body: Vec<u8>, signature: Option<&str>| {
        let request = Request::builder().method(Method::POST).uri("/webhooks/billing");
        let request = signature.into_iter().fold(request, |r, s| r.header("stripe-signature", s));
        request.body(axum::body::Body::from(body)).unwrap()
    };
    let at = chrono::Utc::now().timestamp();
    for (body, signature, status) in [
        (b"{}".to_vec(), None, StatusCode::BAD_REQUEST),
        (b"{}".to_vec(), Some(format!("t={at},v1={}", "0".repeat(64))), StatusCode::BAD_REQUEST),
        (vec![0xff; 100], Some("t=x".into()), StatusCode::BAD_REQUEST),
        (vec![b' '; 300 << 10], None, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let (answer, _, text) = common::send(&router, sent(body, signature.as_deref())).await;
        assert_eq!(answer, status, "{text}");
    }
    assert!(providers::newest(&kit.app.store, 10).await.unwrap().is_empty());
    let (answer, _, _) =
        common::send(&router, Request::builder().uri("/webhooks/billing").body(axum::body::Body::empty()).unwrap())
            .await;
    assert_eq!(answer, StatusCode::METHOD_NOT_ALLOWED);
}
