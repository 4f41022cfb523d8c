//! The tables as sea-orm sees them. Private: what leaves this crate are records.

/// An entity module from its table name and columns. The key column comes first.
macro_rules! entity {
    ($module:ident, $table:literal, $key:ident: $key_type:ty, { $($field:ident: $type:ty),* $(,)? }) => {
        pub mod $module {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                pub $key: $key_type,
                $(pub $field: $type),*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

entity!(companies, "companies", id: String, {
    name: String, operator: bool, address: String, billing_email: String, vat_number: String,
    wrapped_key: String, created_at: i64, wishes: Option<String>, bank_details: String, country: String, registration: String,
    endpoint: String, usage_limit: Option<i64>,
});
entity!(departments, "departments", id: String, { company_id: String, name: String, created_at: i64 });
entity!(users, "users", id: String, {
    company_id: String, department_id: Option<String>, role: String, email_index: String, email: String,
    name: String, password_hash: String, must_change_password: bool, active: bool, policy_version: i32,
    policy_acknowledged_at: Option<i64>, created_by: Option<String>, created_at: i64,
    last_sign_in_at: Option<i64>, password_expires_at: Option<i64>, email_lookup: Option<String>,
    profile: Option<String>, wishes: Option<String>, tutorial: Option<String>,
});
entity!(installation, "installation", key: String, { value: String });
entity!(sessions, "sessions", token_hash: String, {
    user_id: String, created_at: i64, last_seen_at: i64, expires_at: i64,
});
entity!(sign_in_failures, "sign_in_failures", subject: String, { failures: i32, last_at: i64, open_at: i64 });
entity!(setup_links, "setup_links", token_hash: String, { created_at: i64, expires_at: i64, used_at: Option<i64> });
entity!(notifications, "notifications", id: String, {
    user_id: String, text: String, href: String, created_at: i64, read_at: Option<i64>,
    cause: Option<String>,
});
entity!(claims, "claims", id: String, {
    company_id: String, department_id: Option<String>, number: i64, external_reference: Option<String>,
    status: String, channel: String, accident_type: Option<String>, accident_date: Option<String>,
    claim_date: Option<String>, prognosis_months: Option<i32>, psychological: Option<bool>,
    exceptional: Option<bool>, whiplash: Option<bool>, dominant_injury: Option<String>,
    narrative: Option<String>, vehicle_type: Option<String>, vehicle_age: Option<i32>,
    weather: Option<String>, passengers: Option<i32>, police_report: Option<bool>, witness: Option<bool>,
    heads: String, total_pence: i64, medical_report: bool, created_by: String, created_at: i64,
    prediction_id: Option<String>, predicted_pence: Option<i64>, settled_pence: Option<i64>,
    decided_at: Option<i64>, decided_by: Option<String>, claimant_id: Option<String>,
    reference_index: Option<String>, sealed: Option<String>, created_day: Option<String>,
});
entity!(claimants, "claimants", id: String, {
    company_id: String, reference_index: Option<String>, wrapped_key: String, created_at: i64,
    shredded_at: Option<i64>,
});
entity!(claim_protected, "claim_protected", claim_id: String, {
    company_id: String, driver_age: Option<String>, gender: Option<String>,
});
entity!(saved_views, "saved_views", id: String, { user_id: String, body: String, created_at: i64 });
entity!(documents, "documents", id: String, {
    company_id: String, claim_id: Option<String>, sealed: String, content: String, path: String, kind: String,
    state: String, fail_code: Option<String>, size_bytes: i64, pages: i32,
    uploaded_by: String, uploaded_at: i64, read_at: Option<i64>, report: bool, scan: String,
    draft_of: Option<String>, file_key: Option<String>, read_to: i32, retain_until: Option<String>, held: bool,
});
entity!(candidates, "candidates", id: String, {
    company_id: String, document_id: String, position: i32, field: String, sealed: String, page: i32,
    place: String, confidence_pm: i32, extractor: String, state: String, version: i32,
    answered_by: Option<String>, answered_at: Option<i64>,
});
/// Its key has two columns, which the macro does not make.
pub mod document_pages {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "document_pages")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub document_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub page: i32,
        pub company_id: String,
        pub recognised: bool,
        pub sealed: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
entity!(offers, "offers", id: String, {
    company_id: String, claim_id: String, side: String, state: String, amount_pence: i64, expires_on: Option<String>,
    sealed: String, version: i32, made_by: String, made_at: i64, ended_by: Option<String>, ended_at: Option<i64>,
});
entity!(authorities, "authorities", id: String, {
    company_id: String, holder: String, limit_pence: Option<i64>, since: String, set_by: String, set_at: i64,
});
entity!(estimates, "estimates", id: String, {
    company_id: String, claim_id: String, reason: String, user_id: String, amount_pence: i64,
    predicted_pence: Option<i64>, given_at: i64,
});
entity!(assessments, "assessments", id: String, {
    company_id: String, claim_id: String, sealed: String, made_by: String, made_at: i64,
});
entity!(diary, "diary", id: String, {
    company_id: String, claim_id: String, user_id: String, sealed: String, due_on: String, made_by: String,
    made_at: i64, done_by: Option<String>, done_at: Option<i64>, clock: Option<String>,
});
entity!(bookmarks, "bookmarks", id: String, {
    company_id: String, user_id: String, claim_id: String, sealed: String, shared: bool, made_at: i64,
});
entity!(contests, "contests", id: String, {
    company_id: String, claim_id: String, state: String, sealed: String, received_on: String, decided_by: String,
    entered_by: String, entered_at: i64, ended_by: Option<String>, ended_at: Option<i64>,
});
entity!(drafts, "drafts", id: String, { user_id: String, body: String, updated_at: i64 });
entity!(predictions, "predictions", id: String, {
    company_id: String, claim_id: String, model_id: String, amount_pence: i64, lower_pence: i64,
    upper_pence: i64, level_bp: i32, base_pence: i64, contributions: String, tariff_pence: Option<i64>,
    facts: String, requested_by: String, channel: String, duration_us: i64, created_at: i64,
    sealed: Option<String>, created_day: Option<String>,
});
entity!(decisions, "decisions", id: String, {
    company_id: String, claim_id: String, prediction_id: Option<String>, kind: String, amount_pence: i64,
    reason: Option<String>, note: String, decided_by: String, decided_at: i64, decider: Option<String>,
    seconds_after: Option<i64>, decided_day: Option<String>, recorded: Option<String>,
    claim_kind: Option<String>, predicted_pence: Option<i64>,
});
entity!(reviews, "reviews", id: String, {
    company_id: String, claim_id: String, status: String, flagged_by: String, reason: String,
    flagged_at: i64, reviewed_by: Option<String>, answer: Option<String>, reviewed_at: Option<i64>,
    asked_of: Option<String>,
});
entity!(models, "models", id: String, {
    company_id: String, name: String, version: i32, family: String, bundle_hash: String, size_bytes: i64,
    manifest: String, checks: String, notes: String, uploaded_by: String, uploaded_at: i64,
    approved_by: Option<String>, approved_at: Option<i64>, approval_note: Option<String>,
});
entity!(withdrawals, "withdrawals", id: String, {
    model_id: String, company_id: Option<String>, reason: String, withdrawn_by: String, withdrawn_at: i64,
});
entity!(model_notes, "model_notes", id: String, { model_id: String, words: String, made_by: String, made_at: i64 });
entity!(windows, "windows", id: String, {
    company_id: String, model_id: String, week: String, claims: i32, weeks: i32, judged: bool, body: String, made_at: i64,
});
/// Its figures are fractions, which are not `Eq`.
pub mod alerts {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "alerts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub company_id: String,
        pub model_id: String,
        pub signal: String,
        pub state: String,
        pub count: i32,
        pub clean: i32,
        pub worst: f64,
        pub told: f64,
        pub told_on: Option<String>,
        pub muted_until: Option<String>,
        pub opened_on: Option<String>,
        pub note: Option<String>,
        pub noted_by: Option<String>,
        pub version: i32,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
entity!(fairness_reports, "fairness_reports", id: String, {
    company_id: String, model_id: String, made_at: i64, claims: i32, found: i32, body: String,
});
/// Its gap is a fraction, which is not `Eq`.
pub mod fairness_findings {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "fairness_findings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub company_id: String,
        pub model_id: String,
        pub about: String,
        pub state: String,
        pub report_id: String,
        pub gap: f64,
        pub found_at: i64,
        pub owner: Option<String>,
        pub due_on: Option<String>,
        pub note: String,
        pub version: i32,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
entity!(publications, "publications", id: String, {
    company_id: Option<String>, model_id: String, title: String, audience: String, body: String, data: String,
    html: String, pdf: String, published_by: String, published_at: i64,
});
entity!(methodologies, "methodologies", id: String, {
    company_id: Option<String>, version: i32, model_id: String, words: String, body: String, published_by: String,
    published_at: i64,
});
entity!(materials, "materials", id: String, {
    company_id: Option<String>, model_id: String, title: String, words: String, questions: String,
    published_at: Option<i64>, made_by: String, version: i32, made_at: i64,
});
entity!(completions, "completions", id: String, {
    material_id: String, user_id: String, company_id: String, completed_at: i64,
});
entity!(trials, "trials", id: String, {
    company_id: Option<String>, champion_id: String, challenger_id: String, stage: String, share_bp: i32,
    channels: String, started_by: String, started_at: i64, ended_at: Option<i64>, result: Option<String>, dropped: i32,
    looks: String, version: i32,
});
entity!(arms, "arms", claim_id: String, {
    trial_id: String, company_id: String, canary: bool, failed: bool, pinned_at: i64,
});
entity!(shadows, "shadows", prediction_id: String, {
    trial_id: String, company_id: String, claim_id: String, answered_pence: i64, amount_pence: Option<i64>,
    lower_pence: Option<i64>, upper_pence: Option<i64>, fail: Option<String>, duration_us: i64, made_at: i64,
});
entity!(retrainings, "retrainings", id: String, {
    company_id: Option<String>, asked_by: String, began_at: i64, ended_at: i64, end: String, reason: String, labels: i32,
    outcomes: i32, data: String, model_id: Option<String>, body: String,
});
entity!(measurements, "measurements", id: String, {
    model_id: String, company_id: Option<String>, made_at: i64, body: String,
});
entity!(outcomes, "outcomes", id: String, {
    company_id: String, claim_id: String, amount_pence: i64, settled_on: String, source: String, tier: String,
    sealed: Option<String>, recorded_by: String, recorded_at: i64, supersedes: Option<String>,
    superseded_at: Option<i64>, prediction_id: Option<String>, model_id: Option<String>,
    predicted_pence: Option<i64>, lower_pence: Option<i64>, upper_pence: Option<i64>, kind: String,
    decided_day: Option<String>,
});
entity!(model_bundles, "model_bundles", model_id: String, { body: Vec<u8> });
entity!(deployments, "deployments", id: String, {
    company_id: Option<String>, model_id: String, deployed_by: String, deployed_at: i64,
    replaced_at: Option<i64>, note: String, serves: bool,
});
entity!(tax_rates, "tax_rates", id: String, { effective_from: String, rate_bp: i32, set_by: String, set_at: i64 });
entity!(rate_cards, "rate_cards", id: String, {
    name: String, version: i32, body: String, made_by: String, made_at: i64,
});
entity!(service_tiers, "service_tiers", id: String, {
    name: String, version: i32, capabilities: String, seats: Option<i32>, card_id: String, made_by: String, made_at: i64,
});
entity!(tier_requests, "tier_requests", id: String, {
    company_id: String, tier_id: String, effective_from: String, note: String, state: String, made_by: String,
    made_at: i64, decided_by: Option<String>, decided_at: Option<i64>, reason: String,
});
entity!(usage_alerts, "usage_alerts", id: String, {
    company_id: String, period_from: String, percent: i32, used: i64, of_units: i64, told_at: i64,
});
entity!(base_rates, "base_rates", id: String, {
    effective_from: String, rate_bp: i32, set_by: String, set_at: i64,
});
entity!(provider_documents, "provider_documents", document_id: String, {
    company_id: String, provider: String, external_id: String, customer: String, link: Option<String>, pushed_at: i64,
    paid_pence: i64, asked_pence: Option<i64>, stands: String, checked_at: Option<i64>, drift: String,
});
entity!(export_templates, "export_templates", id: String, { target: String, body: String, set_by: String, set_at: i64 });
entity!(provider_events, "provider_events", id: String, {
    provider: String, kind: String, external_id: String, received_at: i64,
});
entity!(contracts, "contracts", id: String, {
    company_id: String, begins_on: String, ends_on: Option<String>, notice_days: i32, renews: bool,
    made_by: String, made_at: i64,
});
entity!(amendments, "amendments", id: String, {
    contract_id: String, company_id: String, effective_from: String, card_id: String, cycle: String,
    payment_days: i32, tax: String, counters: String, discounts: String, commitment_pence: Option<i64>,
    cap_pence: Option<i64>, po_number: String, note: String, made_by: String, made_at: i64,
    tier_id: Option<String>,
});
entity!(payments, "payments", id: String, {
    company_id: String, received_on: String, amount_pence: i64, left_pence: i64, method: String,
    reference: String, source: String, recorded_by: String, recorded_at: i64, reversed_on: Option<String>,
    note: String,
});
entity!(allocations, "allocations", id: String, {
    company_id: String, from_id: String, document_id: String, amount_pence: i64, made_on: String,
    made_by: String, made_at: i64,
});
entity!(bank_lines, "bank_lines", id: String, {
    account: String, line_key: String, day: String, description: String, amount_pence: i64, state: String,
    payment_id: Option<String>, imported_by: String, imported_at: i64,
});
entity!(usage_events, "usage_events", id: String, {
    prediction_id: String, company_id: String, department_id: Option<String>, model_id: String,
    channel: String, billable: bool, reason: String, occurred_at: i64, invoice_line_id: Option<String>,
    day: Option<String>,
});
entity!(invoices, "invoices", id: String, {
    company_id: String, kind: String, status: String, number: Option<String>, period_from: String,
    period_until: String, payment_days: i32, prepared_by: String, prepared_at: i64,
    submitted_by: Option<String>, submitted_at: Option<i64>, approved_by: Option<String>,
    approved_at: Option<i64>, approved_hash: Option<String>, rejected_by: Option<String>, rejection: String, reason: String,
    issued_by: Option<String>, issued_at: Option<i64>, issued_on: Option<String>, tax_point: Option<String>,
    due_on: Option<String>, net_pence: i64, vat_pence: i64, gross_pence: i64, groups: Option<String>,
    paid_pence: i64, credited_pence: i64, written_off_pence: i64, open_pence: i64, corrects: Option<String>,
    po_number: String, parties: Option<String>, pdf_hash: Option<String>, ubl_hash: Option<String>, paid_on: Option<String>,
    disputed_at: Option<i64>, dispute: String, given_up_by: Option<String>, given_up_why: String, given_up_pence: Option<i64>,
});
// The bytes apart, so that no list of invoices reads them.
entity!(invoice_pdfs, "invoices", id: String, { pdf: Option<Vec<u8>> });
entity!(invoice_lines, "invoice_lines", id: String, {
    invoice_id: String, position: i32, description: String, quantity: i64, unit_price_micro: i64,
    net_pence: i64, tax_rate_bp: i32, explanation: String, kind: String, part: i32, units: i64,
    span_from: Option<String>, span_until: Option<String>, tax: String,
});
entity!(number_series, "number_series", series: String, { next: i64 });
entity!(journal_transactions, "journal_transactions", id: String, {
    kind: String, source: String, company_id: String, booked_on: String, period_from: Option<String>,
    period_until: Option<String>, document_id: String, description: String, batch_id: Option<String>,
    created_at: i64,
});
entity!(journal_entries, "journal_entries", id: String, {
    transaction_id: String, company_id: String, account: String, amount_pence: i64, booked_on: String,
    document_id: String, description: String, created_at: i64,
});
entity!(api_keys, "api_keys", id: String, {
    company_id: String, name: String, prefix: String, token_hash: String, created_by: String,
    created_at: i64, last_used_at: Option<i64>, revoked_at: Option<i64>,
});
entity!(api_calls, "api_calls", id: String, {
    company_id: String, key_id: String, method: String, path: String, status: i32, duration_us: i64,
    request_id: String, at: i64,
});

entity!(jobs, "jobs", id: String, {
    kind: String, company_id: Option<String>, payload: String, dedupe_key: Option<String>, batch: Option<String>, state: String,
    due_at: i64, attempt: i32, attempts: i32, lease_token: Option<String>, lease_until: Option<i64>,
    stop_asked: bool, progress_done: Option<i64>, progress_of: Option<i64>, result: Option<String>,
    error: Option<String>, created_by: String, created_at: i64, started_at: Option<i64>,
    finished_at: Option<i64>,
});
entity!(schedules, "schedules", name: String, {
    kind: String, payload: String, cron: String, zone: String, next_due_at: i64, updated_at: i64,
});
entity!(mails, "mails", id: String, {
    company_id: String, user_id: Option<String>, kind: String, recipient: String, subject: String,
    body: String, state: String, attempts: i32, error: Option<String>, created_at: i64, sent_at: Option<i64>,
    document_id: Option<String>, attached_hash: Option<String>,
});
entity!(export_batches, "export_batches", id: String, {
    target: String, upto: String, documents: i32, hash: String, made_by: String, made_at: i64,
});
entity!(exported_documents, "exported_documents", id: String, {
    document_id: String, target: String, batch_id: String,
});
entity!(closed_periods, "closed_periods", id: String, {
    period_from: String, period_until: String, output_tax_pence: i64, sales_pence: i64, supplies: i32, hash: String,
    closed_by: String, closed_at: i64,
});
entity!(usage_statements, "usage_statements", id: String, {
    company_id: String, period_from: String, period_until: String, charged: i64, free: i64, body: String,
    hash: String, state: String, words: String, answered_by: Option<String>, answered_at: Option<i64>,
    lapses_on: String, made_at: i64,
});
entity!(company_profiles, "company_profiles", id: String, {
    company_id: String, body: String, set_by: String, set_at: i64,
});
entity!(budgets, "budgets", id: String, {
    company_id: String, month: String, units: i64, net_pence: i64, set_by: String, set_at: i64,
});
entity!(costs, "costs", id: String, {
    month: String, kind: String, amount_pence: i64, set_by: String, set_at: i64,
});
entity!(reminders, "reminders", id: String, {
    company_id: String, document_id: String, step: i32, name: String, open_pence: i64, mail_id: Option<String>,
    sent_at: i64,
});
entity!(reminder_schedules, "reminder_schedules", id: String, { body: String, set_by: String, set_at: i64 });
entity!(invitations, "invitations", token_hash: String, {
    user_id: String, created_at: i64, expires_at: i64, used_at: Option<i64>,
});
entity!(files, "files", path: String, {
    company_id: String, sha256: String, kind: String, size_bytes: i64, created_at: i64,
});
entity!(stamps, "stamps", name: String, { value: i64 });
entity!(rates, "rates", subject: String, { since: i64, used: i64 });

entity!(audit_heads, "audit_heads", chain: String, {
    position: i64, hash: String, before_rows: i64, before_seq: i64, before_hash: String, begun_at: i64,
});
entity!(audit_checks, "audit_checks", id: String, {
    at: i64, holds: bool, rows_read: i64, digest: String, words: String,
});

pub mod figures {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "figures")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub company_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub measure: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub day: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub label: String,
        pub number: i64,
        pub pence: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod ticks {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "ticks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub schedule: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub due_at: i64,
        pub job_id: Option<String>,
        pub skipped: Option<String>,
        pub at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod retries {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "retries")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub company_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub retry_key: String,
        pub request_hash: String,
        pub answer: String,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod import_marks {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "import_marks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub company_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub mark: String,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod audit_events {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_events")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub seq: i64,
        pub id: String,
        pub at: i64,
        pub company_id: Option<String>,
        pub actor_kind: String,
        pub actor_id: Option<String>,
        pub action: String,
        pub entity: String,
        pub entity_id: Option<String>,
        pub details: String,
        pub chain: Option<String>,
        pub position: Option<i64>,
        pub hash: Option<String>,
        pub session: Option<String>,
        pub request_id: Option<String>,
        pub address: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod idempotent_answers {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "idempotent_answers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub key_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub idempotency_key: String,
        pub request_hash: String,
        pub status: i32,
        pub body: String,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
