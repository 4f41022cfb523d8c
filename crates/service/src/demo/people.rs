//! The demo's companies and people.

use chrono::{DateTime, Duration, Utc};
use contract::admin::{CompanyInput, PersonInput};
use contract::billing::TermsInput;
use domain::id::{CompanyId, ModelId, UserId};
use domain::policy::Role;
use store::{Reach, companies};
use tokio::sync::Mutex;

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

const STAFF: [(Role, &str); 3] =
    [(Role::Administrator, "Ada Osei"), (Role::Engineer, "Ewan Price"), (Role::Finance, "Flora Grant")];

/// A line of the table of logins.
pub struct Login {
    pub company: &'static str,
    pub role: Role,
    pub email: String,
}

pub fn logins() -> Vec<Login> {
    let mut logins: Vec<Login> = STAFF
        .iter()
        .map(|(role, _)| Login { company: OPERATOR, role: *role, email: format!("{}@solatium.example", role.key()) })
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
        let member = self
            .members
            .iter()
            .find(|m| m.company_name == company && m.role == role)
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
    for (role, name) in STAFF {
        members.push(person(&ctx, OPERATOR, operator.id, role, name, "solatium.example", None).await?);
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
            members.push(person(&ctx, insurer.name, company, *role, name, insurer.domain, department).await?);
        }
        let terms = TermsInput {
            company_id: company.to_string(),
            unit_price: insurer.price.into(),
            tax_rate: "20".into(),
            payment_days: "30".into(),
            cycle: "monthly".into(),
            effective_from: domain::calendar::london_date(at - Duration::days(31)).to_string(),
        };
        crate::invoicing::terms::set(&ctx, &terms).await?;
    }
    Ok(Team { members, deployments: Mutex::default() })
}

async fn person(
    ctx: &Ctx,
    company_name: &'static str,
    company: CompanyId,
    role: Role,
    name: &str,
    domain: &str,
    department: Option<String>,
) -> Result<Member> {
    let input = PersonInput {
        id: String::new(),
        name: name.into(),
        email: format!("{}@{domain}", role.key()),
        role: role.key().into(),
        company_id: company.to_string(),
        department_id: department.unwrap_or_default(),
    };
    let id = admin::people::create_with_password(ctx, &input, PASSWORD, false).await?;
    let member = Member { company_name, company, role, id };
    let tx = ctx.begin().await?;
    store::people::acknowledge_policy(&tx, id, contract::POLICY_VERSION, ctx.now).await?;
    let event = ctx.audit(Some(company), "policy.acknowledged", "person", id, serde_json::json!({ "demo": true }));
    tx.commit(event).await?;
    Ok(member)
}
