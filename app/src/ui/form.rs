//! Forms: labels, hints, errors beside the field and in a summary.

use contract::AppError;
use leptos::prelude::*;

/// The error of a form, if its last attempt failed.
pub type FormError = Signal<Option<AppError>>;

/// A text input and its kin.
#[derive(Clone, Default)]
pub struct Field {
    pub name: String,
    pub label: String,
    pub hint: &'static str,
    /// `text`, `date`, `email`, `password`, `number`…
    pub kind: &'static str,
    pub value: String,
    pub required: bool,
    pub autocomplete: &'static str,
    pub inputmode: &'static str,
    /// Name under which errors come, where it differs from the input's.
    pub error: String,
}

impl Field {
    pub fn new(name: &str, label: &str) -> Field {
        Field { name: name.into(), label: label.into(), error: name.into(), kind: "text", ..Field::default() }
    }

    pub fn kind(mut self, kind: &'static str) -> Field {
        self.kind = kind;
        self
    }

    pub fn hint(mut self, hint: &'static str) -> Field {
        self.hint = hint;
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

    /// The input is called `outer[error]` as server functions need it.
    pub fn within(mut self, outer: &str) -> Field {
        self.name = format!("{outer}[{}]", self.error);
        self
    }

    fn id(&self) -> String {
        format!("f-{}", self.error)
    }

    pub fn view(self, error: FormError) -> AnyView {
        let id = self.id();
        let (parts, described) = (frame_texts(&self, error), format!("{id}-hint {id}-error"));
        let Field { name, kind, value, required, autocomplete, inputmode, error: key, .. } = self;
        let wrong = move || message(error, &key).is_some().then_some("true");
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
        let wrong = move || message(error, &key).is_some().then_some("true");
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
        let wrong = move || message(error, &key).is_some().then_some("true");
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
        let wrong = move || message(error, &wrong_key).is_some().then_some("true");
        view! {
            <div class="field tick">
                <input id=id name=name type="checkbox" value="true" checked=checked required=required
                    aria-invalid=wrong aria-describedby=described/>
                <label for=for_id>{label}</label>
                <p class="error" id=error_id>{move || message(error, &key2)}</p>
            </div>
        }
        .into_any()
    }
}

/// The choices of a select: value and label each.
pub fn options(choices: Vec<(String, String)>, chosen: &str) -> AnyView {
    let options: Vec<_> = choices
        .into_iter()
        .map(|(value, label)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{label}</option> }
        })
        .collect();
    options.into_any()
}

/// Label and hint above an input, the error below it.
fn frame_texts(field: &Field, error: FormError) -> (AnyView, AnyView) {
    let id = field.id();
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let (label, hint, key) = (field.label.clone(), field.hint, field.error.clone());
    let optional = (!field.required).then(|| view! { <span class="optional">" optional"</span> });
    let above = view! {
        <label for=id>{label}{optional}</label>
        <p class="hint" id=hint_id>{hint}</p>
    };
    let below = view! { <p class="error" id=error_id>{move || message(error, &key)}</p> };
    (above.into_any(), below.into_any())
}

fn message(error: FormError, field: &str) -> Option<String> {
    error.with(|e| e.as_ref().and_then(|e| e.field(field).map(str::to_owned)))
}

/// What is wrong with the whole form, with links to the fields.
pub fn summary(error: FormError) -> AnyView {
    summary_of("f-", error)
}

/// The same for a form whose inputs have ids that begin otherwise.
pub fn summary_of(form: &'static str, error: FormError) -> AnyView {
    let content = move || {
        error.get().map(|e| {
            let items: Vec<_> = e
                .fields
                .into_iter()
                .map(|f| {
                    let href = format!("#{form}{}", f.field);
                    view! { <li><a href=href rel="external">{f.message}</a></li> }
                })
                .collect();
            view! {
                <div class="notice bad" role="alert">
                    <p><strong>{e.message}</strong></p>
                    <ul>{items}</ul>
                </div>
            }
        })
    };
    view! { <div class="summary">{content}</div> }.into_any()
}

/// The button that sends the form; it says so while it is under way.
pub fn submit(label: &'static str, pending: Memo<bool>) -> AnyView {
    styled_submit(label, "button primary", pending)
}

pub fn styled_submit(label: &'static str, class: &'static str, pending: Memo<bool>) -> AnyView {
    view! {
        <button class=class type="submit" disabled=move || pending.get()>
            {move || if pending.get() { "One moment…" } else { label }}
        </button>
    }
    .into_any()
}

/// No error, for forms that only filter.
pub fn no_error() -> FormError {
    Signal::derive(|| None)
}
