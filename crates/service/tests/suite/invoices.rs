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
