//! Service tiers: what they open, seats, requests for another; what is told of use; late payment charges.

use chrono::Duration;
use contract::admin::PersonInput;
use contract::page::Part;
use contract::{AppError, ErrorKind};
use domain::id::CompanyId;
use domain::policy::Role;
use domain::tier::Capability;
use domain::{Money, calendar};
use service::invoicing::{late, usage_alerts};
use service::{Ctx, tiers};
use store::Reach;
use store::tiers::State;
use testkit::{Kit, NORTHGATE, SOLATIUM, now, on_both};

use crate::act;
use crate::invoices::{again, through, whole};

/// A tier of this name that opens this, for so many people, at £1.50 a prediction.
async fn tier(finance: &Ctx, name: &str, opens: &[&str], seats: &str) -> String {
    let price = [("name", name), ("model", "unit"), ("price", "1.50")];
    act(finance, "card.add", &price).await.unwrap();
    let card = store::rate_cards::list(finance.store()).await.unwrap()[0].id.to_string();
    let mut with = vec![("name", name), ("seats", seats), ("card_id", &card)];
    with.extend(opens.iter().map(|capability| (*capability, "true")));
    act(finance, "tier.add", &with).await.unwrap();
    store::tiers::list(finance.store()).await.unwrap()[0].id.to_string()
}

/// Agrees with Northgate to a tier from a day on.
async fn agree(finance: &Ctx, company: CompanyId, tier: &str, from: &str) -> Result<(), AppError> {
    let company = company.to_string();
    let with = [
        ("company_id", company.as_str()),
        ("tier_id", tier),
        ("payment_days", "30"),
        ("cycle", "monthly"),
        ("effective_from", from),
    ];
    act(finance, "contract.amend", &with).await.map(|_| ())
}

fn in_days(days: i64) -> String {
    calendar::london_date(now() + Duration::days(days)).to_string()
}

async fn company(kit: &Kit) -> CompanyId {
    kit.ctx(NORTHGATE, Role::Handler).await.caller.company.unwrap()
}

/// What a tier does not open is refused by the tiers that do, from the day on which it holds; at once on every replica.
#[tokio::test]
async fn a_tier_opens_what_it_names_and_nothing_else() {
    on_both(|kit| async move {
        let kit = kit.filled(20).await;
        let (finance, handler) = (kit.ctx(SOLATIUM, Role::Finance).await, kit.ctx(NORTHGATE, Role::Handler).await);
        let admin = kit.ctx(NORTHGATE, Role::Administrator).await;
        let own = company(&kit).await;
        let key = service::admin::api_keys::create(&admin, &own.to_string(), "key").await.unwrap().secret;
        let called = |app: service::App, at| {
            let key = key.clone();
            async move { service::account::authenticate::api_key(&app, at, &key, true).await }
        };
        let replica = kit.reopened().await;
        called(kit.app.clone(), now()).await.unwrap();
        called(replica.clone(), now()).await.unwrap();
        let small = tier(&finance, "Small", &[], "").await;
        agree(&finance, own, &small, &in_days(1)).await.unwrap();
        let tomorrow = now() + Duration::days(1);
        // Not before its day.
        called(kit.app.clone(), now()).await.unwrap();
        for app in [kit.app.clone(), replica] {
            // Whoever enters a claim by a key makes sure by the stamp.
            app.memory.refresh(&app).await.unwrap();
            let refused = called(app, tomorrow).await.unwrap_err().into_app();
            assert_eq!(refused.kind, ErrorKind::Forbidden);
            assert!(
                refused.message.contains("REST interface is not part of the tier “Small”")
                    && refused.message.contains("“Enterprise” and “Professional” have it"),
                "{}",
                refused.message
            );
        }
        let later = |ctx: &Ctx| Ctx { now: tomorrow, ..ctx.clone() };
        let batch = service::claims::import::import(&later(&handler), "a.csv", testkit::rows(3, 1), false).await;
        assert!(batch.unwrap_err().into_app().message.starts_with("Files of claims is not part"));
        let newest = store::claims::ClaimQuery { page: 1, per_page: 1, ..Default::default() };
        let claim = store::claims::some(&kit.app.store, Reach::Company(own), &newest).await.unwrap()[0].id.to_string();
        let sent = || testkit::ports::sent(b"Physiotherapy: 420.00".to_vec());
        let read = service::documents::upload::upload(&later(&handler), &claim, "a.txt", sent()).await;
        assert_eq!(read.err().unwrap().into_app().kind, ErrorKind::Forbidden);
        let engineer = kit.ctx(NORTHGATE, Role::Engineer).await;
        let uploaded = service::models::upload::upload(&later(&engineer), testkit::bundle(), "").await;
        assert_eq!(uploaded.err().unwrap().into_app().kind, ErrorKind::Forbidden);
        assert!(act(&later(&engineer), "retraining.now", &[]).await.is_err());
        let mine = testkit::approved(&kit, NORTHGATE, testkit::other_bundle()).await;
        let deployed = service::models::deploy::deploy(&later(&engineer), mine, "Better.", None).await;
        assert_eq!(deployed.err().unwrap().into_app().kind, ErrorKind::Forbidden);
        let made = service::admin::api_keys::create(&later(&admin), &own.to_string(), "key").await;
        assert_eq!(made.err().unwrap().into_app().kind, ErrorKind::Forbidden);
        // Our own people for themselves, and what it does open.
        let ours = kit.ctx(SOLATIUM, Role::Engineer).await;
        tiers::require(&later(&ours), Capability::OwnModels).await.unwrap();
        service::documents::upload::upload(&handler, &claim, "a.txt", sent()).await.unwrap();
    })
    .await;
}

async fn somebody(kit: &Kit, name: &str) -> Result<(), AppError> {
    let admin = kit.ctx(NORTHGATE, Role::Administrator).await;
    let input = PersonInput {
        name: name.into(),
        email: format!("{name}@example.org"),
        role: "handler".into(),
        company_id: admin.caller.company.unwrap().to_string(),
        ..PersonInput::default()
    };
    service::admin::people::create_with_first_password(&admin, &input).await.map(|_| ()).map_err(|e| e.into_app())
}

/// Of two who take the last seat at once one gets it.
#[tokio::test]
async fn the_last_seat_is_taken_once() {
    on_both(|kit| async move {
        let kit = kit.filled(6).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        let own = company(&kit).await;
        let taken = tiers::allowed::seats_taken(&kit.app.store, own).await.unwrap();
        let seats = (taken + 1).to_string();
        let full = tier(&finance, "Full", &["rest"], &seats).await;
        // The demo has agreed from the first of the month on.
        agree(&finance, own, &full, &in_days(0)).await.unwrap();
        let (one, other) = tokio::join!(somebody(&kit, "one"), somebody(&kit, "other"));
        let refused = match (one, other) {
            (Ok(()), Err(e)) | (Err(e), Ok(())) => e,
            other => panic!("{other:?}"),
        };
        assert!(refused.message.contains(&format!("All {seats} seats of the tier “Full” are taken")), "{refused:?}");
        // One who leaves makes room.
        let admin = kit.ctx(NORTHGATE, Role::Administrator).await;
        let all = store::people::list(&kit.app.store, Reach::Company(own)).await.unwrap();
        let gone = all.iter().find(|p| p.email.ends_with("@example.org")).unwrap().id.to_string();
        service::admin::people::set_active(&admin, &gone, false).await.unwrap();
        somebody(&kit, "third").await.unwrap();
        let back = service::admin::people::set_active(&admin, &gone, true).await;
        assert!(back.unwrap_err().into_app().message.contains("are taken"));
    })
    .await;
}

/// Story 79: a manager asks, sees what it would cost, finance approves: the contract is amended from that day on.
#[tokio::test]
async fn another_tier_is_asked_for_and_approved() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        let manager = kit.ctx(NORTHGATE, Role::Manager).await;
        let own = company(&kit).await;
        let other = tier(&finance, "Other", &["rest"], "50").await;
        let from = calendar::london_date(now()) + Duration::days(10);
        let from = from.to_string();
        for (with, field) in [
            (vec![("tier_id", ""), ("from", from.as_str())], "tier_id"),
            (vec![("tier_id", other.as_str()), ("from", "2020-01-01")], "from"),
            (vec![("tier_id", "nonsense"), ("from", "")], "from"),
        ] {
            let refused = act(&manager, "tier.ask", &with).await.unwrap_err();
            assert!(refused.field(field).is_some(), "{refused:?}");
        }
        let asked = [("tier_id", other.as_str()), ("from", from.as_str()), ("note", "Fewer of us")];
        act(&manager, "tier.ask", &asked).await.unwrap();
        assert_eq!(act(&manager, "tier.ask", &asked).await.unwrap_err().kind, ErrorKind::Conflict, "one at a time");
        // Both sides see what it would cost; the company's own page only.
        for ctx in [&manager, &finance] {
            let page = crate::report(ctx, "contract", &format!("id={own}&tier={other}")).await;
            let words: Vec<&String> = page
                .parts
                .iter()
                .filter_map(|p| if let Part::Text(words) = p { Some(words) } else { None })
                .collect();
            assert!(words.iter().any(|w| w.contains("would come to")), "{words:?}");
            let compared = page.parts.iter().any(
                |p| matches!(p, Part::Table(t) if t.caption == "The last three months on the tier Other, version 1" && t.rows.len() == 3),
            );
            assert!(compared, "{page:?}");
        }
        let request = store::tiers::open(&kit.app.store, Reach::Company(own)).await.unwrap().remove(0);
        let id = request.id.to_string();
        let stranger = kit.ctx("Demo Harbour Mutual", Role::Manager).await;
        assert_eq!(act(&stranger, "tier.withdraw", &[("id", &id)]).await.unwrap_err().kind, ErrorKind::NotFound);
        assert!(act(&manager, "tier.approve", &[("id", &id)]).await.is_err(), "finance approves");
        let (clerk, href) = (finance.caller.person().unwrap().0, format!("/contracts/{own}"));
        let waits = async || store::notifications::tells_of(&kit.app.store, clerk, &href).await.unwrap();
        assert!(waits().await, "finance is told");
        let with = [("id", id.as_str())];
        let (one, two) = tokio::join!(act(&finance, "tier.approve", &with), act(&finance, "tier.approve", &with));
        assert!(one.is_ok() != two.is_ok(), "once: {one:?} {two:?}");
        let agreed = store::contracts::amendments(&kit.app.store, own).await.unwrap();
        let last = agreed.last().unwrap();
        assert_eq!((last.tier.map(|t| t.to_string()), last.agreed.from.to_string()), (Some(other), from));
        assert_eq!(last.agreed.card.name, "Other");
        let kept = store::tiers::request(&kit.app.store, Reach::Operator, request.id).await.unwrap();
        assert_eq!(kept.state, State::Approved);
        assert!(!waits().await, "it waits no more");
        let told = store::notifications::unread(&kit.app.store, manager.caller.person().unwrap().0).await.unwrap();
        assert!(told > 0);
        whole(&kit).await;
    })
    .await;
}

/// Managers are told at 80 and at 100 percent, once each.
#[tokio::test]
async fn use_is_told_of_at_its_marks() {
    on_both(|kit| async move {
        let kit = kit.filled(20).await;
        let (manager, handler) = (kit.ctx(NORTHGATE, Role::Manager).await, kit.ctx(NORTHGATE, Role::Handler).await);
        let user = manager.caller.person().unwrap().0;
        let system = kit.app.system(now());
        assert_eq!(usage_alerts::tell_all(&system).await.unwrap(), 0, "nothing is meant");
        assert!(act(&manager, "usage.limit", &[("usage_limit", "some")]).await.is_err());
        let enter = async |n: usize| {
            for pence in 0..n as i64 {
                let claim = serde_json::json!({ "general_fixed_pence": 50_000 + pence, "injury_prognosis_months": 6 });
                let entry = service::claims::entry::from_json(&claim, now().date_naive()).unwrap();
                service::claims::create::enter(&handler, entry, "form", None).await.unwrap();
            }
        };
        enter(4).await;
        let first = calendar::london_date(now()).to_string();
        let month = billing::Month::at(now());
        let sums = store::figures::by_company(
            &kit.app.store,
            Reach::Company(company(&kit).await),
            store::figures::Measure::Predicted,
            month.first_day(),
            first.parse().unwrap(),
        );
        let used: i64 = sums.await.unwrap().iter().filter(|s| s.label.ends_with("|charged")).map(|s| s.number).sum();
        let unread = async || store::notifications::unread(&kit.app.store, user).await.unwrap();
        let marks = async || {
            let from = month.first_day();
            store::usage_alerts::of_period(&kit.app.store, company(&kit).await, from).await.unwrap()
        };
        // More is meant than is used: nothing is told. Then as much is used that some 85% are.
        act(&manager, "usage.limit", &[("usage_limit", &(used * 5).to_string())]).await.unwrap();
        assert_eq!(usage_alerts::tell_all(&system).await.unwrap(), 0);
        let before = unread().await;
        enter(used as usize * 325 / 100).await;
        assert!(usage_alerts::tell_all(&system).await.unwrap() > 0);
        assert_eq!((unread().await, marks().await), (before + 1, vec![80]));
        assert_eq!(usage_alerts::tell_all(&system).await.unwrap(), 0, "once");
        // Of a limit that is passed when it is set it is told at once, and anew of another one.
        act(&manager, "usage.limit", &[("usage_limit", &used.to_string())]).await.unwrap();
        assert_eq!(marks().await.len(), 2);
        assert_eq!(usage_alerts::tell_all(&system).await.unwrap(), 0);
        act(&manager, "usage.limit", &[("usage_limit", &(used * 5).to_string())]).await.unwrap();
        assert_eq!(marks().await, [80]);
        let page = crate::report(&manager, "usage", "").await;
        assert!(format!("{page:?}").contains("predictions that you mean to use"));
        act(&manager, "usage.limit", &[("usage_limit", &used.to_string())]).await.unwrap();
        let list = store::notifications::list(&kit.app.store, user, 10).await.unwrap();
        assert!(format!("{list:?}").contains("100% of the"), "{list:?}");
    })
    .await;
}

/// An overdue invoice of which nothing was paid or credited.
async fn unpaid(kit: &Kit) -> store::invoices::Invoice {
    for (id, ..) in store::invoices::owed(&kit.app.store, Reach::Operator).await.unwrap() {
        let invoice = store::invoices::find(&kit.app.store, Reach::Operator, id).await.unwrap();
        if invoice.open == invoice.totals.gross && invoice.kind == billing::DocumentKind::Periodic {
            return invoice;
        }
    }
    panic!("the demo leaves some unpaid")
}

/// Of so many basis points a year, for so many days, rounded half-up.
fn interest(debt: Money, rate: i128, days: i128) -> i128 {
    (i128::from(debt.pence()) * rate * days + 1_825_000) / 3_650_000
}

/// What was paid counts from the day on which it came, what was credited was never owed, and what is released and put here again
/// counts once.
#[tokio::test]
async fn payments_and_credits_lower_interest() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        kit.raw("UPDATE invoices SET disputed_at = NULL, dispute = ''").await;
        let invoice = unpaid(&kit).await;
        let (id, gross) = (invoice.id.to_string(), invoice.totals.gross);
        let due = invoice.due_on.unwrap();
        let at = |days: i64| (due + Duration::days(days)).and_hms_opt(12, 0, 0).unwrap().and_utc();
        let finance = async |days: i64| kit.ctx_at(SOLATIUM, Role::Finance, at(days)).await;
        let part = Money::from_pence(gross.pence() / 4);
        // A quarter comes on the 10th day, is recorded on the 12th, released on the 20th and put here again on the 30th.
        let received = (due + Duration::days(10)).to_string();
        let paid = [("id", id.as_str()), ("amount", &part.plain()), ("method", "transfer"), ("received_on", &received)];
        act(&finance(12).await, "payment.record", &paid).await.unwrap();
        let of = store::payments::of_document(&kit.app.store, invoice.id).await.unwrap();
        let payment = of[0].from.clone();
        let once = async |days: i64| {
            let ctx = finance(days).await;
            act(&ctx, "invoice.charge_late", &[("id", &id)]).await.unwrap();
            let about = store::invoices::about(&kit.app.store, invoice.id).await.unwrap();
            let draft = about.into_iter().rfind(|d| d.kind == billing::DocumentKind::LateCharge).unwrap();
            let lines = store::invoices::lines(&kit.app.store, draft.id).await.unwrap();
            service::invoicing::invoices::discard(&ctx, &draft.id.to_string()).await.unwrap();
            (i128::from(lines[0].component.net.pence()), lines[1].component.net)
        };
        let weight = |debt: Money, days: i128| i128::from(debt.pence()) * 1_175 * days;
        let sum = |weights: i128| (weights + 1_825_000) / 3_650_000;
        let rest = Money::from_pence(gross.pence() - part.pence());
        // Nine whole days at all of it, and what is left from the tenth on.
        assert_eq!(once(20).await.0, sum(weight(gross, 9) + weight(rest, 10)));
        act(&finance(20).await, "payment.release", &[("id", &payment)]).await.unwrap();
        let again = [("id", payment.as_str()), ("document", &id), ("amount", &part.plain())];
        act(&finance(30).await, "payment.allocate", &again).await.unwrap();
        // Each move counts from its own day now: 12th to 20th, and from the 30th on.
        let expected = weight(gross, 11) + weight(rest, 8) + weight(gross, 10) + weight(rest, 11);
        assert_eq!(once(41).await.0, sum(expected));
        // All the rest is paid; then half is credited for an error: it was never owed, wherever the money goes.
        let last = [("id", id.as_str()), ("amount", &rest.plain()), ("method", "transfer")];
        act(&finance(41).await, "payment.record", &last).await.unwrap();
        let half = Money::from_pence(invoice.totals.net.pence() / 2);
        let credit = [("id", id.as_str()), ("amount", &half.plain()), ("reason", "Price agreed afterwards")];
        act(&finance(42).await, "invoice.credit", &credit).await.unwrap();
        let about = store::invoices::about(&kit.app.store, invoice.id).await.unwrap();
        let note = about.into_iter().find(|d| d.kind == billing::DocumentKind::CreditNote).unwrap();
        let second = kit.approver(at(42)).await;
        through(&finance(42).await, &second, &note).await.unwrap();
        let before = expected;
        let (charged, _) = once(43).await;
        assert!(charged < sum(before), "{charged} of less than {}", sum(before));
        let debt = Money::from_pence(gross.pence() - note.totals.gross.pence());
        let left = Money::from_pence((debt.pence() - part.pence()).max(0));
        let expected = weight(debt, 11) + weight(left, 8) + weight(debt, 10) + weight(left, 11);
        assert_eq!(charged, sum(expected));
        whole(&kit).await;
    })
    .await;
}

/// A large debt is given up by two: the same amount, and either may say no.
#[tokio::test]
async fn a_large_debt_is_given_up_by_two() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let (finance, second) = (kit.ctx(SOLATIUM, Role::Finance).await, kit.approver(now()).await);
        let company = company(&kit).await.to_string();
        let wanted = [("company", company.as_str()), ("description", "Training"), ("quantity", "1"), ("price", "500")];
        act(&finance, "invoice.write", &wanted).await.unwrap();
        let all = store::invoices::list(&kit.app.store, Reach::Operator, false).await.unwrap();
        let draft = all.into_iter().find(|i| i.kind == billing::DocumentKind::Manual && i.number.is_none()).unwrap();
        through(&finance, &second, &draft).await.unwrap();
        let id = draft.id.to_string();
        let off = async |ctx: &Ctx| act(ctx, "invoice.write_off", &[("id", &id), ("reason", "Insolvent")]).await;
        let open = async || again(&kit, &draft).await.open;
        off(&finance).await.unwrap();
        assert!(open().await > Money::ZERO, "one word is not enough");
        assert!(off(&finance).await.unwrap_err().message.contains("a colleague confirms it"));
        act(&second, "invoice.keep", &[("id", &id)]).await.unwrap();
        off(&finance).await.unwrap();
        // Of another amount the word says nothing.
        act(&finance, "payment.record", &[("id", &id), ("amount", "100"), ("method", "transfer")]).await.unwrap();
        off(&second).await.unwrap();
        assert!(open().await > Money::ZERO, "it is the second one's first word");
        let (one, two) = tokio::join!(off(&finance), off(&finance));
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        assert_eq!(open().await, Money::ZERO);
        whole(&kit).await;
    })
    .await;
}

/// Story 60: interest from the day after it was due, by half-years and payments, the fixed sum once, in a document of its own
/// that a colleague approves.
#[tokio::test]
async fn lateness_is_charged_once() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        kit.raw("UPDATE invoices SET disputed_at = NULL, dispute = ''").await;
        let invoice = unpaid(&kit).await;
        let id = invoice.id.to_string();
        let due = invoice.due_on.unwrap();
        let at = |days: i64| (due + Duration::days(days)).and_hms_opt(12, 0, 0).unwrap().and_utc();
        let finance = kit.ctx_at(SOLATIUM, Role::Finance, at(51)).await;
        let second = kit.approver(at(51)).await;
        let charge = async |ctx: &Ctx| act(ctx, "invoice.charge_late", &[("id", &id)]).await;
        let (one, two) = tokio::join!(charge(&finance), charge(&finance));
        assert!(one.is_ok() != two.is_ok(), "once: {one:?} {two:?}");
        let about = store::invoices::about(&kit.app.store, invoice.id).await.unwrap();
        let draft = about.into_iter().find(|d| d.kind == billing::DocumentKind::LateCharge).unwrap();
        let lines = store::invoices::lines(&kit.app.store, draft.id).await.unwrap();
        // The demo's base rate is 3.75%: 11.75% a year of what is open, for 50 days, and £40 below £1,000.
        let owed = again(&kit, &invoice).await;
        assert_eq!(owed.open, owed.totals.gross, "nothing of it was paid or credited");
        assert_eq!(lines[0].component.span.days(), 50);
        assert_eq!(i128::from(lines[0].component.net.pence()), interest(owed.totals.gross, 1_175, 50));
        assert_eq!((lines[1].component.net, draft.totals.vat), (Money::from_pounds(40), Money::ZERO));
        let number = through(&finance, &second, &draft).await.unwrap();
        assert!(number.starts_with("SOL-LC-"));
        whole(&kit).await;
        // It goes on where it ended; the fixed sum does not come again; nothing twice for one day.
        assert!(charge(&finance).await.is_err());
        let later = kit.ctx_at(SOLATIUM, Role::Finance, at(61)).await;
        charge(&later).await.unwrap();
        let about = store::invoices::about(&kit.app.store, invoice.id).await.unwrap();
        let next = about.into_iter().rfind(|d| d.number.is_none()).unwrap();
        let lines = store::invoices::lines(&kit.app.store, next.id).await.unwrap();
        assert_eq!((lines.len(), lines[0].component.span.days()), (1, 10));
        // Without a rate it says what to note.
        kit.raw("DELETE FROM base_rates").await;
        service::invoicing::invoices::discard(&later, &next.id.to_string()).await.unwrap();
        assert!(charge(&later).await.unwrap_err().message.contains("noted under Prices"));
        let rate = [("rate", "4.25"), ("from", "2020-01-01")];
        act(&later, late::RATE.name, &rate).await.unwrap();
        // A slip is mended by the same day again: the last word counts.
        let after = kit.ctx_at(SOLATIUM, Role::Finance, at(61) + Duration::minutes(1)).await;
        act(&after, late::RATE.name, &[("rate", "3.75"), ("from", "2020-01-01")]).await.unwrap();
        assert_eq!(store::base_rates::in_force(&kit.app.store).await.unwrap()[0].basis_points, 375);
        charge(&later).await.unwrap();
    })
    .await;
}
