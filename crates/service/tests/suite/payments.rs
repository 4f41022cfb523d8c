//! Money that comes in: payments, credits, the bank's file; what is sent twice.

use billing::document::DocumentKind;
use contract::ErrorKind;
use domain::Money;
use domain::policy::Role;
use service::invoicing::document::Format;
use service::invoicing::{self, drafts, issue, review};
use store::{Reach, companies};
use testkit::{SOLATIUM, now, on_both};

use crate::act;
use crate::invoices::{again, at_work, open_one, through, whole};

/// Story 59: partial, over, on account, refunded, reversed; each twice has one effect.
#[tokio::test]
async fn payments_settle_what_they_pay_and_no_more() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        let invoice = open_one(&kit).await;
        let id = invoice.id.to_string();
        let gross = invoice.totals.gross.pence();
        let amount = |pence: i64| Money::from_pence(pence).plain();
        let part = amount(gross / 2);
        let paid = [("id", id.as_str()), ("amount", part.as_str()), ("method", "transfer"), ("once", "a")];
        act(&finance, "payment.record", &paid).await.unwrap();
        assert_eq!(act(&finance, "payment.record", &paid).await.unwrap_err().kind, ErrorKind::Conflict, "twice");
        let now_open = again(&kit, &invoice).await;
        assert_eq!((now_open.against.paid.pence(), now_open.open.pence()), (gross / 2, gross - gross / 2));
        let over = amount(gross);
        let slip = [("id", id.as_str()), ("amount", over.as_str()), ("method", "cheque"), ("once", "b")];
        let told = act(&finance, "payment.record", &slip).await.unwrap_err();
        assert!(told.field("amount").unwrap().contains("more than is open"), "{told:?}");
        assert_eq!(again(&kit, &invoice).await.against.paid.pence(), gross / 2, "nothing of it was kept");
        let meant = [&slip[..], &[("over", "true")]].concat();
        let said = act(&finance, "payment.record", &meant).await.unwrap();
        assert!(said.contains(&format!("{} of it stands on account", Money::from_pence(gross / 2))), "{said}");
        assert_eq!(again(&kit, &invoice).await.open, Money::ZERO);
        assert!(
            act(&finance, "payment.record", &[("id", &id), ("amount", "0"), ("method", "transfer")]).await.is_err()
        );
        whole(&kit).await;
        let (all, _) =
            store::payments::page(&kit.app.store, Reach::Operator, Some(invoice.company), true, 1, 10).await.unwrap();
        let payment = all.iter().find(|p| p.method == "cheque").unwrap().id.to_string();
        let too_much = act(&finance, "payment.refund", &[("id", &payment), ("amount", &over)]).await.unwrap_err();
        assert!(too_much.field("amount").unwrap().contains("left of this payment"));
        // The cheque bounces: what it settled is owed again.
        act(&finance, "payment.reverse", &[("id", &payment), ("reason", "Returned by the bank")]).await.unwrap();
        assert!(act(&finance, "payment.reverse", &[("id", &payment), ("reason", "Twice")]).await.is_err());
        assert_eq!(again(&kit, &invoice).await.open.pence(), gross - gross / 2);
        whole(&kit).await;
        act(&finance, "invoice.dispute", &[("id", &id), ("words", "They count fewer predictions.")]).await.unwrap();
        assert_eq!(invoicing::invoices::view(&finance, &id).await.unwrap().status_label, "Disputed");
        act(&finance, "invoice.dispute", &[("id", &id)]).await.unwrap();
        act(&finance, "invoice.write_off", &[("id", &id), ("reason", "Insolvent")]).await.unwrap();
        assert_eq!(invoicing::invoices::view(&finance, &id).await.unwrap().status_label, "Written off");
        assert!(act(&finance, "invoice.write_off", &[("id", &id), ("reason", "Again")]).await.is_err());
        whole(&kit).await;
    })
    .await;
}

/// Story 61: a credit note has its own number, the VAT of what it corrects, and never exceeds it; paid and credited at
/// once an invoice is not settled twice.
#[tokio::test]
async fn credits_and_payments_meet() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        let second = kit.approver(now()).await;
        let invoice = open_one(&kit).await;
        let (id, net) = (invoice.id.to_string(), invoice.totals.net.pence());
        let plain = |pence: i64| Money::from_pence(pence).plain();
        let more = plain(net + 1);
        let credit = async |amount: &str| {
            act(&finance, "invoice.credit", &[("id", &id), ("amount", amount), ("reason", "Goodwill")]).await
        };
        assert!(credit(&more).await.unwrap_err().field("amount").unwrap().contains("can still be credited"));
        credit(&plain(net / 2)).await.unwrap();
        // What is on a draft cannot be credited again.
        assert!(credit(&plain(net)).await.is_err());
        credit(&plain(net - net / 2)).await.unwrap();
        let notes: Vec<_> = at_work(&kit).await.into_iter().filter(|i| i.kind == DocumentKind::CreditNote).collect();
        assert_eq!(
            notes.iter().map(|n| n.totals.vat.pence()).sum::<i64>(),
            invoice.totals.vat.pence(),
            "the last takes the rest"
        );
        assert!(through(&finance, &second, &notes[0]).await.unwrap().starts_with("SOL-CN-"));
        review::submit(&finance, &notes[1].id.to_string()).await.unwrap();
        review::approve(&second, &notes[1].id.to_string()).await.unwrap();
        // The rest is paid while it is credited.
        let open = again(&kit, &invoice).await.open.plain();
        let pay = {
            let (finance, id) = (finance.clone(), id.clone());
            tokio::spawn(async move {
                let paid =
                    [("id", id.as_str()), ("amount", &open), ("method", "card"), ("once", "x"), ("over", "true")];
                act(&finance, "payment.record", &paid).await
            })
        };
        let note = notes[1].id.to_string();
        let (paid, credited) = (pay.await.unwrap(), issue::issue(&finance, &note).await);
        assert!(paid.is_ok() && credited.is_ok(), "{paid:?} {credited:?}");
        assert_eq!(again(&kit, &invoice).await.open, Money::ZERO);
        whole(&kit).await;
        let (name, pdf) = invoicing::document::download(&finance, &note, Format::Pdf).await.unwrap();
        assert!(name.starts_with("SOL-CN-") && name.ends_with(".pdf") && pdf.starts_with(b"%PDF-"));
    })
    .await;
}

/// Story 59: the same file twice has no effect, two equal rows are two, nothing is posted by itself.
#[tokio::test]
async fn the_banks_file_is_kept_once_and_posted_by_a_person() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        let invoice = open_one(&kit).await;
        let number = invoice.number.clone().unwrap();
        let amount = invoice.open.plain();
        let file = format!("Date,Description,Amount\n18/11/2026,BACS {number},{amount}\n18/11/2026,CARD FEE,-12.50\n18/11/2026,CARD FEE,-12.50\n");
        let import = async |file: &str| invoicing::bank::import(&finance, "main", file.as_bytes()).await.unwrap();
        assert_eq!(import(&file).await.words(), "3 new, 0 known, 1 matched");
        assert_eq!(import(&file).await.words(), "0 new, 3 known, 0 matched");
        let longer = format!("{file}19/11/2026,UNKNOWN,9999.99\n");
        assert_eq!(import(&longer).await.words(), "1 new, 3 known, 0 matched");
        let slips = import("Date,Description,Amount\n2026-11-20,A,1\n").await;
        assert_eq!((slips.new, slips.problems[0].0), (0, 2));
        assert_eq!(again(&kit, &invoice).await.open, invoice.open, "nothing is posted by itself");
        let (lines, _) = store::bank::page(&kit.app.store, store::bank::State::Open, 1, 10).await.unwrap();
        let line = lines.iter().find(|l| l.description.starts_with("BACS")).unwrap().id.to_string();
        let fee = lines.iter().find(|l| l.amount < Money::ZERO).unwrap().id.to_string();
        let document = invoice.id.to_string();
        assert!(act(&finance, "bank.post", &[("id", &fee), ("document", &document)]).await.is_err());
        act(&finance, "bank.ignore", &[("id", &fee)]).await.unwrap();
        act(&finance, "bank.post", &[("id", &line), ("document", &document)]).await.unwrap();
        assert!(act(&finance, "bank.post", &[("id", &line), ("document", &document)]).await.is_err(), "twice");
        assert_eq!(again(&kit, &invoice).await.open, Money::ZERO);
        whole(&kit).await;
    })
    .await;
}

/// Two who take the same allocations back get the money once; a refund that is sent again is none; a debt that was given up is
/// not paid out; use before the first terms is charged once terms of that day are agreed.
#[tokio::test]
async fn what_is_done_twice_has_one_effect() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        let second = kit.approver(now()).await;
        let invoice = open_one(&kit).await;
        let (id, gross) = (invoice.id.to_string(), invoice.totals.gross);
        act(&finance, "payment.record", &[("id", &id), ("amount", &gross.plain()), ("method", "card")]).await.unwrap();
        let (all, _) = store::payments::page(&kit.app.store, Reach::Operator, Some(invoice.company), false, 1, 50).await.unwrap();
        let payment = all.iter().find(|p| p.method == "card").unwrap().id.to_string();
        let mut acts = Vec::new();
        for _ in 0..4 {
            let (finance, payment) = (finance.clone(), payment.clone());
            acts.push(tokio::spawn(async move { act(&finance, "payment.release", &[("id", &payment)]).await.is_ok() }));
        }
        let mut done = 0;
        for one in acts {
            done += usize::from(one.await.unwrap());
        }
        assert_eq!(done, 1);
        whole(&kit).await;
        let refund = [("id", payment.as_str()), ("amount", "0.01"), ("once", "r")];
        act(&finance, "payment.refund", &refund).await.unwrap();
        assert!(act(&finance, "payment.refund", &refund).await.is_err());
        act(&finance, "invoice.write_off", &[("id", &id), ("reason", "Insolvent")]).await.unwrap();
        let net = invoice.totals.net.plain();
        act(&finance, "invoice.credit", &[("id", &id), ("amount", &net), ("reason", "Goodwill")]).await.unwrap();
        let note = at_work(&kit).await.into_iter().find(|i| i.kind == DocumentKind::CreditNote).unwrap();
        let refused = through(&finance, &second, &note).await.unwrap_err().into_app();
        assert!(refused.message.contains("never paid"), "{refused:?}");
        whole(&kit).await;

        let tx = finance.begin().await.unwrap();
        let mut client = companies::find(&kit.app.store, Reach::Operator, invoice.company).await.unwrap();
        (client.id, client.name) = (finance.id(), "Late Starter".into());
        companies::create(&tx, &client).await.unwrap();
        tx.commit_bookkeeping().await.unwrap();
        let company = client.id.to_string();
        kit.raw(&format!(
            "INSERT INTO usage_events (id, prediction_id, company_id, model_id, channel, billable, reason, occurred_at, day) \
             SELECT 'use_' || SUBSTR('{company}', 5), 'prd_' || SUBSTR('{company}', 5), '{company}', model_id, 'form', TRUE, '', 1791500000000, '2026-10-09' \
             FROM usage_events LIMIT 1"
        ))
        .await;
        let october: billing::Month = "2026-10".parse().unwrap();
        assert!(drafts::draft(&finance, client.id, october).await.unwrap_err().into_app().message.contains("had no price"));
        let terms = |from: &'static str| [("company_id", company.clone()), ("price", "2".into()), ("payment_days", "30".into()), ("effective_from", from.into())];
        let agree = async |from: &'static str| {
            let with = terms(from);
            let with: Vec<(&str, &str)> = with.iter().map(|(a, b): &(&str, String)| (*a, b.as_str())).collect();
            act(&finance, "contract.amend", &with).await
        };
        agree("2026-10-15").await.unwrap();
        assert!(drafts::draft(&finance, client.id, october).await.is_err(), "before the first terms");
        agree("2026-10-01").await.unwrap();
        assert_eq!(drafts::draft(&finance, client.id, october).await.unwrap().made.len(), 1);
        assert_eq!(drafts::draft(&finance, client.id, october).await.unwrap().made.len(), 0);
    })
    .await;
}
