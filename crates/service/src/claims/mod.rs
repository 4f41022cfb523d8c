//! Claims: entry, prediction, explanation, decision.

pub mod assess;
pub mod authority;
pub mod batch;
pub mod bookmark;
pub mod contest;
pub mod create;
pub mod decide;
pub mod diary;
pub mod document;
pub mod draft;
pub mod entry;
pub mod estimate;
pub mod flag;
pub mod import;
pub mod lane;
pub mod list;
pub mod notice;
pub mod offers;
pub mod outcome;
mod outcome_file;
pub mod predict;
pub mod read;
pub mod restate;
pub mod review;
mod save;
pub mod saved_views;
pub mod similar;
pub mod undo;
pub mod view;
pub(crate) mod waterfall;
pub mod waterfall_file;
pub mod what_if;

/// A claim's number as people say it.
pub fn number(number: i64) -> String {
    format!("C-{number:06}")
}
