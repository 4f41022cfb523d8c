//! Every server function and endpoint × every role × ids of the own and of another company,
//! compared with the agreed matrix in `authorisation_matrix.txt`.
//!
//! After a change that is meant, `UPDATE_MATRIX=1 cargo test --release --test it authorisation` writes
//! the file anew; review the difference.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::common::{call, function, router, send};
use domain::alert::{Standing, State};
use domain::policy::Role;
use http::{Method, Request, header};
use service::demo::PASSWORD;
use service::{App, Limits};
use store::{Reach, Store};
use testkit::{HARBOUR, Kit, NORTHGATE, SOLATIUM, now};

/// Path below `/fn/` and a body that is right but for its ids. `{claim}` and the like are replaced by
/// ids of the own or of another company.
const FUNCTIONS: &[(&str, &str)] = &[
    ("account/accept_invitation", "token=x&password=copper-lantern-drifts-east&again=copper-lantern-drifts-east"),
    ("account/acknowledge_policy", "agreed=true"),
    ("account/change_password", "current=wrong&new=x&again=x"),
    ("account/invitation", "token=x"),
    ("account/keys", "keys=off"),
    ("account/notifications", ""),
    ("account/notifications_read", ""),
    ("account/set_up", "token=x&name=N&email=n@example.org&password=copper-lantern-drifts-east"),
    ("account/sign_in", "email=nobody@example.org&password=wrong"),
    ("account/sign_out", ""),
    ("account/theme", "theme=dark"),
    ("account/viewer", ""),
    ("account/welcome", ""),
    ("api_keys/create", "company_id={company}&name=test"),
    ("api_keys/list", ""),
    ("api_keys/revoke", "id={key}"),
    ("billing/approve_invoice", "id={invoice}"),
    ("billing/discard_invoice", "id={invoice}"),
    ("billing/generate_invoices", "month=2026-10"),
    ("billing/invoice", "id={issued}"),
    ("billing/invoices", "page=1"),
    ("billing/issue_invoice", "id={invoice}"),
    ("billing/record_payment", "id={issued}"),
    ("claims/accept", "id={claim}&prediction_id={prediction}&medical_report=true"),
    (
        "claims/create",
        "input[token]=t&input[fields][accident_type]=Rear+end&input[fields][accident_date]=2026-01-10&input[fields][claim_date]=2026-02-01&input[fields][injury_prognosis_months]=6&input[fields][special_therapy]=400",
    ),
    ("claims/discard_draft", ""),
    ("claims/documents", "claim={claim}"),
    ("claims/draft", ""),
    ("claims/find", "text=C-1"),
    ("claims/flag", "id={claim}&flag_reason=look"),
    ("claims/flag_all", "ids[]={claim}&flag_reason=Please"),
    ("claims/hand_back", "id={flagged}&answer=go+on"),
    ("claims/add_document", "MULTIPART {claim}"),
    ("claims/import", "MULTIPART"),
    ("claims/list", "filter[search]="),
    ("claims/override", "id={claim}&amount=500&reason=negotiated&medical_report=true"),
    ("claims/predict_again", "id={claim}"),
    ("claims/remove_view", "id={view}"),
    ("claims/reviews", ""),
    ("claims/save_draft", ""),
    ("claims/save_view", "name=Mine&query=mine=true"),
    ("claims/undo", "id={claim}&decision_id={decision}"),
    ("claims/view", "id={claim}"),
    ("claims/views", ""),
    ("claims/what_if", "question[claim_id]={claim}&question[changes][special_therapy]=10"),
    ("companies/add_department", "company_id={company}&name=New"),
    ("companies/create", "company[name]=Brand+New"),
    ("companies/list", ""),
    ("companies/update", "company[id]={company}&company[name]=Renamed"),
    ("companies/view", "id={company}"),
    ("models/upload", "MULTIPART"),
    ("people/choices", ""),
    (
        "people/create",
        "person[name]=New&person[email]=new@example.org&person[role]=handler&person[company_id]={company}",
    ),
    ("people/list", ""),
    ("people/reset_password", "id={person}"),
    ("people/set_active", "id={person}&active=false"),
    (
        "people/update",
        "person[id]={person}&person[name]=New&person[email]=other@example.org&person[role]=handler&person[company_id]={company}",
    ),
    ("people/view", "id={person}"),
];

/// What each act is sent, right but for its ids.
const ACTS: &[(&str, &str)] = &[
    ("alert.acknowledge", "id={alert}&version=1&note=Known"),
    ("alert.mute", "id={alert}&version=1&until=2026-12-24&note=Known"),
    ("alert.unmute", "id={muted}&version=1"),
    ("authority.set", "holder=everybody&amount=5000&since=2099-01-01"),
    ("bookmark.put", "id={claim}&note=Example&shared=true"),
    ("bookmark.remove", "id={claim}"),
    ("claim.correct", "id={claim}&special_therapy=410"),
    ("contest.enter", "id={settled}&ground=Too+little"),
    ("diary.add", "id={claim}&words=Ring&in_days=3"),
    ("diary.clock", "id={claim}&clock=register&met=true"),
    ("diary.done", "id={diary}"),
    ("document.answer", "id={candidate}&version=1&answer=confirm&value=310.50"),
    ("document.more", "id={document}"),
    ("document.password", "id={document}&password=x"),
    ("document.remove", "id={document}"),
    ("document.reopen", "id={candidate}&version=9"),
    ("document.report", "id={document}&report=true"),
    ("document.retain", "id={document}&until=2050-01-01&held=true"),
    ("estimate.give", "id={claim}&estimate=500"),
    ("estimate.rules", "on=true&value=10000&wide=150&share=3"),
    ("fairness.answer", "id={finding}&version=1&state=accepted&due_on=2026-12-24&note=Known"),
    ("fairness.report", "company={company}"),
    ("heads.assess", "id={claim}&general_fixed=500&general_fixed_reason=by_law"),
    ("heads.settle", "id={claim}&pence=1"),
    ("job.again", "id={job}"),
    ("job.cancel", "id={job}"),
    ("material.answer", "id={material}&a1={r1}&a2={r2}&a3={r3}&a4={r4}&a5={r5}"),
    ("material.publish", "id={draft}&version=1"),
    (
        "material.save",
        "model={model}&title=T&words=W&q1=a&q1a=a&q1b=b&q1c=c&q2=a&q2a=a&q2b=b&q2c=c&q3=a&q3a=a&q3b=b&q3c=c&q4=a&q4a=a&q4b=b&q4c=c&q5=a&q5a=a&q5b=b&q5c=c",
    ),
    ("methodology.publish", "id={model}&words=W"),
    ("model.approve", "id={model}&note=Looked"),
    ("model.deploy", "id={approved}&note=Better&seen={seen}"),
    ("model.measure", "id={model}"),
    ("model.note", "id={model}&words=Watch"),
    ("model.return", "seen={seen}"),
    ("model.roll_back", "reason=Bad&seen={seen}"),
    ("model.stop", "reason=Bad&seen={seen}"),
    ("model.withdraw", "id={approved}&reason=Bad"),
    ("offer.accept", "id={offer}&version=1"),
    ("offer.end", "id={offer}&version=1&how=refused"),
    ("offer.make", "id={claim}&side=theirs&amount=900"),
    ("outcome.record", "id={claim}&amount=900&settled_on=2026-11-01"),
    ("profile.save", "title=Handler"),
    ("profile.wish", "reviewed=here&flagged=here&offer=here&contest=here&alert=here&methodology=here"),
    ("publication.make", "model={model}&title=T&audience=handlers"),
    ("retraining.now", ""),
    ("retraining.plan", "cron=0+3+1+*+*&family=all&unanchored=true&on_drift=true"),
    ("retraining.stop", "id={training}"),
    ("retraining.unplan", ""),
    (
        "terms.set",
        "company_id={company}&unit_price=2&tax_rate=20&payment_days=30&cycle=monthly&effective_from=2027-01-01",
    ),
    ("trial.end", "trial={trial}&version=1&note=Enough"),
    ("trial.start", "id={approved}&channels=api"),
    ("trial.widen", "trial={trial}&version=1&note=Fine"),
    ("tutorial.answer", "q0=0&q1=0&q2=0&q3=0&q4=0"),
    ("tutorial.read", "id=0&answer=confirm&value=565"),
    ("tutorial.reread", "id=0"),
    ("tutorial.step", "to=2"),
];

/// An act as the function of acts is sent it.
pub fn act(name: &str, entries: &str) -> String {
    let with = entries.split('&').filter_map(|pair| pair.split_once('='));
    let with: Vec<String> = with.map(|(name, value)| format!("with[{name}]={value}")).collect();
    format!("act={name}&{}", with.join("&"))
}

/// A table of each report that has one, by the report's name.
const TABLES: &[(&str, &str)] = &[
    ("accuracy", "by-month-of-decision"),
    ("alerts", "the-last-week-of-each-stream"),
    ("api-calls", "api-calls-newest-first"),
    ("audit", "audit-log-newest-first"),
    ("authority", "who-may-settle-for-how-much"),
    ("bookmarks", "yours"),
    ("claims", "claims"),
    ("compare", "on-the-same-claims-newest-first"),
    ("dashboard", "latest-actions"),
    ("diary", "your-next-actions"),
    ("estimates", "how-far-people-follow-the-prediction"),
    ("explanation", "a-worked-example-in-figures"),
    ("fairness", "reports"),
    ("jobs", "jobs"),
    ("material", "training-material"),
    ("model", "particulars"),
    ("models", "model-versions"),
    ("outcomes", "what-claims-finally-settled-for"),
    ("overrides", "by-reason-kind-and-direction"),
    ("performance", "claims-you-decided"),
    ("predictions", "predictions-and-what-people-made-of-them"),
    ("prices", "in-force-today"),
    ("published", "published-reports"),
    ("retraining", "retrainings"),
    ("revenue", "by-company"),
    ("team", "the-teams-last-30-days"),
    ("trail", "your-own-actions"),
    ("usage", "by-company"),
];

/// Reports that have forms alone.
const WITHOUT_TABLE: &[&str] = &["assess", "correct", "document", "import", "model-upload", "profile", "tutorial"];

/// Functions with their bodies, and the function of reports once for each report.
fn functions() -> Vec<(String, &'static str, String)> {
    let named = service::reports::REPORTS
        .iter()
        .map(|kind| kind.name)
        .map(|name| (format!("report {name}"), "report", format!("name={name}{}", of_report(name, "&query=id%3D"))));
    let acts = ACTS.iter().map(|(name, entries)| (format!("act {name}"), "act", act(name, entries)));
    let functions = FUNCTIONS.iter().map(|(path, body)| ((*path).to_owned(), *path, (*body).to_owned()));
    functions.chain(acts).chain(named).collect()
}

/// What a report is asked of, where it is one thing's.
fn of_report(name: &str, how: &str) -> String {
    match name {
        "assess" | "correct" => format!("{how}{{claim}}"),
        "compare" => {
            let (and, is) = if how.starts_with('?') { ("&", "=") } else { ("%26", "%3D") };
            format!("{how}none{and}left{is}{{model}}{and}right{is}{{shared}}")
        }
        "document" => format!("{how}{{document}}"),
        "model" => format!("{how}{{model}}"),
        _ => String::new(),
    }
}

/// Every page and download of the page table but those that anybody may open, with placeholders.
fn pages() -> Vec<String> {
    let whose = |path: &str| match path.split('/').nth(1) {
        Some("claims") => "{claim}",
        Some("predictions") => "{prediction}",
        Some("invoices") => "{issued}",
        Some("models") => "{model}",
        Some("people") => "{person}",
        Some("companies") => "{company}",
        Some("documents") => "{document}",
        Some("export" | "published") => "",
        other => panic!("say of what {other:?} has ids"),
    };
    let closed = app::pages::PAGES.iter().filter(|p| p.needs != app::pages::Needs::Nothing);
    let closed = closed.filter(|p| !p.path.starts_with("/reports/"));
    let reports: Vec<_> = TABLES
        .iter()
        .map(|(report, table)| format!("/reports/{report}/{table}.csv{}", of_report(report, "?id=")))
        .collect();
    let known: BTreeSet<&str> = TABLES.iter().map(|(name, _)| *name).chain(WITHOUT_TABLE.iter().copied()).collect();
    assert!(known.into_iter().eq(service::reports::REPORTS.iter().map(|kind| kind.name)));
    closed
        .map(|p| {
            if !p.path.contains(':') && !of_report(p.report, "?id=").is_empty() {
                format!("{}{}", p.path, of_report(p.report, "?id="))
            } else if p.path.contains(':') {
                p.path.replace(":id", whose(p.path)).replace(":file", file_of(p.path)).replace(":page", "1")
            } else {
                p.path.to_owned()
            }
        })
        .chain(reports)
        .collect()
}

/// A file that is had under such an address.
fn file_of(path: &str) -> &'static str {
    match path.split('/').nth(1) {
        Some("predictions") => "waterfall.svg",
        Some("export") => "outcomes.parquet",
        Some("published") => "{publication}.pdf",
        _ => "mean-error-by-kind-and-value.svg",
    }
}

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
        "/export/:file",
        "/published/:file",
        "/invoices/:id/pdf",
        "/models/:id/charts/:file",
        "/predictions/:id/:file",
        "/reports/:name/:table",
    ];
    let table: BTreeSet<String> =
        app::pages::PAGES.iter().map(|p| p.path.to_owned()).filter(|p| !downloads.contains(&p.as_str())).collect();
    assert_eq!(routes, table);
}

const REST: &[(&str, &str, &str)] = &[
    ("POST", "/api/v1/predictions", r#"{"claim":{"general_fixed_pence":56500}}"#),
    ("POST", "/api/v1/predictions/batch", r#"{"claims":[{"general_fixed_pence":56500}]}"#),
    ("GET", "/api/v1/predictions/{prediction}", ""),
    ("GET", "/api/v1/claims/{claim}", ""),
    ("POST", "/api/v1/claims/{claim}/documents", "MULTIPART"),
    ("GET", "/api/v1/claims/{claim}/documents", ""),
    ("GET", "/api/v1/documents/{document}", ""),
    ("GET", "/api/v1/documents/{document}/file", ""),
    (
        "POST",
        "/api/v1/claims/{claim}/decision",
        r#"{"kind":"accept","prediction_id":"{prediction}","decided_by":"J. Okafor","decided_at":"{decided}","medical_report_received":true}"#,
    ),
    ("GET", "/api/v1/claims/{claim}/outcome", ""),
    ("POST", "/api/v1/claims/{claim}/outcome", r#"{"amount_pence":90000,"settled_on":"2026-11-01"}"#),
];

/// Addresses that need no sign-in by design, or are covered elsewhere.
const OPEN: &[&str] = &[
    "account/accept_invitation",
    "account/invitation",
    "account/keys",
    "account/set_up",
    "account/sign_in",
    "account/theme",
    "account/welcome",
];

/// Ids by placeholder.
type Ids = Vec<(&'static str, String)>;

fn fill(text: &str, ids: &Ids) -> String {
    ids.iter().fold(text.to_owned(), |text, (name, id)| text.replace(&format!("{{{name}}}"), id))
}

struct World {
    kit: Kit,
    /// Label, session token, whether they work for one insurer.
    callers: Vec<(String, Option<String>, bool)>,
    own: Ids,
    other: Ids,
    own_key: String,
}

/// Things of one company that the ids name.
async fn ids(kit: &Kit, company: &str) -> (Ids, String) {
    let handler = kit.ctx(company, Role::Handler).await;
    let admin = kit.ctx(company, Role::Administrator).await;
    let finance = kit.ctx(SOLATIUM, Role::Finance).await;
    let engineer = kit.ctx(company, Role::Engineer).await;
    let own = handler.caller.company.unwrap();
    let mut claims = Vec::new();
    for pence in [56_500, 57_500] {
        let claim = serde_json::json!({ "general_fixed_pence": pence, "injury_prognosis_months": 6 });
        let entry = service::claims::entry::from_json(&claim, now().date_naive()).unwrap();
        claims.push(service::claims::create::enter(&handler, entry, "form", None).await.unwrap().0);
    }
    let flagged = claims[1].claim.id.to_string();
    service::claims::flag::flag(&handler, &flagged, "look").await.unwrap();
    let key = service::admin::api_keys::create(&admin, &own.to_string(), "key").await.unwrap();
    let key_id = service::admin::api_keys::list(&admin).await.unwrap().keys[0].id.to_string();
    // The same bytes may be in the registry once for each company.
    let model = service::models::upload::upload(&engineer, testkit::bundle(), "").await.unwrap().model.unwrap();
    let approved = testkit::approved(kit, company, testkit::other_bundle()).await;
    let shared = store::models::list(&kit.app.store, Reach::Operator, finance.caller.company.unwrap()).await.unwrap();
    let shared = shared.iter().find(|m| Some(m.company) == finance.caller.company).unwrap().id;
    let invoices = store::invoices::list(&kit.app.store, Reach::Company(own), false).await.unwrap();
    let draft = invoices.iter().find(|i| i.number.is_none());
    let issued = invoices.iter().find(|i| i.status == billing_status());
    let jobs = store::jobs::list(&kit.app.store, Reach::Company(own), None, None, 1).await.unwrap();
    service::claims::saved_views::save(&handler, "Mine", "mine=true").await.unwrap();
    let views = service::claims::saved_views::list(&handler).await.unwrap();
    let letter = b"Loss of earnings: 310.50".to_vec();
    let claim = claims[0].claim.id.to_string();
    let document = service::documents::upload::upload(&handler, &claim, "letter.txt", testkit::ports::sent(letter))
        .await
        .unwrap()
        .document;
    let kept = store::documents::find(&kit.app.store, Reach::Company(own), document.id).await.unwrap();
    service::documents::read::read(&handler, &kept, 1, true).await.unwrap();
    let candidate = service::documents::list::one(&handler, &document.id.to_string()).await.unwrap().1[0].id;
    let entered = async |act: &str, entries: &[(&str, &str)]| {
        let entries: std::collections::BTreeMap<String, String> =
            entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        service::acts::run(&handler, act, &entries.into()).await.unwrap();
    };
    entered("offer.make", &[("id", &claim), ("side", "theirs"), ("amount", "900")]).await;
    entered("diary.add", &[("id", &claim), ("words", "Ring"), ("in_days", "2")]).await;
    let reach = Reach::Company(own);
    let offer = store::offers::of_claim(&kit.app.store, reach, claims[0].claim.id).await.unwrap()[0].id;
    let diary = store::diary::of_claim(&kit.app.store, reach, claims[0].claim.id).await.unwrap()[0].id;
    let query = store::claims::ClaimQuery {
        status: Some(domain::settlement::ClaimStatus::Decided),
        page: 1,
        per_page: 1,
        ..Default::default()
    };
    let settled = store::claims::some(&kit.app.store, reach, &query).await.unwrap()[0].id;
    // A model of their own serves them: it can be rolled back from, stopped and given back.
    service::models::deploy::deploy(&engineer, shared, "Ours.", None).await.unwrap();
    let third = testkit::approved(kit, company, testkit::third_bundle()).await;
    service::models::deploy::deploy(&engineer, third, "Better.", None).await.unwrap();
    let seen = store::models::deployments(&kit.app.store, Some(own), 1).await.unwrap()[0].id.to_string();
    let taught = material(kit, own, third, true).await;
    let right = service::publishing::material::right_places(taught.parse().unwrap());
    let ids = vec![
        ("candidate", candidate.to_string()),
        ("offer", offer.to_string()),
        ("diary", diary.to_string()),
        ("settled", settled.to_string()),
        ("document", document.id.to_string()),
        ("claim", claims[0].claim.id.to_string()),
        ("prediction", claims[0].prediction.as_ref().unwrap().0.id.to_string()),
        ("flagged", flagged),
        // Nobody's: the claim is not decided.
        ("decision", "dec_00000000000000000000000000000000".into()),
        ("view", views[0].id.to_string()),
        ("decided", now().to_rfc3339()),
        ("company", own.to_string()),
        ("person", person(kit, own).await),
        ("key", key_id),
        ("job", jobs[0].id.to_string()),
        ("model", model.to_string()),
        ("shared", shared.to_string()),
        ("approved", approved.to_string()),
        ("seen", seen),
        ("alert", alert(kit, own, third, State::Open).await),
        ("finding", finding(kit, own, third).await),
        ("material", taught.clone()),
        ("draft", material(kit, own, third, false).await),
        ("publication", publication(kit, own, third).await),
        ("trial", trial(kit, own, shared, third).await),
        ("training", training(kit, own).await),
        ("muted", alert(kit, own, third, State::Muted).await),
        ("invoice", draft.map_or("inv_none".into(), |i| i.id.to_string())),
        ("issued", issued.map_or("inv_none".into(), |i| i.id.to_string())),
        ("r1", right[0].to_string()),
        ("r2", right[1].to_string()),
        ("r3", right[2].to_string()),
        ("r4", right[3].to_string()),
        ("r5", right[4].to_string()),
    ];
    (ids, key.secret)
}

/// A finding that nobody has answered.
async fn finding(kit: &Kit, company: domain::id::CompanyId, model: domain::id::ModelId) -> String {
    let ctx = kit.app.system(now());
    let finding = store::fairness::Finding {
        id: ctx.id(),
        company,
        model,
        about: "Gender: X, by the model".into(),
        state: domain::finding::State::Found,
        report: ctx.id(),
        gap: 40.0,
        found_at: now(),
        owner: None,
        due_on: None,
        note: String::new(),
        version: 0,
        updated_at: now(),
    };
    let tx = ctx.begin().await.unwrap();
    store::fairness::put(&tx, &finding).await.unwrap();
    tx.commit_bookkeeping().await.unwrap();
    finding.id.to_string()
}

/// Training material of a company, published or a draft.
async fn material(kit: &Kit, company: domain::id::CompanyId, model: domain::id::ModelId, published: bool) -> String {
    let ctx = kit.app.system(now());
    let question = serde_json::json!({ "asks": "?", "answers": ["a", "b", "c"] });
    let material = store::publications::Material {
        id: ctx.id(),
        company: Some(company),
        model,
        title: "Title".into(),
        words: "Words".into(),
        questions: serde_json::to_string(&vec![question; 5]).unwrap(),
        published_at: published.then(now),
        by: "system".into(),
        version: 0,
        at: now(),
    };
    let tx = ctx.begin().await.unwrap();
    store::publications::put(&tx, &material).await.unwrap();
    tx.commit_bookkeeping().await.unwrap();
    material.id.to_string()
}

/// A report of a company's, for everybody of it.
async fn publication(kit: &Kit, company: domain::id::CompanyId, model: domain::id::ModelId) -> String {
    let mut ctx = kit.app.system(now());
    (ctx.caller.company, ctx.caller.reach) = (Some(company), Reach::Company(company));
    let asked = service::publishing::reports::Asked {
        company: Some(company),
        model,
        title: "Title".into(),
        audience: "handlers".into(),
        by: "system".into(),
    };
    service::publishing::reports::freeze(&ctx, &asked).await.unwrap();
    let found =
        store::publications::list(&kit.app.store, Some(company), &["handlers"], (1, 1)).await.unwrap().0.remove(0);
    found.id.to_string()
}

/// A version that is tried in the shadow.
async fn trial(
    kit: &Kit,
    company: domain::id::CompanyId,
    challenger: domain::id::ModelId,
    champion: domain::id::ModelId,
) -> String {
    let ctx = kit.app.system(now());
    let trial = store::trials::Trial {
        id: ctx.id(),
        company: Some(company),
        champion,
        challenger,
        stage: domain::trial::Stage::Shadow,
        share: 0,
        channels: "form,file,api".into(),
        started_by: "system".into(),
        started_at: now(),
        ended: None,
        dropped: 0,
        looks: "[]".into(),
        version: 0,
    };
    let tx = ctx.begin().await.unwrap();
    store::trials::put(&tx, &trial).await.unwrap();
    tx.commit_bookkeeping().await.unwrap();
    trial.id.to_string()
}

/// A retraining that waits for its turn.
async fn training(kit: &Kit, company: domain::id::CompanyId) -> String {
    use service::training::plan::{Payload, Plan};
    let ctx = kit.app.system(now());
    let payload = Payload { company: Some(company), plan: Plan::default(), asked: true };
    let tx = ctx.begin().await.unwrap();
    service::jobs::model_retrain::order(&ctx, &tx, &payload).await.unwrap();
    tx.commit_bookkeeping().await.unwrap();
    let kind = service::jobs::model_retrain::KIND.key;
    let waiting = store::jobs::under_way(&kit.app.store, Reach::Company(company), kind, 1).await.unwrap();
    waiting[0].id.to_string()
}

/// An alert that stands so.
async fn alert(kit: &Kit, company: domain::id::CompanyId, model: domain::id::ModelId, state: State) -> String {
    let ctx = kit.app.system(now());
    let alert = store::monitoring::Alert {
        id: ctx.id(),
        company,
        model,
        signal: state.label().into(),
        standing: Standing { state, ..Standing::default() },
        opened_on: None,
        note: None,
        version: 0,
        updated_at: now(),
    };
    let tx = ctx.begin().await.unwrap();
    store::monitoring::put(&tx, &alert).await.unwrap();
    tx.commit_bookkeeping().await.unwrap();
    alert.id.to_string()
}

fn billing_status() -> billing::InvoiceStatus {
    billing::InvoiceStatus::Issued
}

async fn person(kit: &Kit, company: domain::id::CompanyId) -> String {
    let people = store::people::list(&kit.app.store, Reach::Company(company)).await.unwrap();
    people.iter().find(|p| p.role == Role::Finance).unwrap().id.to_string()
}

async fn world() -> World {
    let kit = Kit::sqlite().await.filled(120).await;
    let (own, own_key) = ids(&kit, NORTHGATE).await;
    let (other, _) = ids(&kit, HARBOUR).await;
    let mut callers = vec![("nobody".to_owned(), None, false)];
    for login in service::demo::logins() {
        if login.company == HARBOUR {
            continue;
        }
        let session = service::account::sign_in::sign_in(&kit.app, chrono::Utc::now(), &login.email, PASSWORD, "test")
            .await
            .unwrap();
        let ours = login.company == SOLATIUM;
        let label = format!("{}{}", if ours { "our-" } else { "" }, login.role.key());
        callers.push((label, Some(session.token), !ours));
    }
    World { kit, callers, own, other, own_key }
}

/// The same database for each call, whatever the calls before did. A new file each time: an earlier
/// one may still be open.
async fn fresh(world: &World) -> App {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = |number: u32| world.kit.dir.path().join(format!("copy{number}.db"));
    // Those long done with are removed, so that a thousand of them do not fill the disk.
    let _ = number.checked_sub(20).map(|old| std::fs::remove_file(path(old)));
    let copy = path(number);
    std::fs::copy(world.kit.dir.path().join("template.db"), &copy).unwrap();
    let url = format!("sqlite://{}?mode=rwc", copy.display());
    App::new(Store::open(&url, world.kit.master.clone()).await.unwrap(), Limits::default(), world.kit.app.ports.clone())
}

fn multipart(path: &str, token: Option<&str>, claim: &str) -> Request<axum::body::Body> {
    let (name, content) = match path {
        "claims/add_document" => ("letter.txt", "Physiotherapy: 420.00"),
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
