//! Entering a claim by form; the draft saves itself.

use std::collections::BTreeMap;
use std::time::Duration;

use contract::claim::{ClaimInput, DraftSums, DraftView};
use domain::Head;
use domain::claim::{ACCIDENT_TYPES, DOMINANT_INJURIES, VEHICLE_TYPES, WEATHER_CONDITIONS, accident_in_words};
use leptos::prelude::*;

use super::api;
use crate::ui::act::{Act, ActForm};
use crate::ui::dialog::Confirm;
use crate::ui::form::{Field, FormError, submit, summary};
use crate::ui::later::Later;
use crate::ui::live::{live, text};
use crate::ui::load::load;
use crate::ui::{heading_with, notice};

pub fn page() -> AnyView {
    view! {
        {heading_with("Enter a claim", ().into_any(), "What you type is kept as your draft until you save or discard it.", view! { <a class="button" href="/claims/import">"Upload a file"</a> }.into_any())}
        {load(|| api::LoadDraft {}, form)}
    }
    .into_any()
}

fn form(draft: DraftView) -> AnyView {
    let action = Act::new::<api::CreateClaim>();
    let save = Act::quiet::<api::SaveDraft>();
    let discard = Act::new::<api::DiscardDraft>();
    let error = action.error();
    let typed = RwSignal::new(draft.input.fields.clone());
    let later = Later::new();
    let token = StoredValue::new(draft.token.clone());
    // Whether something was typed that is in no draft yet.
    let unsaved = RwSignal::new(false);
    let on_input = move |event: leptos::ev::Event| {
        let Some((name, value)) = named_value(&event) else { return };
        unsaved.set(true);
        typed.update(|t| {
            t.insert(name, value);
        });
        later.again(Duration::from_millis(350), move || {
            // The page may be gone by then.
            if let Some(fields) = typed.try_get_untracked() {
                unsaved.set(false);
                save.send(&api::SaveDraft { input: ClaimInput { fields, token: token.get_value() } });
            }
        });
    };
    // What is being saved as a claim needs no draft any more.
    let on_submit = move |_| later.cancel();
    let (saving, refused) = (save.pending(), save.error());
    let saved = text(move || {
        match (saving.get(), save.answer::<DraftSums>()) {
            (true, _) => "Saving the draft…",
            (false, _) if refused.get().is_some() => "The draft could not be saved. Your entries are still here.",
            (false, Some(_)) if !unsaved.get() => "Draft saved.",
            _ => "",
        }
        .to_owned()
    });
    let from_draft = draft.saved_at.map(|at| {
        let words = format!("This is your draft of {}.", at.words);
        view! { <p class="hint">{words}</p> }
    });
    let first = draft.sums;
    let sums = live(move || sums(&save.answer().unwrap_or_else(|| first.clone())));
    let fields = draft.input.fields;
    let documents = super::documents::on_draft(draft.documents);
    view! {
        {documents}
        {from_draft}
        {summary(error)}
        <ActForm act=action on:input=on_input on:submit:capture=on_submit>
            <input type="hidden" name="input[token]" value=draft.token/>
            {what_happened(&fields, error)}
            {injury(&fields, error)}
            {heads(&fields, error)}
            {more(&fields, error)}
            <div class="sums" aria-live="polite">{sums}<p class="hint">"A head left blank is not known; write 0 where nothing is claimed."</p></div>
            <div class="form-end">
                {submit("Save and predict", action.pending())}
                <span class="hint" role="status">{saved}</span>
            </div>
        </ActForm>
        {throw_away(discard)}
    }
    .into_any()
}

/// What was typed is gone then, so it is asked.
fn throw_away(discard: Act) -> AnyView {
    let asks = Confirm {
        id: "discard".into(),
        label: "Discard the draft".into(),
        class: "button quiet",
        key: None,
        title: "Discard the draft?".into(),
        words: "What you have typed is forgotten, and the documents of this draft are deleted.".into(),
        verb: "Discard",
    };
    asks.view(discard.says("The draft is discarded."), ().into_any())
}

/// What the claim comes to so far.
fn sums(sums: &DraftSums) -> AnyView {
    let tariff = (!sums.tariff.is_empty()).then(|| view! { <p><strong>"Tariff: "</strong>{sums.tariff.clone()}</p> });
    let remark = sums.remark.clone().map(|words| notice("warn", words));
    view! { <p><strong>"Sum of heads: "</strong>{sums.total.to_string()}</p>{tariff}{remark} }.into_any()
}

/// Name and value of the input an event came from, without the server function's wrapping.
#[cfg(target_arch = "wasm32")]
fn named_value(event: &leptos::ev::Event) -> Option<(String, String)> {
    use wasm_bindgen::{JsCast, JsValue};
    let target: JsValue = event.target()?.into();
    let read = |key: &str| js_sys::Reflect::get(&target, &key.into()).ok().and_then(|v| v.as_string());
    let ticked = target.dyn_ref::<web_sys::HtmlInputElement>().filter(|i| i.type_() == "checkbox").map(|i| i.checked());
    let name = read("name")?.strip_prefix("input[fields][")?.strip_suffix(']')?.to_owned();
    let value = match ticked {
        Some(true) => "true".to_owned(),
        Some(false) => String::new(),
        None => read("value")?,
    };
    Some((name, value))
}

#[cfg(not(target_arch = "wasm32"))]
fn named_value(_: &leptos::ev::Event) -> Option<(String, String)> {
    None
}

type Fields = BTreeMap<String, String>;

fn field(fields: &Fields, name: &str, label: &str) -> Field {
    Field::new(name, label).within("input[fields]").value(fields.get(name).cloned().unwrap_or_default())
}

fn pairs(choices: &[&str]) -> Vec<(String, String)> {
    choices.iter().map(|c| ((*c).to_owned(), (*c).to_owned())).collect()
}

/// The kinds of accident, as they are called on screens.
pub fn accidents() -> Vec<(String, String)> {
    ACCIDENT_TYPES.iter().map(|kind| ((*kind).to_owned(), accident_in_words(kind))).collect()
}

fn yes_no() -> Vec<(String, String)> {
    [("yes", "Yes"), ("no", "No")].map(|(v, l)| (v.to_owned(), l.to_owned())).to_vec()
}

fn what_happened(f: &Fields, e: FormError) -> AnyView {
    view! {
        <fieldset>
            <legend>"What happened"</legend>
            {field(f, "accident_type", "Accident").required().select(accidents(), e)}
            {field(f, "accident_date", "Accident date").kind("date").required().view(e)}
            {field(f, "claim_date", "Claim made on").kind("date").required().view(e)}
            {field(f, "external_reference", "Your reference").hint("By which you find the claim again.").view(e)}
            {field(f, "claimant_reference", "Your reference for the claimant").hint("The same on each of their claims; no name.").view(e)}
        </fieldset>
    }
    .into_any()
}

fn injury(f: &Fields, e: FormError) -> AnyView {
    view! {
        <fieldset>
            <legend>"Injury"</legend>
            {field(f, "injury_prognosis_months", "Prognosis in months").required().hint("Expected time to recovery, 1 to 60.").pounds().view(e)}
            {field(f, "whiplash", "Whiplash").select(yes_no(), e)}
            {field(f, "minor_psychological_injury", "Minor psychological injury").select(yes_no(), e)}
            {field(f, "exceptional_circumstances", "Exceptional circumstances").select(yes_no(), e)}
            {field(f, "dominant_injury", "Dominant injury").select(pairs(DOMINANT_INJURIES), e)}
            {field(f, "medical_report_received", "A medical report has been received").tick(e)}
        </fieldset>
    }
    .into_any()
}

/// General damages and the commonest specials stand open, the others fold away.
fn heads(f: &Fields, e: FormError) -> AnyView {
    let input = |head: &Head| field(f, head.key(), head.label()).pounds().view(e);
    let common = [
        Head::GeneralFixed,
        Head::GeneralUplift,
        Head::GeneralRest,
        Head::SpecialTherapy,
        Head::SpecialEarningsLoss,
        Head::SpecialAssetDamage,
    ];
    let shown: Vec<_> = common.iter().map(input).collect();
    let others: Vec<&Head> = Head::ALL.iter().filter(|h| !common.contains(h)).collect();
    let open = others.iter().any(|h| f.get(h.key()).is_some_and(|v| !v.is_empty()));
    let folded: Vec<_> = others.into_iter().map(input).collect();
    view! {
        <fieldset>
            <legend>"Heads of loss, in pounds as claimed"</legend>
            {shown}
            <details class="wide" open=open>
                <summary>"More heads of loss"</summary>
                <div class="fields">{folded}</div>
            </details>
        </fieldset>
    }
    .into_any()
}

fn more(f: &Fields, e: FormError) -> AnyView {
    let genders = pairs(&["Female", "Male", "Other"]);
    view! {
        <details class="fold">
            <summary>"Further particulars"</summary>
            <fieldset>
                <legend>"Circumstances"</legend>
                {field(f, "vehicle_type", "Vehicle").select(pairs(VEHICLE_TYPES), e)}
                {field(f, "vehicle_age", "Vehicle age in years").pounds().view(e)}
                {field(f, "weather_conditions", "Weather").select(pairs(WEATHER_CONDITIONS), e)}
                {field(f, "passengers", "Passengers").pounds().view(e)}
                {field(f, "police_report_filed", "Police report").select(yes_no(), e)}
                {field(f, "witness_present", "Witness").select(yes_no(), e)}
                {field(f, "accident_description", "Accident in words").area(3, e)}
                {field(f, "injury_description", "Injury in words").area(3, e)}
            </fieldset>
            <fieldset>
                <legend>"Only to check that predictions are fair"</legend>
                <p class="hint wide">"Kept apart and encrypted; never used for a prediction."</p>
                {field(f, "driver_age", "Driver’s age").pounds().view(e)}
                {field(f, "gender", "Driver’s gender").select(genders, e)}
            </fieldset>
        </details>
    }
    .into_any()
}
