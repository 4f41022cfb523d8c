//! Reminders of what is overdue: each step of a document once, by the database's word.

use std::collections::BTreeMap;

use billing::dunning::Reminder as Step;
use chrono::{DateTime, Utc};
use domain::Money;
use domain::id::{CompanyId, InvoiceId, MailId, ReminderId, ReminderScheduleId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::{reminder_schedules, reminders as table};
use crate::{Handle, Result, Tx, instant, parsed, parsed_opt};

#[derive(Debug, Clone, PartialEq)]
pub struct Reminder {
    pub id: ReminderId,
    pub company: CompanyId,
    pub document: InvoiceId,
    /// Its days after the due date: what tells a step from another, whatever the schedule becomes.
    pub step: u32,
    pub name: String,
    /// What was owed when it was sent.
    pub open: Money,
    pub mail: Option<MailId>,
    pub at: DateTime<Utc>,
}

/// # Errors
///
/// A conflict where this step was sent.
pub async fn record(tx: &Tx, reminder: &Reminder) -> Result<()> {
    table::Entity::insert(table::ActiveModel {
        id: Set(reminder.id.to_string()),
        company_id: Set(reminder.company.to_string()),
        document_id: Set(reminder.document.to_string()),
        step: Set(reminder.step as i32),
        name: Set(reminder.name.clone()),
        open_pence: Set(reminder.open.pence()),
        mail_id: Set(reminder.mail.map(|m| m.to_string())),
        sent_at: Set(reminder.at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// What was sent about a document, oldest first.
pub async fn of_document(handle: &impl Handle, document: InvoiceId) -> Result<Vec<Reminder>> {
    let rows = table::Entity::find()
        .filter(table::Column::DocumentId.eq(document.to_string()))
        .order_by_asc(table::Column::Step)
        .all(handle.connection())
        .await?;
    rows.into_iter().map(record_of).collect()
}

/// Documents in one question.
const PORTION: usize = 500;

/// The highest step that was sent about each of these documents.
pub async fn highest(handle: &impl Handle, documents: &[InvoiceId]) -> Result<BTreeMap<InvoiceId, u32>> {
    let mut highest = BTreeMap::new();
    for portion in documents.chunks(PORTION) {
        let some =
            table::Entity::find().filter(table::Column::DocumentId.is_in(portion.iter().map(ToString::to_string)));
        for row in some.all(handle.connection()).await? {
            let reminder = record_of(row)?;
            let step = highest.entry(reminder.document).or_insert(reminder.step);
            *step = (*step).max(reminder.step);
        }
    }
    Ok(highest)
}

/// The schedule that was set last; `None` where none was.
pub async fn schedule(handle: &impl Handle) -> Result<Option<Vec<Step>>> {
    let row = reminder_schedules::Entity::find()
        .order_by_desc(reminder_schedules::Column::SetAt)
        .order_by_desc(reminder_schedules::Column::Id)
        .one(handle.connection())
        .await?;
    row.map(|row| Ok(serde_json::from_str(&row.body)?)).transpose()
}

/// Sets a schedule; those before it stay on record.
pub async fn set_schedule(tx: &Tx, id: ReminderScheduleId, steps: &[Step], by: &str, at: DateTime<Utc>) -> Result<()> {
    reminder_schedules::Entity::insert(reminder_schedules::ActiveModel {
        id: Set(id.to_string()),
        body: Set(serde_json::to_string(steps)?),
        set_by: Set(by.to_owned()),
        set_at: Set(at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

fn record_of(row: table::Model) -> Result<Reminder> {
    Ok(Reminder {
        id: parsed(&row.id)?,
        company: parsed(&row.company_id)?,
        document: parsed(&row.document_id)?,
        step: u32::try_from(row.step).unwrap_or_default(),
        name: row.name,
        open: Money::from_pence(row.open_pence),
        mail: parsed_opt(row.mail_id.as_ref())?,
        at: instant(row.sent_at),
    })
}
