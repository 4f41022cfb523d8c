//! From usage to documents and the journal.

use service::invoicing::document::Format;
use std::collections::BTreeMap;

use billing::document::{DocumentKind, Status};
use billing::journal::Account;
use contract::ErrorKind;
use contract::table::Tone;
use domain::Money;
use domain::id::CompanyId;
use domain::policy::Role;
use service::Ctx;
use service::invoicing::{self, drafts, issue, review};
use store::invoices::Invoice;
use store::{Reach, companies, invoices, journal, usage};
use testkit::{HARBOUR, Kit, NORTHGATE, SOLATIUM, now, on_both};

use crate::{act, kind};

pub async fn at_work(kit: &Kit) -> Vec<Invoice> {
    let all = invoices::list(&kit.app.store, Reach::Operator, false).await.unwrap();
    all.into_iter().filter(|i| i.number.is_none()).collect()
}

pub async fn issued(kit: &Kit) -> Vec<Invoice> {
    invoices::list(&kit.app.store, Reach::Operator, true).await.unwrap()
}

/// One of our invoices of which nothing is paid or disputed.
pub async fn open_one(kit: &Kit) -> Invoice {
    kit.raw("UPDATE invoices SET disputed_at = NULL, dispute = ''").await;
    let periodic = issued(kit).await.into_iter().filter(|i| i.kind == DocumentKind::Periodic);
    periodic.into_iter().find(|i| i.open == i.totals.gross && i.open > Money::ZERO).unwrap()
}

pub async fn again(kit: &Kit, of: &Invoice) -> Invoice {
    invoices::find(&kit.app.store, Reach::Operator, of.id).await.unwrap()
}

/// Sends a draft on, has it approved and issues it.
pub async fn through(finance: &Ctx, second: &Ctx, invoice: &Invoice) -> service::Result<String> {
    let id = invoice.id.to_string();
    if invoice.status == Status::Draft {
        review::submit(finance, &id).await?;
    }
    review::approve(second, &id).await?;
    issue::issue(finance, &id).await
}

pub async fn whole(kit: &Kit) {
    let check = invoicing::ledger::check(&kit.app.system(now())).await.unwrap();
    assert!(check.unbalanced.is_empty() && check.apart.is_empty(), "{check:?}");
    let of = |account| check.balances.iter().find(|(a, _)| *a == account).map_or(0, |(_, amount)| amount.pence());
    assert_eq!((of(Account::Debtors), -of(Account::OnAccount)), (check.open.pence(), check.left.pence()));
    assert_eq!(check.balances.iter().map(|b| b.1.pence()).sum::<i64>(), 0);
}

async fn company(kit: &Kit, name: &str) -> CompanyId {
    companies::by_name(&kit.app.store, name).await.unwrap().unwrap().id
}

#[tokio::test]
async fn invoices_bill_each_prediction_once_and_number_without_gaps() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        let second = kit.approver(now()).await;
        let (month, reach) = ("2026-10", Reach::Operator);
        // Discarded and made again, any number of times: the same draft.
        for _ in 0..3 {
            for invoice in at_work(&kit).await {
                invoicing::invoices::discard(&finance, &invoice.id.to_string()).await.unwrap();
            }
            assert_eq!(drafts::generate(&finance, month).await.unwrap(), 2, "a job a company");
            assert_eq!(drafts::generate(&finance, month).await.unwrap(), 0, "twice has one effect");
            kit.work().await;
        }
        let periodic = |all: Vec<Invoice>| all.into_iter().filter(|i| i.kind == DocumentKind::Periodic);
        for invoice in periodic(invoices::list(&kit.app.store, reach, false).await.unwrap()) {
            let id = invoice.id.to_string();
            if invoice.number.is_none() {
                let unapproved = issue::issue(&finance, &id).await.unwrap_err();
                assert_eq!(kind(unapproved), ErrorKind::Conflict);
                through(&finance, &second, &invoice).await.unwrap();
            }
            let immutable = invoicing::invoices::discard(&finance, &id).await.unwrap_err();
            assert_eq!(kind(immutable), ErrorKind::Conflict);
            assert!(issue::issue(&finance, &id).await.is_err());
            let month = billing::Month::of(invoice.period.from);
            let (billable, _) =
                usage::count(&kit.app.store, invoice.company, month.from(), month.until()).await.unwrap();
            let lines = invoices::lines(&kit.app.store, invoice.id).await.unwrap();
            let units: u64 = lines.iter().map(|l| l.component.units).sum();
            assert_eq!(units, billable, "billed + free = metered");
            let mut standing = 0;
            for line in &lines {
                standing += usage::on_line(&kit.app.store, line.id).await.unwrap();
            }
            assert_eq!(standing, billable);
            let (name, pdf) = invoicing::document::download(&finance, &id, Format::Pdf).await.unwrap();
            assert!(pdf.starts_with(b"%PDF-") && name.starts_with("SOL-"));
        }
        let all: Vec<Invoice> = periodic(issued(&kit).await).collect();
        let mut numbers: Vec<String> = all.iter().map(|i| i.number.clone().unwrap()).collect();
        numbers.sort();
        let expected: Vec<String> = (1..=all.len() as i64).map(|n| DocumentKind::Periodic.number(n)).collect();
        assert_eq!(numbers, expected, "contiguous, whatever was discarded");
        whole(&kit).await;
        let far = |text: &str| text.parse().unwrap();
        let rows = journal::rows(&kit.app.store, reach, far("2020-01-01"), far("2030-01-01")).await.unwrap();
        let revenue = crate::report(&finance, "revenue", "from=2025-01-01&to=2026-12-31").await;
        let signed = |i: &Invoice| if i.kind.is_owed() { i.totals.net.pence() } else { -i.totals.net.pence() };
        let invoiced = Money::from_pence(issued(&kit).await.iter().map(signed).sum());
        let words = format!("Net revenue of {invoiced} was invoiced from 1 January 2025 to 31 December 2026.");
        assert_eq!(revenue.parts[0], contract::page::Part::Notice(Tone::Plain, words), "it reconciles to the penny");
        let sums = journal::sums(&kit.app.store, reach, far("2020-01-01"), far("2030-01-01")).await.unwrap();
        let mut posted = BTreeMap::new();
        for row in &rows {
            *posted.entry((billing::Month::of(row.on), row.company, row.account.key())).or_insert(0) +=
                row.amount.pence();
        }
        let summed: BTreeMap<_, _> =
            sums.iter().map(|s| ((s.month, s.company, s.account.key()), s.amount.pence())).collect();
        assert_eq!(posted, summed);
    })
    .await;
}

/// Story 57: nobody approves what they prepared; what is sent back has a reason; the approval is bound to what it says.
#[tokio::test]
async fn two_people_and_the_same_words_make_an_invoice() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        let second = kit.approver(now()).await;
        let draft = at_work(&kit).await.remove(0);
        let id = draft.id.to_string();
        if draft.status == Status::Draft {
            review::submit(&finance, &id).await.unwrap();
        }
        let own = review::approve(&finance, &id).await.unwrap_err().into_app();
        assert!(own.message.contains("ask a colleague"), "{own:?}");
        assert!(act(&second, "invoice.reject", &[("id", &id), ("reason", "")]).await.is_err(), "without a reason");
        act(&second, "invoice.reject", &[("id", &id), ("reason", "The purchase order is missing.")]).await.unwrap();
        let view = invoicing::invoices::view(&finance, &id).await.unwrap();
        assert_eq!((view.status_label.as_str(), view.status_tone), ("Sent back", Tone::Bad));
        assert!(view.flags[0].contains("Frank Moss: The purchase order is missing."), "{:?}", view.flags);
        review::submit(&finance, &id).await.unwrap();
        review::approve(&second, &id).await.unwrap();
        // The customer moves between the approval and the issue.
        let name = companies::find(&kit.app.store, Reach::Operator, draft.company).await.unwrap();
        kit.raw(&format!("UPDATE companies SET address = 'Elsewhere 1' WHERE id = '{}'", draft.company)).await;
        let changed = issue::issue(&finance, &id).await.unwrap_err().into_app();
        assert!(changed.message.contains("has changed since it was approved"), "{changed:?}");
        kit.raw(&format!("UPDATE companies SET address = '{}' WHERE id = '{}'", name.address, draft.company)).await;
        issue::issue(&finance, &id).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn issued_at_once_an_invoice_gets_one_number() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        let second = kit.approver(now()).await;
        let drafts = at_work(&kit).await;
        for draft in &drafts {
            if draft.status == Status::Draft {
                review::submit(&finance, &draft.id.to_string()).await.unwrap();
            }
            review::approve(&second, &draft.id.to_string()).await.unwrap();
        }
        let mut acts = Vec::new();
        for draft in drafts.iter().chain(&drafts).chain(&drafts) {
            let (ctx, id) = (finance.clone(), draft.id.to_string());
            acts.push(tokio::spawn(async move { issue::issue(&ctx, &id).await.is_ok() }));
        }
        let mut issued = 0;
        for act in acts {
            issued += usize::from(act.await.unwrap());
        }
        assert_eq!(issued, drafts.len());
        whole(&kit).await;
    })
    .await;
}

/// Amends Northgate's contract; the field of the refusal, if there is one.
async fn amend(finance: &Ctx, all: &[(&str, &str)]) -> Result<(), contract::AppError> {
    let company = companies::by_name(&finance.app.store, NORTHGATE).await.unwrap().unwrap().id.to_string();
    let mut with = vec![("company_id", company.as_str()), ("payment_days", "30")];
    with.extend(all);
    act(finance, "contract.amend", &with).await.map(|_| ())
}

async fn terms(finance: &Ctx, cycle: &str, from: &str) -> Result<(), String> {
    let refused = amend(finance, &[("price", "2"), ("cycle", cycle), ("effective_from", from)]).await;
    refused.map_err(|e| e.field("effective_from").unwrap_or_default().to_owned())
}

async fn made(kit: &Kit, finance: &Ctx, month: &str) -> Vec<Invoice> {
    drafts::generate(finance, month).await.unwrap();
    kit.work_at(finance.now).await;
    let company = company(kit, NORTHGATE).await;
    let all = invoices::list(&kit.app.store, Reach::Company(company), false).await.unwrap();
    all.into_iter().filter(|i| i.period.from.to_string().starts_with("2027")).collect()
}

/// Story 53: a quarter is invoiced once, at its end, and no month falls between two cycles.
#[tokio::test]
async fn quarters_are_invoiced_whole() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let finance = kit.ctx_at(SOLATIUM, Role::Finance, "2027-07-05T09:00:00Z".parse().unwrap()).await;
        let refused = |result: Result<(), String>| result.unwrap_err();
        assert!(refused(terms(&finance, "quarterly", "2027-02-01").await).contains("where a quarter begins"));
        assert!(refused(terms(&finance, "quarterly", "2026-07-01").await).contains("reach up to"));
        terms(&finance, "quarterly", "2027-01-01").await.unwrap();
        assert!(refused(terms(&finance, "quarterly", "2027-01-01").await).contains("never rewritten"));
        // Monthly terms between would leave January out.
        assert!(refused(terms(&finance, "monthly", "2027-02-01").await).contains("where a quarter begins"));
        amend(&finance, &[("price", "3"), ("cycle", "quarterly"), ("effective_from", "2027-02-14")]).await.unwrap();
        for month in ["2027-01", "2027-02", "2027-02", "2027-03", "2027-05"] {
            let day = format!("{month}-09T10:00:00Z").parse().unwrap();
            for insurer in [NORTHGATE, HARBOUR] {
                crate::entered(&kit.ctx_at(insurer, Role::Handler, day).await).await;
            }
        }
        assert!(made(&kit, &finance, "2027-01").await.is_empty() && made(&kit, &finance, "2027-02").await.is_empty());
        let quarter = made(&kit, &finance, "2027-03").await;
        let lines = invoices::lines(&kit.app.store, quarter[0].id).await.unwrap();
        // A quarter is not priced at its last day's terms: each side of the amendment at its own.
        let charged: Vec<_> =
            lines.iter().map(|l| (l.component.quantity, l.component.net.pence(), l.component.span.words())).collect();
        assert_eq!(
            charged,
            [(3, 600, "1 January to 13 February 2027".into()), (1, 300, "14 February to 31 March 2027".into())]
        );
        assert_eq!(made(&kit, &finance, "2027-03").await.len(), 1, "twice has one effect");
        terms(&finance, "monthly", "2027-04-01").await.unwrap();
        let all = made(&kit, &finance, "2027-05").await;
        assert_eq!(all.len(), 2, "back to months; April has nothing");
        let shown = invoicing::invoices::view(&finance, &quarter[0].id.to_string()).await.unwrap();
        assert_eq!((shown.period_from.iso, shown.period_to.iso), ("2027-01-01".into(), "2027-03-31".into()));
    })
    .await;
}

/// What is committed to is charged where nothing was used, and use that becomes known late stands on the next invoice.
#[tokio::test]
async fn commitments_and_late_use_are_charged() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let finance = kit.ctx_at(SOLATIUM, Role::Finance, "2027-05-05T09:00:00Z".parse().unwrap()).await;
        let terms = [("price", "2"), ("cycle", "monthly"), ("effective_from", "2027-01-01"), ("commitment", "100")];
        let bounds = [terms[0], terms[1], terms[2], terms[3], ("cap", "50")];
        assert!(amend(&finance, &bounds).await.unwrap_err().field("cap").is_some());
        amend(&finance, &terms).await.unwrap();
        let january = made(&kit, &finance, "2027-01").await;
        assert_eq!((january.len(), january[0].totals.net), (1, Money::from_pounds(100)), "at zero usage");
        // A prediction of January that was written after January's draft.
        let handler = kit.ctx_at(NORTHGATE, Role::Handler, "2027-01-31T23:59:00Z".parse().unwrap()).await;
        crate::entered(&handler).await;
        amend(&finance, &[("price", "2"), ("cycle", "monthly"), ("effective_from", "2027-02-01")]).await.unwrap();
        crate::entered(&kit.ctx_at(NORTHGATE, Role::Handler, "2027-02-03T10:00:00Z".parse().unwrap()).await).await;
        let all = made(&kit, &finance, "2027-02").await;
        let february = all.iter().find(|i| i.period.from.to_string() == "2027-02-01").unwrap();
        let lines = invoices::lines(&kit.app.store, february.id).await.unwrap();
        let kinds: Vec<_> =
            lines.iter().map(|l| (l.component.kind.key(), l.component.units, l.component.net.pence())).collect();
        // January's commitment covers it: it is on an invoice, and costs nothing more.
        assert_eq!(kinds, [("usage", 1, 200), ("late", 1, 0)]);
        assert_eq!(usage::on_line(&kit.app.store, lines[1].id).await.unwrap(), 1);
        // One of February that is written after its draft costs what it would have.
        crate::entered(&kit.ctx_at(NORTHGATE, Role::Handler, "2027-02-28T23:59:00Z".parse().unwrap()).await).await;
        let all = made(&kit, &finance, "2027-03").await;
        let march = all.iter().find(|i| i.period.from.to_string() == "2027-03-01").unwrap();
        let lines = invoices::lines(&kit.app.store, march.id).await.unwrap();
        let late: Vec<_> =
            lines.iter().map(|l| (l.component.kind.key(), l.component.units, l.component.net.pence())).collect();
        assert_eq!(late, [("late", 1, 200)]);
        // A contract that ends is charged no more, and one without an end goes on.
        let company = company(&kit, NORTHGATE).await.to_string();
        let ends = [("company_id", company.as_str()), ("ends_on", "2027-04-11"), ("notice_days", "30")];
        amend(
            &finance,
            &[("price", "2"), ("cycle", "monthly"), ("effective_from", "2027-04-01"), ("commitment", "300")],
        )
        .await
        .unwrap();
        act(&finance, "contract.end", &ends).await.unwrap();
        let all = made(&kit, &finance, "2027-04").await;
        let april = all.iter().find(|i| i.period.from.to_string() == "2027-04-01").unwrap();
        assert_eq!(april.totals.net, Money::from_pounds(100), "ten of thirty days");
        assert!(review_flags(&finance, february).await.iter().all(|f| !f.contains("stand on it")));
    })
    .await;
}

async fn review_flags(finance: &Ctx, invoice: &Invoice) -> Vec<String> {
    invoicing::invoices::view(finance, &invoice.id.to_string()).await.unwrap().flags
}

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
        let said =
            act(&finance, "payment.record", &[("id", &id), ("amount", &over), ("method", "cheque"), ("once", "b")])
                .await
                .unwrap();
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
                act(&finance, "payment.record", &[("id", &id), ("amount", &open), ("method", "card"), ("once", "x")])
                    .await
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

/// A VAT rate of the day of issue: a draft of another is drafted anew.
#[tokio::test]
async fn the_rate_is_that_of_the_day_of_issue() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        let past = act(&finance, "vat.add", &[("rate", "25"), ("from", "2020-01-01")]).await.unwrap_err();
        assert!(past.field("from").unwrap().contains("a day to come"));
        act(&finance, "vat.add", &[("rate", "25"), ("from", "2027-01-01")]).await.unwrap();
        assert!(act(&finance, "vat.add", &[("rate", "26"), ("from", "2027-01-01")]).await.is_err());
        let draft = at_work(&kit).await.remove(0);
        let later = "2027-01-04T09:00:00Z".parse().unwrap();
        let (finance, second) = (kit.ctx_at(SOLATIUM, Role::Finance, later).await, kit.approver(later).await);
        let old = through(&finance, &second, &draft).await.unwrap_err().into_app();
        assert!(old.message.contains("VAT rate is 25%"), "{old:?}");
        invoicing::invoices::discard(&finance, &draft.id.to_string()).await.unwrap();
        drafts::draft(&finance, draft.company, billing::Month::of(draft.period.from)).await.unwrap();
        let anew =
            at_work(&kit).await.into_iter().find(|i| i.company == draft.company && i.period == draft.period).unwrap();
        assert_eq!(anew.totals.vat, billing::Rate::parse("25").unwrap().of(anew.totals.net).unwrap());
        through(&finance, &second, &anew).await.unwrap();
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
