//! What people do by forms that are described as data ([`contract::page::Form`]): each act stands here by its name and
//! is done in the file of its noun. A new one costs no code in the browser.

use std::collections::BTreeMap;
use std::pin::Pin;

use chrono::NaiveDate;
use contract::{AppError, ErrorKind, FieldError};
use domain::Money;
use domain::policy::Permission;

use crate::{
    Ctx, Error, Result, account, admin, claims, documents, fairness, id_from, input, invoicing, jobs, models,
    monitoring, publishing, reports, tiers, training,
};

/// Something that can be done.
pub struct Kind {
    /// The noun, a point, the verb.
    pub name: &'static str,
    /// Without one it is about oneself: anybody who is signed in.
    pub needs: Option<Permission>,
    pub run: for<'a> fn(&'a Ctx, &'a Entries) -> Later<'a>,
}

type Later<'a> = Pin<Box<dyn Future<Output = Result<Done>> + Send + 'a>>;

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    /// In words, for a moment; may be empty.
    pub said: String,
    /// The page to go on with, where it is another.
    pub leads_to: Option<String>,
}

impl Done {
    pub fn said(words: impl Into<String>) -> Done {
        Done { said: words.into(), leads_to: None }
    }

    pub fn leads_to(mut self, place: impl Into<String>) -> Done {
        self.leads_to = Some(place.into());
        self
    }
}

/// What is wrong with several entries, to be told at once.
#[derive(Debug, Default)]
pub struct Wrong(Vec<FieldError>);

impl Wrong {
    /// The entry; nothing in the place of one that is wrong, which is remembered.
    ///
    /// # Errors
    ///
    /// What is wrong with no entry.
    pub fn of<T: Default>(&mut self, entry: Result<T>) -> Result<T> {
        match entry {
            Err(Error::Refused(error)) if !error.fields.is_empty() => {
                self.0.extend(error.fields);
                Ok(T::default())
            }
            other => other,
        }
    }

    /// An entry that must be there.
    pub fn missing(&mut self, entries: &Entries, name: &str, words: &str) {
        if entries.text(name).is_empty() {
            self.0.push(FieldError { field: name.into(), message: crate::error::sentence(words) });
        }
    }

    /// # Errors
    ///
    /// Names every entry that was wrong.
    pub fn told(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Refused(AppError::invalid(self.0))) }
    }
}

/// All acts.
pub static ACTS: &[&Kind] = &[
    &monitoring::ACKNOWLEDGE,
    &monitoring::MUTE,
    &monitoring::UNMUTE,
    &claims::authority::SET,
    &invoicing::bank::IGNORE,
    &invoicing::bank::POST,
    &invoicing::late::RATE,
    &claims::bookmark::PUT,
    &claims::bookmark::REMOVE,
    &invoicing::books::CLOSE,
    &invoicing::books::EXPORT,
    &invoicing::books::TEMPLATE,
    &reports::plans::PLAN,
    &invoicing::prices::ADD,
    &invoicing::prices::WRITE,
    &claims::restate::CORRECT,
    &admin::profile::SAVE,
    &claims::contest::ENTER,
    &invoicing::contracts::AMEND,
    &invoicing::contracts::END,
    &reports::plans::COST,
    &claims::diary::ADD,
    &claims::diary::CLOCK,
    &claims::diary::DONE,
    &documents::answer::ANSWER,
    &documents::read::MORE,
    &documents::read::PASSWORD,
    &documents::remove::REMOVE,
    &documents::answer::REOPEN,
    &documents::answer::REPORT,
    &documents::retention::RETAIN,
    &claims::estimate::GIVE,
    &claims::estimate::RULES,
    &fairness::ANSWER,
    &fairness::ASK,
    &claims::assess::ASSESS,
    &claims::assess::SETTLE,
    &invoicing::late::CHARGE,
    &invoicing::credit::CREDIT,
    &invoicing::payments::debts::DISPUTE,
    &invoicing::invoices::GENERATE,
    &invoicing::payments::debts::KEEP,
    &invoicing::review::REJECT,
    &invoicing::dunning::REMIND,
    &invoicing::sending::SEND,
    &invoicing::manual::WRITE,
    &invoicing::payments::debts::WRITE_OFF,
    &jobs::page::AGAIN,
    &jobs::page::CANCEL,
    &publishing::material::ANSWER,
    &publishing::material::PUBLISH,
    &publishing::material::SAVE,
    &publishing::methodology::PUBLISH,
    &models::approve::APPROVE,
    &models::deploy::DEPLOY,
    &models::measure::MEASURE,
    &models::notes::NOTE,
    &models::deploy::RETURN,
    &models::deploy::ROLL_BACK,
    &models::deploy::STOP,
    &models::deploy::WITHDRAW,
    &claims::offers::ACCEPT,
    &claims::offers::END,
    &claims::offers::MAKE,
    &claims::outcome::RECORD,
    &invoicing::payments::ALLOCATE,
    &invoicing::payments::RECORD,
    &invoicing::payments::REFUND,
    &invoicing::payments::RELEASE,
    &invoicing::payments::REVERSE,
    &account::profile::SAVE,
    &account::profile::WISH,
    &publishing::reports::MAKE,
    &invoicing::dunning::SCHEDULE,
    &training::NOW,
    &training::PLAN,
    &training::STOP,
    &training::UNPLAN,
    &tiers::catalogue::ADD,
    &tiers::requests::APPROVE,
    &tiers::requests::ASK,
    &tiers::requests::DECLINE,
    &tiers::requests::WITHDRAW,
    &models::trial::END,
    &models::trial::START,
    &models::trial::WIDEN,
    &account::tutorial::ANSWER,
    &account::tutorial::READ,
    &account::tutorial::REREAD,
    &account::tutorial::STEP,
    &invoicing::usage_statements::CONFIRM,
    &invoicing::usage_alerts::LIMIT,
    &invoicing::usage_statements::QUERY,
    &invoicing::prices::VAT,
];

/// Does the act of this name.
///
/// # Errors
///
/// Refused where there is none, where the caller may not, and where what was entered cannot be.
pub async fn run(ctx: &Ctx, name: &str, entries: &Entries) -> Result<Done> {
    let unknown = || Error::Refused(AppError::new(ErrorKind::NotFound, "There is nothing of this name to be done."));
    let kind = ACTS.iter().find(|kind| kind.name == name).ok_or_else(unknown)?;
    match kind.needs {
        Some(permission) => ctx.require(permission)?,
        None => ctx.caller.person().map(|_| ())?,
    }
    (kind.run)(ctx, entries).await
}

/// What was entered into a form, by the inputs' names.
#[derive(Debug, Clone, Default)]
pub struct Entries(BTreeMap<String, String>);

impl From<BTreeMap<String, String>> for Entries {
    /// Characters that cannot be seen have no meaning in what people write, and some that a database does not take are
    /// among them: they are left out.
    fn from(all: BTreeMap<String, String>) -> Entries {
        let seen = |c: &char| (!c.is_control() || matches!(c, '\n' | '\r' | '\t')) && !input::is_no_character(*c);
        Entries(all.into_iter().map(|(name, value)| (name, value.chars().filter(seen).collect())).collect())
    }
}

impl Entries {
    /// Without blanks around it; empty where nothing was entered.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |text| text.trim())
    }

    /// A text of at most so many characters.
    pub fn words(&self, name: &str, most: usize) -> Result<String> {
        let text = self.text(name);
        if text.chars().count() > most {
            return Err(Error::field(name, format!("shorten this to {most} characters")));
        }
        Ok(text.to_owned())
    }

    /// The same where something must be said.
    pub fn needed(&self, name: &str, most: usize, missing: &str) -> Result<String> {
        match self.words(name, most)? {
            text if text.is_empty() => Err(Error::field(name, missing)),
            text => Ok(text),
        }
    }

    /// One line that names something: with a letter or a figure in it, and without what turns the direction of writing.
    pub fn line(&self, name: &str, most: usize, missing: &str) -> Result<String> {
        let turns = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}');
        let text: String = self.words(name, most)?.chars().filter(|c| !turns(*c)).collect();
        match text.split_whitespace().collect::<Vec<_>>().join(" ") {
            line if line.chars().any(char::is_alphanumeric) => Ok(line),
            _ => Err(Error::field(name, missing)),
        }
    }

    /// An amount in pounds that may be left out: not negative, and no slip of the pen.
    pub fn pounds(&self, name: &str) -> Result<Option<Money>> {
        let text = self.text(name);
        if text.is_empty() {
            return Ok(None);
        }
        let amount = Money::parse_pounds(text).map_err(|e| Error::field(name, e))?;
        if amount < Money::ZERO {
            return Err(Error::field(name, "enter an amount of £0 or more"));
        }
        if amount > domain::claim::LARGEST_AMOUNT {
            return Err(Error::field(name, "this is more than £10,000,000: check the amount"));
        }
        Ok(Some(amount))
    }

    pub fn amount(&self, name: &str) -> Result<Money> {
        self.pounds(name)?.ok_or_else(|| Error::field(name, "enter the amount in pounds, such as 1240 or 1240.50"))
    }

    pub fn day(&self, name: &str) -> Result<Option<NaiveDate>> {
        input::day(name, self.text(name))
    }

    pub fn is(&self, name: &str) -> bool {
        self.text(name) == "true"
    }

    /// An id; a text that is none names nothing.
    pub fn id<T: std::str::FromStr>(&self, name: &str) -> Result<T> {
        id_from(self.text(name))
    }

    pub fn number<T: std::str::FromStr>(&self, name: &str, remedy: &str) -> Result<T> {
        self.text(name).parse().map_err(|_| Error::field(name, remedy))
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_are_in_order_and_no_two_have_one_name() {
        assert!(ACTS.is_sorted_by(|a, b| a.name < b.name));
    }

    #[test]
    fn amounts_are_pounds_and_say_what_is_wrong() {
        let of = |text: &str| Entries::from(BTreeMap::from([("amount".to_owned(), text.to_owned())]));
        assert_eq!(of(" £1,240.50 ").pounds("amount").unwrap(), Some(Money::from_pence(124_050)));
        assert_eq!(of("").pounds("amount").unwrap(), None);
        for wrong in ["-1", "lots", "10000001", ""] {
            assert!(of(wrong).amount("amount").is_err(), "{wrong}");
        }
    }
}
