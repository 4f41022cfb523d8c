//! What a month of billing costs: a thousand companies with a million predictions drafted while others write, pages among a
//! hundred thousand invoices, a bank's file of ten thousand lines. `make bench-billing` runs it.
#![expect(clippy::unwrap_used, reason = "a measurement stops at what it did not expect")]

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use billing::agreement::Amendment as Agreed;
use billing::{Month, RateCard, UnitPrice};
use domain::policy::Role;
use service::Ctx;
use service::invoicing::{bank, drafts, invoices};
use service::reports::{Query, view};
use store::contracts::{Amendment, Contract};
use store::{Reach, companies};
use testkit::{Kit, SOLATIUM};

const COMPANIES: usize = 1_000;
const EVENTS: usize = 1_000;
const INVOICES: usize = 100_000;
const LINES: usize = 10_000;

#[tokio::main]
async fn main() {
    let kit = Kit::sqlite().await.filled(12).await;
    let finance = kit.ctx(SOLATIUM, Role::Finance).await;
    clients(&kit, &finance).await;
    drafted(&kit, &finance).await;
    pages(&kit, &finance).await;
    matched(&kit, &finance).await;
}

/// Companies with a contract, and what they used in October.
async fn clients(kit: &Kit, finance: &Ctx) {
    let tx = finance.begin().await.unwrap();
    let card = RateCard::per_unit("Bench", UnitPrice::parse("1.85").unwrap());
    let id = finance.id();
    store::rate_cards::add(&tx, id, &card, "system", finance.now).await.unwrap();
    let mut made = Vec::new();
    for i in 0..COMPANIES {
        let company = companies::Company {
            id: finance.id(),
            name: format!("Client {i:04}"),
            operator: false,
            address: "1 Street".into(),
            billing_email: String::new(),
            vat_number: String::new(),
            country: "GB".into(),
            registration: String::new(),
            endpoint: String::new(),
            bank_details: String::new(),
            created_at: finance.now,
        };
        companies::create(&tx, &company).await.unwrap();
        let from = "2026-10-01".parse().unwrap();
        let contract = Contract {
            id: finance.id(),
            company: company.id,
            begins_on: from,
            ends_on: None,
            notice_days: 30,
            renews: true,
            made_by: "system".into(),
            made_at: finance.now,
        };
        store::contracts::begin(&tx, &contract).await.unwrap();
        let agreed = Agreed::of_card(from, card.clone());
        let amendment = Amendment {
            id: finance.id(),
            contract: contract.id,
            company: company.id,
            card: id,
            card_version: 1,
            agreed,
            tier: None,
            po_number: String::new(),
            note: String::new(),
            made_by: "system".into(),
            made_at: finance.now,
        };
        store::contracts::amend(&tx, &amendment).await.unwrap();
        made.push(company.id);
    }
    tx.commit_bookkeeping().await.unwrap();
    let shared = store::models::list(&kit.app.store, Reach::Operator, finance.caller.company.unwrap()).await.unwrap();
    let model = shared[0].id;
    let mut sql = String::from("BEGIN;");
    for (i, company) in made.iter().enumerate() {
        let _ = write!(
            sql,
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {}) \
             INSERT INTO usage_events (id, prediction_id, company_id, model_id, channel, billable, reason, occurred_at, day) \
             SELECT printf('use_%016x%016x', {i}, i), printf('prd_%016x%016x', {i}, i), '{company}', '{model}', \
             CASE i % 3 WHEN 0 THEN 'form' WHEN 1 THEN 'api' ELSE 'file' END, 1, '', 1790946000000 + i * 1000000, \
             date(1790946000 + i * 1000, 'unixepoch') FROM n;",
            EVENTS - 1
        );
    }
    sql.push_str("COMMIT;");
    kit.raw(&sql).await;
    // What was put there at once is moved out of the log before anything is measured: in use it comes over a month.
    kit.raw("PRAGMA wal_checkpoint(TRUNCATE)").await;
}

/// Drafts everybody's October, while another writer writes all the time.
async fn drafted(kit: &Kit, finance: &Ctx) {
    let over = Arc::new(AtomicBool::new(false));
    let writer = {
        let (finance, over) = (finance.clone(), over.clone());
        tokio::spawn(async move {
            let mut held: Vec<Duration> = Vec::new();
            while !over.load(Ordering::Relaxed) {
                let begun = Instant::now();
                let tx = finance.begin().await.unwrap();
                tx.commit_bookkeeping().await.unwrap();
                held.push(begun.elapsed());
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            held.sort_unstable();
            held
        })
    };
    // As `serve` does it beside the work.
    let store = kit.app.store.clone();
    let log = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(500)).await;
            store.checkpoint().await.unwrap();
        }
    });
    let month: Month = "2026-10".parse().unwrap();
    let all = companies::list(&kit.app.store, Reach::Operator).await.unwrap();
    let begun = Instant::now();
    let mut made = 0;
    for company in all.iter().filter(|c| c.name.starts_with("Client ")) {
        made += drafts::draft(finance, company.id, month).await.unwrap().made.len();
    }
    let took = begun.elapsed();
    over.store(true, Ordering::Relaxed);
    log.abort();
    let held = writer.await.unwrap();
    let worst = held.last().copied().unwrap_or_default();
    println!(
        "{made} drafts of {} predictions: {:.1} s (<= 60); another writer waited at most {} ms (<= 200), p99 {} ms",
        COMPANIES * EVENTS,
        took.as_secs_f64(),
        worst.as_millis(),
        held[held.len() * 99 / 100].as_millis(),
    );
}

/// The list and one invoice, among many.
async fn pages(kit: &Kit, finance: &Ctx) {
    let all = companies::list(&kit.app.store, Reach::Operator).await.unwrap();
    let company = all.iter().find(|c| c.name.starts_with("Client ")).unwrap().id;
    kit.raw(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {}) \
         INSERT INTO invoices (id, company_id, kind, status, number, period_from, period_until, payment_days, prepared_by, prepared_at, \
           issued_on, tax_point, due_on, net_pence, vat_pence, gross_pence, open_pence, parties) \
         SELECT printf('inv_%016x%016x', 7, i), '{company}', 'manual', 'issued', printf('SOL-%06d', 500000 + i), \
           date('2000-01-01', '+' || (i / 11) || ' days'), date('2000-01-01', '+' || (i / 11 + 1) || ' days'), 30, 'system', 0, \
           date('2000-01-01', '+' || (i / 11) || ' days'), date('2000-01-01', '+' || (i / 11) || ' days'), date('2000-01-31', '+' || (i / 11) || ' days'), \
           10000 + i, 2000, 12000 + i, CASE WHEN i % 10 = 0 THEN 12000 + i ELSE 0 END, \
           '{{\"supplier\":[\"S\",\"A\"],\"customer\":[\"C\",\"A\"]}}' FROM n",
        INVOICES - 1
    ))
    .await;
    for (what, query) in
        [("first page", ""), ("page 100", "page=100"), ("open", "standing=open"), ("overdue", "standing=overdue")]
    {
        let median = median(async || {
            view(finance, "invoices", &Query::parse(query)).await.unwrap();
        })
        .await;
        println!("invoices, {what}, among {INVOICES}: {:.1} ms (<= 50)", median.as_secs_f64() * 1_000.0);
    }
    let one = format!("inv_{:016x}{:016x}", 7, 70_000);
    let median = median(async || {
        invoices::view(finance, &one).await.unwrap();
    })
    .await;
    println!("an invoice's page: {:.1} ms (<= 50)", median.as_secs_f64() * 1_000.0);
}

async fn median(work: impl AsyncFn()) -> Duration {
    let mut took = Vec::new();
    for _ in 0..21 {
        let begun = Instant::now();
        work().await;
        took.push(begun.elapsed());
    }
    took.sort_unstable();
    took[took.len() / 2]
}

/// A bank's file of payments, each naming an invoice or not.
async fn matched(_: &Kit, finance: &Ctx) {
    let mut file = String::from("Date,Description,Amount\n");
    for i in 0..LINES {
        let invoice = i * 10;
        let words = if i % 4 == 0 { format!("FPI CLIENT {i}") } else { format!("BACS SOL-{:06}", 500_000 + invoice) };
        let pence = 12_000 + invoice;
        let _ = writeln!(file, "{:02}/10/2026,{words},{}.{:02}", 1 + i % 28, pence / 100, pence % 100);
    }
    let begun = Instant::now();
    let imported = bank::import(finance, "main", file.as_bytes()).await.unwrap();
    println!("{LINES} lines of the bank's file: {:.2} s (<= 5): {}", begun.elapsed().as_secs_f64(), imported.words());
}
