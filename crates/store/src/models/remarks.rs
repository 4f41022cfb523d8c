//! What is known of a version beyond its bundle: what was said of it later, and what it came to on true outcomes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::id::{CompanyId, MeasurementId, ModelId, ModelNoteId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::{measurements, model_notes};
use crate::{Handle, Result, Tx, instant, parsed};

/// What was said of a version after it was uploaded.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    pub id: ModelNoteId,
    pub model: ModelId,
    pub words: String,
    pub by: String,
    pub at: DateTime<Utc>,
}

/// What a version came to on true outcomes.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    pub id: MeasurementId,
    pub model: ModelId,
    /// Whose outcomes; `None`: everybody's.
    pub company: Option<CompanyId>,
    pub at: DateTime<Utc>,
    /// JSON.
    pub body: String,
}

pub async fn add_note(tx: &Tx, note: &Note) -> Result<()> {
    model_notes::Entity::insert(model_notes::ActiveModel {
        id: Set(note.id.to_string()),
        model_id: Set(note.model.to_string()),
        words: Set(note.words.clone()),
        made_by: Set(note.by.clone()),
        made_at: Set(note.at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// What was said of a version later, newest first.
pub async fn notes(handle: &impl Handle, model: ModelId, most: u64) -> Result<Vec<Note>> {
    model_notes::Entity::find()
        .filter(model_notes::Column::ModelId.eq(model.to_string()))
        .order_by_desc(model_notes::Column::MadeAt)
        .order_by_desc(model_notes::Column::Id)
        .limit(most)
        .all(handle.connection())
        .await?
        .into_iter()
        .map(|row| {
            Ok(Note {
                id: parsed(&row.id)?,
                model: parsed(&row.model_id)?,
                words: row.words,
                by: row.made_by,
                at: instant(row.made_at),
            })
        })
        .collect()
}

pub async fn add_measurement(tx: &Tx, measurement: &Measurement) -> Result<()> {
    measurements::Entity::insert(measurements::ActiveModel {
        id: Set(measurement.id.to_string()),
        model_id: Set(measurement.model.to_string()),
        company_id: Set(measurement.company.map(|c| c.to_string())),
        made_at: Set(measurement.at.timestamp_millis()),
        body: Set(measurement.body.clone()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// What was measured of these versions on the outcomes of a company (or of all): the newest of each.
pub async fn measured(handle: &impl Handle, company: Option<CompanyId>, ids: &[ModelId]) -> Result<Vec<Measurement>> {
    use measurements::Column as C;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let whose = match company {
        Some(company) => C::CompanyId.eq(company.to_string()),
        None => C::CompanyId.is_null(),
    };
    // The newest of each by its id, so that no body is read that is not asked for.
    let all: Vec<(String, String)> = measurements::Entity::find()
        .filter(C::ModelId.is_in(ids.iter().map(ToString::to_string)))
        .filter(whose)
        .order_by_asc(C::MadeAt)
        .order_by_asc(C::Id)
        .select_only()
        .columns([C::ModelId, C::Id])
        .into_tuple()
        .all(handle.connection())
        .await?;
    let newest: BTreeMap<String, String> = all.into_iter().collect();
    let rows = measurements::Entity::find().filter(C::Id.is_in(newest.into_values())).all(handle.connection()).await?;
    let record = |row: measurements::Model| {
        let (id, model) = (parsed(&row.id)?, parsed(&row.model_id)?);
        Ok(Measurement { id, model, company, at: instant(row.made_at), body: row.body })
    };
    rows.into_iter().map(record).collect()
}
