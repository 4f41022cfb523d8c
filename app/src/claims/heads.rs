//! The heads of loss: what is claimed, what the tariff gives, what moves the prediction; and the place to try another
//! amount.

use contract::claim::{ClaimView, HeadView, PredictionView};
use domain::{Head, Money};
use leptos::prelude::*;

use super::what_if::{self, Trial};
use crate::ui::live::{aria, of, text};
use crate::ui::{help, titled};

/// The field of the prognosis, as the model and the API call it.
const PROGNOSIS: &str = "injury_prognosis_months";

pub fn heads(claim: &ClaimView, trial: Trial) -> AnyView {
    let shown = claim.prediction.clone();
    let line = shown.as_ref().map(|p| what_if::line(trial, p.amount));
    let now = move || trial.would_be().or_else(|| shown.clone());
    let now = Signal::derive(now);
    let months = claim.prognosis_months.map(|m| m.to_string()).unwrap_or_default();
    let tries = claim.prediction.is_some();
    let prognosis = Entry { key: PROGNOSIS.into(), label: "Prognosis, months".into(), as_is: months };
    let rows: Vec<_> = claim.heads.iter().map(|head| row(head_entry(head), trial, now, tries)).collect();
    let total = claim.total;
    let entries: Vec<_> = claim.heads.iter().map(|h| (h.key.clone(), h.claimed.unwrap_or(Money::ZERO))).collect();
    // The sum follows what is tried; heads that are not shown keep what they have.
    let sum = Signal::derive(move || {
        entries.iter().fold(total, |sum, (key, claimed)| {
            let tried = trial.tried(key).and_then(|text| Money::parse_pounds(&text).ok()).unwrap_or(*claimed);
            Money::from_pence(sum.pence() + tried.pence() - claimed.pence())
        })
    });
    let predicted = text(move || now.get().map(|p| p.amount.to_string()).unwrap_or_default());
    let difference = text(move || {
        let predicted = now.get().map(|p| Money::from_pence(p.amount.pence() - sum.get().pence()).signed());
        predicted.unwrap_or_default()
    });
    view! {
        <section class="card heads" aria-label="Heads of loss">
            {titled("Heads of loss", "Head of loss")}
            {line}
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Head"</th>
                        <th scope="col" class="number">"Claimed"</th>
                        <th scope="col" class="number">"Tariff"{help("Tariff")}</th>
                        <th scope="col" class="number">"Effect"{help("Effect")}</th>
                    </tr>
                </thead>
                <tbody>{row(prognosis, trial, now, tries)}{rows}</tbody>
                <tfoot>
                    <tr><td>"Sum claimed"</td><td class="number">{text(move || sum.get().to_string())}</td><td></td><td></td></tr>
                    <tr><td>"Predicted"</td><td class="number">{predicted}</td><td></td><td></td></tr>
                    <tr><td>"Difference"{help("Difference")}</td><td class="number">{difference}</td><td></td><td></td></tr>
                </tfoot>
            </table>
        </section>
    }
    .into_any()
}

/// A row of the table, with what the claim says.
struct Entry {
    key: String,
    label: String,
    as_is: String,
}

fn head_entry(head: &HeadView) -> Entry {
    let as_is = head.claimed.map(Money::plain).unwrap_or_default();
    Entry { key: head.key.clone(), label: head.label.clone(), as_is }
}

fn row(entry: Entry, trial: Trial, now: Signal<Option<PredictionView>>, tries: bool) -> AnyView {
    let Entry { key, label, as_is } = entry;
    let is_prognosis = key == PROGNOSIS;
    let by_law = key == Head::GeneralFixed.key();
    let tariff = text(move || {
        let amount = now.with(|p| p.as_ref().and_then(|p| p.tariff.amount)).filter(|_| by_law);
        amount.map(|a| a.to_string()).unwrap_or_default()
    });
    let feature = key.clone();
    let effect = text(move || {
        now.with(|p| {
            let all = p.as_ref().map_or(&[][..], |p| &p.contributions);
            all.iter().find(|c| c.feature == feature).map(|c| c.amount.signed()).unwrap_or_default()
        })
    });
    let claimed = if tries {
        input(key, format!("{label}: what if"), as_is, trial)
    } else if is_prognosis {
        as_is.into_any()
    } else {
        Money::parse_pounds(&as_is).map(|m| m.to_string()).unwrap_or_default().into_any()
    };
    view! {
        <tr>
            <td>{label}</td>
            <td class="number">{claimed}</td>
            <td class="number">{tariff}</td>
            <td class="number">{effect}</td>
        </tr>
    }
    .into_any()
}

fn input(key: String, label: String, as_is: String, trial: Trial) -> AnyView {
    let (id, typed, name) = (format!("w-{key}"), as_is.clone(), key.clone());
    let shown = as_is.clone();
    // Follows the claim's own value, and goes back to it when the trial is reset.
    let value = of(move || {
        trial.resets();
        shown.clone()
    });
    let error = trial.error();
    let wrong = aria(move || trial.tries() && error.with(|e| e.as_ref().is_some_and(|e| e.field(&key).is_some())));
    view! {
        <input id=id type="text" inputmode="decimal" autocomplete="off" aria-label=label value=as_is prop:value=value aria-invalid=wrong
            on:input=move |e| trial.change(&name, &typed, event_target_value(&e))/>
    }
    .into_any()
}
