//! What engineers put before others: reports that are frozen for an audience (story 34), training material with questions
//! (story 35), and the words that explain how predictions come about (story 33).

pub mod html;
pub mod material;
pub mod methodology;
pub mod reports;
mod words;

use contract::page::Part;
use domain::policy::Role;

use crate::{Actor, Ctx};

/// Whom a report can be for: its stored name, and what it is called. Each is read by those before it too.
pub const AUDIENCES: [(&str, &str); 3] =
    [("engineers", "Engineers"), ("managers", "Managers"), ("handlers", "Claims handlers")];

/// Which audiences' reports the caller may read.
pub(crate) fn audiences(ctx: &Ctx) -> &'static [&'static str] {
    match ctx.caller.actor {
        Actor::Person { role: Role::Engineer | Role::Administrator, .. } | Actor::System | Actor::Job { .. } => {
            &["engineers", "managers", "handlers"]
        }
        Actor::Person { role: Role::Manager, .. } => &["managers", "handlers"],
        Actor::Person { role: Role::Handler, .. } => &["handlers"],
        Actor::Person { role: Role::Finance, .. } | Actor::Key { .. } => &[],
    }
}

/// Markdown as the parts of a page. What is no heading, list or paragraph is shown as text; nothing of it is run.
pub(crate) fn markdown(text: &str) -> Vec<Part> {
    words::parts(text)
}
