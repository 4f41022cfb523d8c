//! People: list, create, edit, deactivate, reset the password.

use contract::admin::{Issued, PersonChoices, PersonView};
use leptos::prelude::*;

use super::{api, issued};
use crate::ui::act::{Act, ActForm};
use crate::ui::dialog::Confirm;
use crate::ui::form::{Field, FormError, styled_submit, submit, summary};
use crate::ui::live::live;
use crate::ui::load::{load, path_id};
use crate::ui::table::{table, time};
use crate::ui::{card, heading, notice};

pub fn list() -> AnyView {
    view! {
        {heading("People", "Who can sign in, and as what.", vec![("Add a person".into(), "/people/new".into())])}
        {load(|| api::ListPeople {}, table)}
    }
    .into_any()
}

pub fn create() -> AnyView {
    let action = Act::new::<api::CreatePerson>();
    let error = action.error();
    let form = load(
        || api::ReadPersonChoices {},
        move |choices| {
            view! {
                <ActForm act=action>
                    {fields(&Person::default(), choices, error)}
                    {submit("Create", action.pending())}
                </ActForm>
            }
            .into_any()
        },
    );
    let done = live(move || {
        action
            .answer()
            .map(|i: Issued| {
                let href = i.href.clone();
                view! { {issued(i)}<p><a class="button" href=href>"Open"</a></p> }
            })
            .into_any()
    });
    view! {
        {heading("Add a person", "They get a link by which they choose their own password.", vec![])}
        {done}
        {summary(error)}
        {card("Particulars", form)}
    }
    .into_any()
}

#[derive(Default)]
struct Person {
    name: String,
    email: String,
    role: String,
    company: String,
    department: String,
}

fn fields(p: &Person, choices: PersonChoices, error: FormError) -> AnyView {
    let names: std::collections::BTreeMap<_, _> = choices.companies.iter().cloned().collect();
    let many = choices.companies.len() > 1;
    let departments = choices
        .departments
        .into_iter()
        .map(|(id, company, name)| {
            let company = names.get(&company).filter(|_| many).map(|c| format!("{c}: ")).unwrap_or_default();
            (id, format!("{company}{name}"))
        })
        .collect();
    let company =
        if many { p.company.clone() } else { choices.companies.first().map(|c| c.0.clone()).unwrap_or_default() };
    let role = if choices.roles.len() == 1 { choices.roles[0].0.clone() } else { p.role.clone() };
    view! {
        {Field::new("name", "Name").within("person").required().value(&p.name).view(error)}
        {Field::new("email", "E-mail address").within("person").kind("email").required().value(&p.email).view(error)}
        {Field::new("role", "Role").within("person").required().value(role).select(choices.roles, error)}
        {Field::new("company_id", "Company").within("person").required().value(company).select(choices.companies, error)}
        {Field::new("department_id", "Department").within("person").value(&p.department).select(departments, error)}
    }
    .into_any()
}

pub fn person() -> AnyView {
    let id = path_id();
    // Here and not in the view, which is made anew when it is done: the password is shown only once.
    let reset = Act::new::<api::ResetPassword>();
    load(move || api::ViewPerson { id: id.get() }, move |(person, choices)| view_person(person, choices, reset))
}

fn view_person(p: PersonView, choices: PersonChoices, reset: Act) -> AnyView {
    let lead = format!("{} at {}. {}", p.role.label(), p.company_name, p.standing);
    let last = p.last_sign_in.clone().map(time);
    let facts = view! {
        <dl class="facts">
            <div><dt>"E-mail"</dt><dd>{p.email.clone()}</dd></div>
            <div><dt>"Since"</dt><dd>{time(p.created_at.clone())}</dd></div>
            <div><dt>"Last sign-in"</dt><dd>{last}</dd></div>
            <div><dt>"Open sessions"</dt><dd>{p.sessions}</dd></div>
        </dl>
    };
    let manage = p.may_manage.then(|| {
        view! {
            {edit(&p, choices)}
            {access(&p, reset)}
        }
    });
    view! {
        {heading(p.name.clone(), lead, vec![])}
        {card("Account", facts.into_any())}
        {manage}
    }
    .into_any()
}

fn edit(p: &PersonView, choices: PersonChoices) -> AnyView {
    let action = Act::new::<api::UpdatePerson>().says(format!("The changes to {} are saved.", p.name));
    let error = action.error();
    let person = Person {
        name: p.name.clone(),
        email: p.email.clone(),
        role: p.role.key().into(),
        company: p.company_id.to_string(),
        department: p.department_id.map(|d| d.to_string()).unwrap_or_default(),
    };
    let id = p.id.to_string();
    let body = view! {
        {summary(error)}
        <ActForm act=action>
            <input type="hidden" name="person[id]" value=id/>
            {fields(&person, choices, error)}
            {submit("Save", action.pending())}
        </ActForm>
    };
    card("Particulars", body.into_any())
}

fn access(p: &PersonView, reset: Act) -> AnyView {
    let activate = Act::new::<api::SetPersonActive>().says(format!(
        "{} is {}d.",
        p.name,
        if p.active { "deactivate" } else { "activate" }
    ));
    let done = live(move || reset.answer().map(issued).into_any());
    let (id, id2) = (p.id.to_string(), p.id.to_string());
    let (next, label) = if p.active { ("false", "Deactivate") } else { ("true", "Activate") };
    let words = if p.active {
        "Deactivating ends this person’s sessions at once. A new link takes the password away until they have chosen another. What they did stays on record."
    } else {
        "This person cannot sign in."
    };
    let asks = Confirm {
        id: "activate".into(),
        label: label.into(),
        class: "button",
        key: None,
        title: format!("{label} {}?", p.name),
        words: if p.active {
            "Their sessions end at once and they cannot sign in. They can be activated again."
        } else {
            "They can sign in again with their own password."
        }
        .into(),
        verb: label,
    };
    let body = view! {
        {notice("info", words)}
        {summary(reset.error())}
        {done}
        <div class="row">
            {asks.view(activate, view! {
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="active" value=next/>
            }.into_any())}
            <ActForm act=reset>
                <input type="hidden" name="id" value=id2/>
                {styled_submit("Send a new link", "button", reset.pending())}
            </ActForm>
        </div>
    };
    card("Access", body.into_any())
}
