//! From usage to invoices and the journal.

use contract::ErrorKind;
use contract::billing::TermsInput;
use contract::table::Tone;
use domain::Money;
use domain::policy::Role;
use service::{Ctx, invoicing};
use store::{Reach, companies, invoices, journal, usage};
use testkit::{HARBOUR, NORTHGATE, SOLATIUM, on_both};

use crate::kind;

#[tokio::test]
async fn invoices_bill_each_prediction_once_and_number_without_gaps() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        let (month, reach) = ("2026-10", Reach::Operator);
        // Discarded and made again, any number of times: the same draft.
        for _ in 0..3 {
            for invoice in invoices::list(&kit.app.store, reach, false).await.unwrap() {
                if invoice.number.is_none() {
                    invoicing::invoices::discard(&finance, &invoice.id.to_string()).await.unwrap();
                }
            }
            assert_eq!(invoicing::drafts::generate(&finance, month).await.unwrap(), 2, "a job a company");
            assert_eq!(invoicing::drafts::generate(&finance, month).await.unwrap(), 0, "twice has one effect");
            kit.work().await;
        }
        for invoice in invoices::list(&kit.app.store, reach, false).await.unwrap() {
            let id = invoice.id.to_string();
            if invoice.number.is_none() {
                assert_eq!(
                    kind(invoicing::invoices::issue(&finance, &id).await.unwrap_err()),
                    ErrorKind::Conflict,
                    "unapproved"
                );
                invoicing::invoices::approve(&finance, &id).await.unwrap();
                invoicing::invoices::issue(&finance, &id).await.unwrap();
            }
            assert_eq!(
                kind(invoicing::invoices::discard(&finance, &id).await.unwrap_err()),
                ErrorKind::Conflict,
                "immutable"
            );
            assert!(invoicing::invoices::issue(&finance, &id).await.is_err());
            let month = billing::Month::of(invoice.period_from);
            let (billable, _) =
                usage::count(&kit.app.store, invoice.company, month.from(), month.until()).await.unwrap();
            let lines = invoices::lines(&kit.app.store, invoice.id).await.unwrap();
            assert_eq!(lines.iter().map(|l| l.quantity).sum::<i64>(), billable as i64, "billed + free = metered");
            assert_eq!(usage::on_line(&kit.app.store, lines[0].id).await.unwrap(), billable);
            let (name, pdf) = invoicing::document::download(&finance, &id).await.unwrap();
            assert!(pdf.starts_with(b"%PDF-") && name.starts_with("SOL-"));
        }
        let all = invoices::list(&kit.app.store, reach, true).await.unwrap();
        let mut numbers: Vec<String> = all.iter().map(|i| i.number.clone().unwrap()).collect();
        numbers.sort();
        let expected: Vec<String> = (1..=all.len() as i64).map(billing::invoice::number).collect();
        assert_eq!(numbers, expected, "contiguous, whatever was discarded");
        let far = |text: &str| text.parse().unwrap();
        let posted_rows = journal::rows(&kit.app.store, reach, far("2020-01-01"), far("2030-01-01")).await.unwrap();
        assert_eq!(posted_rows.iter().map(|row| row.3.pence()).sum::<i64>(), 0, "the journal balances");
        let mut transactions = std::collections::BTreeMap::<&str, i64>::new();
        for row in &posted_rows {
            *transactions.entry(&row.0).or_default() += row.3.pence();
        }
        assert!(transactions.values().all(|sum| *sum == 0), "every transaction balances");
        let revenue = crate::report(&finance, "revenue", "from=2025-01-01&to=2026-12-31").await;
        let invoiced = Money::sum(all.iter().map(|i| i.net)).unwrap();
        let words = format!("Net revenue of {invoiced} was invoiced from 1 January 2025 to 31 December 2026.");
        assert_eq!(revenue.parts[0], contract::page::Part::Notice(Tone::Plain, words), "it reconciles to the penny");
        let sums = journal::sums(&kit.app.store, reach, far("2020-01-01"), far("2030-01-01")).await.unwrap();
        let mut posted = std::collections::BTreeMap::new();
        for row in &posted_rows {
            *posted.entry((billing::Month::of(row.4), row.1, row.2.key())).or_insert(0) += row.3.pence();
        }
        let summed: std::collections::BTreeMap<_, _> =
            sums.iter().map(|s| ((s.month, s.company, s.account.key()), s.amount.pence())).collect();
        assert_eq!(posted, summed);
    })
    .await;
}

#[tokio::test]
async fn issued_at_once_an_invoice_gets_one_number() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        let drafts: Vec<_> = invoices::list(&kit.app.store, Reach::Operator, false)
            .await
            .unwrap()
            .into_iter()
            .filter(|i| i.number.is_none())
            .collect();
        for draft in &drafts {
            invoicing::invoices::approve(&finance, &draft.id.to_string()).await.unwrap();
        }
        let mut acts = Vec::new();
        for draft in drafts.iter().chain(&drafts).chain(&drafts) {
            let (ctx, id) = (finance.clone(), draft.id.to_string());
            acts.push(tokio::spawn(async move { invoicing::invoices::issue(&ctx, &id).await.is_ok() }));
        }
        let mut issued = 0;
        for act in acts {
            issued += usize::from(act.await.unwrap());
        }
        assert_eq!(issued, drafts.len());
    })
    .await;
}

/// Sets Northgate's terms from a date on; the field of the refusal, if there is one.
async fn set_terms(finance: &Ctx, cycle: &str, from: &str) -> Result<(), String> {
    let company = companies::by_name(&finance.app.store, NORTHGATE).await.unwrap().unwrap();
    let terms = TermsInput {
        company_id: company.id.to_string(),
        unit_price: "2".into(),
        tax_rate: "20".into(),
        payment_days: "30".into(),
        cycle: cycle.into(),
        effective_from: from.into(),
    };
    let set = invoicing::terms::set(finance, &terms).await;
    set.map_err(|e| e.into_app().field("effective_from").unwrap_or_default().to_owned())
}

/// Story 53: a quarter is invoiced once, at its end, and no month falls between two cycles.
#[tokio::test]
async fn quarters_are_invoiced_whole() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let finance = kit.ctx_at(SOLATIUM, Role::Finance, "2027-07-05T09:00:00Z".parse().unwrap()).await;
        let (ours, theirs) = (NORTHGATE, HARBOUR);
        let company = companies::by_name(&kit.app.store, ours).await.unwrap().unwrap().id;
        let refused = |result: Result<(), String>| result.unwrap_err();
        assert!(refused(set_terms(&finance, "quarterly", "2027-02-01").await).contains("where a quarter begins"));
        assert!(refused(set_terms(&finance, "quarterly", "2026-07-01").await).contains("later quarter"));
        set_terms(&finance, "quarterly", "2027-01-01").await.unwrap();
        // Monthly terms between would leave January out.
        assert!(refused(set_terms(&finance, "monthly", "2027-02-01").await).contains("where a quarter begins"));
        assert!(set_terms(&finance, "quarterly", "2027-02-14").await.is_ok(), "a new price within a quarter");

        for month in ["2027-01", "2027-02", "2027-02", "2027-03", "2027-05"] {
            let day = format!("{month}-09T10:00:00Z").parse().unwrap();
            for insurer in [ours, theirs] {
                crate::entered(&kit.ctx_at(insurer, Role::Handler, day).await).await;
            }
        }
        let made = async |month: &str| {
            invoicing::drafts::generate(&finance, month).await.unwrap();
            kit.work_at(finance.now).await;
            let all = invoices::list(&kit.app.store, Reach::Company(company), false).await.unwrap();
            all.into_iter().filter(|i| i.period_from.to_string().starts_with("2027")).collect::<Vec<_>>()
        };
        assert!(made("2027-01").await.is_empty() && made("2027-02").await.is_empty(), "the quarter goes on");
        let quarter = made("2027-03").await;
        let lines = invoices::lines(&kit.app.store, quarter[0].id).await.unwrap();
        assert_eq!(lines[0].description, "Settlement predictions, January to March 2027");
        assert_eq!((quarter.len(), lines[0].quantity), (1, 4));
        assert_eq!(made("2027-03").await.len(), 1, "twice has one effect");
        set_terms(&finance, "monthly", "2027-04-01").await.unwrap();
        let all = made("2027-05").await;
        assert_eq!(all.len(), 2, "back to months");
        let shown = invoicing::invoices::view(&finance, &quarter[0].id.to_string()).await.unwrap();
        assert_eq!((shown.period_from.iso, shown.period_to.iso), ("2027-01-01".into(), "2027-03-31".into()));
    })
    .await;
}
