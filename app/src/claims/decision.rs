//! Accept, override, flag; and for a manager, hand back.

use contract::claim::{ClaimView, DecisionView, ReviewView};
use domain::policy::Role;
use domain::settlement::{ClaimStatus, OverrideReason, ReportGate};
use leptos::prelude::*;

use super::api;
use crate::ui::act::{Act, ActForm};
use crate::ui::form::{Field, FormError, styled_submit, submit, summary, summary_of};
use crate::ui::table::time;
use crate::ui::{card, notice};

pub fn panel(claim: &ClaimView) -> AnyView {
    let support = view! {
        <p class="support">
            <strong>"This supports your decision. "</strong>
            "The prediction settles nothing: a person decides, and can always decide otherwise."
        </p>
    };
    let body = match (&claim.decision, claim.may_decide) {
        (Some(decision), _) => decided(decision),
        (None, true) => deciding(claim),
        (None, false) if claim.status == ClaimStatus::Flagged => {
            notice("info", "A manager reviews this claim. You are told when it is done.")
        }
        (None, false) => notice("info", "You can look at this claim but not decide it."),
    };
    let review = claim.review.as_ref().map(review);
    card("Decision", view! { {support}{review}{body} }.into_any())
}

fn decided(decision: &DecisionView) -> AnyView {
    let (kind, amount, by, at) = (decision.kind.label(), decision.amount.to_string(), decision.by.clone(), decision.at);
    let why = [decision.reason.clone(), decision.note.clone()]
        .into_iter()
        .filter(|t| !t.is_empty())
        .collect::<Vec<_>>()
        .join(". ");
    view! {
        <div class="notice good">
            <p><strong>{format!("Settled for {amount}")}</strong></p>
            <p>{kind}" by "{by}", "{time(at)}</p>
            <p>{why}</p>
        </div>
    }
    .into_any()
}

fn review(review: &ReviewView) -> AnyView {
    let (reason, by, at) = (review.reason.clone(), review.flagged_by.clone(), review.flagged_at);
    let answer = review.answer.clone().map(|(by, text, at)| {
        view! { <p><strong>{by}</strong>" answered, "{time(at)}": "{text}</p> }
    });
    view! {
        <div class="notice info">
            <p><strong>{by}</strong>" flagged this claim, "{time(at)}": "{reason}</p>
            {answer}
        </div>
    }
    .into_any()
}

fn deciding(claim: &ClaimView) -> AnyView {
    let id = claim.id.to_string();
    let gate = ReportGate::of(claim.medical_report, claim.whiplash);
    let accept = claim.prediction.as_ref().map(|p| {
        let seen = p.id.map(|id| id.to_string()).unwrap_or_default();
        accept(id.clone(), seen, format!("Accept {}", p.amount), gate)
    });
    let hand_back = (claim.status == ClaimStatus::Flagged && claim.viewer_role == Some(Role::Manager))
        .then(|| hand_back(id.clone()));
    let flag = claim.may_flag.then(|| flag(id.clone()));
    let hint = if claim.prediction.is_some() { "Settle for another amount" } else { "Decide by hand" };
    view! {
        {accept}
        <details class="act" open=claim.prediction.is_none()>
            <summary>{hint}</summary>
            {override_form(id, gate)}
        </details>
        {flag}
        {hand_back}
    }
    .into_any()
}

/// The boxes to tick. They stand in two forms of the page, so the ids begin with the form's own letters.
fn boxes(gate: ReportGate, form: &'static str, error: FormError) -> Option<AnyView> {
    let report = || tick(form, "medical_report", "A medical report has been received", error);
    let no_whiplash = || tick(form, "no_whiplash", "This is no whiplash injury", error);
    match gate {
        ReportGate::Open => None,
        ReportGate::Report => Some(report()),
        ReportGate::ReportOrNoWhiplash => Some(view! { {report()}{no_whiplash()} }.into_any()),
    }
}

/// `seen`: the prediction that the person sees, so that no other can be accepted.
fn accept(id: String, seen: String, label: String, gate: ReportGate) -> AnyView {
    let action = Act::new::<api::AcceptPrediction>();
    let error = action.error();
    let report = boxes(gate, "accept-", error);
    view! {
        {summary_of("accept-", error)}
        <ActForm act=action>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="prediction_id" value=seen/>
            {report}
            <button class="button primary" type="submit" disabled=move || action.pending().get()>{label}</button>
        </ActForm>
    }
    .into_any()
}

fn tick(form: &str, name: &'static str, label: &'static str, error: FormError) -> AnyView {
    let message = move || error.with(|e| e.as_ref().and_then(|e| e.field(name).map(str::to_owned)));
    let wrong = move || message().is_some().then_some("true");
    let id = format!("{form}{name}");
    let (for_id, error_id) = (id.clone(), format!("{id}-error"));
    let described = error_id.clone();
    view! {
        <div class="field tick">
            <input id=id name=name type="checkbox" value="true" aria-invalid=wrong aria-describedby=described/>
            <label for=for_id>{label}</label>
            <p class="error" id=error_id>{message}</p>
        </div>
    }
    .into_any()
}

fn override_form(id: String, gate: ReportGate) -> AnyView {
    let action = Act::new::<api::OverridePrediction>();
    let error = action.error();
    let reasons = OverrideReason::ALL.iter().map(|r| (r.key().to_owned(), r.label().to_owned())).collect();
    let report = boxes(gate, "f-", error);
    view! {
        {summary(error)}
        <ActForm act=action>
            <input type="hidden" name="id" value=id/>
            {Field::new("amount", "Settle for, in pounds").required().pounds().view(error)}
            {Field::new("reason", "Why").required().select(reasons, error)}
            {Field::new("note", "In words").hint("AI engineers read the reason; this note stays with your company.").area(2, error)}
            {report}
            {submit("Settle for this amount", action.pending())}
        </ActForm>
    }
    .into_any()
}

fn flag(id: String) -> AnyView {
    let field = Field::new("flag_reason", "What should the manager look at?");
    in_words("Ask for a review", Act::new::<api::FlagClaim>(), id, field, "Flag for review")
}

fn hand_back(id: String) -> AnyView {
    let field = Field::new("answer", "What should the handler do?");
    in_words("Hand back to the handler", Act::new::<api::HandBack>(), id, field, "Hand back")
}

/// Something that needs a few words to somebody else.
fn in_words(summary_text: &'static str, act: Act, id: String, field: Field, button: &'static str) -> AnyView {
    let error = act.error();
    view! {
        <details class="act">
            <summary>{summary_text}</summary>
            {summary(error)}
            <ActForm act=act>
                <input type="hidden" name="id" value=id/>
                {field.required().area(2, error)}
                {styled_submit(button, "button", act.pending())}
            </ActForm>
        </details>
    }
    .into_any()
}
