//! Forms that are described on the server: what each does is said by `service::acts`; here they are drawn, all by the
//! same code.

use std::collections::BTreeMap;

use contract::page::{Asks, Form, Input};
use contract::table::RowAct;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::server::context::{ctx, reply};
use crate::server::{Failure, Text};
use crate::ui::act::{Act, ActForm};
use crate::ui::form::{Field, FormError, styled_submit, summary_of};

/// `with`: what was entered, by the inputs' names. Answers what to say of it.
#[server(prefix = "/fn", output = Text, endpoint = "act")]
pub async fn do_act(act: String, #[server(default)] with: BTreeMap<String, String>) -> Result<String, Failure> {
    let done = reply(service::acts::run(&ctx()?, &act, &service::acts::Entries::from(with)).await)?;
    if let Some(place) = done.leads_to {
        leptos_axum::redirect(&place);
    }
    Ok(done.said)
}

fn act() -> Act {
    Act::new::<DoAct>().says_of(|said: String| said)
}

fn sent(act: String, with: Vec<(String, String)>) -> AnyView {
    let with: Vec<_> = with
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=format!("with[{name}]") value=value/> })
        .collect();
    view! { <input type="hidden" name="act" value=act/>{with} }.into_any()
}

pub fn form(form: Form) -> AnyView {
    let action = act();
    let error = action.error();
    let prefix = format!("{}-", form.id);
    // A button alone needs no frame.
    let plain = form.inputs.is_empty() && form.lead.is_empty();
    let many = form.inputs.len() > 6;
    let inputs: Vec<_> = form.inputs.into_iter().map(|asked| input(asked, &prefix, "with", error)).collect();
    let class = if form.primary { "button primary" } else { "button" };
    let title = form.title;
    let lead = (!form.lead.is_empty()).then(|| view! { <p class="hint">{form.lead}</p> });
    let body = view! {
        {lead}
        {summary_of(prefix, error)}
        <ActForm act=action>
            {sent(form.act, form.with)}
            {inputs}
            {styled_submit(form.submit, class, action.pending())}
        </ActForm>
    }
    .into_any();
    if form.folded {
        // It stays open where it was refused.
        let open = move || error.with(Option::is_some);
        return view! { <details class="card fold" prop:open=open><summary>{title}</summary>{body}</details> }
            .into_any();
    }
    if title.is_empty() && plain {
        return view! { <div class="row">{body}</div> }.into_any();
    }
    let many = if many { format!("card many {}", form.id) } else { "card".to_owned() };
    let heading = (!title.is_empty()).then(|| view! { <h2>{title}</h2> });
    view! { <section class=many>{heading}{body}</section> }.into_any()
}

/// `within`: what the inputs' names stand in as they are sent.
pub fn input(asked: Input, form: &str, within: &str, error: FormError) -> AnyView {
    let Input { name, label, hint, value, asks, required } = asked;
    let mut field = Field::new(&name, &label).hint(hint).value(value).within(within);
    field.form = form.to_owned().into();
    field.required = required;
    match asks {
        Asks::Choice(choices) => field.select(choices, error),
        Asks::Words => field.area(3, error),
        Asks::Tick => field.tick(error),
        Asks::Date => field.kind("date").view(error),
        Asks::Pounds => field.pounds().view(error),
        Asks::Text => field.view(error),
    }
}

/// A button of a row.
pub fn button(row: RowAct) -> AnyView {
    let action = act();
    let name = format!("{}: {}", row.label, row.about);
    view! {
        {summary_of("row-", action.error())}
        <ActForm act=action>
            {sent(row.act, row.with)}
            <button class="button" type="submit" aria-label=name>{row.label}</button>
        </ActForm>
    }
    .into_any()
}
