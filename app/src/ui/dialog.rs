//! Windows over the page: for what is to be looked at alone, and for acts that are asked twice because they
//! cannot be undone.

use leptos::prelude::*;

use super::act::{Act, ActForm};
use super::form::summary_of;
use super::live::{click, of};
use super::{dom, icon};

/// A window with a heading and a way out. Buttons with `command="show-modal"` open it without the script too.
pub fn dialog(id: &str, title: &str, body: AnyView) -> AnyView {
    dialog_of(id, title, false, body)
}

/// `open`: stands open at once, as after a refusal that came back without the script.
pub fn dialog_of(id: &str, title: &str, open: bool, body: AnyView) -> AnyView {
    let (id, title, label) = (id.to_owned(), title.to_owned(), format!("{id}-title"));
    let (own, closes, heading) = (id.clone(), id.clone(), label.clone());
    view! {
        <dialog class="dialog" id=own aria-labelledby=label closedby="any" open=open>
            <header>
                <h2 id=heading>{title}</h2>
                <button class="button quiet square" type="button" aria-label="Close" command="close" commandfor=id
                    on:click=click(move || dom::close(&closes))>{icon("close")}</button>
            </header>
            {body}
        </dialog>
    }
    .into_any()
}

/// The button that opens a dialog.
///
/// `name`: what it is called where its label alone would not tell it from others.
pub fn opener(id: &str, class: &str, key: Option<&'static str>, label: &str, name: Option<&str>) -> AnyView {
    let (id, class, label, name) = (id.to_owned(), class.to_owned(), label.to_owned(), name.map(str::to_owned));
    let opens = id.clone();
    // One that is there for its key alone is no stop on the way through the page.
    let unseen = (class == "hidden-words").then_some("-1");
    view! {
        <button class=class type="button" command="show-modal" commandfor=id aria-haspopup="dialog" aria-label=name data-key=key tabindex=unseen
            on:click=click(move || dom::show(&opens))>{label}</button>
    }
    .into_any()
}

/// An act in two steps: what it does is said, or what it needs is asked, before it is done.
pub struct Confirm {
    /// Told apart from the others on the page.
    pub id: String,
    /// On the first button, such as "Revoke".
    pub label: String,
    pub class: &'static str,
    /// The single key that opens it.
    pub key: Option<&'static str>,
    /// What is asked, such as "Revoke the key “Claims system”?".
    pub title: String,
    /// What it does, and that it cannot be undone.
    pub words: String,
    /// On the second button; says what it does rather than "OK".
    pub verb: &'static str,
}

impl Confirm {
    /// `inputs`: what the act is sent, hidden or to be filled in.
    pub fn view(self, act: Act, inputs: AnyView) -> AnyView {
        self.draw("f-", act, inputs)
    }

    /// For an act that can be undone: the second button has the focus. The ids of `inputs` begin with `form`.
    pub fn ready(self, form: &'static str, act: Act, inputs: AnyView) -> AnyView {
        self.draw(form, act, inputs)
    }

    fn draw(self, form: &'static str, act: Act, inputs: AnyView) -> AnyView {
        let first = (form != "f-").then_some("");
        let Confirm { id, label, class, key, title, words, verb } = self;
        let (opens, closes) = (id.clone(), id.clone());
        // “Revoke” is one of many, “Revoke the key “Claims”” is not.
        let name = Some(title.trim_end_matches('?')).filter(|title| title.starts_with(&label) && *title != label);
        let error = act.error();
        let cancel = {
            let id = id.clone();
            view! {
                <button class="button" type="button" command="close" commandfor=id on:click=click(move || dom::close(&closes))>"Cancel"</button>
            }
        };
        // What was asked is answered by the page behind it.
        act.closes(&id);
        view! {
            {opener(&opens, class, key, &label, name)}
            {dialog_of(&id, &title, error.with_untracked(Option::is_some), view! {
                <p>{words}</p>
                {summary_of(form, error)}
                <ActForm act=act>
                    {inputs}
                    <div class="row end">{cancel}<button class="button primary" type="submit" data-first=first disabled=of(move || act.pending().get())>{verb}</button></div>
                </ActForm>
            }.into_any())}
        }
        .into_any()
    }
}
