//! What if: an amount or the prognosis is changed where it stands, and the prediction follows.

use std::collections::BTreeMap;

use contract::claim::{ClaimView, PredictionView, WhatIf};
use domain::Money;
use leptos::prelude::*;

use super::api;
use crate::ui::act::Act;
use crate::ui::form::FormError;
use crate::ui::live::{click, live};

/// What is tried out on a claim. Nothing of it is saved.
#[derive(Clone, Copy)]
pub struct Trial {
    id: StoredValue<String>,
    act: Act,
    /// Field name to text, of what differs from the claim.
    changes: RwSignal<BTreeMap<String, String>>,
    /// The last answer: it stays while the next is on its way, and when an entry cannot be read.
    answer: RwSignal<Option<PredictionView>>,
    /// Counts the resets, after which the inputs show what is claimed.
    resets: RwSignal<u32>,
}

impl Trial {
    pub fn of(claim: &ClaimView) -> Trial {
        let act = Act::quiet::<api::AskWhatIf>();
        let (changes, answer) = (RwSignal::new(BTreeMap::new()), RwSignal::new(None));
        let trial =
            Trial { id: StoredValue::new(claim.id.to_string()), act, changes, answer, resets: RwSignal::new(0) };
        // One question is on its way at a time; what was typed meanwhile is asked when it is answered.
        let asked = StoredValue::new(BTreeMap::new());
        Effect::new(move || {
            let (pending, now) = (act.pending().get(), changes.get());
            if !pending && !now.is_empty() && now != asked.get_value() {
                asked.set_value(now.clone());
                act.send(&api::AskWhatIf { question: WhatIf { claim_id: trial.id.get_value(), changes: now } });
            } else if now.is_empty() {
                asked.set_value(BTreeMap::new());
            }
        });
        Effect::new(move || {
            // After a reset nobody waits for it.
            if let Some(said) = act.answer::<PredictionView>().filter(|_| !changes.with_untracked(BTreeMap::is_empty)) {
                answer.set(Some(said));
            }
        });
        trial
    }

    /// What is typed into a field; `as_is` is what the claim says.
    pub fn change(self, name: &str, as_is: &str, value: String) {
        self.changes.update(|all| {
            if value.trim() == as_is {
                all.remove(name);
            } else {
                all.insert(name.to_owned(), value);
            }
        });
    }

    pub fn reset(self) {
        self.changes.set(BTreeMap::new());
        self.answer.set(None);
        self.resets.update(|n| *n += 1);
    }

    /// Runs again after each reset.
    pub fn resets(self) -> u32 {
        self.resets.get()
    }

    /// What the model would say; `None` where nothing is tried.
    pub fn would_be(self) -> Option<PredictionView> {
        if self.changes.with(BTreeMap::is_empty) { None } else { self.answer.get() }
    }

    pub fn tries(self) -> bool {
        !self.changes.with(BTreeMap::is_empty)
    }

    /// The text of a field as it is tried, if it differs.
    pub fn tried(self, name: &str) -> Option<String> {
        self.changes.with(|all| all.get(name).cloned())
    }

    /// Why the last question was refused.
    pub fn error(self) -> FormError {
        self.act.error()
    }
}

/// The line that says what would be, above the heads.
pub fn line(trial: Trial, predicted: Money) -> AnyView {
    let error = trial.error();
    let content = live(move || {
        if !trial.tries() {
            let words = "Change an amount or the prognosis: the prediction follows. Nothing is saved or charged.";
            return view! { <span class="hint">{words}</span> }.into_any();
        }
        let wrong = error.get().map(|e| {
            let words = e.fields.first().map_or(e.message.clone(), |f| f.message.clone());
            view! { <span class="error">{words}</span> }
        });
        let stale = wrong.is_some();
        let sum = trial.would_be().map(|p| {
            let difference = Money::from_pence(p.amount.pence() - predicted.pence()).signed();
            view! { <span class:stale=stale>"Would be "<strong>{p.amount.to_string()}</strong>{format!(" ({difference})")}</span> }
        });
        view! {
            {sum}
            <span class="badge warn">"Not saved"</span>
            {wrong}
            <button class="button" type="button" on:click=click(move || trial.reset())>"Reset"</button>
        }
        .into_any()
    });
    view! { <div class="would-be" aria-live="polite">{content}</div> }.into_any()
}
