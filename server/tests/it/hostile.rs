//! What strangers and careless programs send: refused in words, and nothing else happens.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{function, router, send};
use axum::body::Body;
use domain::policy::Role;
use http::{Request, header};
use service::account::sign_in::{Browser, sign_in};
use service::demo::PASSWORD;
use testkit::{Kit, NORTHGATE};

const HANDLER: &str = "handler@northgate.example";

async fn signed_in(kit: &Kit, email: &str) -> String {
    sign_in(&kit.app, chrono::Utc::now(), email, PASSWORD, "test").await.unwrap().token
}

fn page(path: &str, token: &str) -> Request<Body> {
    let cookie = format!("solatium={token}");
    Request::builder().uri(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap()
}

fn upload(token: &str, name: &str, content: &str) -> Request<Body> {
    let body = format!(
        "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{content}\r\n--X--\r\n"
    );
    let mut request = function("/fn/claims/import", Some(token), &body);
    request.headers_mut().insert(header::CONTENT_TYPE, "multipart/form-data; boundary=X".parse().unwrap());
    request
}

/// Bodies that are right, whose every text is replaced by markup in turn. `{…}` are ids, which are not
/// typed. A function that is in neither list fails the test: new ones are caught.
const TYPED: &[(&str, &str, &str)] = &[
    (
        "administrator@solatium.example",
        "people/create",
        "person[name]=New&person[email]=new@example.org&person[role]=handler&person[company_id]={company}",
    ),
    (
        "administrator@solatium.example",
        "people/update",
        "person[id]={person}&person[name]=Other&person[email]=other@example.org&person[role]=finance&person[company_id]={company}",
    ),
    (
        "administrator@solatium.example",
        "companies/create",
        "company[name]=Brand+New&company[address]=Street&company[billing_email]=a@example.org&company[vat_number]=GB1",
    ),
    (
        "administrator@solatium.example",
        "companies/update",
        "company[id]={company}&company[name]=Renamed&company[address]=Street&company[billing_email]=a@example.org&company[vat_number]=GB1",
    ),
    ("administrator@solatium.example", "companies/add_department", "company_id={company}&name=Department"),
    ("administrator@solatium.example", "api_keys/create", "company_id={company}&name=Key"),
    (
        "finance@solatium.example",
        "act",
        "act=contract.amend&with[company_id]={company}&with[price]=2&with[payment_days]=30&with[cycle]=monthly&with[effective_from]=2027-01-01&with[discount]=5&with[discount_name]=D&with[po_number]=P&with[note]=Words",
    ),
    (
        "manager@northgate.example",
        "act",
        "act=company.profile&with[address]=Street&with[billing_email]=a@example.org&with[vat_number]=GB1&with[registration]=1&with[endpoint]=9932:GB1",
    ),
    ("finance@solatium.example", "act", "act=card.add&with[name]=Card&with[model]=unit&with[price]=2"),
    (
        "finance@solatium.example",
        "act",
        "act=invoice.write&with[company]={company}&with[description]=Words&with[quantity]=1&with[price]=2",
    ),
    ("finance@solatium.example", "act", "act=tier.add&with[name]=Tier&with[card_id]={card}&with[rest]=true"),
    ("manager@northgate.example", "act", "act=tier.ask&with[tier_id]={tier}&with[from]=2099-01-01&with[note]=Words"),
    ("finance@solatium.example", "act", "act=tier.decline&with[id]={request}&with[reason]=Words"),
    ("finance@solatium.example", "act", "act=invoice.dispute&with[id]={issued}&with[words]=Words"),
    (
        "finance@solatium.example",
        "act",
        "act=payment.record&with[id]={issued}&with[amount]=1&with[method]=transfer&with[reference]=R",
    ),
    (
        "finance@solatium.example",
        "act",
        "act=invoice.credit&with[id]={issued}&with[amount]=1&with[reason]=Goodwill&with[words]=Words",
    ),
    ("finance@solatium.example", "act", "act=invoice.write_off&with[id]={issued}&with[reason]=Words"),
    (HANDLER, "act", "act=profile.save&with[title]=Handler&with[specialism]=Whiplash&with[qualifications]=Cert"),
    (HANDLER, "act", "act=offer.make&with[id]={claim}&with[side]=theirs&with[amount]=900&with[note]=Words"),
    (HANDLER, "act", "act=diary.add&with[id]={claim}&with[words]=Ring&with[in_days]=3"),
    (HANDLER, "act", "act=bookmark.put&with[id]={claim}&with[note]=Words&with[shared]=true"),
    (
        HANDLER,
        "act",
        "act=claim.correct&with[id]={claim}&with[external_reference]=R&with[accident_type]=Rear+end&with[injury_description]=Words&with[accident_description]=Words",
    ),
    (
        HANDLER,
        "act",
        "act=heads.assess&with[id]={claim}&with[general_fixed]=400&with[general_fixed_reason]=by_law&with[general_fixed_note]=Words",
    ),
    (HANDLER, "act", "act=contest.enter&with[id]={settled}&with[ground]=Words"),
    (
        "manager@northgate.example",
        "act",
        "act=authority.set&with[holder]=everybody&with[amount]=50000&with[since]=2099-01-01",
    ),
    ("engineer@solatium.example", "act", "act=model.note&with[id]={model}&with[words]=Words"),
    (
        "engineer@solatium.example",
        "act",
        "act=publication.make&with[model]={model}&with[title]=Title&with[audience]=handlers",
    ),
    ("engineer@solatium.example", "act", "act=methodology.publish&with[id]={model}&with[words]=Words"),
    (
        "engineer@solatium.example",
        "act",
        "act=material.save&with[model]={model}&with[title]=T&with[words]=W&with[q1]=a&with[q1a]=a&with[q1b]=b&with[q1c]=c&with[q2]=a&with[q2a]=a&with[q2b]=b&with[q2c]=c&with[q3]=a&with[q3a]=a&with[q3b]=b&with[q3c]=c&with[q4]=a&with[q4a]=a&with[q4b]=b&with[q4c]=c&with[q5]=a&with[q5a]=a&with[q5b]=b&with[q5c]=c",
    ),
    (
        HANDLER,
        "act",
        "act=outcome.record&with[id]={claim}&with[amount]=900&with[settled_on]=2026-11-01&with[reference]=R",
    ),
    (
        HANDLER,
        "claims/save_draft",
        "input[fields][accident_type]=Rear+end&input[fields][accident_date]=2026-01-10&input[fields][external_reference]=R&input[fields][accident_description]=Words&input[fields][injury_description]=Words&input[fields][special_therapy]=400",
    ),
    (
        HANDLER,
        "claims/create",
        "input[token]={token}&input[fields][accident_type]=Rear+end&input[fields][accident_date]=2026-01-10&input[fields][claim_date]=2026-02-01&input[fields][injury_prognosis_months]=6&input[fields][external_reference]=R&input[fields][accident_description]=Words&input[fields][injury_description]=Words&input[fields][dominant_injury]=Arms&input[fields][vehicle_type]=Car&input[fields][weather_conditions]=Sunny&input[fields][gender]=Female&input[fields][special_therapy]=400",
    ),
    (HANDLER, "claims/flag", "id={claim}&flag_reason=Look"),
    (HANDLER, "claims/flag_all", "ids[]={claim}&flag_reason=Look"),
    (HANDLER, "claims/save_view", "name=Mine&query=status=open"),
    ("manager@northgate.example", "claims/hand_back", "id={flagged}&answer=Go+on"),
    (HANDLER, "claims/override", "id={decided}&amount=500&reason=other&note=Words&medical_report=true"),
];

/// Functions in which nothing is typed that a page shows: ids, choices, filters, passwords, files.
const NOT_TYPED: &[&str] = &[
    "account/accept_invitation",
    "account/acknowledge_policy",
    "account/change_password",
    "account/invitation",
    "account/keys",
    "account/notifications",
    "account/notifications_read",
    "account/set_up",
    "account/sign_in",
    "account/sign_out",
    "account/theme",
    "account/viewer",
    "account/welcome",
    "api_keys/list",
    "api_keys/revoke",
    "billing/approve_invoice",
    "billing/bank_file",
    "billing/discard_invoice",
    "billing/invoice",
    "billing/issue_invoice",
    "billing/submit_invoice",
    "claims/accept",
    "claims/add_document",
    "claims/discard_draft",
    "claims/documents",
    "claims/draft",
    "claims/find",
    "claims/import",
    "claims/list",
    "claims/predict_again",
    "claims/remove_view",
    "claims/reviews",
    "claims/undo",
    "claims/view",
    "claims/views",
    "claims/what_if",
    "companies/list",
    "companies/view",
    "models/upload",
    "people/choices",
    "people/list",
    "people/reset_password",
    "people/set_active",
    "people/view",
    // Its filters stand in the addresses of pages, which are read with markup in each.
    "report",
];

/// Those who type, and those who see what was typed.
const READERS: &[&str] = &[
    "administrator@solatium.example",
    "engineer@solatium.example",
    "finance@solatium.example",
    HANDLER,
    "manager@northgate.example",
    "administrator@northgate.example",
    "finance@northgate.example",
];

const MARKUP: [&str; 2] = ["</title><h1 id=x>", "</textarea><h1 id=x>"];

fn encoded(markup: &str) -> String {
    markup.replace('<', "%3C").replace('>', "%3E").replace('=', "%3D").replace(' ', "+")
}

/// Every body with one of its texts replaced.
fn variants(body: &str) -> Vec<String> {
    let pairs: Vec<(&str, &str)> = body.split('&').filter_map(|p| p.split_once('=')).collect();
    let mut all = Vec::new();
    for (at, (_, value)) in pairs.iter().enumerate() {
        if value.starts_with('{') {
            continue;
        }
        for markup in MARKUP {
            let typed = encoded(markup);
            let with = pairs.iter().enumerate().map(|(i, (name, value))| {
                // An address that must look like one keeps its look.
                let typed =
                    if value.contains('@') { format!("{typed}@example.org").replace('+', "") } else { typed.clone() };
                format!("{name}={}", if i == at { typed } else { (*value).to_owned() })
            });
            all.push(with.collect::<Vec<_>>().join("&"));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_type_is_text_on_every_page() {
    let registered: BTreeSet<String> =
        server_fn::axum::server_fn_paths().map(|(path, _)| path.trim_start_matches("/fn/").to_owned()).collect();
    let listed: BTreeSet<String> =
        TYPED.iter().map(|t| t.1).chain(NOT_TYPED.iter().copied()).map(str::to_owned).collect();
    let kit = Kit::sqlite().await.filled(12).await;
    let router = router(&kit.app);
    assert_eq!(listed, registered, "say of each server function whether a page shows what is typed into it");

    let handler = kit.ctx(NORTHGATE, Role::Handler).await;
    let company = handler.caller.company.unwrap();
    let claim = |pence: i64| {
        let json = serde_json::json!({ "general_fixed_pence": pence, "injury_prognosis_months": 6 });
        service::claims::entry::from_json(&json, chrono::Utc::now().date_naive()).unwrap()
    };
    // Signed in before anything is typed: some of it changes addresses.
    let mut tokens = BTreeMap::new();
    for email in READERS {
        tokens.insert(*email, signed_in(&kit, email).await);
    }
    let mut links: BTreeSet<String> = BTreeSet::new();
    let mut typed = 0;
    for (email, path, body) in TYPED {
        let token = &tokens[email];
        for variant in variants(body) {
            let enter = async |pence| {
                service::claims::create::enter(&handler, claim(pence), "form", None)
                    .await
                    .unwrap()
                    .0
                    .claim
                    .id
                    .to_string()
            };
            let (open, flagged, decided) = (enter(50_000).await, enter(51_000).await, enter(52_000).await);
            service::claims::flag::flag(&handler, &flagged, "look").await.unwrap();
            let people = store::people::list(&kit.app.store, store::Reach::Company(company)).await.unwrap();
            let person = people.iter().find(|p| p.role == Role::Finance).unwrap().id.to_string();
            let operator = kit.ctx(testkit::SOLATIUM, Role::Engineer).await.caller.company.unwrap();
            let models = store::models::list(&kit.app.store, store::Reach::Operator, operator).await.unwrap();
            let serving = store::models::champion(&kit.app.store, company).await.unwrap();
            let model = models.iter().find(|m| Some(m.id) != serving).unwrap().id.to_string();
            let settled = enter(53_000).await;
            let put = service::claims::decide::Put {
                amount: Some(domain::Money::from_pounds(500)),
                reason: "negotiated".into(),
                medical_report: true,
                ..Default::default()
            };
            service::claims::decide::decide(&handler, &settled, put).await.unwrap();
            let mut owed = store::invoices::owed(&kit.app.store, store::Reach::Operator).await.unwrap();
            owed.sort_by_key(|o| o.3);
            let issued = owed.last().map(|o| o.0.to_string()).unwrap_or_default();
            let mut filled = variant.clone();
            for (name, id) in [
                ("{company}", company.to_string()),
                ("{person}", person),
                ("{model}", model.clone()),
                ("{claim}", open.clone()),
                ("{issued}", issued.clone()),
                ("{settled}", settled.clone()),
                ("{token}", open.clone()),
                ("{flagged}", flagged.clone()),
                ("{decided}", decided.clone()),
            ] {
                filled = filled.replace(name, &id);
            }
            let (status, _, text) = send(&router, function(&format!("/fn/{path}"), Some(token), &filled)).await;
            assert!(!status.is_server_error(), "{path} {filled}: {text}");
            typed += usize::from(status.is_success() || status.is_redirection());
            links.insert(format!("/claims/correct?id={open}"));
            links.insert(format!("/claims/assess?id={open}"));
            for id in [open, flagged, decided, settled] {
                links.insert(format!("/claims/{id}"));
            }
            links.insert(format!("/companies/{company}"));
            links.insert(format!("/contracts/{company}"));
            if !issued.is_empty() {
                links.insert(format!("/invoices/{issued}"));
            }
            links.insert(format!("/models/{model}"));
        }
    }
    assert!(typed > 40, "the markup was taken in {typed} places only: this test has lost its bite");
    for (email, token) in &tokens {
        let mut todo: Vec<String> = links.iter().cloned().collect();
        todo.extend(["/dashboard", "/claims/new", "/account", "/notifications", "/trail"].map(str::to_owned));
        for report in app::pages::PAGES.iter().filter(|page| !page.report.is_empty()).map(|page| page.path) {
            for markup in MARKUP {
                let filters = ["action", "entity", "failed", "from", "month", "overridden", "page", "person", "to"];
                let asked: Vec<_> = filters.iter().map(|name| format!("{name}={}", encoded(markup))).collect();
                todo.push(format!("{report}?{}", asked.join("&")));
            }
        }
        let mut seen = BTreeSet::new();
        while let Some(path) = todo.pop() {
            if !seen.insert(path.clone()) || seen.len() > 400 {
                continue;
            }
            let (_, _, html) = send(&router, page(&path, token)).await;
            let lower = html.to_lowercase();
            assert!(!lower.contains("<h1 id=x"), "{path} shows what was typed as markup to {email}");
            todo.extend(html.split("href=\"/").skip(1).filter_map(|rest| {
                let path = rest.split(['"', '?', '#']).next()?;
                let site = path.starts_with("pkg")
                    || path.contains('.')
                    || path.starts_with("api/")
                    || path.ends_with("/pdf")
                    || path.ends_with("/ubl")
                    || path.ends_with("/notice");
                (!site).then(|| format!("/{path}"))
            }));
        }
        assert!(seen.len() > 20, "{email} saw {} pages", seen.len());
    }
}

/// Of guesses sent all at once no more reach the password than of those sent in turn.
#[tokio::test(flavor = "multi_thread")]
async fn guesses_sent_at_once_are_all_counted() {
    let kit = Kit::sqlite().await.filled(1).await;
    let now = chrono::Utc::now();
    let device = sign_in(&kit.app, now, HANDLER, PASSWORD, "1.1.1.1").await.unwrap().device;
    let guesses: Vec<_> = (0..50)
        .map(|i| {
            let app = kit.app.clone();
            tokio::spawn(async move { sign_in(&app, now, HANDLER, "wrong", format!("9.9.9.{i}").as_str()).await })
        })
        .collect();
    let mut reached = 0;
    for guess in guesses {
        let kind = guess.await.unwrap().unwrap_err().into_app().kind;
        reached += usize::from(kind == contract::ErrorKind::Unauthenticated);
    }
    assert_eq!(reached, 3);
    // The owner's browser is known and does not wait; another browser does, and so does a made-up proof.
    let with =
        |device: Option<&str>| Browser { address: "2.2.2.2".into(), device: device.map(str::to_owned), session: None };
    assert!(sign_in(&kit.app, now, HANDLER, PASSWORD, with(None)).await.is_err());
    let forged = format!("{}.{}", "0".repeat(64), "0".repeat(64));
    assert!(sign_in(&kit.app, now, HANDLER, PASSWORD, with(Some(&forged))).await.is_err());
    let signed = sign_in(&kit.app, now, HANDLER, PASSWORD, with(Some(&device))).await.unwrap();
    // The next sign-in ends the session that it replaces.
    let again = Browser { session: Some(signed.token.clone()), ..with(Some(&device)) };
    sign_in(&kit.app, now, HANDLER, PASSWORD, again).await.unwrap();
    assert!(service::account::authenticate::session(&kit.app, now, &signed.token).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn rubbish_is_answered_shortly() {
    let kit = Kit::sqlite().await.filled(1).await;
    let router = router(&kit.app);
    let token = signed_in(&kit, HANDLER).await;
    let eight = 8 * 1024 * 1024 - 64;
    let long = |head: &str, item: &str| head.chars().chain(item.chars().cycle()).take(eight).collect::<String>();
    for (name, content) in [
        ("x.csv", long("GeneralFixed,SpecialTherapy\n", "x,y\n")),
        ("x.csv", long("", "a,")),
        ("x.csv", long("GeneralFixed\n", "1,2,3,4,5,6,7,8,9,")),
        ("x.json", long("[", "0,")),
        ("x.json", long("[[", "0,")),
        ("x.json", long("[{\"a\":", "[0,")),
        ("x.json", long("[", "{\"yacht\":[0,0,0]},")),
        ("x.json", long("[{\"a\":\"", "x")),
    ] {
        let started = std::time::Instant::now();
        let (status, _, text) = send(&router, upload(&token, name, &content)).await;
        assert!(text.len() < 1_000_000, "{}… was answered with {} bytes", &content[..20], text.len());
        assert!(started.elapsed().as_secs() < 5, "{}… took {:?}", &content[..20], started.elapsed());
        assert!(!status.is_server_error(), "{}…: {text}", &content[..20]);
    }
    let report = send(&router, upload(&token, "x.csv", &format!("GeneralFixed\n520\n{}", "x\n".repeat(5_000)))).await.2;
    assert!(
        report.contains("0 claims saved and predicted") && report.contains("The first 25 of 200 problems"),
        "{report}"
    );
    assert!(report.contains("nothing was saved"), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn careless_calls_are_refused_in_words() {
    let kit = Kit::sqlite().await.filled(1).await;
    let router = router(&kit.app);
    let token = signed_in(&kit, HANDLER).await;
    let answer = async |request: Request<Body>| {
        let (status, headers, text) = send(&router, request).await;
        (status.as_u16(), headers, text)
    };
    let (status, _, text) = answer(function("/fn/claims/import", Some(&token), "x")).await;
    assert_eq!(status, 422, "an upload that is none: {text}");
    let (status, _, text) = answer(function("/fn/nothing", Some(&token), "")).await;
    assert!(status == 404 && text.contains("There is nothing under this address"), "{status} {text}");
    let (status, _, text) = answer(function("/fn/claims/flag", Some(&token), "what=ever")).await;
    assert_eq!(status, 422, "arguments that cannot be read: {text}");
    let mut large = function("/fn/account/sign_in", None, &"x".repeat(100_000));
    large.headers_mut().insert(header::CONTENT_LENGTH, 100_000.into());
    let (status, _, _) = answer(large).await;
    assert_eq!(status, 413);
    let (status, headers, _) = answer(page("/pkg/of-another-version.js", &token)).await;
    assert_eq!((status, headers[header::CACHE_CONTROL].to_str().unwrap()), (404, "no-store"));
}

/// A refusal in the address is shown only if it came from here.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_says_things_on_our_pages() {
    let kit = Kit::sqlite().await.filled(1).await;
    let router = router(&kit.app);
    let mut form = function("/fn/account/sign_in", None, "email=a%40example.org&password=wrong");
    form.headers_mut().insert(header::ACCEPT, "text/html".parse().unwrap());
    form.headers_mut().insert(header::REFERER, "http://localhost/sign-in".parse().unwrap());
    let (_, headers, _) = send(&router, form).await;
    let place = headers[header::LOCATION].to_str().unwrap().trim_start_matches("http://localhost").to_owned();
    assert!(place.contains("__err=") && place.contains("__proof="), "{place}");
    let (status, _, html) = send(&router, page(&place, "")).await;
    assert!(status == 200 && html.contains("E-mail address or password is wrong"), "our own refusal is shown");
    let spoofed = place.replacen("__err=", "__err=AAAA", 1);
    for spoofed in [spoofed, place.split("&__proof").next().unwrap().to_owned()] {
        let (status, headers, _) = send(&router, page(&spoofed, "")).await;
        assert!(status.is_redirection(), "{spoofed}");
        assert_eq!(headers[header::LOCATION], "/sign-in");
    }
}

/// What is downloaded is recorded, so a question about it alone downloads nothing; and nobody keeps the
/// server busy with files that they do not take.
#[tokio::test(flavor = "multi_thread")]
async fn downloads_are_had_whole_and_four_at_a_time() {
    let kit = Kit::sqlite().await.filled(12).await;
    let router = router(&kit.app);
    let token = signed_in(&kit, "administrator@northgate.example").await;
    let address = "/reports/audit/audit-log-newest-first.csv";
    let mut head = page(address, &token);
    *head.method_mut() = http::Method::HEAD;
    assert_eq!(send(&router, head).await.0, 405);
    let recorded = async || {
        let query = store::audit::AuditQuery { action: "report.downloaded".into(), ..Default::default() };
        store::audit::count(&kit.app.store, store::Reach::Operator, &query).await.unwrap()
    };
    assert_eq!(recorded().await, 0);
    let mut waiting = Vec::new();
    for _ in 0..4 {
        let answer = tower::ServiceExt::oneshot(router.clone(), page(address, &token)).await.unwrap();
        assert_eq!(answer.status(), 200);
        waiting.push(answer);
    }
    let (status, _, words) = send(&router, page(address, &token)).await;
    assert_eq!(status, 429, "{words}");
    assert!(words.contains("wait until one of them is done"), "{words}");
    // Somebody else is not held up; and who is done, or has hung up, may go on.
    let other = signed_in(&kit, "administrator@solatium.example").await;
    assert_eq!(send(&router, page(address, &other)).await.0, 200);
    waiting.pop();
    assert_eq!(send(&router, page(address, &token)).await.0, 200);
    assert_eq!(recorded().await, 6);
}
