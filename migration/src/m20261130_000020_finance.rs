//! Finance: rate cards, contracts with amendments that are only added, typed lines, documents of several kinds, journal
//! entries with a source that is used once, payments and what they settle, the bank's lines.

use sea_orm_migration::sea_orm::{ConnectionTrait, Statement};

use crate::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        agreements(manager).await?;
        documents(manager).await?;
        journal(manager).await?;
        money_in(manager).await?;
        letters(manager).await?;
        books(manager).await?;
        clients(manager).await?;
        plans(manager).await?;
        // Use that stands on no invoice yet is asked for before each one.
        run(
            manager,
            "CREATE INDEX ix_usage_events_unbilled ON usage_events (company_id, occurred_at) \
             WHERE billable = TRUE AND invoice_line_id IS NULL",
        )
        .await?;
        // The former table stays for replicas of the version before, until they are gone.
        terms_become_contracts(manager).await
    }
}

async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared(sql).await.map(|_| ())
}

async fn columns(manager: &SchemaManager<'_>, table: &'static str, all: Vec<ColumnDef>) -> Result<(), DbErr> {
    for column in all {
        manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
    }
    Ok(())
}

/// What is agreed to.
async fn agreements(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let details = text("bank_details").default("").to_owned();
    columns(manager, "companies", vec![details]).await?;
    let mut rates = keyed("tax_rates", "id");
    for column in [text("effective_from"), int("rate_bp"), text("set_by"), long("set_at")] {
        rates.col(column);
    }
    manager.create_table(rates).await?;
    index(manager, "tax_rates", &["effective_from"], true).await?;
    run(manager, "INSERT INTO tax_rates (id, effective_from, rate_bp, set_by, set_at) VALUES ('tax_00000000000000000000000000000001', '2011-01-04', 2000, 'system', 0)").await?;

    let mut cards = keyed("rate_cards", "id");
    for column in [text("name"), int("version"), text("body"), text("made_by"), long("made_at")] {
        cards.col(column);
    }
    manager.create_table(cards).await?;
    index(manager, "rate_cards", &["name", "version"], true).await?;

    let mut contracts = keyed("contracts", "id");
    for column in [
        text("company_id"),
        text("begins_on"),
        text_null("ends_on"),
        int("notice_days"),
        flag("renews"),
        text("made_by"),
        long("made_at"),
    ] {
        contracts.col(column);
    }
    manager.create_table(contracts).await?;
    index(manager, "contracts", &["company_id"], true).await?;

    let mut amendments = keyed("amendments", "id");
    for column in [
        text("contract_id"),
        text("company_id"),
        text("effective_from"),
        text("card_id"),
        text("cycle"),
        int("payment_days"),
        text("tax"),
        text("counters"),
        text("discounts"),
        long_null("commitment_pence"),
        long_null("cap_pence"),
        text("po_number"),
        text("note"),
        text("made_by"),
        long("made_at"),
    ] {
        amendments.col(column);
    }
    manager.create_table(amendments).await?;
    index(manager, "amendments", &["contract_id", "effective_from"], true).await?;
    index(manager, "amendments", &["company_id", "effective_from"], false).await
}

/// Invoices become documents of several kinds, and what they are owed a projection of what was allocated to them.
async fn documents(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let periodic = text("kind").default("periodic").to_owned();
    let nothing = |name| long(name).default(0).to_owned();
    let none = |name| text(name).default("").to_owned();
    let added = vec![
        periodic,
        text_null("corrects"),
        none("reason"),
        none("po_number"),
        text_null("tax_point"),
        text_null("groups"),
        text_null("submitted_by"),
        long_null("submitted_at"),
        text_null("approved_hash"),
        text_null("rejected_by"),
        none("rejection"),
        nothing("paid_pence"),
        nothing("credited_pence"),
        nothing("written_off_pence"),
        // What is still owed; nothing before it is issued.
        nothing("open_pence"),
        long_null("disputed_at"),
        none("dispute"),
    ];
    columns(manager, "invoices", added).await?;
    let former = Index::drop().name("ix_invoices_company_id_period_from").table("invoices").to_owned();
    manager.drop_index(former).await?;
    run(manager, "CREATE UNIQUE INDEX ix_invoices_once ON invoices (company_id, period_from) WHERE kind = 'periodic'")
        .await?;
    index(manager, "invoices", &["period_from", "id"], false).await?;
    index(manager, "invoices", &["company_id", "period_from", "id"], false).await?;
    index(manager, "invoices", &["corrects"], false).await?;
    run(manager, "CREATE INDEX ix_invoices_open ON invoices (due_on, company_id) WHERE open_pence > 0").await?;
    run(manager, "CREATE INDEX ix_invoices_at_work ON invoices (status, period_from) WHERE number IS NULL").await?;

    let lines = vec![
        text("kind").default("usage").to_owned(),
        int("part").default(1).to_owned(),
        nothing("units"),
        text_null("span_from"),
        text_null("span_until"),
        text("tax").default("standard").to_owned(),
    ];
    columns(manager, "invoice_lines", lines).await?;
    run(manager, "UPDATE invoice_lines SET units = quantity").await?;
    run(manager, "UPDATE invoice_lines SET tax = 'zero' WHERE tax_rate_bp = 0").await?;
    // What one person approved alone is looked at by a second.
    run(
        manager,
        "UPDATE invoices SET status = 'in_review', approved_by = NULL, approved_at = NULL WHERE status = 'approved'",
    )
    .await
}

async fn journal(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut transactions = keyed("journal_transactions", "id");
    for column in [
        text("kind"),
        text("source"),
        text("company_id"),
        text("booked_on"),
        text_null("period_from"),
        text_null("period_until"),
        text("document_id"),
        text("description"),
        text_null("batch_id"),
        long("created_at"),
    ] {
        transactions.col(column);
    }
    manager.create_table(transactions).await?;
    // The same thing is booked once.
    index(manager, "journal_transactions", &["source"], true).await?;
    index(manager, "journal_transactions", &["company_id", "booked_on", "id"], false).await?;
    index(manager, "journal_transactions", &["booked_on", "id"], false).await?;
    run(
        manager,
        "INSERT INTO journal_transactions (id, kind, source, company_id, booked_on, document_id, description, created_at) \
         SELECT transaction_id, \
           CASE WHEN SUM(CASE WHEN account = 'bank' THEN 1 ELSE 0 END) > 0 THEN 'payment' ELSE 'invoice' END, \
           CASE WHEN SUM(CASE WHEN account = 'bank' THEN 1 ELSE 0 END) > 0 THEN 'payment:' ELSE 'document:' END || MIN(document_id), \
           MIN(company_id), MIN(booked_on), MIN(document_id), MIN(description), MIN(created_at) \
         FROM journal_entries GROUP BY transaction_id",
    )
    .await?;
    run(
        manager,
        "UPDATE journal_transactions SET \
           period_from = (SELECT i.period_from FROM invoices i WHERE i.id = document_id), \
           period_until = (SELECT i.period_until FROM invoices i WHERE i.id = document_id) \
         WHERE kind = 'invoice'",
    )
    .await
}

/// Payments, what they settle, and the bank's lines. What was paid was paid in full.
async fn money_in(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut payments = keyed("payments", "id");
    for column in [
        text("company_id"),
        text("received_on"),
        long("amount_pence"),
        // Not allocated, refunded or reversed.
        long("left_pence"),
        text("method"),
        text("reference"),
        text("source"),
        text("recorded_by"),
        long("recorded_at"),
        text_null("reversed_on"),
        text("note"),
    ] {
        payments.col(column);
    }
    manager.create_table(payments).await?;
    index(manager, "payments", &["source"], true).await?;
    index(manager, "payments", &["company_id", "received_on", "id"], false).await?;
    index(manager, "payments", &["received_on", "id"], false).await?;

    let mut allocations = keyed("allocations", "id");
    for column in [
        text("company_id"),
        // A payment, or a credit note.
        text("from_id"),
        text("document_id"),
        long("amount_pence"),
        text("made_on"),
        text("made_by"),
        long("made_at"),
    ] {
        allocations.col(column);
    }
    manager.create_table(allocations).await?;
    index(manager, "allocations", &["document_id"], false).await?;
    index(manager, "allocations", &["from_id"], false).await?;

    let mut lines = keyed("bank_lines", "id");
    for column in [
        text("account"),
        text("line_key"),
        text("day"),
        text("description"),
        long("amount_pence"),
        // `open`, `posted`, `ignored`.
        text("state"),
        text_null("payment_id"),
        text("imported_by"),
        long("imported_at"),
    ] {
        lines.col(column);
    }
    manager.create_table(lines).await?;
    index(manager, "bank_lines", &["line_key"], true).await?;
    index(manager, "bank_lines", &["state", "day", "id"], false).await?;

    let paid = "FROM invoices WHERE status = 'paid' AND gross_pence > 0";
    run(manager, &format!(
        "INSERT INTO payments (id, company_id, received_on, amount_pence, left_pence, method, reference, source, recorded_by, recorded_at, note) \
         SELECT 'pay_' || SUBSTR(id, 5), company_id, COALESCE(paid_on, issued_on), gross_pence, 0, 'transfer', number, 'invoice:' || id, COALESCE(issued_by, 'system'), COALESCE(issued_at, 0), '' {paid}"
    )).await?;
    run(manager, &format!(
        "INSERT INTO allocations (id, company_id, from_id, document_id, amount_pence, made_on, made_by, made_at) \
         SELECT 'alo_' || SUBSTR(id, 5), company_id, 'pay_' || SUBSTR(id, 5), id, gross_pence, COALESCE(paid_on, issued_on), COALESCE(issued_by, 'system'), COALESCE(issued_at, 0) {paid}"
    )).await?;
    run(manager, "UPDATE invoices SET paid_pence = gross_pence, status = 'issued' WHERE status = 'paid'").await?;
    run(
        manager,
        "UPDATE invoices SET open_pence = gross_pence - paid_pence, tax_point = issued_on WHERE number IS NOT NULL",
    )
    .await
}

/// Letters with documents, and reminders of what is overdue: each step of a document once.
async fn letters(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    columns(manager, "mails", vec![text_null("document_id"), text_null("attached_hash")]).await?;
    index(manager, "mails", &["document_id"], false).await?;
    let mut reminders = keyed("reminders", "id");
    for column in [
        text("company_id"),
        text("document_id"),
        int("step"),
        text("name"),
        long("open_pence"),
        text_null("mail_id"),
        long("sent_at"),
    ] {
        reminders.col(column);
    }
    manager.create_table(reminders).await?;
    index(manager, "reminders", &["document_id", "step"], true).await?;
    let mut schedules = keyed("reminder_schedules", "id");
    for column in [text("body"), text("set_by"), long("set_at")] {
        schedules.col(column);
    }
    manager.create_table(schedules).await?;
    index(manager, "reminder_schedules", &["set_at"], false).await
}

/// What went to the accounting program, and periods that are closed.
async fn books(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut batches = keyed("export_batches", "id");
    for column in [text("target"), text("upto"), int("documents"), text("hash"), text("made_by"), long("made_at")] {
        batches.col(column);
    }
    manager.create_table(batches).await?;
    index(manager, "export_batches", &["target", "made_at"], false).await?;
    // The target, a colon, the document: exported once.
    let mut exported = keyed("exported_documents", "id");
    for column in [text("document_id"), text("target"), text("batch_id")] {
        exported.col(column);
    }
    manager.create_table(exported).await?;
    index(manager, "exported_documents", &["batch_id"], false).await?;
    let mut closed = keyed("closed_periods", "id");
    for column in [
        text("period_from"),
        text("period_until"),
        long("output_tax_pence"),
        long("sales_pence"),
        int("supplies"),
        text("hash"),
        text("closed_by"),
        long("closed_at"),
    ] {
        closed.col(column);
    }
    manager.create_table(closed).await?;
    index(manager, "closed_periods", &["period_from"], true).await?;
    index(manager, "invoices", &["tax_point", "id"], false).await
}

/// What clients say: of the use that is to be charged, and of themselves.
async fn clients(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut statements = keyed("usage_statements", "id");
    for column in [
        text("company_id"),
        text("period_from"),
        text("period_until"),
        long("charged"),
        long("free"),
        text("body"),
        text("hash"),
        text("state"),
        text("words"),
        text_null("answered_by"),
        long_null("answered_at"),
        text("lapses_on"),
        long("made_at"),
    ] {
        statements.col(column);
    }
    manager.create_table(statements).await?;
    index(manager, "usage_statements", &["company_id", "period_from"], true).await?;
    index(manager, "usage_statements", &["period_from", "id"], false).await?;
    let mut profiles = keyed("company_profiles", "id");
    for column in [text("company_id"), text("body"), text("set_by"), long("set_at")] {
        profiles.col(column);
    }
    manager.create_table(profiles).await?;
    index(manager, "company_profiles", &["company_id", "set_at"], false).await
}

/// What was planned, and what it costs: said anew, never rewritten.
async fn plans(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut budgets = keyed("budgets", "id");
    for column in [text("company_id"), text("month"), long("units"), long("net_pence"), text("set_by"), long("set_at")]
    {
        budgets.col(column);
    }
    manager.create_table(budgets).await?;
    index(manager, "documents", &["uploaded_at", "company_id"], false).await?;
    index(manager, "budgets", &["month", "company_id", "set_at"], false).await?;
    let mut costs = keyed("costs", "id");
    for column in [text("month"), text("kind"), long("amount_pence"), text("set_by"), long("set_at")] {
        costs.col(column);
    }
    manager.create_table(costs).await?;
    index(manager, "costs", &["month", "kind", "set_at"], false).await
}

/// Every price that was agreed to is a card of its own and an amendment of the company's contract.
async fn terms_become_contracts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let backend = connection.get_database_backend();
    run(
        manager,
        "INSERT INTO contracts (id, company_id, begins_on, ends_on, notice_days, renews, made_by, made_at) \
         SELECT 'ctr_' || SUBSTR(MIN(id), 5), company_id, MIN(effective_from), NULL, 30, TRUE, MIN(created_by), MIN(created_at) \
         FROM billing_terms GROUP BY company_id",
    )
    .await?;
    let terms = "SELECT id, unit_price_micro FROM billing_terms ORDER BY effective_from, id";
    let rows = connection.query_all_raw(Statement::from_string(backend, terms)).await?;
    for (version, row) in (1i64..).zip(rows) {
        let (id, micro): (String, i64) = (row.try_get("", "id")?, row.try_get("", "unit_price_micro")?);
        let price = format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000);
        let item = format!(r#"{{"name":"Settlement predictions","model":"unit","price":"{price}"}}"#);
        let body = format!(r#"{{"name":"Individual price","item":[{item}]}}"#);
        let sql = "INSERT INTO rate_cards (id, name, version, body, made_by, made_at) \
                   SELECT 'rcd_' || SUBSTR(id, 5), 'Individual price', $1, $2, created_by, created_at FROM billing_terms WHERE id = $3";
        connection
            .execute_raw(Statement::from_sql_and_values(
                backend,
                sql,
                [(version as i32).into(), body.into(), id.into()],
            ))
            .await?;
    }
    run(
        manager,
        "INSERT INTO amendments (id, contract_id, company_id, effective_from, card_id, cycle, payment_days, tax, counters, discounts, commitment_pence, cap_pence, po_number, note, made_by, made_at) \
         SELECT 'amd_' || SUBSTR(t.id, 5), c.id, t.company_id, t.effective_from, 'rcd_' || SUBSTR(t.id, 5), t.cycle, t.payment_days, \
           CASE WHEN t.tax_rate_bp = 0 THEN 'zero' ELSE 'standard' END, 'continue', '[]', NULL, NULL, '', '', t.created_by, t.created_at \
         FROM billing_terms t JOIN contracts c ON c.company_id = t.company_id",
    )
    .await
}
