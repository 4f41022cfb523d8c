//! An e-mail: its text, or its HTML without the markup. What is attached is a document of its own.

use std::path::Path;

use crate::{Fail, Limits, Read, text};

pub(crate) fn read(path: &Path, limits: &Limits) -> Result<Read, Fail> {
    let bytes = std::fs::read(path).map_err(|_| Fail::Damaged)?;
    let message = mail_parser::MessageParser::default().parse(&bytes).ok_or(Fail::Damaged)?;
    let body: Vec<_> = (0..message.text_body_count()).filter_map(|part| message.body_text(part)).collect();
    Ok(text::of(&body.join("\n"), "mail@1", limits))
}
