//! Streams of claims are looked at week by week; what is odd twice alerts, once.

use chrono::{DateTime, Days, Duration, Utc};
use contract::ErrorKind;
use domain::alert::State;
use domain::calendar::{london_date, midnight, week};
use domain::policy::Role;
use domain::{Head, Money};
use service::acts::{self, Entries};
use service::claims::create;
use service::claims::entry::Entry;
use service::monitoring::run;
use store::{Reach, monitoring};
use testkit::{HARBOUR, Kit, NORTHGATE, SOLATIUM, now, on_both};

use crate::kind;

/// The Monday so many weeks before this one.
fn monday(back: u64) -> DateTime<Utc> {
    midnight(week(london_date(now())) - Days::new(7 * back))
}

/// A week's claims, entered on the Monday; physiotherapy may be dearer.
async fn enter(kit: &Kit, back: u64, claims: usize, dearer: f64) {
    let handler = kit.ctx_at(NORTHGATE, Role::Handler, monday(back) + Duration::hours(9)).await;
    let file = ml::data::parse_claims(testkit::rows(claims * 2, 500 + back).as_slice());
    let entries = file.rows.into_iter().take(claims).enumerate().map(|(i, row)| {
        let therapy = row.facts.heads.get(Head::SpecialTherapy).unwrap_or(Money::ZERO);
        let more = Money::from_pence((therapy.pence() as f64 * dearer) as i64);
        let mut facts = row.facts;
        facts.heads = facts.heads.with(Head::SpecialTherapy, more);
        let entry = Entry {
            facts,
            protected: Default::default(),
            reference: None,
            claimant_reference: None,
            medical_report: true,
        };
        (i as u64, entry)
    });
    create::from_file(&handler, entries.collect(), &Default::default()).await.unwrap();
}

fn entries(all: &[(&str, &str)]) -> Entries {
    let all = all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    all.collect::<std::collections::BTreeMap<_, _>>().into()
}

#[tokio::test]
async fn a_stream_that_drifts_alerts_once_and_is_acknowledged_and_muted() {
    on_both(|kit| async move {
        let kit = kit.filled(4).await;
        let engineer = kit.ctx(NORTHGATE, Role::Engineer).await;
        let company = engineer.caller.company.unwrap();
        let system = kit.app.system(now());
        for back in [6, 5, 4] {
            enter(&kit, back, 220, 1.0).await;
        }
        enter(&kit, 3, 220, 2.5).await;
        enter(&kit, 2, 220, 2.5).await;
        let came = run::company(&system, company, monday(1)).await.unwrap();
        assert!(came.windows >= 5 && came.opened >= 1, "{came:?}");
        let open = |reach| monitoring::list(&kit.app.store, reach, &[State::Open], (1, 50));
        let (alerts, _) = open(Reach::Company(company)).await.unwrap();
        let of = |name: &str| alerts.iter().find(|a| a.signal == name);
        let alert = of("special_therapy").unwrap_or_else(|| panic!("{alerts:?}"));
        assert!(alert.standing.count >= 1 && alert.opened_on.is_some());
        // Looked at again, by whoever, nothing more is seen or told.
        assert_eq!(run::company(&system, company, monday(1)).await.unwrap().windows, 0);
        assert_eq!(open(Reach::Company(company)).await.unwrap().0.len(), alerts.len());
        let told = service::account::notifications::list(&engineer).await.unwrap();
        let about = format!("/alerts?id={}", alert.id);
        assert_eq!(told.iter().filter(|n| n.href == about).count(), 1);
        let ours = kit.ctx(SOLATIUM, Role::Engineer).await;
        assert!(service::account::notifications::list(&ours).await.unwrap().iter().any(|n| n.href == about));
        let theirs = kit.ctx(HARBOUR, Role::Engineer).await;
        assert_eq!(open(theirs.caller.reach).await.unwrap().0.len(), 0, "another company sees nothing of it");
        let id = alert.id.to_string();
        let version = alert.version.to_string();
        let known = entries(&[("id", &id), ("version", &version), ("note", "Prices rose.")]);
        assert_eq!(kind(acts::run(&theirs, "alert.acknowledge", &known).await.unwrap_err()), ErrorKind::NotFound);
        acts::run(&engineer, "alert.acknowledge", &known).await.unwrap();
        let again = acts::run(&engineer, "alert.acknowledge", &known).await.unwrap_err();
        assert_eq!(kind(again), ErrorKind::Conflict, "it has changed since");
        let version = (alert.version + 1).to_string();
        let past = entries(&[("id", &id), ("version", &version), ("note", "x"), ("until", "2020-01-01")]);
        assert!(acts::run(&engineer, "alert.mute", &past).await.unwrap_err().into_app().field("until").is_some());
        let until = (london_date(now()) + Days::new(30)).to_string();
        let mute = entries(&[("id", &id), ("version", &version), ("note", "Until the new model."), ("until", &until)]);
        acts::run(&engineer, "alert.mute", &mute).await.unwrap();
        let found = monitoring::find(&kit.app.store, Reach::Operator, alert.id).await.unwrap();
        assert_eq!((found.standing.state, found.note.unwrap().0.as_str()), (State::Muted, "Until the new model."));
        let page = crate::report(&engineer, "alerts", &format!("id={id}")).await;
        assert!(format!("{page:?}").contains("Week by week"));
    })
    .await;
}

#[tokio::test]
async fn a_thin_week_is_looked_at_with_those_before_it_or_not_judged() {
    on_both(|kit| async move {
        let kit = kit.filled(4).await;
        let engineer = kit.ctx(NORTHGATE, Role::Engineer).await;
        let company = engineer.caller.company.unwrap();
        enter(&kit, 5, 37, 1.0).await;
        enter(&kit, 4, 70, 1.0).await;
        run::company(&kit.app.system(now()), company, monday(3)).await.unwrap();
        let model = kit.app.models.champion(&kit.app, company).await.unwrap().unwrap().id;
        let seen = monitoring::windows(&kit.app.store, company, model, 50).await.unwrap();
        let of = |back: u64| seen.iter().find(|w| midnight(w.week) == monday(back)).unwrap();
        assert_eq!((of(5).judged, of(5).claims), (false, 37));
        assert_eq!((of(4).judged, of(4).weeks), (true, 4));
        let page = crate::report(&engineer, "alerts", "").await;
        assert!(!format!("{page:?}").contains("37 of 100"), "the newest window of the stream is shown");
    })
    .await;
}

#[tokio::test]
async fn what_alerted_of_a_version_is_over_when_it_serves_no_more() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let engineer = kit.ctx(NORTHGATE, Role::Engineer).await;
        let (own, store) = (engineer.caller.company.unwrap(), &kit.app.store);
        let ours = kit.ctx(SOLATIUM, Role::Engineer).await;
        let shared = service::models::list::Registry::of(&engineer).await.unwrap().serving.unwrap();
        let harbour = kit.ctx(HARBOUR, Role::Engineer).await.caller.company.unwrap();
        let alert = |company, model, state| {
            let standing = domain::alert::Standing { state, ..Default::default() };
            let (id, signal, updated_at) = (ours.id(), "negotiable".into(), now());
            let opened_on = Some(now().date_naive());
            monitoring::Alert { id, company, model, signal, standing, opened_on, note: None, version: 0, updated_at }
        };
        let put = |alert: monitoring::Alert| async move {
            let tx = store.begin().await.unwrap();
            monitoring::put(&tx, &alert).await.unwrap();
            tx.commit_bookkeeping().await.unwrap();
            alert.id
        };
        let stands = |id| async move { monitoring::find(store, Reach::Operator, id).await.unwrap().standing.state };
        let (one, two) = (put(alert(own, shared, State::Open)).await, put(alert(harbour, shared, State::Muted)).await);
        // An insurer's own version takes the place of the shared one: of its alert nothing is left, another's stands.
        let third = testkit::approved(&kit, NORTHGATE, testkit::third_bundle()).await;
        let before = crate::audit_rows(&kit).await;
        service::models::deploy::deploy(&engineer, third, "Nearer.", None).await.unwrap();
        assert_eq!((stands(one).await, stands(two).await), (State::Resolved, State::Muted));
        assert_eq!(crate::audit_rows(&kit).await, before + 2, "the deployment, and the alert that is over");
        // It returns to the shared one.
        let three = put(alert(own, third, State::Acknowledged)).await;
        service::models::deploy::give_back(&engineer, None).await.unwrap();
        assert_eq!(stands(three).await, State::Resolved);
        // Nothing serves anybody any more.
        service::models::deploy::stop(&ours, "It errs.", None).await.unwrap();
        assert_eq!(stands(two).await, State::Resolved);
    })
    .await;
}
