//! Letters, reminders, statements, the books.

use chrono::Duration;
use contract::page::Part;
use domain::Money;
use domain::policy::Role;
use service::invoicing::document::Format;
use service::invoicing::{books, drafts, dunning, issue, review, usage_statements};
use service::ports::MailError;
use store::mails::State;
use store::{Reach, invoices, journal};
use testkit::{Kit, NORTHGATE, SOLATIUM, now, on_both};

use crate::act;
use crate::invoices::{again, at_work, issued, open_one, through, whole};

async fn at(kit: &Kit, days: i64) -> service::Ctx {
    kit.ctx_at(SOLATIUM, Role::Finance, now() + Duration::days(days)).await
}

/// Story 58: what is issued goes to the billing contact with the PDF that was issued, and what became of it is told.
#[tokio::test]
async fn what_is_issued_is_sent_with_its_pdf() {
    on_both(|kit| async move {
        let (kit, mailbox) = kit.filled(60).await.with_mail();
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        let second = kit.approver(now()).await;
        kit.work().await;
        let draft = at_work(&kit).await.remove(0);
        let before = mailbox.letters().len();
        let number = through(&finance, &second, &draft).await.unwrap();
        assert_eq!(mailbox.letters().len(), before, "sent by a job, after it is issued");
        kit.work().await;
        let letter = mailbox.letters().into_iter().find(|l| l.subject == format!("Invoice {number}")).unwrap();
        let pdf = service::invoicing::document::download(&finance, &draft.id.to_string(), Format::Pdf).await.unwrap();
        assert_eq!((letter.attached[0].name.clone(), letter.attached[0].bytes.clone()), pdf);
        // For machines the same as UBL goes with it, and inside the PDF.
        let ubl = service::invoicing::document::download(&finance, &draft.id.to_string(), Format::Ubl).await.unwrap();
        assert_eq!((letter.attached[1].name.clone(), letter.attached[1].bytes.clone()), ubl);
        let read = String::from_utf8(ubl.1).unwrap();
        assert!(
            read.contains(&format!("<cbc:ID>{number}</cbc:ID>")) && read.contains("<cbc:CustomizationID>"),
            "{read}"
        );
        let kept = invoices::find(&kit.app.store, Reach::Operator, draft.id).await.unwrap();
        assert!(kept.ubl_hash.is_some());
        assert!(pdf.1.windows(12).any(|w| w == b"factur-x.xml"), "ZUGFeRD");
        assert!(letter.to.starts_with("accounts@") && letter.text.contains("Payment is due by"), "{letter:?}");
        // Another recipient, of whom the mail server says that nobody is there.
        mailbox.fail(MailError::Refused("no".into()));
        let id = draft.id.to_string();
        assert!(act(&finance, "invoice.send", &[("id", &id), ("to", "nobody")]).await.is_err());
        act(&finance, "invoice.send", &[("id", &id), ("to", "gone@example.org")]).await.unwrap();
        kit.work().await;
        let sent = store::mails::of_document(&kit.app.store, draft.id).await.unwrap();
        let of = |to: &str| sent.iter().find(|m| m.recipient == to).map(|m| m.state);
        assert_eq!(of("gone@example.org"), Some(State::Bounced));
        assert_eq!(of(&letter.to), Some(State::Accepted));
    })
    .await;
}

/// Story 60: the highest due step once, with what is still open; held while it is disputed; nothing where it is paid.
#[tokio::test]
async fn reminders_come_once_and_wait_for_disputes() {
    on_both(|kit| async move {
        let (kit, mailbox) = kit.filled(60).await.with_mail();
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        kit.raw("UPDATE invoices SET disputed_at = NULL, dispute = ''").await;
        let open = invoices::owed(&kit.app.store, Reach::Operator).await.unwrap();
        let (disputed, part, paid) = (open[0].0, open[1].0, open.get(2).map(|o| o.0));
        let text = |id: domain::id::InvoiceId| id.to_string();
        act(&finance, "invoice.dispute", &[("id", &text(disputed)), ("words", "Not ours")]).await.unwrap();
        act(&finance, "payment.record", &[("id", &text(part)), ("amount", "1"), ("method", "card")]).await.unwrap();
        if let Some(paid) = paid {
            act(&finance, "invoice.write_off", &[("id", &text(paid)), ("reason", "Small")]).await.unwrap();
        }
        let late = at(&kit, 100).await;
        let sent = dunning::run(&late).await.unwrap();
        assert_eq!(sent as usize, open.len() - 1 - usize::from(paid.is_some()));
        assert_eq!(dunning::run(&late).await.unwrap(), 0, "once");
        kit.work_at(late.now).await;
        let letters: Vec<_> = mailbox.letters().into_iter().filter(|l| l.subject.contains("due since")).collect();
        assert_eq!(letters.len(), sent as usize);
        let rest = again(&kit, &invoices::find(&kit.app.store, Reach::Operator, part).await.unwrap()).await.open;
        let one = letters.iter().find(|l| l.text.contains(&text(part))).unwrap();
        // After a pause the steps between are left out.
        assert!(
            one.subject.starts_with("Final notice") && one.text.contains(&format!("{rest} of it are still to be paid")),
            "{one:?}"
        );
        assert!(
            act(&late, "invoice.remind", &[("id", &text(part))]).await.unwrap_err().message.contains("Every reminder")
        );
        act(&late, "invoice.dispute", &[("id", &text(disputed))]).await.unwrap();
        assert_eq!(dunning::run(&late).await.unwrap(), 1, "the dispute is over");
        let slip = act(&finance, "reminder.schedule", &[("steps", "21: B\n7: A")]).await.unwrap_err();
        assert!(slip.field("steps").unwrap().contains("later than the one before"));
        act(&finance, "reminder.schedule", &[("steps", "3: Gentle\n30: Firm")]).await.unwrap();
        whole(&kit).await;
    })
    .await;
}

/// Aged debtors and statements are the journal's, as at any day.
#[tokio::test]
async fn debtors_and_statements_reconcile() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        let invoice = open_one(&kit).await;
        let id = invoice.id.to_string();
        let over = Money::from_pence(invoice.open.pence() + 500).plain();
        let paid = [("id", id.as_str()), ("amount", &over), ("method", "transfer"), ("over", "true")];
        act(&finance, "payment.record", &paid).await.unwrap();
        for days in [-200, -60, 0, 40] {
            let ctx = at(&kit, days).await;
            let day = domain::calendar::london_date(ctx.now);
            let aged = crate::report(&finance, "debtors", &format!("at={day}")).await;
            let Part::Notice(_, words) = &aged.parts[0] else { panic!("{aged:?}") };
            let mut owed = 0;
            for company in store::companies::list(&kit.app.store, Reach::Operator).await.unwrap() {
                let next = day.succ_opt().unwrap();
                owed += journal::owed_before(&kit.app.store, company.id, next).await.unwrap().pence();
            }
            assert_eq!(words, &format!("{} are owed as at {}.", Money::from_pence(owed), day.format("%-d %B %Y")));
        }
        let query = format!("id={}&from=2026-01-01&to=2026-12-31", invoice.company);
        let statement = crate::report(&finance, "statement", &query).await;
        let rows = &crate::table(&statement, "Statement of account").rows;
        let balance = |row: &Vec<contract::table::Cell>| match &row[4] {
            contract::table::Cell::Money(amount) => amount.pence(),
            other => panic!("{other:?}"),
        };
        let end = "2027-01-01".parse().unwrap();
        let closing = journal::owed_before(&kit.app.store, invoice.company, end).await.unwrap();
        assert_eq!(balance(rows.last().unwrap()), closing.pence());
        assert!(rows.len() > 6);
        // The insurer's own people see theirs, and nobody else's.
        let theirs = kit.ctx_at(testkit::NORTHGATE, Role::Finance, now()).await;
        let other = store::companies::by_name(&kit.app.store, testkit::HARBOUR).await.unwrap().unwrap().id;
        let query = service::reports::Query::parse(&format!("id={other}"));
        assert!(service::reports::view(&theirs, "statement", &query).await.is_err());
    })
    .await;
}

/// Story 64: each document goes to a program once, and a batch is the same bytes each time.
#[tokio::test]
async fn the_books_get_each_document_once() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        let all = issued(&kit).await.len();
        let mut at_once = Vec::new();
        for _ in 0..3 {
            let finance = finance.clone();
            at_once
                .push(tokio::spawn(async move { act(&finance, "books.export", &[("target", "xero")]).await.is_ok() }));
        }
        let mut made = 0;
        for one in at_once {
            made += usize::from(one.await.unwrap());
        }
        assert_eq!(made, 1);
        assert!(act(&finance, "books.export", &[("target", "xero")]).await.unwrap_err().field("upto").is_some());
        act(&finance, "books.export", &[("target", "sage")]).await.unwrap();
        let batches = store::books::batches(&kit.app.store, 10).await.unwrap();
        assert_eq!(batches.iter().map(|b| b.documents as usize).collect::<Vec<_>>(), [all, all]);
        for batch in &batches {
            let first = books::download(&finance, &batch.id.to_string()).await.unwrap();
            // The customer moves: what went out stays as it was.
            kit.raw("UPDATE companies SET address = 'Elsewhere', name = name || ' Ltd' WHERE NOT operator").await;
            assert_eq!(books::download(&finance, &format!("{}.csv", batch.id)).await.unwrap().bytes, first.bytes);
        }
    })
    .await;
}

/// Story 67: boxes 1 and 6 are the journal's; a closed quarter is not booked into.
#[tokio::test]
async fn a_closed_quarter_stays_as_it_was() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        let day = |text: &str| text.parse().unwrap();
        let sums = journal::sums(&kit.app.store, Reach::Operator, day("2026-07-01"), day("2026-09-30")).await.unwrap();
        let of = |account| sums.iter().filter(|s| s.account == account).map(|s| -s.amount.pence()).sum::<i64>();
        let page = crate::report(&finance, "vat", "quarter=2026-07").await;
        let Part::Tiles(tiles) = &page.parts[0] else { panic!("{page:?}") };
        assert_eq!(tiles[0].value, Money::from_pence(of(billing::journal::Account::OutputVat)).to_string());
        let whole_pounds = of(billing::journal::Account::Revenue) / 100;
        assert_eq!(tiles[1].value, domain::money::whole_pounds(whole_pounds as f64));
        assert!(act(&finance, "books.close", &[("quarter", "2026-10")]).await.is_err(), "it goes on");
        act(&finance, "books.close", &[("quarter", "2026-07")]).await.unwrap();
        assert!(act(&finance, "books.close", &[("quarter", "2026-07")]).await.is_err());
        assert!(act(&finance, "books.close", &[("quarter", "2026-04")]).await.is_err(), "closed with it");
        // Money that came in the closed quarter and is recorded now is booked on the first open day.
        let invoice = open_one(&kit).await;
        let paid = [
            ("id", invoice.id.to_string()),
            ("amount", "5".into()),
            ("method", "transfer".into()),
            ("received_on", "2026-08-14".into()),
            ("over", "true".into()),
        ];
        let paid: Vec<(&str, &str)> = paid.iter().map(|(a, b): &(&str, String)| (*a, b.as_str())).collect();
        act(&finance, "payment.record", &paid).await.unwrap();
        let rows = journal::rows(&kit.app.store, Reach::Operator, day("2026-08-14"), day("2026-08-14")).await.unwrap();
        assert!(rows.iter().all(|r| r.amount.pence().abs() != 500), "{rows:?}");
        let rows = journal::rows(&kit.app.store, Reach::Operator, day("2026-10-01"), day("2026-10-01")).await.unwrap();
        assert!(rows.iter().any(|r| r.amount.pence() == 500));
        let again = crate::report(&finance, "vat", "quarter=2026-07").await;
        assert!(format!("{:?}", again.parts[1]).contains("nothing is booked into it"), "{again:?}");
        whole(&kit).await;
    })
    .await;
}

/// Invoices that are approved by one and issued by another at the same time as they are sent back go one way.
#[tokio::test]
async fn sent_back_or_issued_but_not_both() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        let second = kit.approver(now()).await;
        let draft = at_work(&kit).await.remove(0);
        let id = draft.id.to_string();
        if draft.status == billing::Status::Draft {
            review::submit(&finance, &id).await.unwrap();
        }
        review::approve(&second, &id).await.unwrap();
        let back = {
            let (second, id) = (second.clone(), id.clone());
            tokio::spawn(
                async move { act(&second, "invoice.reject", &[("id", &id), ("reason", "Wait")]).await.is_ok() },
            )
        };
        let issued = issue::issue(&finance, &id).await.is_ok();
        assert!(issued != back.await.unwrap());
        whole(&kit).await;
    })
    .await;
}

/// Story 77: a period's use is frozen once; a query keeps its invoice back; what nobody answers counts as accepted.
#[tokio::test]
async fn usage_is_frozen_for_the_client_to_answer() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        for invoice in at_work(&kit).await {
            service::invoicing::invoices::discard(&finance, &invoice.id.to_string()).await.unwrap();
        }
        kit.raw("DELETE FROM usage_statements").await;
        let made = usage_statements::freeze_all(&finance).await.unwrap();
        assert_eq!((made, usage_statements::freeze_all(&finance).await.unwrap()), (2, 0));
        let northgate = store::companies::by_name(&kit.app.store, NORTHGATE).await.unwrap().unwrap();
        let october = "2026-10-01".parse().unwrap();
        let found = store::usage_statements::of_period(&kit.app.store, northgate.id, october).await.unwrap().unwrap();
        let (billable, free) = store::usage::count(
            &kit.app.store,
            northgate.id,
            domain::calendar::midnight(found.period.from),
            domain::calendar::midnight(found.period.until),
        )
        .await
        .unwrap();
        assert_eq!((found.charged, found.free), (billable, free));
        let manager = kit.ctx(NORTHGATE, Role::Manager).await;
        let other = kit.ctx(testkit::HARBOUR, Role::Manager).await;
        let id = found.id.to_string();
        assert!(act(&other, "usage.confirm", &[("id", &id)]).await.is_err(), "another company's");
        act(&manager, "usage.query", &[("id", &id), ("words", "We count two fewer.")]).await.unwrap();
        drafts::draft(&finance, northgate.id, "2026-10".parse().unwrap()).await.unwrap();
        let draft = at_work(&kit).await.into_iter().find(|i| i.company == northgate.id).unwrap();
        assert_eq!(draft.status, billing::Status::Draft, "it waits for somebody to look");
        let flags = service::invoicing::invoices::view(&finance, &draft.id.to_string()).await.unwrap().flags;
        assert!(flags.iter().any(|f| f.contains("We count two fewer.")), "{flags:?}");
        act(&manager, "usage.confirm", &[("id", &id)]).await.unwrap();
        assert!(act(&manager, "usage.query", &[("id", &id), ("words", "Again")]).await.is_err(), "confirmed");
        // The other company's lapses.
        let theirs = store::companies::by_name(&kit.app.store, testkit::HARBOUR).await.unwrap().unwrap();
        let theirs = store::usage_statements::of_period(&kit.app.store, theirs.id, october).await.unwrap().unwrap();
        let late = kit.ctx_at(testkit::HARBOUR, Role::Manager, now() + Duration::days(30)).await;
        assert!(act(&late, "usage.confirm", &[("id", &theirs.id.to_string())]).await.is_err());
        let page = crate::report(&late, "usage-statements", "").await;
        assert!(format!("{page:?}").contains("Accepted by lapse"));
        // A prediction that becomes known afterwards is told.
        let handler = kit.ctx_at(NORTHGATE, Role::Handler, "2026-10-20T10:00:00Z".parse().unwrap()).await;
        crate::entered(&handler).await;
        let page = crate::report(&manager, "usage-statement", &format!("id={id}")).await;
        assert!(format!("{page:?}").contains("are known now"), "{page:?}");
    })
    .await;
}

/// Story 78: a manager changes where invoices go; what was issued stays, and what it was is on record.
#[tokio::test]
async fn a_manager_changes_the_billing_details() {
    on_both(|kit| async move {
        let kit = kit.filled(40).await;
        let manager = kit.ctx(NORTHGATE, Role::Manager).await;
        let before = issued(&kit).await.into_iter().find(|i| Some(i.company) == manager.caller.company).unwrap();
        let slips = act(&manager, "company.profile", &[("address", ""), ("billing_email", "x")]).await.unwrap_err();
        assert!(slips.field("address").is_some() && slips.field("billing_email").is_some());
        let with =
            [("address", "9 New Street\nChester"), ("billing_email", "new@northgate.example"), ("vat_number", "GB 1")];
        act(&manager, "company.profile", &with).await.unwrap();
        let company = store::companies::by_name(&kit.app.store, NORTHGATE).await.unwrap().unwrap();
        assert_eq!(
            (company.address.as_str(), company.billing_email.as_str()),
            ("9 New Street\nChester", "new@northgate.example")
        );
        let page = crate::report(&manager, "billing-profile", "").await;
        let rows = &crate::table(&page, "As it was set, newest first").rows;
        assert!(rows.len() == 1 && format!("{rows:?}").contains("9 New Street, Chester"));
        let shown = service::invoicing::invoices::view(&manager, &before.id.to_string()).await.unwrap();
        assert!(!shown.customer.contains(&"9 New Street".to_owned()), "an issued document is frozen");
    })
    .await;
}

/// Story 63: use is forecast and then charged; its sums are those of its rows.
#[tokio::test]
async fn a_forecast_is_use_times_contract() {
    on_both(|kit| async move {
        let kit = kit.filled(200).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        let page = crate::report(&finance, "forecast", "").await;
        let Part::Chart(chart) = &page.parts[0] else { panic!("{page:?}") };
        let rows = &crate::table(&page, "By company and month").rows;
        assert_eq!(rows.len(), 6);
        let pence = |cell: &contract::table::Cell| match cell {
            contract::table::Cell::Money(amount) => amount.pence(),
            other => panic!("{other:?}"),
        };
        let (expected, sum) = (pence(&chart.table.rows[0][1]), pence(&rows[0][6]) + pence(&rows[3][6]));
        assert_eq!(expected, sum);
        let number = |cell: &contract::table::Cell| match cell {
            contract::table::Cell::Number(units) => *units,
            other => panic!("{other:?}"),
        };
        assert!(number(&rows[0][3]) > 0 && pence(&rows[0][6]) > 0);
        // The month that runs comes to no less than what is used of it, and the others have nothing yet.
        assert!(number(&rows[0][2]) > 0 && number(&rows[0][4]) >= number(&rows[0][2]));
        assert_eq!(rows[1][2], contract::table::Cell::Empty);
        for row in rows {
            assert!(pence(&row[7]) <= pence(&row[6]) && pence(&row[6]) <= pence(&row[8]));
        }
    })
    .await;
}

/// Stories 65 and 66: the parts of a variance and the allocated costs add up to the penny, on real months.
#[tokio::test]
async fn budgets_and_margins_add_up() {
    on_both(|kit| async move {
        let kit = kit.filled(200).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        assert!(act(&finance, "budget.plan", &[("from", "soon"), ("growth", "x")]).await.is_err());
        act(&finance, "budget.plan", &[("from", "2026-01"), ("growth", "10")]).await.unwrap();
        let figure = |cell: &contract::table::Cell| match cell {
            contract::table::Cell::Money(amount) => amount.pence(),
            contract::table::Cell::Figure(text) => {
                let text = text.replace('\u{2212}', "-").replace(['£', ',', '+'], "");
                Money::parse_pounds(&text).unwrap().pence()
            }
            other => panic!("{other:?}"),
        };
        let page = crate::report(&finance, "budget", "month=2026-08").await;
        let why = &crate::table(&page, "Why it is otherwise").rows;
        let parts: i64 = why[..3].iter().map(|row| figure(&row[1])).sum();
        let rows = &crate::table(&page, "By company").rows;
        let apart: i64 = rows.iter().map(|row| figure(&row[4]) - figure(&row[3])).sum();
        assert_eq!((parts, figure(&why[3][1])), (apart, apart));
        // What was invoiced for the month's service is the journal's.
        let signed = |i: &store::invoices::Invoice| match i.kind.is_owed() {
            true => i.totals.net.pence(),
            false => -i.totals.net.pence(),
        };
        let august = issued(&kit).await.into_iter().filter(|i| i.period.from.to_string() == "2026-08-01");
        let billed: i64 = august.map(|i| signed(&i)).sum();
        assert_eq!(rows.iter().map(|row| figure(&row[4])).sum::<i64>(), billed);
        for (kind, amount) in [("compute", "100.01"), ("support", "33.33"), ("documents", "7")] {
            act(&finance, "cost.set", &[("month", "2026-08"), ("kind", kind), ("amount", amount)]).await.unwrap();
        }
        let page = crate::report(&finance, "profit", "month=2026-08").await;
        let rows = &crate::table(&page, "By client").rows;
        let (last, clients) = rows.split_last().unwrap();
        for column in 2..=6 {
            assert_eq!(clients.iter().map(|row| figure(&row[column])).sum::<i64>(), figure(&last[column]));
        }
        assert_eq!((figure(&last[3]), figure(&last[4]), figure(&last[5])), (10_001, 3_333, 700));
        assert_eq!(figure(&last[6]), billed - 14_034);
    })
    .await;
}
