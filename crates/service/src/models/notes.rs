//! Notes on a version: what is to be known of it that was not known when it was uploaded (story 32). Dated, and never
//! edited.

use contract::page::{Asks, Form, Input, Part};
use contract::table::{Cell, Table};
use domain::policy::Permission;
use serde_json::json;
use store::models::{self, Model, Note};

use super::{operator, owned};
use crate::acts::{Done, Entries, Kind};
use crate::names::Names;
use crate::{Ctx, Result};

pub static NOTE: Kind = Kind {
    name: "model.note",
    needs: Some(Permission::UploadModels),
    run: |ctx, entries| Box::pin(note(ctx, entries)),
};

/// In characters.
const LONGEST: usize = 10_000;
/// The most that are shown.
const SHOWN: u64 = 100;

/// `id` of the model, `words`.
async fn note(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let model = models::find(ctx.store(), ctx.caller.reach, operator(ctx).await?, entries.id("id")?).await?;
    owned(ctx, &model, "add notes to it").await?;
    let words = entries.needed("words", LONGEST, "write the note")?;
    let note = Note { id: ctx.id(), model: model.id, words, by: ctx.caller.actor.name(), at: ctx.now };
    let tx = ctx.begin().await?;
    models::add_note(&tx, &note).await?;
    let details = json!({ "name": model.name, "version": model.version });
    tx.commit(ctx.audit(Some(model.company), "model.noted", "model", model.id, details)).await?;
    Ok(Done::said("The note stands with the version."))
}

pub(super) async fn parts(ctx: &Ctx, model: &Model) -> Result<Vec<Part>> {
    let none = "None were given.".to_owned();
    let said = if model.notes.is_empty() { none } else { model.notes.clone() };
    let mut parts = vec![Part::Head("Release notes".into()), Part::Text(said)];
    let notes = models::notes(ctx.store(), model.id, SHOWN).await?;
    if !notes.is_empty() {
        let names = Names::of(ctx, notes.iter().map(|n| n.by.clone())).await?;
        let mut table = Table::new("Added later", &["When", "By", "Note"], "");
        for note in notes {
            table.row(vec![Cell::Time(note.at.into()), Cell::Text(names.actor(&note.by)), Cell::Text(note.words)]);
        }
        parts.push(Part::Table(table));
    }
    if ctx.caller.holds(Permission::UploadModels) && owned(ctx, model, "").await.is_ok() {
        parts.push(Part::Form(Form {
            act: NOTE.name.into(),
            id: "note".into(),
            title: "Add a note".into(),
            lead: "Notes are dated and stay as they are: correct one by another.".into(),
            with: vec![("id".into(), model.id.to_string())],
            inputs: vec![Input::new("words", "Note", Asks::Words).required()],
            submit: "Add the note".into(),
            folded: true,
            ..Form::default()
        }));
    }
    Ok(parts)
}
