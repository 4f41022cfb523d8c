//! Reminders of what is overdue (story 60): by a schedule, held while a document is disputed, each step once.

use billing::dunning::{self, Reminder as Step};
use contract::ErrorKind;
use contract::page::{Asks, Form, Input, Part};
use contract::table::{Cell, Table};
use domain::Money;
use domain::calendar::london_date;
use domain::id::{InvoiceId, ReminderScheduleId};
use domain::policy::{Permission, Reach};
use serde_json::json;
use store::invoices::{self, Invoice};
use store::reminders::{self, Reminder};
use store::{StoreError, companies};

use super::invoices::find;
use super::sending;
use crate::acts::{Done, Kind};
use crate::{Ctx, Error, Result};

/// The schedule in force.
async fn schedule(ctx: &Ctx) -> Result<Vec<Step>> {
    Ok(reminders::schedule(ctx.store()).await?.unwrap_or_else(dunning::usual))
}

/// Sends every reminder that is due, and says how many. What fails of one document stops no other.
pub async fn run(ctx: &Ctx) -> Result<u64> {
    ctx.require(Permission::RecordPayments)?;
    if ctx.app.ports.mail.is_none() {
        return Ok(0);
    }
    let steps = schedule(ctx).await?;
    let today = london_date(ctx.now);
    let owed = invoices::owed(ctx.store(), ctx.caller.reach).await?;
    let overdue: Vec<_> = owed.into_iter().filter(|o| o.4 < today).collect();
    let ids: Vec<InvoiceId> = overdue.iter().map(|o| o.0).collect();
    let sent = reminders::highest(ctx.store(), &ids).await?;
    let (mut number, mut failed) = (0, 0);
    for (id, _, _, _, due) in overdue {
        let Some(step) = dunning::due(&steps, due, today, sent.get(&id).copied()) else { continue };
        match remind(ctx, id, step).await {
            Ok(done) => number += u64::from(done),
            Err(error) => {
                tracing::error!(document = %id, error = %error.into_app().message, "a reminder could not be written");
                failed += 1;
            }
        }
    }
    if failed > 0 {
        let words = format!("{number} reminders were written, {failed} could not be: the log says why.");
        return Err(Error::refused(ErrorKind::Conflict, words));
    }
    Ok(number)
}

/// Reminds of one document; whether it did. What is owed and whether it is disputed is asked again in the transaction
/// that sends, and of two at once one sends.
async fn remind(ctx: &Ctx, id: InvoiceId, step: &Step) -> Result<bool> {
    let name = &step.name;
    let tx = ctx.begin().await?;
    invoices::hold(&tx, id).await?;
    let invoice = invoices::find(&tx, Reach::Operator, id).await?;
    let company = companies::find(&tx, Reach::Operator, invoice.company).await?;
    if invoice.open <= Money::ZERO || invoice.disputed_at.is_some() || company.billing_email.is_empty() {
        return Ok(false);
    }
    let number = invoice.number.clone().unwrap_or_default();
    let due = invoice.due_on.map(|d| d.format("%-d %B %Y").to_string()).unwrap_or_default();
    let text = format!(
        "To {},\n\n{number} was due on {due}. {} of it are still to be paid.\n\nIf you have paid meanwhile, thank you; if \
         something about it is not right, tell us. Please quote {number}. It is attached, and at {}/invoices/{}.\n",
        company.name, invoice.open, ctx.app.ports.public_url, invoice.id,
    );
    let subject = format!("{name}: {number}, {} due since {due}", invoice.open);
    let mail = sending::letter(ctx, &tx, &invoice, (&company.billing_email, "reminder"), subject, text).await?;
    let reminder = Reminder {
        id: ctx.id(),
        company: invoice.company,
        document: id,
        step: step.after_days,
        name: name.clone(),
        open: invoice.open,
        mail: Some(mail),
        at: ctx.now,
    };
    match reminders::record(&tx, &reminder).await {
        Ok(()) => {}
        Err(StoreError::Conflict(_)) => return Ok(false),
        Err(other) => return Err(other.into()),
    }
    let details = json!({ "number": number, "step": name, "open": invoice.open });
    tx.commit(ctx.audit(Some(invoice.company), "invoice.reminded", "invoice", id, details)).await?;
    Ok(true)
}

/// Sends the next reminder of a document now.
pub static REMIND: Kind = Kind {
    name: "invoice.remind",
    needs: Some(Permission::RecordPayments),
    run: |ctx, entries| {
        Box::pin(async move {
            let invoice = find(ctx, entries.text("id")).await?;
            let refused = |words: &str| Err(Error::refused(ErrorKind::Conflict, words));
            if invoice.open <= Money::ZERO || invoice.due_on.is_none_or(|due| due >= london_date(ctx.now)) {
                return refused("Only what is overdue is reminded of.");
            }
            if invoice.disputed_at.is_some() {
                return refused("It is disputed: end the dispute first.");
            }
            let company = companies::find(ctx.store(), Reach::Operator, invoice.company).await?;
            if ctx.app.ports.mail.is_none() {
                return refused(sending::NO_SERVER);
            }
            if company.billing_email.is_empty() {
                return refused("The company has no billing contact: enter one on its company page.");
            }
            let steps = schedule(ctx).await?;
            let sent = reminders::of_document(ctx.store(), invoice.id).await?;
            let Some(step) = dunning::next(&steps, sent.iter().map(|r| r.step).max()) else {
                return refused("Every reminder of the schedule was sent.");
            };
            match remind(ctx, invoice.id, step).await? {
                true => Ok(Done::said(format!("“{}” is on its way.", step.name))),
                false => refused("Somebody else was quicker: look again."),
            }
        })
    },
};

/// Sets the schedule.
pub static SCHEDULE: Kind = Kind {
    name: "reminder.schedule",
    needs: Some(Permission::ManagePrices),
    run: |ctx, entries| {
        Box::pin(async move {
            let steps = read(&entries.needed("steps", 1_000, "write the reminders")?)?;
            let tx = ctx.begin().await?;
            let id: ReminderScheduleId = ctx.id();
            reminders::set_schedule(&tx, id, &steps, &ctx.caller.actor.name(), ctx.now).await?;
            let details = json!({ "steps": steps.len() });
            tx.commit(ctx.audit(ctx.caller.company, "reminders.scheduled", "reminders", id, details)).await?;
            Ok(Done::said("The schedule is set."))
        })
    },
};

/// Reminders as they are typed, one a line: days after the due date, a colon, what it is called.
fn read(text: &str) -> Result<Vec<Step>> {
    let slip = |line: usize| {
        Error::field("steps", format!("line {line}: write days, a colon and a name, such as 7: Reminder"))
    };
    let mut steps = Vec::new();
    for (i, line) in text.lines().filter(|l| !l.trim().is_empty()).enumerate() {
        let (days, name) = line.split_once(':').ok_or_else(|| slip(i + 1))?;
        let after_days = days.trim().parse().map_err(|_| slip(i + 1))?;
        let name: String = name.trim().chars().take(60).collect();
        steps.push(Step { name, after_days });
    }
    dunning::check(&steps).map_err(|e| Error::field("steps", crate::error::sentence(&e.to_string())))?;
    Ok(steps)
}

/// The form of the schedule.
pub(super) async fn form(ctx: &Ctx) -> Result<Part> {
    let steps: Vec<String> = schedule(ctx).await?.iter().map(|s| format!("{}: {}", s.after_days, s.name)).collect();
    Ok(Part::Form(Form {
        act: SCHEDULE.name.into(),
        id: "m".into(),
        title: "When reminders are sent".into(),
        lead: "Each weekday at eight the reminders that are due are sent to billing contacts. Disputed documents wait. After a pause the highest step that is due is sent, once.".into(),
        inputs: vec![
            Input::new("steps", "Reminders", Asks::Words)
                .hint("One a line: days after the due date, a colon, what it is called.")
                .value(steps.join("\n"))
                .required(),
        ],
        submit: "Set the schedule".into(),
        folded: true,
        ..Form::default()
    }))
}

/// What was sent about a document, and the form that sends the next.
pub(super) async fn of_document(ctx: &Ctx, invoice: &Invoice) -> Result<Vec<Part>> {
    let sent = reminders::of_document(ctx.store(), invoice.id).await?;
    let mut parts = Vec::new();
    if !sent.is_empty() {
        let mut table = Table::new("Reminders", &["Reminder", "Sent", "#Open then"], "");
        for reminder in &sent {
            table.row(vec![Cell::text(&reminder.name), Cell::Time(reminder.at.into()), Cell::Money(reminder.open)]);
        }
        parts.push(Part::Table(table));
    }
    let overdue = invoice.open > Money::ZERO && invoice.due_on.is_some_and(|due| due < london_date(ctx.now));
    if overdue
        && invoice.disputed_at.is_none()
        && ctx.caller.holds(Permission::RecordPayments)
        && let Some(step) = dunning::next(&schedule(ctx).await?, sent.iter().map(|r| r.step).max())
    {
        parts.push(Part::Form(Form {
            act: REMIND.name.into(),
            id: "n".into(),
            title: "Remind them now".into(),
            lead: format!("Sends “{}” with what is still open, before its day.", step.name),
            with: vec![("id".into(), invoice.id.to_string())],
            submit: "Send the reminder".into(),
            folded: true,
            ..Form::default()
        }));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_typed_a_line_a_step() {
        let steps = read("7: Reminder\n\n21: Second reminder").unwrap();
        assert_eq!((steps.len(), steps[1].after_days, steps[1].name.as_str()), (2, 21, "Second reminder"));
        assert!(read("7 Reminder").is_err() && read("21: B\n7: A").is_err());
    }
}
