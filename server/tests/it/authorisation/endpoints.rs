//! What there is to ask: server functions, acts, reports, pages, downloads and the REST interface, each with what is right
//! but for its ids.

use std::collections::BTreeSet;

/// Path below `/fn/` and a body that is right but for its ids. `{claim}` and the like are replaced by
/// ids of the own or of another company.
pub const FUNCTIONS: &[(&str, &str)] = &[
    ("account/accept_invitation", "token=x&password=copper-lantern-drifts-east&again=copper-lantern-drifts-east"),
    ("account/acknowledge_policy", "agreed=true"),
    ("account/change_password", "current=wrong&new=x&again=x"),
    ("account/invitation", "token=x"),
    ("account/keys", "keys=off"),
    ("account/notifications", ""),
    ("account/notifications_read", ""),
    ("account/set_up", "token=x&name=N&email=n@example.org&password=copper-lantern-drifts-east"),
    ("account/sign_in", "email=nobody@example.org&password=wrong"),
    ("account/sign_out", ""),
    ("account/theme", "theme=dark"),
    ("account/viewer", ""),
    ("account/welcome", ""),
    ("api_keys/create", "company_id={company}&name=test"),
    ("api_keys/list", ""),
    ("api_keys/revoke", "id={key}"),
    ("billing/approve_invoice", "id={invoice}"),
    ("billing/bank_file", "MULTIPART"),
    ("billing/discard_invoice", "id={invoice}"),
    ("billing/invoice", "id={issued}"),
    ("billing/issue_invoice", "id={invoice}"),
    ("billing/submit_invoice", "id={invoice}"),
    ("claims/accept", "id={claim}&prediction_id={prediction}&medical_report=true"),
    (
        "claims/create",
        "input[token]=t&input[fields][accident_type]=Rear+end&input[fields][accident_date]=2026-01-10&input[fields][claim_date]=2026-02-01&input[fields][injury_prognosis_months]=6&input[fields][special_therapy]=400",
    ),
    ("claims/discard_draft", ""),
    ("claims/documents", "claim={claim}"),
    ("claims/draft", ""),
    ("claims/find", "text=C-1"),
    ("claims/flag", "id={claim}&flag_reason=look"),
    ("claims/flag_all", "ids[]={claim}&flag_reason=Please"),
    ("claims/hand_back", "id={flagged}&answer=go+on"),
    ("claims/add_document", "MULTIPART {claim}"),
    ("claims/import", "MULTIPART"),
    ("claims/list", "filter[search]="),
    ("claims/override", "id={claim}&amount=500&reason=negotiated&medical_report=true"),
    ("claims/predict_again", "id={claim}"),
    ("claims/remove_view", "id={view}"),
    ("claims/reviews", ""),
    ("claims/save_draft", ""),
    ("claims/save_view", "name=Mine&query=mine=true"),
    ("claims/undo", "id={claim}&decision_id={decision}"),
    ("claims/view", "id={claim}"),
    ("claims/views", ""),
    ("claims/what_if", "question[claim_id]={claim}&question[changes][special_therapy]=10"),
    ("companies/add_department", "company_id={company}&name=New"),
    ("companies/create", "company[name]=Brand+New"),
    ("companies/list", ""),
    ("companies/update", "company[id]={company}&company[name]=Renamed"),
    ("companies/view", "id={company}"),
    ("models/upload", "MULTIPART"),
    ("people/choices", ""),
    (
        "people/create",
        "person[name]=New&person[email]=new@example.org&person[role]=handler&person[company_id]={company}",
    ),
    ("people/list", ""),
    ("people/reset_password", "id={person}"),
    ("people/set_active", "id={person}&active=false"),
    (
        "people/update",
        "person[id]={person}&person[name]=New&person[email]=other@example.org&person[role]=handler&person[company_id]={company}",
    ),
    ("people/view", "id={person}"),
];

/// What each act is sent, right but for its ids.
pub const ACTS: &[(&str, &str)] = &[
    ("alert.acknowledge", "id={alert}&version=1&note=Known"),
    ("alert.mute", "id={alert}&version=1&until=2026-12-24&note=Known"),
    ("alert.unmute", "id={muted}&version=1"),
    ("authority.set", "holder=everybody&amount=5000&since=2099-01-01"),
    ("bank.ignore", "id={line}"),
    ("bank.post", "id={line}&document={issued}"),
    ("base_rate.add", "rate=4&from=2026-06-30"),
    ("bookmark.put", "id={claim}&note=Example&shared=true"),
    ("bookmark.remove", "id={claim}"),
    ("books.close", "quarter=2026-01"),
    ("books.export", "target=xero"),
    ("books.template", "target=xero&columns=*InvoiceNumber%0A*UnitAmount"),
    ("budget.plan", "from=2027-01&growth=10"),
    ("card.add", "name=Standard&model=unit&price=2"),
    ("card.write", "card=x"),
    ("claim.correct", "id={claim}&special_therapy=410"),
    ("company.profile", "address=Street&billing_email=a@example.org"),
    ("contest.enter", "id={settled}&ground=Too+little"),
    ("contract.amend", "company_id={company}&price=2&payment_days=30&cycle=monthly&effective_from=2027-01-01"),
    ("contract.end", "company_id={company}&notice_days=30"),
    ("cost.set", "month=2026-10&kind=compute&amount=100"),
    ("diary.add", "id={claim}&words=Ring&in_days=3"),
    ("diary.clock", "id={claim}&clock=register&met=true"),
    ("diary.done", "id={diary}"),
    ("document.answer", "id={candidate}&version=1&answer=confirm&value=310.50"),
    ("document.more", "id={document}"),
    ("document.password", "id={document}&password=x"),
    ("document.remove", "id={document}"),
    ("document.reopen", "id={candidate}&version=9"),
    ("document.report", "id={document}&report=true"),
    ("document.retain", "id={document}&until=2050-01-01&held=true"),
    ("estimate.give", "id={claim}&estimate=500"),
    ("estimate.rules", "on=true&value=10000&wide=150&share=3"),
    ("fairness.answer", "id={finding}&version=1&state=accepted&due_on=2026-12-24&note=Known"),
    ("fairness.report", "company={company}"),
    ("heads.assess", "id={claim}&general_fixed=500&general_fixed_reason=by_law"),
    ("heads.settle", "id={claim}&pence=1"),
    ("invoice.charge_late", "id={issued}"),
    ("invoice.credit", "id={issued}&amount=1&reason=Goodwill"),
    ("invoice.dispute", "id={issued}&words=Too+much"),
    ("invoice.generate", "month=2026-10"),
    ("invoice.keep", "id={issued}"),
    ("invoice.reject", "id={invoice}&reason=Look+again"),
    ("invoice.remind", "id={issued}"),
    ("invoice.send", "id={issued}&to=a@example.org"),
    ("invoice.write", "company={company}&description=Training&quantity=1&price=100"),
    ("invoice.write_off", "id={issued}&reason=Insolvent"),
    ("job.again", "id={job}"),
    ("job.cancel", "id={job}"),
    ("material.answer", "id={material}&a1={r1}&a2={r2}&a3={r3}&a4={r4}&a5={r5}"),
    ("material.publish", "id={draft}&version=1"),
    (
        "material.save",
        "model={model}&title=T&words=W&q1=a&q1a=a&q1b=b&q1c=c&q2=a&q2a=a&q2b=b&q2c=c&q3=a&q3a=a&q3b=b&q3c=c&q4=a&q4a=a&q4b=b&q4c=c&q5=a&q5a=a&q5b=b&q5c=c",
    ),
    ("methodology.publish", "id={model}&words=W"),
    ("model.approve", "id={model}&note=Looked"),
    ("model.deploy", "id={approved}&note=Better&seen={seen}"),
    ("model.measure", "id={model}"),
    ("model.note", "id={model}&words=Watch"),
    ("model.return", "seen={seen}"),
    ("model.roll_back", "reason=Bad&seen={seen}"),
    ("model.stop", "reason=Bad&seen={seen}"),
    ("model.withdraw", "id={approved}&reason=Bad"),
    ("offer.accept", "id={offer}&version=1"),
    ("offer.end", "id={offer}&version=1&how=refused"),
    ("offer.make", "id={claim}&side=theirs&amount=900"),
    ("outcome.record", "id={claim}&amount=900&settled_on=2026-11-01"),
    ("payment.allocate", "id={payment}&document={issued}&amount=1"),
    ("payment.record", "id={issued}&amount=1&method=transfer"),
    ("payment.refund", "id={payment}&amount=1"),
    ("payment.release", "id={payment}"),
    ("payment.reverse", "id={payment}&reason=Bounced"),
    ("profile.save", "title=Handler"),
    (
        "profile.wish",
        "reviewed=here&flagged=here&offer=here&contest=here&alert=here&methodology=here&tier=here&usage=here&approval=here&document=here",
    ),
    ("publication.make", "model={model}&title=T&audience=handlers"),
    ("reminder.schedule", "steps=7:+Reminder"),
    ("retraining.now", ""),
    ("retraining.plan", "cron=0+3+1+*+*&family=all&unanchored=true&on_drift=true"),
    ("retraining.stop", "id={training}"),
    ("retraining.unplan", ""),
    ("tier.add", "name=Other&card_id={card}&rest=true"),
    ("tier.approve", "id={request}"),
    ("tier.ask", "tier_id={tier}&from=2099-01-01"),
    ("tier.decline", "id={request}&reason=Later"),
    ("tier.withdraw", "id={request}"),
    ("trial.end", "trial={trial}&version=1&note=Enough"),
    ("trial.start", "id={approved}&channels=api"),
    ("trial.widen", "trial={trial}&version=1&note=Fine"),
    ("tutorial.answer", "q0=0&q1=0&q2=0&q3=0&q4=0"),
    ("tutorial.read", "id=0&answer=confirm&value=565"),
    ("tutorial.reread", "id=0"),
    ("tutorial.step", "to=2"),
    ("usage.confirm", "id={statement}"),
    ("usage.limit", "usage_limit=1000"),
    ("usage.query", "id={statement}&words=More"),
    ("vat.add", "rate=21&from=2099-01-01"),
];

/// An act as the function of acts is sent it.
fn act(name: &str, entries: &str) -> String {
    let with = entries.split('&').filter_map(|pair| pair.split_once('='));
    let with: Vec<String> = with.map(|(name, value)| format!("with[{name}]={value}")).collect();
    format!("act={name}&{}", with.join("&"))
}

/// A table of each report that has one, by the report's name.
pub const TABLES: &[(&str, &str)] = &[
    ("accounting", "batches"),
    ("accuracy", "by-month-of-decision"),
    ("alerts", "the-last-week-of-each-stream"),
    ("api-calls", "api-calls-newest-first"),
    ("audit", "audit-log-newest-first"),
    ("authority", "who-may-settle-for-how-much"),
    ("bank", "bank-lines"),
    ("billing-profile", "as-it-was-set-newest-first"),
    ("billing-service", "where-the-two-are-apart"),
    ("bookmarks", "yours"),
    ("budget", "by-company"),
    ("claims", "claims"),
    ("compare", "on-the-same-claims-newest-first"),
    ("contract", "what-was-agreed-newest-first"),
    ("contracts", "in-force-today"),
    ("dashboard", "latest-actions"),
    ("debtors", "aged-debtors"),
    ("diary", "your-next-actions"),
    ("estimates", "how-far-people-follow-the-prediction"),
    ("explanation", "a-worked-example-in-figures"),
    ("fairness", "reports"),
    ("forecast", "by-company-and-month"),
    ("invoices", "invoices"),
    ("jobs", "jobs"),
    ("material", "training-material"),
    ("model", "particulars"),
    ("models", "model-versions"),
    ("outcomes", "what-claims-finally-settled-for"),
    ("overrides", "by-reason-kind-and-direction"),
    ("performance", "claims-you-decided"),
    ("predictions", "predictions-and-what-people-made-of-them"),
    ("payment", "what-it-settled"),
    ("payments", "payments"),
    ("prices", "rate-cards"),
    ("profit", "by-client"),
    ("published", "published-reports"),
    ("retraining", "retrainings"),
    ("revenue", "by-company"),
    ("statement", "statement-of-account"),
    ("team", "the-teams-last-30-days"),
    ("trail", "your-own-actions"),
    ("usage", "by-company"),
    ("usage-statement", "what-is-to-be-charged"),
    ("usage-statements", "usage-statements"),
    ("vat", "by-rate"),
];

/// One thing of a list that has its page at the list's own address.
pub const ONE: &[&str] = &[
    "/alerts?id={alert}",
    "/fairness?finding={finding}",
    "/fairness?id={report}",
    "/help/explanation?prediction={prediction}",
    "/material?id={material}",
    "/predictions?id={prediction}",
    "/published?id={publication}",
    "/retraining?id={retraining}",
];

/// Reports that have forms alone.
pub const WITHOUT_TABLE: &[&str] = &["assess", "correct", "document", "import", "model-upload", "profile", "tutorial"];

/// Functions with their bodies, and the function of reports once for each report.
pub fn functions() -> Vec<(String, &'static str, String)> {
    let named = service::reports::REPORTS
        .iter()
        .map(|kind| kind.name)
        .map(|name| (format!("report {name}"), "report", format!("name={name}{}", of_report(name, "&query=id%3D"))));
    let acts = ACTS.iter().map(|(name, entries)| (format!("act {name}"), "act", act(name, entries)));
    let functions = FUNCTIONS.iter().map(|(path, body)| ((*path).to_owned(), *path, (*body).to_owned()));
    functions.chain(acts).chain(named).collect()
}

/// What a report is asked of, where it is one thing's.
fn of_report(name: &str, how: &str) -> String {
    match name {
        "assess" | "correct" => format!("{how}{{claim}}"),
        "compare" => {
            let (and, is) = if how.starts_with('?') { ("&", "=") } else { ("%26", "%3D") };
            format!("{how}none{and}left{is}{{model}}{and}right{is}{{shared}}")
        }
        "contract" | "statement" => format!("{how}{{company}}"),
        "document" => format!("{how}{{document}}"),
        "payment" => format!("{how}{{payment}}"),
        "usage-statement" => format!("{how}{{statement}}"),
        "model" => format!("{how}{{model}}"),
        _ => String::new(),
    }
}

/// Every page and download of the page table but those that anybody may open, with placeholders.
pub fn pages() -> Vec<String> {
    let whose = |path: &str| match path.split('/').nth(1) {
        Some("claims") => "{claim}",
        Some("predictions") => "{prediction}",
        Some("invoices") => "{issued}",
        Some("payments") => "{payment}",
        Some("usage-statements") => "{statement}",
        Some("contracts" | "statements") => "{company}",
        Some("models") => "{model}",
        Some("people") => "{person}",
        Some("companies") => "{company}",
        Some("documents") => "{document}",
        Some("accounting" | "export" | "published") => "",
        other => panic!("say of what {other:?} has ids"),
    };
    let closed = app::pages::PAGES.iter().filter(|p| p.needs != app::pages::Needs::Nothing);
    let closed = closed.filter(|p| !p.path.starts_with("/reports/"));
    let reports: Vec<_> = TABLES
        .iter()
        .map(|(report, table)| format!("/reports/{report}/{table}.csv{}", of_report(report, "?id=")))
        .collect();
    let known: BTreeSet<&str> = TABLES.iter().map(|(name, _)| *name).chain(WITHOUT_TABLE.iter().copied()).collect();
    assert!(known.into_iter().eq(service::reports::REPORTS.iter().map(|kind| kind.name)));
    closed
        .map(|p| {
            if !p.path.contains(':') && !of_report(p.report, "?id=").is_empty() {
                format!("{}{}", p.path, of_report(p.report, "?id="))
            } else if p.path.contains(':') {
                p.path.replace(":id", whose(p.path)).replace(":file", file_of(p.path)).replace(":page", "1")
            } else {
                p.path.to_owned()
            }
        })
        .chain(reports)
        .chain(ONE.iter().map(|path| (*path).to_owned()))
        .collect()
}

/// A file that is had under such an address.
fn file_of(path: &str) -> &'static str {
    match path.split('/').nth(1) {
        Some("predictions") => "waterfall.svg",
        Some("accounting") => "{batch}.csv",
        Some("export") => "outcomes.parquet",
        Some("published") => "{publication}.pdf",
        _ => "mean-error-by-kind-and-value.svg",
    }
}

pub const REST: &[(&str, &str, &str)] = &[
    ("POST", "/api/v1/predictions", r#"{"claim":{"general_fixed_pence":56500}}"#),
    ("POST", "/api/v1/predictions/batch", r#"{"claims":[{"general_fixed_pence":56500}]}"#),
    ("GET", "/api/v1/predictions/{prediction}", ""),
    ("GET", "/api/v1/claims/{claim}", ""),
    ("POST", "/api/v1/claims/{claim}/documents", "MULTIPART"),
    ("GET", "/api/v1/claims/{claim}/documents", ""),
    ("GET", "/api/v1/documents/{document}", ""),
    ("GET", "/api/v1/documents/{document}/file", ""),
    (
        "POST",
        "/api/v1/claims/{claim}/decision",
        r#"{"kind":"accept","prediction_id":"{prediction}","decided_by":"J. Okafor","decided_at":"{decided}","medical_report_received":true}"#,
    ),
    ("GET", "/api/v1/claims/{claim}/outcome", ""),
    ("POST", "/api/v1/claims/{claim}/outcome", r#"{"amount_pence":90000,"settled_on":"2026-11-01"}"#),
];

/// Addresses that need no sign-in by design, or are covered elsewhere.
pub const OPEN: &[&str] = &[
    "account/accept_invitation",
    "account/invitation",
    "account/keys",
    "account/set_up",
    "account/sign_in",
    "account/theme",
    "account/welcome",
];
