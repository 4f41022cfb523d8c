//! Aged debtors and statements of account, as at a date.

use chrono::NaiveDate;
use domain::Money;

/// How long what is open has been due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Aged {
    pub not_due: Money,
    pub to_30: Money,
    pub to_60: Money,
    pub to_90: Money,
    pub over_90: Money,
    /// Paid and not allocated: it lowers the whole, no single column.
    pub unallocated: Money,
}

impl Aged {
    /// Adds what is open of a document that was due on a day.
    pub fn add(&mut self, open: Money, due: NaiveDate, as_at: NaiveDate) {
        let column = match (as_at - due).num_days() {
            ..=0 => &mut self.not_due,
            1..=30 => &mut self.to_30,
            31..=60 => &mut self.to_60,
            61..=90 => &mut self.to_90,
            91.. => &mut self.over_90,
        };
        *column = column.checked_add(open).unwrap_or(*column);
    }

    /// What is owed in all, less what is on account.
    pub fn total(&self) -> Money {
        let open = [self.not_due, self.to_30, self.to_60, self.to_90, self.over_90];
        Money::sum(open).and_then(|sum| sum.checked_sub(self.unallocated)).unwrap_or_default()
    }
}

/// A movement of a statement: positive is owed, negative was paid or credited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement<T> {
    pub on: NaiveDate,
    pub what: T,
    pub amount: Money,
    /// After it.
    pub balance: Money,
}

/// Opening balance, movements in their order, closing balance.
pub fn statement<T>(opening: Money, movements: Vec<(NaiveDate, T, Money)>) -> Option<(Vec<Movement<T>>, Money)> {
    let mut balance = opening;
    let mut rows = Vec::with_capacity(movements.len());
    for (on, what, amount) in movements {
        balance = balance.checked_add(amount)?;
        rows.push(Movement { on, what, amount, balance });
    }
    Some((rows, balance))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_their_heads_say() {
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        let mut aged = Aged { unallocated: Money::from_pence(5), ..Aged::default() };
        for (due, pence) in [
            ("2026-12-31", 1),
            ("2027-01-01", 2),
            ("2026-12-01", 4),
            ("2026-11-30", 8),
            ("2026-10-02", 16),
            ("2026-10-01", 32),
        ] {
            aged.add(Money::from_pence(pence), date(due), date("2026-12-31"));
        }
        let pence = [aged.not_due, aged.to_30, aged.to_60, aged.to_90, aged.over_90].map(Money::pence);
        assert_eq!(pence, [3, 4, 8, 16, 32]);
        assert_eq!(aged.total(), Money::from_pence(58));
    }

    #[test]
    fn opening_and_movements_make_the_closing() {
        let day = "2026-12-31".parse().unwrap();
        let pence = Money::from_pence;
        let (rows, closing) =
            statement(pence(100), vec![(day, "invoice", pence(50)), (day, "payment", pence(-120))]).unwrap();
        assert_eq!((rows[0].balance, closing), (pence(150), pence(30)));
    }
}
