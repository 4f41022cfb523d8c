//! Companies and departments.

use contract::admin::CompanyView;
use leptos::prelude::*;

use super::api;
use crate::ui::act::{Act, ActForm};
use crate::ui::form::{Field, FormError, submit, summary};
use crate::ui::load::{load, path_id};
use crate::ui::table::table;
use crate::ui::{card, heading};

pub fn list() -> AnyView {
    load(
        || api::ListCompanies {},
        |(companies, may_add)| {
            view! {
                {heading("Companies", "Insurers, their departments and billing contacts.", vec![])}
                {table(companies)}
                {may_add.then(create)}
            }
            .into_any()
        },
    )
}

fn create() -> AnyView {
    let action = Act::new::<api::CreateCompany>();
    let error = action.error();
    let body = view! {
        {summary(error)}
        <ActForm act=action>
            {fields(None, error)}
            {submit("Add the company", action.pending())}
        </ActForm>
    };
    card("Add a company", body.into_any())
}

fn fields(c: Option<&CompanyView>, error: FormError) -> AnyView {
    let value = |read: fn(&CompanyView) -> &String| c.map(|c| read(c).clone()).unwrap_or_default();
    view! {
        {Field::new("name", "Name").within("company").required().value(value(|c| &c.name)).view(error)}
        {Field::new("address", "Postal address").within("company").hint("As it stands on invoices.").value(value(|c| &c.address)).area(4, error)}
        {Field::new("billing_email", "Billing contact").within("company").kind("email").value(value(|c| &c.billing_email)).view(error)}
        {Field::new("country", "Country").within("company").hint("Two letters, such as GB.").value(value(|c| &c.country)).view(error)}
        {Field::new("vat_number", "VAT number").within("company").value(value(|c| &c.vat_number)).view(error)}
        {Field::new("registration", "Company number").within("company").hint("In the company register.").value(value(|c| &c.registration)).view(error)}
        {Field::new("endpoint", "Peppol address").within("company").hint("Where e-invoices reach it, such as 0088:5012345678900.").value(value(|c| &c.endpoint)).view(error)}
        {c.is_some_and(|c| c.operator).then(|| Field::new("bank_details", "Bank details").within("company").hint("Where clients pay, as it stands on invoices.").value(value(|c| &c.bank_details)).area(3, error))}
    }
    .into_any()
}

pub fn company() -> AnyView {
    let id = path_id();
    load(
        move || api::ViewCompany { id: id.get() },
        |c: CompanyView| {
            let kind = if c.operator { "Runs this service" } else { "Insurer" };
            let lead = format!(
                "{kind} · {}",
                if c.people == 1 { "1 person".to_owned() } else { format!("{} people", c.people) }
            );
            let edit = c.may_edit.then(|| edit(&c));
            let add = c.may_add_departments.then(|| add_department(c.id.to_string()));
            view! {
                {heading(c.name.clone(), lead, vec![])}
                {table(c.departments.clone())}
                {add}
                {edit}
            }
            .into_any()
        },
    )
}

fn add_department(id: String) -> AnyView {
    let action = Act::new::<api::AddDepartment>().says("The department is added.");
    let error = action.error();
    let field =
        Field { name: "name".into(), error: "name".into(), ..Field::new("department", "Name of the department") };
    let body = view! {
        {summary(error)}
        <ActForm act=action>
            <input type="hidden" name="company_id" value=id/>
            {field.required().view(error)}
            {submit("Add", action.pending())}
        </ActForm>
    };
    card("Add a department", body.into_any())
}

fn edit(c: &CompanyView) -> AnyView {
    let action = Act::new::<api::UpdateCompany>().says("The particulars are saved.");
    let error = action.error();
    let (id, inputs) = (c.id.to_string(), fields(Some(c), error));
    let body = view! {
        {summary(error)}
        <ActForm act=action>
            <input type="hidden" name="company[id]" value=id/>
            {inputs}
            {submit("Save", action.pending())}
        </ActForm>
    };
    card("Particulars", body.into_any())
}
