//! Accept, settle for another amount, ask for a review, undo; and for a manager, hand back.

use std::time::Duration;

use contract::claim::{ClaimView, DecisionView, ReviewView};
use domain::policy::Role;
use domain::settlement::{ClaimStatus, OverrideReason, ReportGate};
use leptos::prelude::*;

use super::api;
use crate::ui::act::{Act, ActForm};
use crate::ui::dialog::Confirm;
use crate::ui::form::{Field, FormError, summary_of};
use crate::ui::later::Later;
use crate::ui::live::{aria, of, text};
use crate::ui::table::time;
use crate::ui::{icon, notice};

/// What says how the claim stands: the focus goes there when something was done.
const STANDING: &str = "#standing";

pub fn panel(claim: &ClaimView) -> AnyView {
    let body = match (&claim.decision, claim.may_decide) {
        (Some(decision), _) => decided(claim, decision),
        (None, true) => deciding(claim),
        (None, false) if claim.status == ClaimStatus::Flagged => {
            standing(notice("info", "A manager reviews this claim. You are told when it is done."))
        }
        (None, false) => notice("info", "You can look at this claim but not decide it."),
    };
    let review = claim.review.as_ref().map(review);
    view! { <div class="decide">{review}{body}</div> }.into_any()
}

fn standing(body: AnyView) -> AnyView {
    view! { <div id="standing" tabindex="-1">{body}</div> }.into_any()
}

fn decided(claim: &ClaimView, decision: &DecisionView) -> AnyView {
    let verb = if claim.outcome.is_some_and(|paid| paid != decision.amount) { "decided at" } else { "settled for" };
    let words = format!("{} {verb} {}", claim.number, decision.amount);
    let (kind, by, at) = (decision.kind.label(), decision.by.clone(), decision.at.clone());
    let why = [decision.reason.clone(), decision.note.clone()].into_iter().filter(|t| !t.is_empty());
    let why = why.collect::<Vec<_>>().join(". ");
    let undo = decision.undo_seconds.map(|left| undo(claim.id.to_string(), decision.id.to_string(), left));
    let next = claim.next.clone().map(|(number, href)| {
        view! { <a class="button primary" href=href>{format!("Next claim, {number}")}{icon("next")}</a> }
    });
    standing(
        view! {
            <div class="notice good">
                <p><strong>{words}</strong></p>
                <p>{kind}" by "{by}", "{time(at)}</p>
                <p>{why}</p>
            </div>
            <div class="row after">{undo}{next}</div>
        }
        .into_any(),
    )
}

/// For as long as the decision can be undone. What it tells others waits for that.
fn undo(id: String, decision: String, seconds: i64) -> AnyView {
    let act = Act::new::<api::UndoDecision>().leads_to(".buttons .button");
    let left = RwSignal::new(seconds);
    let later = Later::new();
    Effect::new(move || {
        if left.get() > 0 {
            later.again(Duration::from_secs(1), move || {
                // The page may be gone by then.
                let _ = left.try_update(|n| *n -= 1);
            });
        }
    });
    view! {
        {summary_of("u-", act.error())}
        <div hidden=of(move || left.get() <= 0)>
            <ActForm act=act>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="decision_id" value=decision/>
                <button class="button" type="submit" data-key="u" disabled=of(move || act.pending().get())>
                    {icon("undo")}"Undo"<span class="hint" aria-hidden="true">{text(move || format!("{} s", left.get()))}</span>
                </button>
            </ActForm>
        </div>
    }
    .into_any()
}

fn review(review: &ReviewView) -> AnyView {
    let (reason, by, at) = (review.reason.clone(), review.flagged_by.clone(), review.flagged_at.clone());
    let answer = review.answer.clone().map(|(by, text, at)| {
        view! { <p><strong>{by}</strong>" answered, "{time(at)}": "{text}</p> }
    });
    view! {
        <div class="notice info">
            <p><strong>{by}</strong>" asked for a review, "{time(at)}": "{reason}</p>
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
        accept(id.clone(), seen, p.amount.to_string(), gate)
    });
    let hand_back = (claim.status == ClaimStatus::Flagged && claim.viewer_role == Some(Role::Manager))
        .then(|| hand_back(id.clone()));
    let flag = claim.may_flag.then(|| flag(id.clone(), claim.reviewers.clone()));
    let by_hand = claim.prediction.is_none();
    view! {
        <div class="buttons">
            {accept}
            {override_form(id, gate, by_hand)}
            {flag}
            {hand_back}
        </div>
        <p class="support">
            <strong>"This supports your decision. "</strong>
            "The prediction settles nothing: a person decides, and can always decide otherwise."
        </p>
    }
    .into_any()
}

/// The boxes to tick. They stand in several forms of the page, so the ids begin with the form's own letters.
fn boxes(gate: ReportGate, form: &'static str, error: FormError) -> Option<AnyView> {
    let report = || tick(form, "medical_report", "A medical report has been received", error);
    let no_whiplash = || tick(form, "no_whiplash", "This is no whiplash injury", error);
    match gate {
        ReportGate::Open => None,
        ReportGate::Report => Some(report()),
        ReportGate::ReportOrNoWhiplash => Some(view! { {report()}{no_whiplash()} }.into_any()),
    }
}

/// `seen`: the prediction that the person sees, so that no other can be accepted. The button accepts; the key asks
/// first, because a key is pressed by mistake.
fn accept(id: String, seen: String, amount: String, gate: ReportGate) -> AnyView {
    let action = Act::new::<api::AcceptPrediction>().leads_to(STANDING);
    let error = action.error();
    let hidden = {
        let (id, seen) = (id.clone(), seen.clone());
        move || {
            view! {
                <input type="hidden" name="id" value=id.clone()/>
                <input type="hidden" name="prediction_id" value=seen.clone()/>
            }
        }
    };
    let label = format!("Accept {amount}");
    let asks = Confirm {
        id: "accept".into(),
        label: label.clone(),
        class: "hidden-words",
        key: Some("a"),
        title: format!("Accept {amount}?"),
        words: "The claim is settled for this amount. You can undo it for ten seconds.".into(),
        verb: "Accept",
    };
    let second = view! { {hidden()}{boxes(gate, "key-", error)} };
    view! {
        <div>
            {summary_of("accept-", error)}
            <ActForm act=action>
                {hidden()}
                {boxes(gate, "accept-", error)}
                <button class="button primary whole" type="submit" disabled=of(move || action.pending().get())>{label}</button>
            </ActForm>
            {asks.ready("key-", action, second.into_any())}
        </div>
    }
    .into_any()
}

fn tick(form: &str, name: &'static str, label: &'static str, error: FormError) -> AnyView {
    let message = move || error.with(|e| e.as_ref().and_then(|e| e.field(name).map(str::to_owned)));
    let wrong = aria(move || message().is_some());
    let id = format!("{form}{name}");
    let (for_id, error_id) = (id.clone(), format!("{id}-error"));
    let described = error_id.clone();
    view! {
        <div class="field tick">
            <input id=id name=name type="checkbox" value="true" aria-invalid=wrong aria-describedby=described/>
            <label for=for_id>{label}</label>
            <p class="error" id=error_id>{text(move || message().unwrap_or_default())}</p>
        </div>
    }
    .into_any()
}

fn override_form(id: String, gate: ReportGate, by_hand: bool) -> AnyView {
    let action = Act::new::<api::OverridePrediction>().leads_to(STANDING);
    let error = action.error();
    let reasons = OverrideReason::ALL.iter().map(|r| (r.key().to_owned(), r.label().to_owned())).collect();
    let inputs = view! {
        <input type="hidden" name="id" value=id/>
        {Field::new("amount", "Settle for, in pounds").required().pounds().view(error)}
        {Field::new("reason", "Why").required().select(reasons, error)}
        {Field::new("note", "In words").hint("AI engineers read the reason; this note stays with your company.").area(2, error)}
        {boxes(gate, "f-", error)}
    };
    let asks = Confirm {
        id: "settle".into(),
        label: if by_hand { "Decide by hand" } else { "Settle for another amount" }.into(),
        class: if by_hand { "button primary whole" } else { "button whole" },
        key: Some("s"),
        title: if by_hand { "Decide by hand" } else { "Settle for another amount" }.into(),
        words: "You can undo it for ten seconds.".into(),
        verb: "Settle for this amount",
    };
    view! { <div>{asks.view(action, inputs.into_any())}</div> }.into_any()
}

fn flag(id: String, reviewers: Vec<(String, String)>) -> AnyView {
    let field = Field::new("flag_reason", "What should the manager look at?");
    let act = Act::new::<api::FlagClaim>().leads_to(STANDING);
    let asks = Confirm {
        id: "review".into(),
        label: "Ask for a review".into(),
        class: "button whole",
        key: Some("r"),
        title: "Ask for a review".into(),
        words: "Whom you ask is told, and you are told when it is done.".into(),
        verb: "Flag for review",
    };
    let who =
        Field::new("who", "Who").hint("Nobody in particular: all managers are asked.").select(reviewers, act.error());
    in_words(asks, act, id, field, who)
}

fn hand_back(id: String) -> AnyView {
    let field = Field::new("answer", "What should the handler do?");
    let asks = Confirm {
        id: "back".into(),
        label: "Hand back to the handler".into(),
        class: "button whole",
        key: Some("b"),
        title: "Hand back to the handler".into(),
        words: "The claim is to be decided again, and the handler is told.".into(),
        verb: "Hand back",
    };
    in_words(asks, Act::new::<api::HandBack>().says("Handed back: the handler is told."), id, field, ().into_any())
}

/// Something that needs a few words to somebody else.
fn in_words(asks: Confirm, act: Act, id: String, field: Field, more: AnyView) -> AnyView {
    let inputs = view! {
        <input type="hidden" name="id" value=id/>
        {field.required().area(3, act.error())}
        {more}
    };
    view! { <div>{asks.view(act, inputs.into_any())}</div> }.into_any()
}
