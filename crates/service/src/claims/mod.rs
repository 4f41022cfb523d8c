//! Claims: entry, prediction, explanation, decision.

pub mod batch;
pub mod create;
pub mod decide;
pub mod document;
pub mod draft;
pub mod entry;
pub mod flag;
pub mod import;
pub mod lane;
pub mod list;
pub mod predict;
pub mod read;
pub mod review;
mod save;
pub mod saved_views;
pub mod similar;
pub mod undo;
pub mod view;
mod waterfall;
pub mod waterfall_file;
pub mod what_if;

/// A claim's number as people say it.
pub fn number(number: i64) -> String {
    format!("C-{number:06}")
}
