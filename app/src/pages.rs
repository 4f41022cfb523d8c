//! Every page: where it is, what it is called, who may open it and in which part of the navigation it
//! stands. The navigation, the way to what comes first, and the test of permissions read this table;
//! a test compares it with the routes.

use domain::policy::Permission as P;

/// A part of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Claims,
    Models,
    People,
    Finance,
    Operation,
}

impl Section {
    pub const ALL: [Section; 5] =
        [Section::Claims, Section::Models, Section::People, Section::Finance, Section::Operation];

    pub const fn label(self) -> &'static str {
        match self {
            Section::Claims => "Claims",
            Section::Models => "Models",
            Section::People => "People",
            Section::Finance => "Finance",
            Section::Operation => "Operation",
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
}

const fn open(path: &'static str, label: &'static str) -> Page {
    Page { path, label, needs: Needs::Nothing, section: None }
}

const fn own(path: &'static str, label: &'static str) -> Page {
    Page { path, label, needs: Needs::SignIn, section: None }
}

const fn within(path: &'static str, label: &'static str, permission: P) -> Page {
    Page { path, label, needs: Needs::Permission(permission), section: None }
}

const fn listed(section: Section, path: &'static str, label: &'static str, permission: P) -> Page {
    Page { path, label, needs: Needs::Permission(permission), section: Some(section) }
}

pub const PAGES: &[Page] = &[
    open("/", "Solatium"),
    open("/sign-in", "Sign in"),
    open("/setup/:token", "Set up"),
    open("/welcome/:token", "Choose a password"),
    own("/dashboard", "Dashboard"),
    own("/password", "Change the password"),
    own("/policy", "Data protection"),
    own("/account", "Your account"),
    own("/notifications", "Notifications"),
    own("/trail", "Your trail"),
    listed(Section::Claims, "/claims", "Claims", P::ReadClaims),
    listed(Section::Claims, "/claims/new", "Enter a claim", P::WriteClaims),
    listed(Section::Claims, "/claims/import", "Upload claims", P::WriteClaims),
    within("/claims/:id", "Claim", P::ReadClaims),
    listed(Section::Claims, "/reviews", "Reviews", P::ReviewClaims),
    listed(Section::Claims, "/team", "Team", P::ReadTeam),
    listed(Section::Models, "/models", "Models", P::ReadModels),
    within("/models/upload", "Upload a model", P::UploadModels),
    listed(Section::Models, "/models/compare", "Compare", P::ReadModels),
    within("/models/:id", "Model", P::ReadModels),
    listed(Section::Models, "/predictions", "Predictions", P::ExportPredictions),
    own("/reports/:name/:table", "Report as a file"),
    within("/export/predictions.csv", "Predictions as CSV", P::ExportPredictions),
    listed(Section::People, "/people", "People", P::ReadPeople),
    within("/people/new", "New person", P::ReadPeople),
    within("/people/:id", "Person", P::ReadPeople),
    listed(Section::People, "/companies", "Companies", P::ReadCompanies),
    within("/companies/:id", "Company", P::ReadCompanies),
    listed(Section::Finance, "/prices", "Prices", P::ManagePrices),
    listed(Section::Finance, "/usage", "Usage", P::ReadUsage),
    listed(Section::Finance, "/invoices", "Invoices", P::ReadInvoices),
    within("/invoices/:id", "Invoice", P::ReadInvoices),
    within("/invoices/:id/pdf", "Invoice as PDF", P::ReadInvoices),
    listed(Section::Finance, "/revenue", "Revenue", P::ReadRevenue),
    listed(Section::Operation, "/jobs", "Jobs", P::ReadJobs),
    listed(Section::Operation, "/api-keys", "API keys", P::ManageApiKeys),
    listed(Section::Operation, "/api-calls", "API calls", P::ReadApiCalls),
    listed(Section::Operation, "/audit", "Audit log", P::ReadAudit),
];

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
        assert_eq!(found("/invoices/inv_1/pdf"), Some("/invoices/:id/pdf"));
        assert_eq!(found("/setup/abc"), Some("/setup/:token"));
        assert_eq!(found("/nowhere"), None);
        for (i, page) in PAGES.iter().enumerate() {
            assert!(PAGES.iter().skip(i + 1).all(|p| p.path != page.path), "{} stands twice", page.path);
        }
    }
}
