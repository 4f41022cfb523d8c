//! The demo's companies and people.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use contract::admin::{CompanyInput, PersonInput};
use domain::id::{CompanyId, ModelId, UserId};
use domain::policy::Role;
use store::{Reach, companies};
use tokio::sync::Mutex;

use crate::acts::Entries;
use crate::{Actor, App, Caller, Ctx, Error, Result, account, admin};

/// The password of every demo login. Printed, so it protects nothing but made-up data.
pub const PASSWORD: &str = "copper-lantern-drifts-west";

pub const OPERATOR: &str = "Solatium";

pub struct Insurer {
    pub name: &'static str,
    domain: &'static str,
    address: &'static str,
    vat: &'static str,
    departments: &'static [&'static str],
    price: &'static str,
    /// Role, name, and the department's place.
    people: &'static [(Role, &'static str, usize)],
}

pub const INSURERS: [Insurer; 2] = [
    Insurer {
        name: "Demo Northgate Insurance",
        domain: "northgate.example",
        address: "1 Northgate\nChester\nCH1 2AB",
        vat: "GB 123 4567 82",
        departments: &["Motor injury", "Complex claims"],
        price: "1.85",
        people: &[
            (Role::Handler, "Hannah Reed", 0),
            (Role::Manager, "Marcus Bell", 0),
            (Role::Administrator, "Aisha Khan", 0),
            (Role::Finance, "Fiona Walsh", 0),
            (Role::Engineer, "Edwin Shaw", 0),
        ],
    },
    Insurer {
        name: "Demo Harbour Mutual",
        domain: "harbour.example",
        address: "22 Harbour Street\nWhitstable\nCT5 1AJ",
        vat: "GB 987 6543 21",
        departments: &["Personal injury", "Fleet"],
        price: "2.10",
        people: &[
            (Role::Handler, "Harvey Stone", 0),
            (Role::Manager, "Maya Flint", 0),
            (Role::Administrator, "Arthur Pike", 0),
            (Role::Finance, "Farah Aziz", 0),
            (Role::Engineer, "Elena Marsh", 0),
        ],
    },
];

/// Role, name, and what stands before the sign of the address. What one of finance prepares the other approves.
const STAFF: [(Role, &str, &str); 4] = [
    (Role::Administrator, "Ada Osei", "administrator"),
    (Role::Engineer, "Ewan Price", "engineer"),
    (Role::Finance, "Flora Grant", "finance"),
    (Role::Finance, "Frank Moss", "finance.lead"),
];

/// A line of the table of logins.
pub struct Login {
    pub company: &'static str,
    pub role: Role,
    pub email: String,
}

pub fn logins() -> Vec<Login> {
    let mut logins: Vec<Login> = STAFF
        .iter()
        .map(|(role, _, local)| Login { company: OPERATOR, role: *role, email: format!("{local}@solatium.example") })
        .collect();
    for insurer in &INSURERS {
        for (role, _, _) in insurer.people {
            logins.push(Login {
                company: insurer.name,
                role: *role,
                email: format!("{}@{}", role.key(), insurer.domain),
            });
        }
    }
    logins
}

pub struct Member {
    pub company_name: &'static str,
    pub company: CompanyId,
    pub role: Role,
    pub id: UserId,
}

/// Who is there, and which model is to be deployed when.
pub struct Team {
    pub members: Vec<Member>,
    pub deployments: Mutex<Vec<(DateTime<Utc>, ModelId)>>,
}

impl Team {
    pub fn caller(&self, company: &str, role: Role) -> Result<Caller> {
        self.nth(company, role, 0)
    }

    /// The colleague who approves what the first one prepared.
    pub fn second(&self, company: &str, role: Role) -> Result<Caller> {
        self.nth(company, role, 1)
    }

    fn nth(&self, company: &str, role: Role, n: usize) -> Result<Caller> {
        let member = self
            .members
            .iter()
            .filter(|m| m.company_name == company && m.role == role)
            .nth(n)
            .ok_or_else(|| Error::internal(format!("the demo has no {} at {company}", role.key())))?;
        let reach = if company == OPERATOR { Reach::Operator } else { Reach::Company(member.company) };
        Ok(Caller {
            actor: Actor::Person { id: member.id, role, session: String::new() },
            reach,
            company: Some(member.company),
            department: None,
            gate: None,
            origin: Default::default(),
        })
    }
}

pub async fn create(app: &App, at: DateTime<Utc>) -> Result<Team> {
    let ctx = app.system(at);
    let operator = companies::Company {
        address: "4 Exchange Quay\nManchester\nM5 3EJ".into(),
        billing_email: "billing@solatium.example".into(),
        vat_number: "GB 246 8101 12".into(),
        registration: "01234567".into(),
        endpoint: "9932:GB246810112".into(),
        bank_details: "Account name Solatium Ltd\nSort code 00-00-00, account 00000000".into(),
        ..account::setup::operator(&ctx)
    };
    let tx = app.store.begin().await?;
    companies::create(&tx, &operator).await?;
    tx.commit(ctx.audit(
        Some(operator.id),
        "company.created",
        "company",
        operator.id,
        serde_json::json!({ "name": OPERATOR }),
    ))
    .await?;
    let mut members = Vec::new();
    for (role, name, local) in STAFF {
        let at = Place {
            company_name: OPERATOR,
            company: operator.id,
            email: format!("{local}@solatium.example"),
            department: None,
        };
        members.push(person(&ctx, at, role, name).await?);
    }
    for insurer in &INSURERS {
        let input = CompanyInput {
            name: insurer.name.into(),
            address: insurer.address.into(),
            billing_email: format!("accounts@{}", insurer.domain),
            vat_number: insurer.vat.into(),
            ..CompanyInput::default()
        };
        let company = admin::companies::create(&ctx, &input).await?;
        for department in insurer.departments {
            admin::companies::add_department(&ctx, &company.to_string(), department).await?;
        }
        let departments = companies::departments(&app.store, Reach::Operator, Some(company)).await?;
        for (role, name, place) in insurer.people {
            let wanted = insurer.departments.get(*place).copied().unwrap_or_default();
            let department = departments.iter().find(|d| d.name == wanted).map(|d| d.id.to_string());
            let email = format!("{}@{}", role.key(), insurer.domain);
            members.push(
                person(&ctx, Place { company_name: insurer.name, company, email, department }, *role, name).await?,
            );
        }
        let from = domain::calendar::london_date(at - Duration::days(31)).to_string();
        let terms = [
            ("company_id", company.to_string()),
            ("price", insurer.price.into()),
            ("payment_days", "30".into()),
            ("cycle", "monthly".into()),
            ("effective_from", from),
        ];
        let terms = terms.map(|(name, value)| (name.to_owned(), value));
        crate::invoicing::contracts::amend(&ctx, &Entries::from(BTreeMap::from(terms))).await?;
    }
    Ok(Team { members, deployments: Mutex::default() })
}

/// Where somebody works.
struct Place {
    company_name: &'static str,
    company: CompanyId,
    email: String,
    department: Option<String>,
}

async fn person(ctx: &Ctx, at: Place, role: Role, name: &str) -> Result<Member> {
    let input = PersonInput {
        id: String::new(),
        name: name.into(),
        email: at.email,
        role: role.key().into(),
        company_id: at.company.to_string(),
        department_id: at.department.unwrap_or_default(),
    };
    let id = admin::people::create_with_password(ctx, &input, PASSWORD, false).await?;
    let member = Member { company_name: at.company_name, company: at.company, role, id };
    let tx = ctx.begin().await?;
    store::people::acknowledge_policy(&tx, id, contract::POLICY_VERSION, ctx.now).await?;
    let event = ctx.audit(Some(at.company), "policy.acknowledged", "person", id, serde_json::json!({ "demo": true }));
    tx.commit(event).await?;
    Ok(member)
}
