//! Forms: labels, hints, errors beside the field and in a summary.

use std::borrow::Cow;

use contract::AppError;
use leptos::prelude::*;

use super::dom;
use super::live::{aria, live, of, text};

/// The error of a form, if its last attempt failed.
pub type FormError = Signal<Option<AppError>>;

/// A text input and its kin.
#[derive(Clone, Default)]
pub struct Field {
    pub name: String,
    pub label: String,
    pub hint: Cow<'static, str>,
    /// `text`, `date`, `email`, `password`, `number`…
    pub kind: &'static str,
    pub value: String,
    pub required: bool,
    pub autocomplete: &'static str,
    pub inputmode: &'static str,
    /// Name under which errors come, where it differs from the input's.
    pub error: String,
    /// What the ids of the form's inputs begin with.
    pub form: Cow<'static, str>,
}

impl Field {
    pub fn new(name: &str, label: &str) -> Field {
        Field {
            name: name.into(),
            label: label.into(),
            error: name.into(),
            kind: "text",
            form: "f-".into(),
            ..Field::default()
        }
    }

    pub fn kind(mut self, kind: &'static str) -> Field {
        self.kind = kind;
        self
    }

    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Field {
        self.hint = hint.into();
        self
    }

    pub fn value(mut self, value: impl Into<String>) -> Field {
        self.value = value.into();
        self
    }

    pub fn required(mut self) -> Field {
        self.required = true;
        self
    }

    pub fn autocomplete(mut self, autocomplete: &'static str) -> Field {
        self.autocomplete = autocomplete;
        self
    }

    /// Pounds: digits and a point.
    pub fn pounds(mut self) -> Field {
        self.inputmode = "decimal";
        self
    }

    /// The input is called `outer[error]`, as server functions need it, unless it stands in nothing.
    pub fn within(mut self, outer: &str) -> Field {
        if !outer.is_empty() {
            self.name = format!("{outer}[{}]", self.error);
        }
        self
    }

    fn id(&self) -> String {
        format!("{}{}", self.form, self.error)
    }

    pub fn view(self, error: FormError) -> AnyView {
        let id = self.id();
        let (parts, described) = (frame_texts(&self, error), format!("{id}-hint {id}-error"));
        let Field { name, kind, value, required, autocomplete, inputmode, error: key, .. } = self;
        let wrong = aria(move || message(error, &key).is_some());
        let mode = (!inputmode.is_empty()).then_some(inputmode);
        let complete = if autocomplete.is_empty() { "off" } else { autocomplete };
        let input = view! {
            <input id=id name=name type=kind value=value required=required autocomplete=complete
                inputmode=mode aria-invalid=wrong aria-describedby=described/>
        };
        view! { <div class="field">{parts.0}{input}{parts.1}</div> }.into_any()
    }

    /// A longer text.
    pub fn area(self, rows: u8, error: FormError) -> AnyView {
        let id = self.id();
        let (parts, described) = (frame_texts(&self, error), format!("{id}-hint {id}-error"));
        let Field { name, value, required, error: key, .. } = self;
        let wrong = aria(move || message(error, &key).is_some());
        let value = super::in_raw_element(&value);
        let input = view! {
            <textarea id=id name=name rows=rows required=required aria-invalid=wrong aria-describedby=described>
                {value}
            </textarea>
        };
        view! { <div class="field wide">{parts.0}{input}{parts.1}</div> }.into_any()
    }

    /// A choice: value and label each; an empty choice comes first unless one is preset and required.
    pub fn select(self, choices: Vec<(String, String)>, error: FormError) -> AnyView {
        let id = self.id();
        let (parts, described) = (frame_texts(&self, error), format!("{id}-hint {id}-error"));
        let Field { name, value: chosen, required, error: key, .. } = self;
        let wrong = aria(move || message(error, &key).is_some());
        let blank = (!required || chosen.is_empty()).then(|| view! { <option value="">"Choose…"</option> });
        let options = options(choices, &chosen);
        let input = view! {
            <select id=id name=name required=required aria-invalid=wrong aria-describedby=described>
                {blank}
                {options}
            </select>
        };
        view! { <div class="field">{parts.0}{input}{parts.1}</div> }.into_any()
    }

    /// A box to tick.
    pub fn tick(self, error: FormError) -> AnyView {
        let id = self.id();
        let Field { name, label, value, required, error: key, .. } = self;
        let (for_id, error_id) = (id.clone(), format!("{id}-error"));
        let described = error_id.clone();
        let checked = value == "true";
        let (key2, wrong_key) = (key.clone(), key);
        let wrong = aria(move || message(error, &wrong_key).is_some());
        view! {
            <div class="field tick">
                <input id=id name=name type="checkbox" value="true" checked=checked required=required
                    aria-invalid=wrong aria-describedby=described/>
                <label for=for_id>{label}</label>
                <p class="error" id=error_id>{text(move || message(error, &key2).unwrap_or_default())}</p>
            </div>
        }
        .into_any()
    }
}

/// The choices of a select: value and label each.
pub fn options(mut choices: Vec<(String, String)>, chosen: &str) -> AnyView {
    // What stands there already is a choice too, such as an insurer's own word.
    if !chosen.is_empty() && choices.iter().all(|(value, _)| value != chosen) {
        choices.push((chosen.to_owned(), chosen.to_owned()));
    }
    let options: Vec<_> = choices
        .into_iter()
        .map(|(value, label)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{label}</option> }
        })
        .collect();
    options.into_any()
}

/// The label above an input; below it the hint, or in its place the error: room for one line is kept, so that
/// nothing moves when it appears.
fn frame_texts(field: &Field, error: FormError) -> (AnyView, AnyView) {
    let id = field.id();
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let (label, hint, key) = (field.label.clone(), field.hint.clone(), field.error.clone());
    let required = field.required;
    let above = view! { <label for=id class:needed=required>{label}</label> };
    let below = view! {
        <div class="under">
            <p class="error" id=error_id>{text(move || message(error, &key).unwrap_or_default())}</p>
            <p class="hint" id=hint_id>{hint}</p>
        </div>
    };
    (above.into_any(), below.into_any())
}

fn message(error: FormError, field: &str) -> Option<String> {
    error.with(|e| e.as_ref().and_then(|e| e.field(field).map(str::to_owned)))
}

/// What is wrong with the whole form, with links to the fields.
pub fn summary(error: FormError) -> AnyView {
    summary_of("f-", error)
}

/// The same for a form whose inputs have ids that begin otherwise. It has the focus when it appears, and names the
/// fields as the page does and in the page's order.
pub fn summary_of(form: impl Into<Cow<'static, str>>, error: FormError) -> AnyView {
    let form = form.into();
    let place = NodeRef::<leptos::html::Div>::new();
    Effect::new(move || {
        if error.with(Option::is_some) {
            request_animation_frame(move || {
                if let Some(place) = place.get_untracked() {
                    // The page may be gone by then.
                    let _ = place.focus();
                }
            });
        }
    });
    let content = live(move || {
        let Some(e) = error.get() else { return ().into_any() };
        {
            let mut fields: Vec<_> = e.fields.into_iter().map(|f| (format!("{form}{}", f.field), f)).collect();
            fields.sort_by_key(|(id, _)| dom::order(id));
            let items: Vec<_> = fields
                .into_iter()
                .map(|(id, f)| {
                    let name = dom::label(&id).unwrap_or_else(|| spelled(&f.field));
                    view! { <li><a href=format!("#{id}") rel="external"><strong>{name}": "</strong>{f.message}</a></li> }
                })
                .collect();
            view! {
                <div class="notice bad" role="alert" tabindex="-1" node_ref=place>
                    <p><strong>{e.message}</strong></p>
                    <ul>{items}</ul>
                </div>
            }
            .into_any()
        }
    });
    view! { <div class="summary">{content}</div> }.into_any()
}

/// A field's name in words, where its label cannot be asked for.
fn spelled(field: &str) -> String {
    let words = field.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The button that sends the form; it turns while that is under way, and keeps its size.
pub fn submit(label: impl Into<String>, pending: Memo<bool>) -> AnyView {
    styled_submit(label, "button primary", pending)
}

pub fn styled_submit(label: impl Into<String>, class: &'static str, pending: Memo<bool>) -> AnyView {
    let label = label.into();
    view! {
        <button class=class type="submit" disabled=of(move || pending.get()) aria-busy=aria(move || pending.get())>{label}</button>
    }
    .into_any()
}

/// No error, for forms that only filter.
pub fn no_error() -> FormError {
    Signal::derive(|| None)
}
