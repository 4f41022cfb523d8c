//! Reminders of what is overdue, each weekday (story 60).

use domain::policy::Permission;

use super::{Kind, Running, USUAL, Work};
use crate::Ctx;
use crate::invoicing::dunning;

pub static KIND: Kind = Kind {
    key: "reminders.send",
    label: "Reminding of overdue invoices",
    holds: &[Permission::RecordPayments],
    manner: USUAL,
    seen_at: "/debtors",
    run,
};

fn run<'a>(ctx: &'a Ctx, _: &'a Work) -> Running<'a> {
    Box::pin(async move {
        let sent = dunning::run(ctx).await?;
        Ok(format!("{sent} reminders were written."))
    })
}
