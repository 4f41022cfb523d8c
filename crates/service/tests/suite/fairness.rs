//! How the model and people treat groups: a report on true outcomes, findings that somebody mends, a retest that closes them.

use contract::ErrorKind;
use contract::page::Part;
use domain::Money;
use domain::finding::State;
use domain::policy::Role;
use service::acts::{self, Entries};
use service::claims::outcome::{self, Put};
use service::fairness::run::make;
use service::reports::{Query, view};
use service::{Ctx, Error};
use store::{Reach, fairness};
use testkit::{HARBOUR, Kit, NORTHGATE, now, on_both};

use crate::learning::settled;
use crate::{audit_rows, kind};

fn entries(all: &[(&str, &str)]) -> Entries {
    let all = all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    all.collect::<std::collections::BTreeMap<_, _>>().into()
}

/// A report by the job, some time after; in words.
async fn report(kit: &Kit) -> String {
    let company = kit.ctx(NORTHGATE, Role::Engineer).await.caller.company.unwrap();
    let mut ctx = kit.app.system(now());
    (ctx.caller.company, ctx.caller.reach) = (Some(company), Reach::Company(company));
    make(&ctx, company).await.unwrap()
}

async fn findings(ctx: &Ctx) -> Vec<fairness::Finding> {
    fairness::findings(ctx.store(), ctx.caller.reach, 50).await.unwrap()
}

async fn answered(ctx: &Ctx, finding: &fairness::Finding, more: &[(&str, &str)]) -> Result<acts::Done, Error> {
    let (id, version) = (finding.id.to_string(), finding.version.to_string());
    let all = [&[("id", id.as_str()), ("version", version.as_str())], more].concat();
    acts::run(ctx, "fairness.answer", &entries(&all)).await
}

#[tokio::test]
async fn a_gap_is_found_mended_and_closed_by_a_retest_alone() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        assert!(report(&kit).await.contains("0 of 100"), "nothing is judged of nothing");
        // Men are paid a quarter less than the model says, women what it says, give or take some.
        let by_gender =
            |i: usize, p: i64, _: i64| if i.is_multiple_of(2) { p + 37 * (i % 60) as i64 } else { p * 3 / 4 };
        let ids = settled(&kit, 240, by_gender).await;
        let engineer = kit.ctx(NORTHGATE, Role::Engineer).await;
        report(&kit).await;
        let found = findings(&engineer).await;
        let about: Vec<&str> = found.iter().map(|f| f.about.as_str()).collect();
        assert!(about.contains(&"Gender: Male, by the model"), "{about:?}");
        let men = found.into_iter().find(|f| f.about == "Gender: Male, by the model").unwrap();
        assert!(men.gap > 25.0 && men.state == State::Found, "the model says more of them: {men:?}");

        // Reading a report is recorded, and is for those alone who audit.
        let before = audit_rows(&kit).await;
        let query = Query::parse(&format!("id={}", men.report));
        let page = view(&engineer, "fairness", &query).await.unwrap();
        assert_eq!(audit_rows(&kit).await, before + 1);
        let text = format!("{:?}", page.parts);
        assert!(text.contains("The model is told neither gender nor age") && text.contains("Not judged: "), "{text}");
        assert!(page.parts.iter().any(|p| matches!(p, Part::Chart(c) if c.title == "Predictions by gender")));
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        assert_eq!(kind(view(&handler, "fairness", &query).await.unwrap_err()), ErrorKind::Forbidden);
        let stranger = kit.ctx(HARBOUR, Role::Engineer).await;
        assert_eq!(kind(view(&stranger, "fairness", &query).await.unwrap_err()), ErrorKind::NotFound);
        assert!(findings(&stranger).await.is_empty());
        assert_eq!(kind(answered(&stranger, &men, &[]).await.unwrap_err()), ErrorKind::NotFound);

        // It is mended by somebody, by a day; what was not seen is not changed.
        let (owner, ..) = engineer.caller.person().unwrap();
        let owner = owner.to_string();
        let day = (now() + chrono::Duration::days(30)).date_naive().to_string();
        let mend = [("state", "intervention"), ("owner", &owner), ("due_on", &day), ("note", "Another recipe.")];
        let closed = [("state", "closed"), ("note", "Looks fine.")];
        assert_eq!(
            kind(answered(&engineer, &men, &closed).await.unwrap_err()),
            ErrorKind::Conflict,
            "only by a report"
        );
        let without = [("state", "intervention"), ("due_on", &day), ("note", "Another recipe.")];
        assert!(answered(&engineer, &men, &without).await.unwrap_err().into_app().field("owner").is_some());
        answered(&engineer, &men, &mend).await.unwrap();
        assert_eq!(kind(answered(&engineer, &men, &mend).await.unwrap_err()), ErrorKind::Conflict);
        let of = |all: Vec<fairness::Finding>| all.into_iter().find(|f| f.id == men.id).unwrap();
        let now_so = of(findings(&engineer).await);
        assert_eq!((now_so.state, now_so.owner.map(|o| o.to_string())), (State::Intervention, Some(owner.clone())));

        // Retested while the gap is still there, it comes back.
        answered(&engineer, &now_so, &[("state", "retest"), ("note", "Retrained.")]).await.unwrap();
        report(&kit).await;
        let back = of(findings(&engineer).await);
        assert!(!matches!(back.state, State::Closed | State::Retest), "{back:?}");

        // What was paid is corrected to what the model says: the retest finds nothing, and closes it.
        answered(&engineer, &back, &mend).await.unwrap();
        let again = of(findings(&engineer).await);
        answered(&engineer, &again, &[("state", "retest"), ("note", "The payments were wrong.")]).await.unwrap();
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        for (i, id) in ids.iter().enumerate() {
            let claim = store::claims::find(&kit.app.store, engineer.caller.reach, *id).await.unwrap();
            let near = claim.predicted.unwrap().pence() + 37 * (i as i64 / 2 % 60);
            let put = Put { amount: Money::from_pence(near), settled_on: now().date_naive(), reference: String::new() };
            outcome::record(&handler, &id.to_string(), put).await.unwrap();
        }
        report(&kit).await;
        assert_eq!(of(findings(&engineer).await).state, State::Closed);
    })
    .await;
}

#[tokio::test]
async fn where_both_are_treated_alike_nothing_is_found_and_small_groups_are_not_shown() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        settled(&kit, 209, |i, p, _| p + if i % 4 < 2 { 2_000 } else { -2_000 }).await;
        let words = report(&kit).await;
        let engineer = kit.ctx(NORTHGATE, Role::Engineer).await;
        let by_gender: Vec<_> =
            findings(&engineer).await.into_iter().filter(|f| f.about.starts_with("Gender")).collect();
        assert!(by_gender.is_empty(), "{by_gender:?}");
        let (reports, _) = fairness::list(&kit.app.store, engineer.caller.reach, (1, 5)).await.unwrap();
        assert_eq!((reports.len(), reports[0].claims), (1, 209), "{words}");
        let body: service::fairness::Body = serde_json::from_str(&reports[0].body).unwrap();
        let gender = body.attributes.iter().find(|a| a.name == "Gender").unwrap();
        // Nine say that they are neither: they are counted, and not told apart.
        let shown: Vec<_> = gender.groups.iter().map(|g| (g.name.as_str(), g.claims, g.model.is_some())).collect();
        assert_eq!((shown, gender.hidden), (vec![("Female", 100, true), ("Male", 100, true)], 9));
    })
    .await;
}
