//! The billing service: documents are told to it once, what is paid there is recorded once, in whatever order it tells of it,
//! and where the two are apart it is shown.

use contract::page::Part;
use domain::Money;
use domain::policy::Role;
use service::Ctx;
use service::invoicing::provider;
use store::invoices::Invoice;
use store::{Reach, payments, providers};
use testkit::ports::Online;
use testkit::{Kit, SOLATIUM, now, on_both};

use crate::act;
use crate::invoices::{again, at_work, through, whole};

/// An invoice that the service was told of: its id there.
async fn online(kit: &Kit) -> (Ctx, Invoice, String) {
    let finance = kit.ctx(SOLATIUM, Role::Finance).await;
    let second = kit.approver(now()).await;
    let draft = at_work(kit).await.into_iter().max_by_key(|draft| draft.totals.gross).unwrap();
    assert!(draft.totals.gross > Money::from_pounds(8), "large enough for what is paid of it below");
    through(&finance, &second, &draft).await.unwrap();
    kit.work().await;
    let known = providers::of_document(&kit.app.store, Reach::Operator, draft.id).await.unwrap().unwrap();
    (finance, again(kit, &draft).await, known.external)
}

async fn event(kit: &Kit, id: &str, external: &str) {
    let body = format!("{id} invoice.paid {external}");
    provider::event(&kit.app, now(), body.as_bytes(), "signed").await.unwrap();
}

async fn drift(kit: &Kit, invoice: &Invoice) -> String {
    providers::of_document(&kit.app.store, Reach::Operator, invoice.id).await.unwrap().unwrap().drift
}

async fn recorded(kit: &Kit, invoice: &Invoice) -> (Money, Money) {
    let left: i64 =
        payments::left_of(&kit.app.store, invoice.company).await.unwrap().iter().map(|p| p.left.pence()).sum();
    (again(kit, invoice).await.against.paid, Money::from_pence(left))
}

async fn made(kit: Kit) -> (Kit, std::sync::Arc<Online>) {
    kit.filled(60).await.with_billing()
}

#[tokio::test]
async fn what_is_paid_online_is_recorded_once() {
    on_both(|kit| async move {
        let (kit, service) = made(kit).await;
        let (finance, invoice, external) = online(&kit).await;
        assert_eq!(service.count(), 1);
        // The company's people see where to pay.
        let company = store::companies::find(&kit.app.store, Reach::Operator, invoice.company).await.unwrap();
        let theirs = kit.ctx(&company.name, Role::Manager).await;
        let view = service::invoicing::invoices::view(&theirs, &invoice.id.to_string()).await.unwrap();
        assert!(format!("{:?}", view.parts).contains("https://pay.test/in_"), "{:?}", view.parts);
        let (_, before) = recorded(&kit, &invoice).await;
        let gross = invoice.totals.gross.pence();
        service.pay(&external, 100);
        // The same event twice, and others of the same news at once.
        event(&kit, "evt_1", &external).await;
        event(&kit, "evt_1", &external).await;
        event(&kit, "evt_0", &external).await;
        kit.work().await;
        assert_eq!(recorded(&kit, &invoice).await, (Money::from_pence(100), before));
        assert_eq!(drift(&kit, &invoice).await, "");
        // Two jobs at once record it once.
        service.pay(&external, gross - 100);
        event(&kit, "evt_3", &external).await;
        event(&kit, "evt_2", &external).await;
        let _ = tokio::join!(kit.work(), kit.work());
        assert_eq!(recorded(&kit, &invoice).await, (invoice.totals.gross, before));
        // A second payment of the whole stands on account.
        service.pay(&external, gross);
        event(&kit, "evt_4", &external).await;
        kit.work().await;
        let account = Money::from_pence(before.pence() + gross);
        assert_eq!(recorded(&kit, &invoice).await, (invoice.totals.gross, account));
        whole(&kit).await;
        // What nobody signed is refused, what is about nothing of ours is kept and forgotten.
        assert!(provider::event(&kit.app, now(), b"evt_9 invoice.paid in_x", "no").await.is_err());
        event(&kit, "evt_5", "in_other").await;
        kit.work().await;
        let page = crate::report(&finance, "billing-service", "").await;
        let rows = page.parts.iter().filter_map(|p| if let Part::Table(t) = p { Some(t.rows.len()) } else { None });
        assert_eq!(rows.collect::<Vec<_>>(), [0, 6]);
    })
    .await;
}

#[tokio::test]
async fn where_the_two_are_apart_it_is_shown_and_not_mended() {
    on_both(|kit| async move {
        let (kit, service) = made(kit).await;
        let (finance, invoice, external) = online(&kit).await;
        let id = invoice.id.to_string();
        let look = async |hours: i64| {
            let later = now() + chrono::Duration::hours(hours);
            service::jobs::schedule::plan(&kit.app, now()).await.unwrap();
            service::jobs::schedule::tick(&kit.app, later).await.unwrap();
            kit.work_at(later).await;
        };
        // Paid by transfer here: there it is still asked for.
        act(&finance, "payment.record", &[("id", &id), ("amount", "1"), ("method", "transfer")]).await.unwrap();
        look(48).await;
        assert!(drift(&kit, &invoice).await.starts_with("It still asks for"), "{}", drift(&kit, &invoice).await);
        let page = crate::report(&finance, "billing-service", "").await;
        assert!(format!("{page:?}").contains("Where the two are apart"));
        let paid = recorded(&kit, &invoice).await;
        // Taken back there: ours stays, and says so.
        service.pay(&external, 500);
        event(&kit, "evt_1", &external).await;
        kit.work().await;
        service.give_back(&external, 500);
        event(&kit, "evt_2", &external).await;
        kit.work().await;
        assert!(drift(&kit, &invoice).await.starts_with("£5.00 of what was paid there went back"));
        // Nobody is sent there while it asks for another amount.
        let company = store::companies::find(&kit.app.store, Reach::Operator, invoice.company).await.unwrap();
        let theirs = kit.ctx(&company.name, Role::Manager).await;
        let view = service::invoicing::invoices::view(&theirs, &id).await.unwrap();
        assert!(!format!("{:?}", view.parts).contains("https://pay.test/"));
        let after = recorded(&kit, &invoice).await;
        assert_eq!(after.0.pence(), paid.0.pence() + 500);
        whole(&kit).await;
    })
    .await;
}
