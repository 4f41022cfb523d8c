//! What if: change a head or the prognosis and the answer follows.

use std::collections::BTreeMap;
use std::time::Duration;

use contract::claim::{ClaimView, WhatIf};
use leptos::prelude::*;

use super::{api, prediction};
use crate::ui::act::Act;
use crate::ui::form::{Field, FormError, summary};
use crate::ui::later::Later;

pub fn what_if(claim: &ClaimView) -> AnyView {
    let id = claim.id.to_string();
    let action = Act::quiet::<api::AskWhatIf>();
    let error = action.error();
    let changes = RwSignal::new(BTreeMap::<String, String>::new());
    let later = Later::new();
    let changed = move |id: String, name: String, value: String| {
        changes.update(|c| {
            c.insert(name, value);
        });
        later.again(Duration::from_millis(200), move || {
            // The page may be gone by then.
            if let Some(changes) = changes.try_get_untracked() {
                action.send(&api::AskWhatIf { question: WhatIf { claim_id: id, changes } });
            }
        });
    };
    let inputs = inputs(claim, error, id, changed);
    let hint = |words: &'static str| view! { <p class="hint">{words}</p> }.into_any();
    let answer = move || match (action.answer(), error.get()) {
        (Some(p), _) => prediction::prediction(p),
        (None, Some(_)) => hint("Mend the entry above to see an answer."),
        (None, None) => {
            hint("Change an amount or the prognosis: the answer follows at once. Nothing is saved or charged.")
        }
    };
    view! {
        <details class="what-if">
            <summary>"What if…"</summary>
            {summary(error)}
            <div class="fields">{inputs}</div>
            <div aria-live="polite">{answer}</div>
        </details>
    }
    .into_any()
}

fn inputs(
    claim: &ClaimView,
    error: FormError,
    id: String,
    changed: impl Fn(String, String, String) + Copy + Send + Sync + 'static,
) -> Vec<AnyView> {
    let listen = move |field: Field, id: String| {
        let name = field.error.clone();
        view! {
            <div on:input=move |e| changed(id.clone(), name.clone(), event_target_value(&e))>{field.view(error)}</div>
        }
        .into_any()
    };
    let months = claim.prognosis_months.map(|m| m.to_string()).unwrap_or_default();
    let mut all =
        vec![listen(Field::new("injury_prognosis_months", "Prognosis in months").required().value(months), id.clone())];
    for head in &claim.heads {
        let value = head.claimed.map(|c| c.plain()).unwrap_or_default();
        all.push(listen(Field::new(&head.key, &head.label).required().pounds().value(value), id.clone()));
    }
    all
}
