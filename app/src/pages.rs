//! Every page: where it is, what it is called, who may open it and in which part of the navigation it
//! stands. The navigation, the way to what comes first, and the test of permissions read this table;
//! a test compares it with the routes.

use domain::policy::Permission as P;

/// A part of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// What there is to do.
    Work,
    /// What came of it.
    Insight,
    /// Who may do it, and how.
    Settings,
}

impl Section {
    pub const ALL: [Section; 3] = [Section::Work, Section::Insight, Section::Settings];

    pub const fn label(self) -> &'static str {
        match self {
            Section::Work => "Work",
            Section::Insight => "Insight",
            Section::Settings => "Settings",
        }
    }
}

/// Who may open a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Anybody.
    Nothing,
    /// Whoever is signed in.
    SignIn,
    Permission(P),
}

/// A page, or a file that is asked for as a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// As in the routes: `:id` stands for one part of the address.
    pub path: &'static str,
    pub label: &'static str,
    pub needs: Needs,
    /// `None` for what is reached from another page.
    pub section: Option<Section>,
    /// Its picture in the sprite `public/fixed/icons-1.svg`; pages outside the navigation need none.
    pub icon: &'static str,
    /// The report that it shows, where it is one: all of those share a route.
    pub report: &'static str,
}

const fn open(path: &'static str, label: &'static str) -> Page {
    Page { path, label, needs: Needs::Nothing, section: None, icon: "", report: "" }
}

const fn own(path: &'static str, label: &'static str, icon: &'static str) -> Page {
    Page { path, label, needs: Needs::SignIn, section: None, icon, report: "" }
}

const fn within(path: &'static str, label: &'static str, permission: P) -> Page {
    Page { path, label, needs: Needs::Permission(permission), section: None, icon: "", report: "" }
}

const fn listed(section: Section, path: &'static str, label: &'static str, icon: &'static str, needs: P) -> Page {
    Page { path, label, needs: Needs::Permission(needs), section: Some(section), icon, report: "" }
}

/// A page that shows a report of this name.
const fn shows(report: &'static str, page: Page) -> Page {
    Page { report, ..page }
}

pub const PAGES: &[Page] = &[
    open("/", "Solatium"),
    open("/sign-in", "Sign in"),
    open("/setup/:token", "Set up"),
    open("/welcome/:token", "Choose a password"),
    shows("dashboard", Page { section: Some(Section::Work), ..own("/dashboard", "Dashboard", "home") }),
    own("/password", "Change the password", ""),
    own("/policy", "Data protection", "lock"),
    own("/account", "Your account", "people"),
    own("/notifications", "Notifications", "bell"),
    own("/help", "Help", "help"),
    shows("profile", own("/profile", "Your profile", "people")),
    shows("tutorial", own("/help/tutorial", "Tutorial", "")),
    shows("explanation", own("/help/explanation", "How predictions come about", "")),
    shows("trail", own("/trail", "Your trail", "trail")),
    listed(Section::Work, "/claims", "Claims", "claims", P::ReadClaims),
    listed(Section::Work, "/claims/new", "Enter a claim", "plus", P::WriteClaims),
    shows("import", listed(Section::Work, "/claims/import", "Upload claims", "upload", P::WriteClaims)),
    within("/claims/:id", "Claim", P::ReadClaims),
    shows("document", within("/claims/document", "Document", P::ReadClaims)),
    shows("assess", within("/claims/assess", "Assess the heads", P::DecideClaims)),
    shows("correct", within("/claims/correct", "Correct the claim", P::WriteClaims)),
    within("/claims/:id/notice", "The claimant’s notice", P::ReadClaims),
    within("/documents/:id/file", "Document as a file", P::ReadClaims),
    within("/documents/:id/sound", "A recording’s sound", P::ReadClaims),
    within("/documents/:id/preview", "A video in small", P::ReadClaims),
    within("/documents/:id/pages/:page", "A document’s page", P::ReadClaims),
    shows("diary", listed(Section::Work, "/diary", "Diary", "check", P::WriteClaims)),
    shows("bookmarks", listed(Section::Work, "/bookmarks", "Bookmarks", "star", P::ReadClaims)),
    shows("performance", listed(Section::Insight, "/performance", "Your work", "target", P::DecideClaims)),
    within("/performance/pdf", "Your work as PDF", P::DecideClaims),
    shows("authority", within("/team/authority", "Authority limits", P::ReviewClaims)),
    shows("estimates", within("/team/estimates", "Own estimate first", P::ReviewClaims)),
    listed(Section::Work, "/reviews", "Reviews", "flag", P::ReviewClaims),
    shows("team", listed(Section::Insight, "/team", "Team", "team", P::ReadTeam)),
    shows("models", listed(Section::Work, "/models", "Models", "models", P::ReadModels)),
    shows("model-upload", within("/models/upload", "Upload a model", P::UploadModels)),
    shows("compare", listed(Section::Work, "/models/compare", "Compare", "compare", P::ReadModels)),
    shows("model", within("/models/:id", "Model", P::ReadModels)),
    within("/models/:id/charts/:file", "Chart of a model", P::ReadModels),
    within("/predictions/:id/:file", "Waterfall as a file", P::ReadClaims),
    shows("predictions", listed(Section::Insight, "/predictions", "Predictions", "target", P::ExportPredictions)),
    shows("outcomes", listed(Section::Insight, "/outcomes", "Outcomes", "check", P::ExportPredictions)),
    shows("overrides", listed(Section::Insight, "/overrides", "Overrides", "flag", P::ExportPredictions)),
    shows("retraining", listed(Section::Work, "/retraining", "Retraining", "upload", P::ReadModels)),
    shows("alerts", listed(Section::Work, "/alerts", "Alerts", "bell", P::ReadModels)),
    shows("published", Page { section: Some(Section::Insight), ..own("/published", "Published reports", "usage") }),
    own("/published/:file", "A published report as a file", ""),
    shows("material", Page { section: Some(Section::Work), ..own("/material", "Training", "check") }),
    shows("fairness", listed(Section::Insight, "/fairness", "Fairness", "people", P::AuditFairness)),
    shows("accuracy", listed(Section::Insight, "/accuracy", "Live accuracy", "usage", P::ReadModels)),
    own("/reports/:name/:table", "Report as a file", ""),
    within("/export/:file", "A file to take away", P::ExportPredictions),
    listed(Section::Settings, "/people", "People", "people", P::ReadPeople),
    within("/people/new", "New person", P::ReadPeople),
    within("/people/:id", "Person", P::ReadPeople),
    listed(Section::Settings, "/companies", "Companies", "companies", P::ReadCompanies),
    within("/companies/:id", "Company", P::ReadCompanies),
    shows("prices", listed(Section::Work, "/prices", "Prices", "prices", P::ManagePrices)),
    shows("usage-statements", listed(Section::Work, "/usage-statements", "Usage statements", "check", P::ReadUsage)),
    shows("usage-statement", within("/usage-statements/:id", "Usage statement", P::ReadUsage)),
    shows(
        "billing-profile",
        listed(Section::Settings, "/billing-profile", "Billing details", "companies", P::ManageProfile),
    ),
    shows("usage", listed(Section::Insight, "/usage", "Usage", "usage", P::ReadUsage)),
    shows("invoices", listed(Section::Work, "/invoices", "Invoices", "invoices", P::ReadInvoices)),
    within("/invoices/:id", "Invoice", P::ReadInvoices),
    within("/invoices/:id/pdf", "Invoice as PDF", P::ReadInvoices),
    within("/invoices/:id/ubl", "Invoice as UBL", P::ReadInvoices),
    shows("payments", listed(Section::Work, "/payments", "Payments", "revenue", P::RecordPayments)),
    shows("payment", within("/payments/:id", "Payment", P::RecordPayments)),
    shows(
        "billing-service",
        listed(Section::Work, "/billing-service", "Billing service", "revenue", P::RecordPayments),
    ),
    shows("bank", listed(Section::Work, "/bank", "Bank file", "upload", P::RecordPayments)),
    shows("accounting", listed(Section::Work, "/accounting", "Accounting", "download", P::CloseBooks)),
    within("/accounting/:file", "A batch for the books", P::CloseBooks),
    shows("vat", listed(Section::Insight, "/vat", "VAT", "revenue", P::CloseBooks)),
    shows("debtors", listed(Section::Insight, "/debtors", "Aged debtors", "usage", P::RecordPayments)),
    shows("statement", within("/statements/:id", "Statement of account", P::ReadInvoices)),
    shows("contracts", listed(Section::Work, "/contracts", "Contracts", "audit", P::ReadInvoices)),
    shows("contract", within("/contracts/:id", "Contract", P::ReadInvoices)),
    shows("budget", listed(Section::Insight, "/budget", "Budget", "target", P::ReadRevenue)),
    shows("profit", listed(Section::Insight, "/profit", "Profitability", "revenue", P::ReadRevenue)),
    shows("forecast", listed(Section::Insight, "/forecast", "Forecast", "target", P::ReadRevenue)),
    shows("revenue", listed(Section::Insight, "/revenue", "Revenue", "revenue", P::ReadRevenue)),
    shows("jobs", listed(Section::Settings, "/jobs", "Jobs", "jobs", P::ReadJobs)),
    listed(Section::Settings, "/api-keys", "API keys", "key", P::ManageApiKeys),
    shows("api-calls", listed(Section::Insight, "/api-calls", "API calls", "calls", P::ReadApiCalls)),
    shows("audit", listed(Section::Settings, "/audit", "Audit log", "audit", P::ReadAudit)),
];

/// The page in the navigation from which this one is reached; `None` for a page that stands there itself.
pub fn parent(path: &str) -> Option<&'static Page> {
    let here = find(path)?;
    if here.section.is_some() {
        return None;
    }
    let above = |page: &&Page| page.section.is_some() && path.starts_with(&format!("{}/", page.path));
    PAGES.iter().filter(above).max_by_key(|page| page.path.len())
}

/// The page of an address; the one with the fewest open parts where several fit.
pub fn find(path: &str) -> Option<&'static Page> {
    let asked: Vec<&str> = parts(path).collect();
    let fits = |page: &&Page| {
        let own: Vec<&str> = parts(page.path).collect();
        own.len() == asked.len() && own.iter().zip(&asked).all(|(own, asked)| own.starts_with(':') || own == asked)
    };
    PAGES.iter().filter(fits).min_by_key(|page| page.path.matches(':').count())
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_by_its_most_particular_page() {
        let found = |path: &str| find(path).map(|p| p.path);
        assert_eq!(found("/"), Some("/"));
        assert_eq!(found("/claims/new"), Some("/claims/new"));
        assert_eq!(found("/claims/clm_1"), Some("/claims/:id"));
        assert_eq!(found("/claims/document"), Some("/claims/document"));
        assert_eq!(found("/invoices/inv_1/pdf"), Some("/invoices/:id/pdf"));
        assert_eq!(found("/setup/abc"), Some("/setup/:token"));
        assert_eq!(found("/nowhere"), None);
        let above = |path: &str| parent(path).map(|p| p.path);
        assert_eq!(above("/claims/clm_1"), Some("/claims"));
        assert_eq!(above("/models/upload"), Some("/models"));
        assert_eq!(
            (above("/claims/new"), above("/claims"), above("/trail"), above("/nowhere")),
            (None, None, None, None)
        );
        for (i, page) in PAGES.iter().enumerate() {
            assert!(PAGES.iter().skip(i + 1).all(|p| p.path != page.path), "{} stands twice", page.path);
        }
    }
}
