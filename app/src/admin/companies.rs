//! Companies and departments.

use contract::admin::CompanyView;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::api;
use crate::ui::form::{Field, FormError, error_of, saved, submit, summary};
use crate::ui::load::{load, provide_reload, reload_after};
use crate::ui::table::table;
use crate::ui::{card, heading};

pub fn list() -> AnyView {
    let resource = Resource::new(
        || (),
        |()| async move {
            let companies = api::list_companies().await?;
            let viewer = crate::account::api::read_viewer().await?;
            Ok((companies, viewer.may(domain::policy::Permission::ManageCompanies)))
        },
    );
    load(resource, |(companies, may_add)| {
        view! {
            {heading("Companies", "Insurers, their departments and billing contacts.", vec![])}
            {table(companies)}
            {may_add.then(create)}
        }
        .into_any()
    })
}

fn create() -> AnyView {
    let action = ServerAction::<api::CreateCompany>::new();
    let error = error_of(action.value());
    let body = view! {
        {summary(error)}
        <ActionForm action=action>
            {fields(None, error)}
            {submit("Add the company", action.pending())}
        </ActionForm>
    };
    card("Add a company", body.into_any())
}

fn fields(c: Option<&CompanyView>, error: FormError) -> AnyView {
    let value = |read: fn(&CompanyView) -> &String| c.map(|c| read(c).clone()).unwrap_or_default();
    view! {
        {Field::new("name", "Name").within("company").required().value(value(|c| &c.name)).view(error)}
        {Field::new("address", "Postal address").within("company").hint("As it stands on invoices.").value(value(|c| &c.address)).area(4, error)}
        {Field::new("billing_email", "Billing contact").within("company").kind("email").value(value(|c| &c.billing_email)).view(error)}
        {Field::new("vat_number", "VAT number").within("company").value(value(|c| &c.vat_number)).view(error)}
    }
    .into_any()
}

pub fn company() -> AnyView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("id").unwrap_or_default()));
    let reload = provide_reload();
    let resource = Resource::new(move || (id.get(), reload.get()), |(id, _)| api::view_company(id));
    load(resource, |c: CompanyView| {
        let kind = if c.operator { "Runs this service" } else { "Insurer" };
        let lead = format!("{kind} · {} people", c.people);
        let edit = c.may_edit.then(|| edit(&c));
        let add = c.may_add_departments.then(|| add_department(c.id.to_string()));
        view! {
            {heading(c.name.clone(), lead, vec![])}
            {table(c.departments.clone())}
            {add}
            {edit}
        }
        .into_any()
    })
}

fn add_department(id: String) -> AnyView {
    let action = ServerAction::<api::AddDepartment>::new();
    reload_after(action.value());
    let error = error_of(action.value());
    let field =
        Field { name: "name".into(), error: "name".into(), ..Field::new("department", "Name of the department") };
    let body = view! {
        {summary(error)}
        <ActionForm action=action>
            <input type="hidden" name="company_id" value=id/>
            {field.required().view(error)}
            {submit("Add", action.pending())}
        </ActionForm>
    };
    card("Add a department", body.into_any())
}

fn edit(c: &CompanyView) -> AnyView {
    let action = ServerAction::<api::UpdateCompany>::new();
    reload_after(action.value());
    let error = error_of(action.value());
    let (id, inputs) = (c.id.to_string(), fields(Some(c), error));
    let body = view! {
        {summary(error)}
        <ActionForm action=action>
            <input type="hidden" name="company[id]" value=id/>
            {inputs}
            <div class="form-end">{submit("Save", action.pending())}{saved(action.value())}</div>
        </ActionForm>
    };
    card("Particulars", body.into_any())
}
