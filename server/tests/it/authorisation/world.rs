//! Two companies with one of each thing, and who asks for them.

use std::sync::atomic::{AtomicU32, Ordering};

use domain::alert::{Standing, State};
use domain::policy::Role;
use service::demo::PASSWORD;
use service::{App, Limits};
use store::{Reach, Store};
use testkit::{HARBOUR, Kit, NORTHGATE, SOLATIUM, now};

/// Ids by placeholder.
pub type Ids = Vec<(&'static str, String)>;

pub fn fill(text: &str, ids: &Ids) -> String {
    ids.iter().fold(text.to_owned(), |text, (name, id)| text.replace(&format!("{{{name}}}"), id))
}

pub struct World {
    pub kit: Kit,
    /// Label, session token, whether they work for one insurer.
    pub callers: Vec<(String, Option<String>, bool)>,
    pub own: Ids,
    pub other: Ids,
    pub own_key: String,
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
    let issued = invoices.iter().find(|i| i.open > domain::Money::ZERO);
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
    let tier = tier(&finance).await;
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
        ("report", report(kit, own, third).await),
        ("retraining", retraining(kit, own).await),
        ("material", taught.clone()),
        ("draft", material(kit, own, third, false).await),
        ("publication", publication(kit, own, third).await),
        ("trial", trial(kit, own, shared, third).await),
        ("training", training(kit, own).await),
        ("muted", alert(kit, own, third, State::Muted).await),
        ("invoice", draft.map_or("inv_none".into(), |i| i.id.to_string())),
        ("issued", issued.map_or("inv_none".into(), |i| i.id.to_string())),
        ("payment", payment(kit, own).await),
        ("line", line(kit).await),
        ("statement", statement(kit, own).await),
        ("batch", batch(&finance).await),
        ("card", tier.card.to_string()),
        ("tier", tier.id.to_string()),
        ("request", request(kit, own, tier.id).await),
        ("r1", right[0].to_string()),
        ("r2", right[1].to_string()),
        ("r3", right[2].to_string()),
        ("r4", right[3].to_string()),
        ("r5", right[4].to_string()),
    ];
    (ids, key.secret)
}

/// Money of a company that no invoice has taken.
async fn payment(kit: &Kit, company: domain::id::CompanyId) -> String {
    let ctx = kit.app.system(now());
    let id: domain::id::PaymentId = ctx.id();
    let payment = store::payments::Payment {
        id,
        company,
        received_on: now().date_naive(),
        amount: domain::Money::from_pounds(50),
        left: domain::Money::from_pounds(50),
        method: "transfer".into(),
        reference: String::new(),
        source: format!("test:{id}"),
        recorded_by: "system".into(),
        at: now(),
        reversed_on: None,
        note: String::new(),
    };
    let tx = ctx.begin().await.unwrap();
    store::payments::record(&tx, &payment).await.unwrap();
    tx.commit_bookkeeping().await.unwrap();
    id.to_string()
}

/// A tier that opens everything.
async fn tier(finance: &service::Ctx) -> store::tiers::ServiceTier {
    if let Some(tier) = store::tiers::offered(finance.store()).await.unwrap().pop() {
        return tier;
    }
    let did = async |act: &str, entries: &[(&str, &str)]| {
        let entries: std::collections::BTreeMap<String, String> =
            entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        service::acts::run(finance, act, &entries.into()).await.unwrap();
    };
    did("card.add", &[("name", "Of the tier"), ("model", "unit"), ("price", "2")]).await;
    let card = store::rate_cards::list(finance.store()).await.unwrap()[0].id.to_string();
    let all = [("rest", "true"), ("batch", "true"), ("documents", "true"), ("own_models", "true")];
    let named = [("name", "Everything"), ("card_id", card.as_str())];
    did("tier.add", &[&all[..], &named[..]].concat()).await;
    store::tiers::offered(finance.store()).await.unwrap().pop().unwrap()
}

/// A request of the company's manager that waits.
async fn request(kit: &Kit, company: domain::id::CompanyId, tier: domain::id::ServiceTierId) -> String {
    if let Some(open) = store::tiers::open(&kit.app.store, Reach::Company(company)).await.unwrap().pop() {
        return open.id.to_string();
    }
    let ctx = kit.app.system(now());
    let request = store::tiers::Request {
        id: ctx.id(),
        company,
        tier,
        from: "2098-01-01".parse().unwrap(),
        note: String::new(),
        state: store::tiers::State::Open,
        made_by: "system".into(),
        made_at: now(),
        decided_by: None,
        decided_at: None,
        reason: String::new(),
    };
    let tx = ctx.begin().await.unwrap();
    store::tiers::ask(&tx, &request).await.unwrap();
    tx.commit_bookkeeping().await.unwrap();
    request.id.to_string()
}

/// What the company used last month, to be confirmed.
async fn statement(kit: &Kit, company: domain::id::CompanyId) -> String {
    use service::invoicing::usage_statements::freeze;
    let period = billing::Cycle::Monthly.period(billing::Month::at(now()).previous());
    freeze(&kit.app.system(now()), company, period).await.unwrap();
    let found = store::usage_statements::of_period(&kit.app.store, company, period.first.first_day()).await.unwrap();
    found.unwrap().id.to_string()
}

/// A batch for the books.
async fn batch(finance: &service::Ctx) -> String {
    let entries = std::collections::BTreeMap::from([("target".to_owned(), "xero".to_owned())]);
    // The second of two companies finds everything exported.
    let _ = service::acts::run(finance, "books.export", &entries.into()).await;
    store::books::batches(&finance.app.store, 1).await.unwrap()[0].id.to_string()
}

/// A line of the bank's file that nobody has dealt with.
async fn line(kit: &Kit) -> String {
    let ctx = kit.app.system(now());
    let id: domain::id::BankLineId = ctx.id();
    let line = store::bank::BankLine {
        id,
        account: "main".into(),
        key: format!("test:{id}"),
        day: now().date_naive(),
        description: "BACS".into(),
        amount: domain::Money::from_pounds(5),
        state: store::bank::State::Open,
        payment: None,
        imported_by: "system".into(),
        imported_at: now(),
    };
    let tx = ctx.begin().await.unwrap();
    store::bank::keep(&tx, &[line]).await.unwrap();
    tx.commit_bookkeeping().await.unwrap();
    id.to_string()
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

/// A fairness report on no group at all.
async fn report(kit: &Kit, company: domain::id::CompanyId, model: domain::id::ModelId) -> String {
    let ctx = kit.app.system(now());
    let body = service::fairness::Body { claims: 0, attributes: Vec::new(), flip: None, data: "0".into() };
    let body = serde_json::to_string(&body).unwrap();
    let report = store::fairness::Report { id: ctx.id(), company, model, at: now(), claims: 0, found: 0, body };
    let tx = ctx.begin().await.unwrap();
    store::fairness::create(&tx, &report).await.unwrap();
    tx.commit_bookkeeping().await.unwrap();
    report.id.to_string()
}

/// A retraining of which nothing came.
async fn retraining(kit: &Kit, company: domain::id::CompanyId) -> String {
    let ctx = kit.app.system(now());
    let row = store::retrainings::Retraining {
        id: ctx.id(),
        company: Some(company),
        asked_by: "system".into(),
        began_at: now(),
        ended_at: now(),
        end: store::retrainings::End::Skipped,
        reason: "0 of 300 labels are known.".into(),
        labels: 0,
        outcomes: 0,
        data: "0".into(),
        model: None,
        body: serde_json::to_string(&service::training::run::Body::default()).unwrap(),
    };
    let tx = ctx.begin().await.unwrap();
    store::retrainings::create(&tx, &row).await.unwrap();
    tx.commit_bookkeeping().await.unwrap();
    row.id.to_string()
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

async fn person(kit: &Kit, company: domain::id::CompanyId) -> String {
    let people = store::people::list(&kit.app.store, Reach::Company(company)).await.unwrap();
    people.iter().find(|p| p.role == Role::Finance).unwrap().id.to_string()
}

pub async fn world() -> World {
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
        // Two people of one role and reach are one column.
        if callers.iter().any(|(known, ..)| *known == label) {
            continue;
        }
        callers.push((label, Some(session.token), !ours));
    }
    World { kit, callers, own, other, own_key }
}

/// The same database for each call, whatever the calls before did. A new file each time: an earlier
/// one may still be open.
pub async fn fresh(world: &World) -> App {
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
