//! Who may do what: the only place that decides.
//!
//! A person has one [`Role`] and works either for Solatium itself or for one insurer ([`Reach`]).
//! Both together give the [`Permission`]s; the reach also limits which rows may be seen, which the
//! store enforces. The browser asks the same function, only to hide what would be refused.

use serde::{Deserialize, Serialize};

use crate::id::CompanyId;
use crate::tier::{Capability, Tier};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Handler,
    Engineer,
    Administrator,
    Finance,
    Manager,
}

impl Role {
    pub const ALL: [Role; 5] = [Role::Handler, Role::Manager, Role::Engineer, Role::Finance, Role::Administrator];

    pub const fn key(self) -> &'static str {
        match self {
            Role::Handler => "handler",
            Role::Engineer => "engineer",
            Role::Administrator => "administrator",
            Role::Finance => "finance",
            Role::Manager => "manager",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Role::Handler => "Claims handler",
            Role::Engineer => "AI engineer",
            Role::Administrator => "Administrator",
            Role::Finance => "Finance",
            Role::Manager => "Company manager",
        }
    }

    pub fn from_key(key: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|r| r.key() == key)
    }
}

/// Whose rows a caller may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// Solatium's own staff: every company.
    Operator,
    /// An insurer's staff or its integration: that company alone.
    Company(CompanyId),
}

impl Reach {
    pub fn covers(self, company: CompanyId) -> bool {
        match self {
            Reach::Operator => true,
            Reach::Company(own) => own == company,
        }
    }
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Permission { $($(#[$doc])* $name),* }

        impl Permission {
            pub const ALL: &'static [Permission] = &[$(Permission::$name),*];
        }
    };
}

permissions! {
    /// See claims, their predictions and decisions.
    ReadClaims,
    /// Enter, import and predict claims.
    WriteClaims,
    /// Accept, override, flag.
    DecideClaims,
    /// Decide flagged claims.
    ReviewClaims,
    /// See what the team did.
    ReadTeam,
    ReadModels,
    UploadModels,
    DeployModels,
    /// Approve a version that somebody else uploaded.
    ApproveModels,
    /// Read fairness reports, answer their findings.
    AuditFairness,
    /// Browse and download predictions, decisions and overrides without personal data.
    ExportPredictions,
    ReadPeople,
    /// Create, edit, deactivate people of any role; reset passwords.
    ManagePeople,
    /// Create claims handlers of one's own company.
    CreateHandlers,
    ReadCompanies,
    /// Create and edit companies.
    ManageCompanies,
    ManageDepartments,
    ManageApiKeys,
    ReadApiCalls,
    ReadAudit,
    /// Add rate cards and VAT rates, agree to contracts.
    ManagePrices,
    ReadUsage,
    /// Confirm or query the use that is to be charged.
    AnswerUsage,
    /// Change one's own company's address, billing contact and VAT number.
    ManageProfile,
    /// Ask for another service tier for one's own company.
    AskTier,
    /// See issued invoices.
    ReadInvoices,
    /// Draft, send for review, issue, discard.
    PrepareInvoices,
    /// Approve what a colleague prepared, or send it back.
    ApproveInvoices,
    /// Draft credit notes, give debts up.
    CreditInvoices,
    /// Read the bank's file, record, allocate, refund and reverse payments.
    RecordPayments,
    /// Export to the accounting program, work out VAT, close periods.
    CloseBooks,
    ReadRevenue,
    /// See the work that waits, runs or failed.
    ReadJobs,
    /// Cancel a job, run it again.
    ManageJobs,
}

impl Permission {
    /// Whether a person must have acknowledged the data-protection policy before they use it: where
    /// claims are read or worked on.
    pub const fn needs_policy(self) -> bool {
        use Permission as P;
        matches!(
            self,
            P::ReadClaims | P::WriteClaims | P::DecideClaims | P::ReviewClaims | P::ReadTeam | P::ExportPredictions
        )
    }
}

/// What a person has to do before anything else, or before they work on claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// A first password is to be changed: nothing else can be done.
    Password,
    /// The policy is to be acknowledged: what [`Permission::needs_policy`] cannot be done.
    Policy,
}

impl Gate {
    pub const fn closes(self, permission: Permission) -> bool {
        match self {
            Gate::Password => true,
            Gate::Policy => permission.needs_policy(),
        }
    }

    /// The page on which it is passed.
    pub const fn path(self) -> &'static str {
        match self {
            Gate::Password => "/password",
            Gate::Policy => "/policy",
        }
    }

    /// What the way there is called.
    pub const fn label(self) -> &'static str {
        match self {
            Gate::Password => "Change the password",
            Gate::Policy => "Read the policy",
        }
    }

    pub const fn words(self) -> &'static str {
        match self {
            Gate::Password => "Change your first password before anything else.",
            Gate::Policy => "Read and acknowledge the data-protection policy first.",
        }
    }
}

/// Whether a person of this role and reach holds the permission.
pub fn allows(role: Role, reach: Reach, permission: Permission) -> bool {
    use Permission as P;
    let operator = matches!(reach, Reach::Operator);
    match (role, permission) {
        // Handlers and managers are insurers' staff: there is no claim of the operator's own.
        (Role::Handler, P::ReadClaims | P::WriteClaims | P::DecideClaims) => !operator,
        (Role::Manager, P::ReadClaims | P::WriteClaims | P::DecideClaims) => !operator,
        (Role::Manager, P::ReviewClaims | P::ReadTeam | P::CreateHandlers | P::ReadPeople) => !operator,
        (Role::Manager, P::ReadUsage | P::ReadInvoices | P::AnswerUsage | P::ManageProfile | P::AskTier) => !operator,
        // An insurer's engineer uploads and deploys for that insurer alone.
        (Role::Engineer, P::ReadModels | P::UploadModels | P::DeployModels | P::ExportPredictions) => true,
        // Where there is one engineer, an administrator is the second person.
        (Role::Engineer, P::ApproveModels | P::AuditFairness) => true,
        (Role::Administrator, P::ReadModels | P::ApproveModels | P::AuditFairness) => true,
        (Role::Administrator, P::ReadPeople | P::ManagePeople | P::ManageDepartments) => true,
        (Role::Administrator, P::ReadCompanies | P::ManageApiKeys | P::ReadApiCalls | P::ReadAudit) => true,
        (Role::Administrator, P::ManageCompanies | P::ReadJobs | P::ManageJobs) => operator,
        // An insurer's finance people see what it is charged; prices and invoices are made by ours.
        (Role::Finance, P::ReadUsage | P::ReadInvoices) => true,
        (Role::Finance, P::ManagePrices | P::ReadRevenue | P::ReadCompanies) => operator,
        (Role::Finance, P::PrepareInvoices | P::ApproveInvoices | P::CreditInvoices | P::RecordPayments) => operator,
        (Role::Finance, P::CloseBooks) => operator,
        (Role::Handler | Role::Engineer | Role::Administrator | Role::Finance | Role::Manager, _) => false,
    }
}

/// Whether a company's tier opens a capability; one that has agreed to none has all.
pub fn tier_allows(tier: Option<&Tier>, capability: Capability) -> bool {
    tier.is_none_or(|tier| tier.opens(capability))
}

/// Whether a company's tier has a seat for one more than so many active people.
pub fn tier_seats(tier: Option<&Tier>, active: u64) -> bool {
    tier.and_then(|tier| tier.seats).is_none_or(|seats| active < u64::from(seats))
}

/// What an integration may do with an API key: enter claims, have them predicted, record a
/// person's decision. It acts for one company and holds no role.
pub fn api_key_allows(permission: Permission) -> bool {
    matches!(permission, Permission::ReadClaims | Permission::WriteClaims | Permission::DecideClaims)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    #[test]
    fn a_tier_limits_and_none_does_not() {
        let tier =
            Tier { name: "Essential".into(), version: 1, capabilities: [Capability::Batch].into(), seats: Some(3) };
        assert!(tier_allows(None, Capability::Rest) && tier_seats(None, 1_000));
        assert!(tier_allows(Some(&tier), Capability::Batch) && !tier_allows(Some(&tier), Capability::Rest));
        assert!(tier_seats(Some(&tier), 2) && !tier_seats(Some(&tier), 3));
    }

    /// The whole matrix: a letter for each role, lower case where only an insurer's staff may,
    /// upper case where only the operator's, both where both.
    #[test]
    fn the_matrix_is_as_agreed() {
        let company = Reach::Company(CompanyId::from_parts(0, [0; 10]));
        let mut matrix = String::new();
        for &permission in Permission::ALL {
            let mut holders = String::new();
            for role in Role::ALL {
                let initial = role.key().chars().next().unwrap_or('?');
                if allows(role, company, permission) {
                    holders.push(initial);
                }
                if allows(role, Reach::Operator, permission) {
                    holders.push(initial.to_ascii_uppercase());
                }
            }
            matrix += &format!("{permission:?}: {holders}\n");
        }
        assert_eq!(matrix, include_str!("policy_matrix.txt"), "the permission matrix changed:\n{matrix}");
    }
}
