//! What people do for themselves: their own report, and the tutorial.

use chrono::Duration;
use contract::ErrorKind;
use domain::policy::Role;
use service::claims::decide;
use store::{Reach, claims};
use testkit::{NORTHGATE, on_both};

use crate::room::act;
use crate::{accept, entered, kind};

#[tokio::test]
async fn the_own_report_and_the_tutorial_count_what_there_is() {
    on_both(|kit| async move {
        let kit = kit.filled(20).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let one = entered(&handler).await;
        decide::decide(&handler, &one.claim.id.to_string(), accept(&one)).await.unwrap();
        let today = domain::calendar::london_date(handler.now);
        let days = format!("from={}&to={today}", today - Duration::days(90));
        let page = crate::list(&handler, "performance", &days).await;
        let report = crate::report(&handler, "performance", &days).await;
        let contract::page::Part::Tiles(tiles) = &report.parts[0] else { panic!() };
        assert_eq!(tiles[0].value, page.total.to_string(), "the figures are those of the list");
        let query = service::reports::Query::parse(&days);
        let pdf = service::reports::performance::pdf(&handler, &query).await.unwrap();
        assert!(pdf.bytes.starts_with(b"%PDF-"));
        // To the day before, the new one is not in it.
        let yesterday = format!("from={}&to={}", today - Duration::days(90), today - Duration::days(1));
        assert_eq!(crate::list(&handler, "performance", &yesterday).await.total, page.total - 1);
        let notice = service::claims::notice::file(&handler, &one.claim.id.to_string()).await.unwrap();
        assert!(notice.bytes.starts_with(b"%PDF-"));
        // The tutorial leaves no trace but the person's own progress.
        let count = async || {
            let query = claims::ClaimQuery::default();
            let claims = claims::count(&kit.app.store, Reach::Operator, &query).await.unwrap();
            (claims, crate::figures::all(&kit).await)
        };
        let before = count().await;
        for to in ["2", "3"] {
            crate::report(&handler, "tutorial", "").await;
            act(&handler, "tutorial.step", &[("to", to)]).await.unwrap();
        }
        // The misreading is not taken over, and nobody leaps over it.
        let travel = |value: &'static str| [("id", "3"), ("answer", "confirm"), ("value", value)];
        let missed = act(&handler, "tutorial.read", &travel("480.00")).await.unwrap_err();
        assert_eq!(missed.into_app().fields[0].field, "value");
        act(&handler, "tutorial.step", &[("to", "6")]).await.unwrap();
        let early = act(&handler, "tutorial.answer", &[("q0", "0")]).await.map(drop);
        assert_eq!(early.map_err(kind), Err(ErrorKind::Conflict));
        act(&handler, "tutorial.read", &travel("48.00")).await.unwrap();
        for (id, value) in [("0", "565.00"), ("1", "420"), ("2", "310.50")] {
            act(&handler, "tutorial.read", &[("id", id), ("answer", "confirm"), ("value", value)]).await.unwrap();
        }
        act(&handler, "tutorial.step", &[("to", "4")]).await.unwrap();
        crate::report(&handler, "tutorial", "").await;
        let answers = |third: &'static str| [("q0", "0"), ("q1", "0"), ("q2", third), ("q3", "0"), ("q4", "0")];
        let wrong = act(&handler, "tutorial.answer", &answers("1")).await.unwrap_err().into_app();
        assert_eq!(wrong.fields.len(), 1);
        act(&handler, "tutorial.answer", &answers("0")).await.unwrap();
        let text = format!("{:?}", crate::report(&handler, "tutorial", "").await.parts);
        assert!(text.contains("4 of 5 answers right at once"), "{text}");
        assert_eq!(count().await, before);
    })
    .await;
}
