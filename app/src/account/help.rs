//! The help page: what the words mean, and where to turn.

use domain::words::WORDS;
use leptos::prelude::*;

use crate::ui::{card, heading};

pub fn page() -> AnyView {
    let words: Vec<_> =
        WORDS.iter().map(|(term, words)| view! { <div><dt>{*term}</dt><dd>{*words}</dd></div> }).collect();
    let first = view! {
        <ul class="prose">
            <li>"New here? "<a href="/help/tutorial">"The tutorial"</a>" takes ten minutes, with a practice claim; "<a href="/help/explanation">"how predictions come about"</a>" is told with a worked example."</li>
            <li><kbd>"?"</kbd>" lists the keys; "<kbd>"Ctrl K"</kbd>" goes to any page or claim."</li>
            <li>"A lost password, a new colleague, a wrong role: your company’s administrator or manager changes it under People."</li>
            <li>"What you did is on record under "<a href="/trail">"your trail"</a>"; how claim data is handled is under "<a href="/policy">"data protection"</a>"."</li>
            <li>"Systems call Solatium as "<a href="/api/v1/docs" rel="external">"the API’s description"</a>" says."</li>
        </ul>
    };
    view! {
        {heading("Help", "", vec![])}
        {card("First", first.into_any())}
        {card("Words", view! { <dl class="facts">{words}</dl> }.into_any())}
    }
    .into_any()
}
