//! The register of columns: for each, whether it holds something personal, how that is kept, and why what
//! is personal stands in clear where it does. A test walks the schema and fails for a column that is not
//! here; another looks into a filled database and fails for a sealed column that can be read.

/// How a column is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Encrypted with the claimant's key; gone when that is destroyed.
    WithClaimant,
    /// Encrypted with the company's key.
    WithCompany,
    /// A keyed hash, or a hash of something random: it is compared, and tells nothing.
    Hashed,
    /// A key, wrapped by another.
    Wrapped,
    /// Personal, or may be, and in clear for this reason.
    Clear(&'static str),
    /// What earlier versions wrote in clear: empty in new rows, and emptied in old ones by the job
    /// `claims.seal`, or kept for replicas of those versions.
    Former,
    /// Nothing personal: ids, instants, states, amounts of money of nobody, settings.
    Technical,
}

use Kept::{Clear, Former, Hashed, Technical, WithClaimant, WithCompany, Wrapped};

/// Columns of a table that are kept alike.
pub struct Entry {
    pub table: &'static str,
    /// Separated by spaces.
    pub columns: &'static str,
    pub kept: Kept,
}

const fn entry(table: &'static str, columns: &'static str, kept: Kept) -> Entry {
    Entry { table, columns, kept }
}

const LISTED: &str = "lists are filtered and ordered by it; without the claimant's key it points to nobody";
const FIGURES: &str = "figures are added up from it; without the claimant's key it points to nobody";
const WHO: &str = "an id of one of our users: who did it must be provable, their name is encrypted";

pub const REGISTER: &[Entry] = &[
    entry("fairness_reports", "id company_id model_id made_at claims found body", Technical),
    entry(
        "fairness_findings",
        "id company_id model_id about state report_id gap found_at due_on version updated_at",
        Technical,
    ),
    entry("fairness_findings", "owner", Clear(WHO)),
    entry("fairness_findings", "note", Clear("what is done about a finding, and why; no person")),
    entry("figures", "company_id measure day number pence", Technical),
    entry("figures", "label", Clear(WHO)),
    entry("audit_heads", "chain position hash before_rows before_seq before_hash begun_at", Technical),
    entry(
        "alerts",
        "id company_id model_id signal state count clean worst told told_on muted_until opened_on version updated_at",
        Technical,
    ),
    entry("alerts", "note", Clear("an engineer's words about a signal")),
    entry("alerts", "noted_by", Clear(WHO)),
    entry("arms", "claim_id trial_id company_id canary failed pinned_at", Technical),
    entry("api_calls", "id company_id key_id method path status duration_us request_id at", Technical),
    entry("api_keys", "id company_id prefix created_at last_used_at revoked_at", Technical),
    entry("api_keys", "name", Clear("what the key is for, as administrators call it; no person")),
    entry("api_keys", "token_hash", Hashed),
    entry("api_keys", "created_by", Clear(WHO)),
    entry("audit_checks", "id at holds rows_read digest words", Technical),
    entry(
        "audit_events",
        "seq id at company_id actor_kind action entity entity_id chain position hash request_id",
        Technical,
    ),
    entry("audit_events", "session", Hashed),
    entry("audit_events", "address", Clear("own machine, private network or internet; never the address")),
    entry("audit_events", "actor_id", Clear(WHO)),
    entry("audit_events", "details", Clear("amounts, ids, names of companies and models; names of people never")),
    entry(
        "billing_terms",
        "id company_id effective_from unit_price_micro tax_rate_bp payment_days created_at cycle",
        Technical,
    ),
    entry("billing_terms", "created_by", Clear(WHO)),
    entry("claim_protected", "claim_id company_id", Technical),
    entry("claim_protected", "driver_age gender", WithClaimant),
    entry("claimants", "id company_id created_at shredded_at", Technical),
    entry("claimants", "reference_index", Hashed),
    entry("claimants", "wrapped_key", Wrapped),
    entry(
        "claims",
        "id company_id department_id number channel created_at prediction_id claimant_id created_day",
        Technical,
    ),
    entry("claims", "sealed", WithClaimant),
    entry("claims", "reference_index", Hashed),
    entry("claims", "status accident_type decided_at", Clear(LISTED)),
    entry("claims", "accident_date claim_date total_pence predicted_pence settled_pence", Clear(FIGURES)),
    entry("claims", "medical_report", Clear("whether a report has come, not what it says: the law's gate asks it")),
    entry("claims", "created_by decided_by", Clear(WHO)),
    entry(
        "claims",
        "external_reference prognosis_months psychological exceptional whiplash dominant_injury narrative vehicle_type vehicle_age weather passengers police_report witness heads",
        Former,
    ),
    entry("completions", "id material_id user_id company_id completed_at", Technical),
    entry("companies", "id name operator vat_number created_at wishes", Technical),
    entry("companies", "address billing_email", Clear("a business's address for invoices, which show it")),
    entry("companies", "wrapped_key", Wrapped),
    entry(
        "decisions",
        "id company_id claim_id prediction_id kind reason decided_at seconds_after decided_day recorded claim_kind",
        Technical,
    ),
    entry("decisions", "amount_pence predicted_pence", Clear(FIGURES)),
    entry("decisions", "decided_by", Clear(WHO)),
    entry("decisions", "note decider", WithClaimant),
    entry("departments", "id company_id name created_at", Technical),
    entry("deployments", "id company_id model_id deployed_at replaced_at serves", Technical),
    entry("deployments", "deployed_by", Clear(WHO)),
    entry("deployments", "note", Clear("an engineer's words about a model")),
    entry("saved_views", "id user_id created_at", Technical),
    entry("saved_views", "body", WithCompany),
    entry("import_marks", "company_id created_at", Technical),
    entry("import_marks", "mark", Hashed),
    entry(
        "documents",
        "id company_id claim_id path kind state fail_code size_bytes pages uploaded_at read_at report scan read_to retain_until held",
        Technical,
    ),
    entry("documents", "sealed", WithClaimant),
    entry("documents", "content", Hashed),
    entry("documents", "file_key", Wrapped),
    entry("documents", "uploaded_by draft_of", Clear(WHO)),
    entry("document_pages", "document_id page company_id recognised", Technical),
    entry("document_pages", "sealed", WithClaimant),
    entry("assessments", "id company_id claim_id made_at", Technical),
    entry("assessments", "sealed", WithClaimant),
    entry("assessments", "made_by", Clear(WHO)),
    entry("authorities", "id company_id limit_pence since set_at", Technical),
    entry("authorities", "holder set_by", Clear(WHO)),
    entry("bookmarks", "id company_id user_id claim_id shared made_at", Technical),
    entry("bookmarks", "sealed", WithClaimant),
    entry("contests", "id company_id claim_id state received_on entered_at ended_at", Technical),
    entry("contests", "sealed", WithClaimant),
    entry("contests", "decided_by entered_by ended_by", Clear(WHO)),
    entry("diary", "id company_id claim_id user_id due_on made_at done_at clock", Technical),
    entry("diary", "sealed", WithClaimant),
    entry("diary", "made_by done_by", Clear(WHO)),
    entry("estimates", "id company_id claim_id reason user_id given_at", Technical),
    entry("estimates", "amount_pence predicted_pence", Clear(FIGURES)),
    entry("measurements", "id model_id company_id made_at body", Technical),
    entry(
        "outcomes",
        "id company_id claim_id source tier recorded_at supersedes superseded_at prediction_id model_id kind decided_day",
        Technical,
    ),
    entry("outcomes", "amount_pence settled_on predicted_pence lower_pence upper_pence", Clear(FIGURES)),
    entry("outcomes", "sealed", WithClaimant),
    entry("outcomes", "recorded_by", Clear(WHO)),
    entry("offers", "id company_id claim_id side state expires_on version made_at ended_at", Technical),
    entry("offers", "amount_pence", Clear(FIGURES)),
    entry("offers", "sealed", WithClaimant),
    entry("offers", "made_by ended_by", Clear(WHO)),
    entry(
        "candidates",
        "id company_id document_id position field page place confidence_pm extractor state version answered_at",
        Technical,
    ),
    entry("candidates", "answered_by", Clear(WHO)),
    entry("candidates", "sealed", WithClaimant),
    entry("drafts", "id user_id updated_at", Technical),
    entry("drafts", "body", WithCompany),
    entry("files", "company_id kind size_bytes created_at", Technical),
    entry("files", "path", Hashed),
    entry("files", "sha256", Clear("of an invoice or a bundle: compared with what was issued or uploaded")),
    entry("idempotent_answers", "key_id idempotency_key request_hash status created_at", Technical),
    entry("idempotent_answers", "body", Former),
    entry("installation", "key", Technical),
    entry("installation", "value", Wrapped),
    entry("invitations", "user_id created_at expires_at used_at", Technical),
    entry("invitations", "token_hash", Hashed),
    entry(
        "invoice_lines",
        "id invoice_id position description quantity unit_price_micro net_pence tax_rate_bp explanation",
        Technical,
    ),
    entry(
        "invoices",
        "id company_id status number period_from period_until payment_days prepared_at approved_at issued_at issued_on due_on net_pence vat_pence gross_pence pdf_hash paid_on",
        Technical,
    ),
    entry("invoices", "prepared_by approved_by issued_by", Clear(WHO)),
    entry("invoices", "parties", Clear("the businesses as the invoice names them, kept for six years by law")),
    entry("invoices", "pdf", Former),
    entry(
        "jobs",
        "id kind company_id payload dedupe_key batch state due_at attempt attempts lease_token lease_until stop_asked progress_done progress_of created_at started_at finished_at",
        Technical,
    ),
    entry("jobs", "result error", Clear("our own words about the work; ids and names of companies at most")),
    entry("jobs", "created_by", Clear(WHO)),
    entry(
        "journal_entries",
        "id transaction_id company_id account amount_pence booked_on document_id description created_at",
        Technical,
    ),
    entry("materials", "id company_id model_id published_at version made_at", Technical),
    entry("materials", "title words questions", Clear("what engineers teach handlers of a version; no person")),
    entry("materials", "made_by", Clear(WHO)),
    entry("methodologies", "id company_id version model_id body published_at", Technical),
    entry("methodologies", "words", Clear("how predictions come about, as engineers explain it")),
    entry("methodologies", "published_by", Clear(WHO)),
    entry("publications", "id company_id model_id title audience body data published_at", Technical),
    entry("publications", "html pdf", Clear("SHA-256 of the files, compared with what is sent")),
    entry("publications", "published_by", Clear(WHO)),
    entry("mails", "id company_id user_id kind state attempts error created_at sent_at", Technical),
    entry("mails", "recipient subject body", WithCompany),
    entry("model_bundles", "model_id", Technical),
    entry("model_bundles", "body", Former),
    entry("model_notes", "id model_id made_at", Technical),
    entry("model_notes", "words", Clear("an engineer's words about a model")),
    entry("model_notes", "made_by", Clear(WHO)),
    entry(
        "models",
        "id company_id name version family bundle_hash size_bytes manifest checks notes uploaded_at approved_at approval_note",
        Technical,
    ),
    entry("models", "uploaded_by approved_by", Clear(WHO)),
    entry("notifications", "id user_id href created_at read_at cause", Technical),
    entry(
        "notifications",
        "text",
        Clear("our own words with a claim's number and amount; forgotten when the person leaves"),
    ),
    entry("number_series", "series next", Technical),
    entry(
        "predictions",
        "id company_id claim_id model_id level_bp channel duration_us created_at created_day",
        Technical,
    ),
    entry("predictions", "amount_pence lower_pence upper_pence base_pence tariff_pence", Clear(FIGURES)),
    entry("predictions", "sealed", WithClaimant),
    entry("predictions", "contributions facts", Former),
    entry("predictions", "requested_by", Clear(WHO)),
    entry("rates", "since used", Technical),
    entry("rates", "subject", Clear(WHO)),
    entry("retrainings", "id company_id began_at ended_at end reason labels outcomes data model_id body", Technical),
    entry("retrainings", "asked_by", Clear(WHO)),
    entry("retries", "company_id retry_key request_hash created_at", Technical),
    entry("retries", "answer", WithCompany),
    entry("reviews", "id company_id claim_id status flagged_at reviewed_at", Technical),
    entry("reviews", "flagged_by reviewed_by asked_of", Clear(WHO)),
    entry("reviews", "reason answer", WithClaimant),
    entry("schedules", "name kind payload cron zone next_due_at updated_at", Technical),
    entry("seaql_migrations", "version applied_at", Technical),
    entry("sessions", "user_id created_at last_seen_at expires_at", Technical),
    entry("sessions", "token_hash", Hashed),
    entry("setup_links", "created_at expires_at used_at", Technical),
    entry("setup_links", "token_hash", Hashed),
    entry("sign_in_failures", "failures last_at open_at", Technical),
    entry("sign_in_failures", "subject", Hashed),
    entry("shadows", "prediction_id trial_id company_id claim_id fail duration_us made_at", Technical),
    entry("shadows", "answered_pence amount_pence lower_pence upper_pence", Clear(FIGURES)),
    entry(
        "trials",
        "id company_id champion_id challenger_id stage share_bp channels started_at ended_at result dropped looks version",
        Technical,
    ),
    entry("trials", "started_by", Clear(WHO)),
    entry("stamps", "name value", Technical),
    entry("ticks", "schedule due_at job_id skipped at", Technical),
    entry(
        "usage_events",
        "id prediction_id company_id department_id model_id channel billable reason occurred_at invoice_line_id day",
        Technical,
    ),
    entry(
        "users",
        "id company_id department_id role must_change_password active policy_version policy_acknowledged_at created_at last_sign_in_at password_expires_at",
        Technical,
    ),
    entry("users", "created_by", Clear(WHO)),
    entry("users", "wishes tutorial", Technical),
    entry("users", "email name profile", WithCompany),
    entry("users", "email_lookup email_index password_hash", Hashed),
    entry("windows", "id company_id model_id week claims weeks judged body made_at", Technical),
    entry("withdrawals", "id model_id company_id withdrawn_at", Technical),
    entry("withdrawals", "reason", Clear("an engineer's words about a model")),
    entry("withdrawals", "withdrawn_by", Clear(WHO)),
];

/// Every column of the register by its table.
pub fn columns() -> impl Iterator<Item = (&'static str, &'static str, Kept)> {
    REGISTER.iter().flat_map(|e| e.columns.split_whitespace().map(|column| (e.table, column, e.kept)))
}
