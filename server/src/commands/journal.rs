//! `solatium journal check`: everything added up again.

use billing::journal::Account;
use domain::Money;
use service::invoicing::ledger;

use super::{refused, with_app};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Add the journal up: every entry sums to nothing, debtors are what documents say is owed, payments on account are
    /// what payments have left. The last line has the sums and the count; anything apart ends with a failure.
    Check,
}

pub fn run(command: &Command) -> anyhow::Result<()> {
    let Command::Check = command;
    with_app(|app| async move {
        let check = ledger::check(&app.system(chrono::Utc::now())).await.map_err(refused)?;
        let of =
            |account| check.balances.iter().find(|(a, _)| *a == account).map_or(Money::ZERO, |(_, amount)| *amount);
        let mut wrong = Vec::new();
        wrong.extend(check.unbalanced.iter().map(|id| format!("{id} does not sum to nothing")));
        wrong.extend(check.apart.iter().map(|id| format!("{id}: what is owed or left is not what was allocated")));
        if of(Account::Debtors) != check.open {
            wrong.push(format!("debtors are {}, documents say {} are owed", of(Account::Debtors), check.open));
        }
        if of(Account::OnAccount).pence() != -check.left.pence() {
            wrong.push(format!("on account are {}, payments say {} are left", of(Account::OnAccount), check.left));
        }
        for (account, amount) in &check.balances {
            println!("{:<24} {:>16}", account.label(), amount.to_string());
        }
        for words in &wrong {
            println!("{words}");
        }
        let sum = Money::sum(check.balances.iter().map(|b| b.1)).unwrap_or_default();
        println!("{} entries, sum {sum}, owed {}, on account {}", check.entries, check.open, check.left);
        if wrong.is_empty() && sum == Money::ZERO { Ok(()) } else { anyhow::bail!("the journal is not whole") }
    })
}
