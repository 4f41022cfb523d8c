//! Creating, editing, deactivating people; roles; passwords (stories 1, 36 to 39).

use contract::admin::{Issued, PersonChoices, PersonInput, PersonView};
use contract::error::FieldError;
use contract::table::{Cell, Table, Tone};
use contract::{AppError, ErrorKind};
use domain::calendar;
use domain::id::UserId;
use domain::policy::{Permission, Role};
use serde_json::json;
use store::companies::{self, Company};
use store::people::{self, Person};
use store::{Reach, StoreError, bookmarks, drafts, invitations, mails, notifications, saved_views, sessions};

use crate::account::invitation::invite;
use crate::input::is_no_character;
use crate::names::Names;
use crate::secret::{first_password, hash_password};
use crate::{Ctx, Error, Result, id_from, tiers};

/// How long a first or reset password lasts until it must have been changed.
const FIRST_PASSWORD_LASTS: chrono::Duration = chrono::Duration::hours(72);

/// A name of a person, company or thing: not empty, not a novel.
pub fn check_name(field: &str, text: &str) -> Result<String> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > 120 {
        return Err(Error::field(field, "enter a name of up to 120 characters"));
    }
    if name.chars().any(unseen) || !name.chars().any(char::is_alphanumeric) {
        return Err(Error::field(field, "enter a name with letters or figures, and without signs that cannot be seen"));
    }
    Ok(name.into())
}

/// Signs that are not seen and make a text look like another: controls, and those that turn its direction.
fn unseen(c: char) -> bool {
    c.is_control()
        || is_no_character(c)
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

pub fn check_email(text: &str) -> Result<String> {
    let email = text.trim();
    let (local, domain) = email.split_once('@').unwrap_or_default();
    let sound = !local.is_empty()
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        // Letters of other scripts look like these and lead elsewhere.
        && email.bytes().all(|b| b.is_ascii_graphic() && !b"<>()[],;:\\\"".contains(&b))
        && email.matches('@').count() == 1
        && email.len() <= 254;
    if sound {
        Ok(email.into())
    } else {
        Err(Error::field("email", "enter an e-mail address, such as ada@example.org"))
    }
}

pub async fn list(ctx: &Ctx) -> Result<Table> {
    ctx.require(Permission::ReadPeople)?;
    let everyone = people::list(ctx.store(), ctx.caller.reach).await?;
    let names = Names::of(ctx, everyone.iter().map(|p| p.company.to_string())).await?;
    let mut table =
        Table::new("People", &["Name", "E-mail", "Role", "Company", "Standing", "Last sign-in"], "Nobody is here yet.");
    for person in everyone {
        table.row(vec![
            Cell::link(&person.name, format!("/people/{}", person.id)),
            Cell::text(&person.email),
            Cell::text(person.role.label()),
            Cell::Text(names.company(person.company)),
            match (person.active, person.has_password()) {
                (true, true) => Cell::Badge("Active".into(), Tone::Good),
                (true, false) => Cell::Badge("Invited".into(), Tone::Notice),
                (false, _) => Cell::Badge("Deactivated".into(), Tone::Plain),
            },
            Cell::time(person.last_sign_in),
        ]);
    }
    Ok(table)
}

pub async fn view(ctx: &Ctx, id: &str) -> Result<PersonView> {
    ctx.require(Permission::ReadPeople)?;
    let person = people::find(ctx.store(), ctx.caller.reach, id_from(id)?).await?;
    let company = companies::find(ctx.store(), ctx.caller.reach, person.company).await?;
    let standing = standing(ctx, &person).await?;
    Ok(PersonView {
        id: person.id,
        name: person.name,
        email: person.email,
        role: person.role,
        company_id: company.id,
        company_name: company.name,
        department_id: person.department,
        standing,
        active: person.active,
        created_at: person.created_at.into(),
        last_sign_in: person.last_sign_in.map(Into::into),
        sessions: sessions::count(ctx.store(), person.id, ctx.now).await?,
        may_manage: ctx.caller.holds(Permission::ManagePeople),
    })
}

/// Whether a person can sign in, and if not yet, what became of their invitation.
async fn standing(ctx: &Ctx, person: &Person) -> Result<String> {
    if !person.active {
        return Ok("Deactivated: cannot sign in.".into());
    }
    if person.must_change_password {
        return Ok("Active; has yet to change the first password.".into());
    }
    if person.has_password() {
        return Ok("Active.".into());
    }
    let mail = mails::newest_to(ctx.store(), ctx.caller.reach, person.id).await?;
    let words = match mail.map(|m| (m.state, m.sent_at)) {
        None => "the link was handed to whoever made the account",
        Some((mails::State::Queued, _)) => "the mail waits to be sent",
        Some((mails::State::Accepted, Some(at))) => {
            return Ok(format!("Has yet to choose a password: the mail was sent on {}.", calendar::words(at)));
        }
        Some((mails::State::Accepted, None)) => "the mail was sent",
        Some((mails::State::Failed, _)) => "the mail could not be sent: see the jobs, and send a new link",
        Some((mails::State::Bounced, _)) => "the mail server refuses the address: correct it and send a new link",
    };
    Ok(format!("Has yet to choose a password: {words}."))
}

/// Administrators make people of any role, managers make handlers.
fn may_create(ctx: &Ctx, role: Role) -> bool {
    ctx.caller.holds(Permission::ManagePeople)
        || (ctx.caller.holds(Permission::CreateHandlers) && role == Role::Handler)
}

/// What the caller may choose for a person.
pub async fn choices(ctx: &Ctx) -> Result<PersonChoices> {
    ctx.require(Permission::ReadPeople)?;
    let roles = Role::ALL.into_iter().filter(|r| may_create(ctx, *r));
    let all = companies::list(ctx.store(), ctx.caller.reach).await?;
    let departments = companies::departments(ctx.store(), ctx.caller.reach, None).await?;
    Ok(PersonChoices {
        roles: roles.map(|r| (r.key().into(), r.label().into())).collect(),
        companies: all.into_iter().map(|c| (c.id.to_string(), c.name)).collect(),
        departments: departments.into_iter().map(|d| (d.id.to_string(), d.company.to_string(), d.name)).collect(),
    })
}

/// What a form says about a person, checked against what the caller may assign.
async fn checked(
    ctx: &Ctx,
    input: &PersonInput,
) -> Result<(String, String, Role, Company, Option<domain::id::DepartmentId>)> {
    let mut errors: Vec<FieldError> = Vec::new();
    let mut note = |e: Error| {
        if let Error::Refused(e) = e {
            errors.extend(e.fields);
        }
    };
    let name = check_name("name", &input.name).map_err(&mut note).unwrap_or_default();
    let email = check_email(&input.email).map_err(&mut note).unwrap_or_default();
    let role = Role::from_key(&input.role).filter(|r| may_create(ctx, *r));
    if role.is_none() {
        note(Error::field("role", "choose a role"));
    }
    let company = match input.company_id.parse() {
        Ok(id) => companies::find(ctx.store(), ctx.caller.reach, id).await.ok(),
        Err(_) => None,
    };
    if company.is_none() {
        note(Error::field("company_id", "choose a company"));
    }
    if let (Some(role), Some(company)) = (role, &company)
        && company.operator
        && matches!(role, Role::Handler | Role::Manager)
    {
        note(Error::field("role", "handlers and managers work for an insurer: choose another role or company"));
    }
    let department = match (input.department_id.trim(), &company) {
        ("", _) | (_, None) => None,
        (text, Some(company)) => match text.parse() {
            Ok(id) => {
                let found = companies::find_department(ctx.store(), ctx.caller.reach, id).await.ok();
                if found.as_ref().is_none_or(|d| d.company != company.id) {
                    note(Error::field("department_id", "choose a department of this company"));
                }
                Some(id)
            }
            Err(_) => {
                note(Error::field("department_id", "choose a department of this company"));
                None
            }
        },
    };
    match (role, company) {
        (Some(role), Some(company)) if errors.is_empty() => Ok((name, email, role, company, department)),
        _ => Err(Error::Refused(AppError::invalid(errors))),
    }
}

fn taken(error: StoreError) -> Error {
    match error {
        StoreError::Conflict(_) => Error::field("email", "someone with this e-mail address is here already"),
        other => other.into(),
    }
}

/// Makes a person and invites them: they choose their own password.
pub async fn create(ctx: &Ctx, input: &PersonInput) -> Result<Issued> {
    if !ctx.caller.holds(Permission::CreateHandlers) {
        ctx.require(Permission::ManagePeople)?;
    }
    ctx.require(Permission::ReadPeople)?;
    let person = new_person(ctx, input, String::new(), false).await?;
    let tx = ctx.begin().await?;
    tiers::seat(&tx, person.company, ctx.now).await?;
    people::create(&tx, &person).await.map_err(taken)?;
    let issued = invite(ctx, &tx, &person).await?;
    tx.commit(person_created(ctx, &person)).await?;
    Ok(issued)
}

/// Makes a person with a first password, which is handed back and must be changed: from the shell.
pub async fn create_with_first_password(ctx: &Ctx, input: &PersonInput) -> Result<String> {
    let password = first_password();
    create_with_password(ctx, input, &password, true).await?;
    Ok(password)
}

/// Makes a person with a password that is given: the demo's people.
pub async fn create_with_password(ctx: &Ctx, input: &PersonInput, password: &str, must_change: bool) -> Result<UserId> {
    ctx.require(Permission::ManagePeople)?;
    let person = new_person(ctx, input, hash_password(password).await?, must_change).await?;
    let tx = ctx.begin().await?;
    tiers::seat(&tx, person.company, ctx.now).await?;
    people::create(&tx, &person).await.map_err(taken)?;
    tx.commit(person_created(ctx, &person)).await?;
    Ok(person.id)
}

fn person_created(ctx: &Ctx, person: &Person) -> store::audit::AuditEvent {
    let details = json!({ "role": person.role.key() });
    ctx.audit(Some(person.company), "person.created", "person", person.id, details)
}

/// `password_hash`: empty for one who has yet to choose a password.
async fn new_person(ctx: &Ctx, input: &PersonInput, password_hash: String, must_change: bool) -> Result<Person> {
    let (name, email, role, company, department) = checked(ctx, input).await?;
    Ok(Person {
        id: ctx.id(),
        company: company.id,
        department,
        role,
        name,
        email,
        password_hash,
        must_change_password: must_change,
        active: true,
        policy_version: 0,
        created_by: ctx.caller.person().ok().map(|p| p.0),
        created_at: ctx.now,
        last_sign_in: None,
        password_expires_at: must_change.then(|| ctx.now + FIRST_PASSWORD_LASTS),
    })
}

/// Changes name, address, role, company and department. A changed role or company ends the
/// person's sessions, so that nothing goes on under the old permissions.
pub async fn update(ctx: &Ctx, input: &PersonInput) -> Result<()> {
    ctx.require(Permission::ManagePeople)?;
    let mut person = people::find(ctx.store(), ctx.caller.reach, id_from(&input.id)?).await?;
    let (name, email, role, company, department) = checked(ctx, input).await?;
    let moved = (person.role, person.company) != (role, company.id);
    if moved && ctx.caller.person().is_ok_and(|p| p.0 == person.id) {
        return Err(Error::field("role", "you cannot change your own role or company: ask another administrator"));
    }
    let readdressed = !person.email.eq_ignore_ascii_case(&email);
    let (left, before) = (person.company, json!({ "role": person.role.key(), "company": person.company }));
    person.department = department;
    (person.name, person.email, person.role, person.company) = (name, email, role, company.id);
    let tx = ctx.begin().await?;
    if left != company.id && person.active {
        tiers::seat(&tx, company.id, ctx.now).await?;
    }
    people::update(&tx, &person).await.map_err(taken)?;
    if readdressed {
        // A link that went to a wrong address opens nothing.
        invitations::withdraw(&tx, person.id).await?;
    }
    if moved {
        sessions::end_others(&tx, person.id, None).await?;
    }
    if left != company.id {
        // What they were told and were typing belongs to the company they leave.
        notifications::forget(&tx, person.id).await?;
        drafts::discard(&tx, person.id).await?;
        saved_views::forget_all(&tx, person.id).await?;
        bookmarks::forget_all(&tx, person.id).await?;
        tx.audit(ctx.audit(Some(left), "person.left", "person", person.id, json!({})));
    }
    let details = json!({ "before": before, "role": role.key(), "company": company.id });
    tx.commit(ctx.audit(Some(company.id), "person.updated", "person", person.id, details)).await?;
    Ok(())
}

/// Lets a person in again, or shuts them out; the sessions of one shut out end at once.
pub async fn set_active(ctx: &Ctx, id: &str, active: bool) -> Result<()> {
    ctx.require(Permission::ManagePeople)?;
    let person = people::find(ctx.store(), ctx.caller.reach, id_from(id)?).await?;
    if ctx.caller.person().is_ok_and(|p| p.0 == person.id) {
        return Err(Error::refused(ErrorKind::Conflict, "You cannot deactivate yourself: ask another administrator."));
    }
    let tx = ctx.begin().await?;
    if active && !person.active {
        tiers::seat(&tx, person.company, ctx.now).await?;
    }
    people::set_active(&tx, person.id, active).await?;
    if !active {
        invitations::withdraw(&tx, person.id).await?;
    }
    let ended = if active { 0 } else { sessions::end_others(&tx, person.id, None).await? };
    let action = if active { "person.activated" } else { "person.deactivated" };
    tx.commit(ctx.audit(Some(person.company), action, "person", person.id, json!({ "sessions_ended": ended }))).await?;
    Ok(())
}

/// Takes the password away, ends the person's sessions, and sends a link by which they choose another.
pub async fn reset_password(ctx: &Ctx, id: &str) -> Result<Issued> {
    ctx.require(Permission::ManagePeople)?;
    let person = people::find(ctx.store(), ctx.caller.reach, id_from(id)?).await?;
    if !person.active {
        return Err(Error::refused(ErrorKind::Conflict, "This person is deactivated: activate them first."));
    }
    let tx = ctx.begin().await?;
    people::set_password(&tx, person.id, "", None, None).await?;
    let ended = sessions::end_others(&tx, person.id, None).await?;
    let issued = invite(ctx, &tx, &person).await?;
    let details = json!({ "sessions_ended": ended });
    tx.commit(ctx.audit(Some(person.company), "password.reset", "person", person.id, details)).await?;
    Ok(issued)
}

/// How many people the caller may know of in each company.
pub(super) async fn count_by_company(ctx: &Ctx) -> Result<std::collections::BTreeMap<domain::id::CompanyId, u64>> {
    let mut counts = std::collections::BTreeMap::new();
    for person in people::list(ctx.store(), Reach::Operator).await? {
        if ctx.caller.reach.covers(person.company) {
            *counts.entry(person.company).or_default() += 1;
        }
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::check_email;

    #[test]
    fn addresses_are_checked_for_slips_not_for_taste() {
        for good in ["ada@example.org", " a.b+c@sub.example.co.uk "] {
            assert!(check_email(good).is_ok(), "{good}");
        }
        for bad in [
            "ｒace@example.org",
            "<b>@e.org",
            "",
            "ada",
            "ada@",
            "@example.org",
            "ada@example",
            "a b@example.org",
            "a@b@c.org",
            "a@.org",
            "a@org.",
        ] {
            assert!(check_email(bad).is_err(), "{bad}");
        }
    }
}
