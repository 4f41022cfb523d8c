//! Rate cards, VAT rates and the calculator (stories 51, 54, 55).

use billing::agreement::{Amendment, Used};
use billing::card::{CardErrors, CardFile, ItemFile, PriceModel, TierFile};
use billing::meter::Use;
use billing::{Cycle, Month, Rate, RateCard, component};
use contract::page::{Asks, Filter, Form, Input, Part, Report};
use contract::table::{Cell, Table, Tone};
use domain::calendar::london_date;
use domain::id::RateCardId;
use domain::policy::Permission;
use serde_json::json;
use store::rate_cards::{self, Card};
use store::tax_rates::{self, TaxRate};

use super::agreements;
use crate::acts::{Done, Entries, Kind, Wrong};
use crate::error::sentence;
use crate::names::Names;
use crate::reports::Query;
use crate::reports::parts::filter;
use crate::{Ctx, Error, Result};

/// Bytes of a card that is typed as it is written.
const LONGEST_CARD: usize = 20_000;

/// Adds a card of one item from the fields of a form.
pub static ADD: Kind =
    Kind { name: "card.add", needs: Some(Permission::ManagePrices), run: |ctx, entries| Box::pin(add(ctx, entries)) };

/// Adds a card as it is written for `solatium bill simulate`.
pub static WRITE: Kind = Kind {
    name: "card.write",
    needs: Some(Permission::ManagePrices),
    run: |ctx, entries| {
        Box::pin(async move {
            let text = entries.needed("card", LONGEST_CARD, "write the card")?;
            let card = parse(&text).map_err(|words| Error::field("card", words))?;
            added(ctx, card).await
        })
    },
};

/// A card as it is written in TOML, or what is wrong with it.
pub fn parse(text: &str) -> std::result::Result<RateCard, String> {
    let file: CardFile =
        toml::from_str(text).map_err(|e| format!("line {}: {}", line_of(text, e.span()), e.message()))?;
    RateCard::try_from(file).map_err(|e| sentence(&e.to_string()))
}

fn line_of(text: &str, span: Option<std::ops::Range<usize>>) -> usize {
    let start = span.map_or(0, |s| s.start.min(text.len()));
    text.as_bytes().iter().take(start).filter(|b| **b == b'\n').count() + 1
}

async fn add(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let mut wrong = Wrong::default();
    let tiers = wrong.of(tiers(entries.text("tiers")))?;
    let whole = |name: &str| match entries.text(name) {
        "" => Ok(0),
        _ => entries.number::<u64>(name, "Write a whole number."),
    };
    let item = ItemFile {
        name: "Settlement predictions".into(),
        model: entries.text("model").into(),
        price: entries.text("price").into(),
        size: wrong.of(whole("size"))?,
        free: wrong.of(whole("free"))?,
        discount: entries.text("discount").into(),
        cap: entries.text("cap").into(),
        minimum: entries.text("minimum").into(),
        tiers,
        ..ItemFile::default()
    };
    wrong.told()?;
    let name: String = entries.text("name").into();
    let card = RateCard::try_from(CardFile { name, items: vec![item] }).map_err(|e| placed(&e))?;
    added(ctx, card).await
}

/// Beside which field of the form a slip belongs.
fn placed(errors: &CardErrors) -> Error {
    let fields = ["price", "size", "discount", "cap", "minimum", "tiers", "model", "name"];
    let at = |words: &str| {
        let rest = words.strip_prefix("item 1: ").unwrap_or(words);
        let named =
            fields.iter().find(|f| rest.starts_with(&format!("{f}:")) || rest.contains(&format!("the {f} of ")));
        match named {
            Some(field) => *field,
            None if rest.starts_with("tier ") || rest.contains("tiers") => "tiers",
            None => "name",
        }
    };
    let told = errors.0.iter().map(|words| contract::FieldError {
        field: at(words).into(),
        message: sentence(&typed(words.strip_prefix("item 1: ").unwrap_or(words))),
    });
    Error::Refused(contract::AppError::invalid(told.collect()))
}

/// A slip in the words of the form, which knows lines and no `up_to`, and shows each beside its field.
fn typed(words: &str) -> String {
    let words = words.strip_prefix("price: ").unwrap_or(words);
    let words = words.replace("leave up_to out", "begin the last line with a colon, such as : 1.50");
    match words.strip_prefix("tier ") {
        Some(rest) => format!("line {rest}"),
        None => words,
    }
}

/// Tiers as they are typed, one a line: `1000: 1.85`, the last `: 1.50`; a fee behind a plus: `: 1.50 + 10`.
fn tiers(text: &str) -> Result<Vec<TierFile>> {
    let slip = |line: usize| {
        Error::field("tiers", format!("line {line}: write the last unit, a colon and the price, such as 1000: 1.85"))
    };
    let mut tiers = Vec::new();
    for (i, line) in text.lines().filter(|l| !l.trim().is_empty()).enumerate() {
        let (up_to, rest) = line.split_once(':').ok_or_else(|| slip(i + 1))?;
        let (price, fee) = rest.split_once('+').unwrap_or((rest, ""));
        let up_to = match up_to.trim() {
            "" => None,
            digits => Some(digits.replace(',', "").parse().map_err(|_| slip(i + 1))?),
        };
        tiers.push(TierFile { up_to, price: price.trim().into(), fee: fee.trim().into() });
    }
    Ok(tiers)
}

async fn added(ctx: &Ctx, card: RateCard) -> Result<Done> {
    let tx = ctx.begin().await?;
    let (id, version) = keep(ctx, &tx, &card).await?;
    let details = json!({ "name": card.name, "version": version });
    tx.commit(ctx.audit(ctx.caller.company, "card.added", "rate_card", id, details)).await?;
    let warnings = card.warnings().join(" ");
    let words = format!("“{}” version {version} can be agreed to. {warnings}", card.name);
    Ok(Done::said(words.trim().to_owned()))
}

/// Keeps the next version of a card of this name.
pub(super) async fn keep(ctx: &Ctx, tx: &store::Tx, card: &RateCard) -> Result<(RateCardId, i32)> {
    let id: RateCardId = ctx.id();
    let version = rate_cards::add(tx, id, card, &ctx.caller.actor.name(), ctx.now).await?;
    Ok((id, version))
}

/// Adds a VAT rate from a date on.
pub static VAT: Kind = Kind {
    name: "vat.add",
    needs: Some(Permission::ManagePrices),
    run: |ctx, entries| {
        Box::pin(async move {
            let mut wrong = Wrong::default();
            let rate = wrong
                .of(Rate::parse(entries.text("rate")).map_err(|e| Error::field("rate", sentence(&e.to_string()))))?;
            let from = wrong.of(entries.day("from"))?;
            wrong.missing(entries, "from", "give the date from which it holds");
            wrong.told()?;
            let Some(from) = from else { return Err(Error::field("from", "give the date from which it holds")) };
            if from <= london_date(ctx.now) {
                return Err(Error::field(
                    "from",
                    "a rate is added for a day to come: what was issued at another stays as it is",
                ));
            }
            let tx = ctx.begin().await?;
            let new = TaxRate { id: ctx.id(), from, rate, set_by: ctx.caller.actor.name(), set_at: ctx.now };
            tax_rates::add(&tx, &new)
                .await
                .map_err(|_| Error::field("from", "there is a rate of this date already"))?;
            let details = json!({ "rate": rate.to_string(), "from": from });
            tx.commit(ctx.audit(ctx.caller.company, "vat.added", "vat", new.id, details)).await?;
            Ok(Done::said(format!("VAT is {rate} from {} on.", from.format("%-d %B %Y"))))
        })
    },
};

pub(crate) async fn filters(ctx: &Ctx, query: &Query) -> Result<Vec<Filter>> {
    let cards = rate_cards::list(ctx.store()).await?;
    let choices = std::iter::once((String::new(), "Choose a card".to_owned())).chain(choices(&cards));
    Ok(vec![
        filter(query, "card", "Rate card", Asks::Choice(choices.collect())),
        filter(query, "quantity", "Predictions in a month", Asks::Text),
    ])
}

/// Cards as they are offered.
pub(crate) fn choices(cards: &[Card]) -> Vec<(String, String)> {
    cards.iter().map(|c| (c.id.to_string(), format!("{}, version {}", c.card.name, c.version))).collect()
}

/// The page.
pub(crate) async fn page(ctx: &Ctx, query: &Query) -> Result<Report> {
    let cards = rate_cards::list(ctx.store()).await?;
    let rates = tax_rates::list(ctx.store()).await?;
    let people = cards.iter().map(|c| c.made_by.clone()).chain(rates.iter().map(|r| r.set_by.clone()));
    let names = Names::of(ctx, people.collect::<Vec<_>>()).await?;
    let mut parts = Vec::new();
    if let Some(card) = cards.iter().find(|c| c.id.to_string() == query.text("card")) {
        parts.extend(calculated(card, query.text("quantity"))?);
    }
    parts.push(Part::Table(card_table(&cards, &names)));
    parts.push(Part::Form(form()));
    parts.push(Part::Form(written_form()));
    parts.extend(crate::tiers::catalogue::parts(ctx, &cards).await?);
    let mut vat = Table::new("VAT rates, newest first", &["From", "#Standard rate", "Set by"], "None.");
    for rate in &rates {
        vat.row(vec![
            Cell::Date(rate.from.into()),
            Cell::Figure(rate.rate.to_string()),
            Cell::Text(names.actor(&rate.set_by)),
        ]);
    }
    parts.push(Part::Table(vat));
    parts.push(Part::Text(whom_a_rate_affects(ctx).await?));
    parts.push(Part::Form(Form {
        act: VAT.name.into(),
        id: "v".into(),
        title: "Add a VAT rate".into(),
        lead: "Invoices take the rate of their tax point, which is the day of issue. Drafts of another rate are drafted anew.".into(),
        inputs: vec![
            Input::new("rate", "Standard rate in percent", Asks::Pounds).required(),
            Input::new("from", "In force from", Asks::Date).required(),
        ],
        submit: "Add the rate".into(),
        folded: true,
        ..Form::default()
    }));
    parts.extend(super::late::rates(ctx).await?);
    Ok(Report {
        parts,
        actions: vec![("Contracts".into(), "/contracts".into())],
        filter: "Calculate".into(),
        ..Report::default()
    })
}

/// Whom a change of the standard rate affects, before anybody makes it.
async fn whom_a_rate_affects(ctx: &Ctx) -> Result<String> {
    let today = london_date(ctx.now);
    let taxed: Vec<String> = store::contracts::in_force(ctx.store(), ctx.caller.reach, today)
        .await?
        .into_iter()
        .filter(|a| a.agreed.tax == billing::TaxCategory::Standard)
        .map(|a| a.company.to_string())
        .collect();
    let (shown, more) = taxed.split_at(taxed.len().min(NAMED));
    let names = Names::of(ctx, shown.to_vec()).await?;
    let mut words: Vec<String> = shown.iter().filter_map(|id| id.parse().ok()).map(|id| names.company(id)).collect();
    if !more.is_empty() {
        words.push(format!("{} more", more.len()));
    }
    let at_work = store::invoices::at_work(ctx.store(), ctx.caller.reach).await?;
    let drafts: i64 = at_work.iter().map(|(_, number, _)| number).sum();
    Ok(format!(
        "A new standard rate affects {} companies that are charged it ({}). Of the {drafts} documents at work, those that are issued from its day on are drafted anew.",
        taxed.len(),
        if words.is_empty() { "none".to_owned() } else { words.join(", ") },
    ))
}

/// Companies that are named, at most.
const NAMED: usize = 20;

fn card_table(cards: &[Card], names: &Names) -> Table {
    let columns = ["Card", "#Version", "Prices", "Added by", "Added"];
    let mut table =
        Table::new("Rate cards", &columns, "No card yet. Add one below, and agree to it on a contract’s page.");
    for card in cards {
        let prices: Vec<String> = card.card.items.iter().map(item_words).collect();
        table.row(vec![
            Cell::link(&card.card.name, format!("/prices?card={}&quantity=1000", card.id)),
            Cell::Number(card.version.into()),
            Cell::Text(prices.join("; ")),
            Cell::Text(names.actor(&card.made_by)),
            Cell::Time(card.made_at.into()),
        ]);
    }
    table
}

/// What an item costs, in a phrase.
pub(super) fn item_words(item: &billing::card::Item) -> String {
    let tiers = |tiers: &[billing::card::Tier]| {
        let step = |t: &billing::card::Tier| match t.up_to {
            Some(end) => format!("{} to {end}", t.price),
            None => format!("{} beyond", t.price),
        };
        tiers.iter().map(step).collect::<Vec<_>>().join(", ")
    };
    let mut words = match &item.model {
        PriceModel::Flat(fee) => format!("{} {fee} a period", item.name),
        PriceModel::Unit(price) => format!("{price} a prediction"),
        PriceModel::Package { size, price } => format!("{price} for each {size}"),
        PriceModel::Graduated(steps) => format!("graduated: {}", tiers(steps)),
        PriceModel::Volume(steps) => format!("by volume: {}", tiers(steps)),
    };
    if let Some(channel) = &item.fits.channel {
        words += &format!(" by {channel}");
    }
    if let Some(model) = &item.fits.model {
        words += &format!(" from the {model} model");
    }
    if item.free_units > 0 {
        words += &format!(", {} free", item.free_units);
    }
    if item.discount > Rate::ZERO {
        words += &format!(", {} off", item.discount);
    }
    for (bound, name) in [(item.minimum, "at least"), (item.cap, "at most")] {
        if let Some(amount) = bound {
            words += &format!(", {name} {amount}");
        }
    }
    words
}

/// The bill of a quantity, step by step, as of the month that is given.
pub fn simulate(card: &RateCard, month: Month, quantity: u64) -> Result<billing::agreement::Bill> {
    let terms = Amendment::of_card(month.first_day(), card.clone());
    let of = Use { channel: "form".into(), model: "shared".into() };
    let used = [Used { day: month.first_day(), of, units: quantity }];
    agreements::bill(Cycle::Monthly.period(month).span(), &[terms], &used, "This card")
}

fn calculated(card: &Card, quantity: &str) -> Result<Vec<Part>> {
    let quantity: u64 = match quantity.trim() {
        "" => 1_000,
        text => text
            .replace(',', "")
            .parse()
            .ok()
            .filter(|q| *q <= 1_000_000_000)
            .ok_or_else(|| Error::field("quantity", "Write a whole number of predictions, at most a billion."))?,
    };
    let month = Month::of(card.made_at.date_naive());
    let bill = simulate(&card.card, month, quantity)?;
    let caption = format!("What {} predictions cost", contract::table::grouped(quantity));
    let mut table = bill_table(&caption, &bill.components);
    let net = component::net(&bill.components).unwrap_or_default();
    table.row(vec![Cell::text("Net, before VAT"), Cell::Empty, Cell::Empty, Cell::Money(net)]);
    let mut parts = vec![Part::Table(table)];
    parts.extend(card.card.warnings().into_iter().map(|w| Part::Notice(Tone::Notice, w)));
    Ok(parts)
}

/// Components as a table: each line with how it came about.
pub(super) fn bill_table(caption: &str, components: &[billing::Component]) -> Table {
    let mut table = Table::new(caption, &["Line", "#Quantity", "#Price", "#Net"], "Nothing is charged.");
    for line in components {
        table.row(vec![
            Cell::text(&line.description),
            Cell::Number(line.quantity),
            Cell::Figure(line.unit_price.to_string()),
            Cell::Money(line.net),
        ]);
    }
    table
}

fn form() -> Form {
    let models = PriceModel::KEYS.map(|(key, label)| (key.to_owned(), label.to_owned())).to_vec();
    Form {
        act: ADD.name.into(),
        id: "c".into(),
        title: "Add a rate card".into(),
        lead: "A card is never changed: one of the same name becomes its next version.".into(),
        inputs: vec![
            Input::new("name", "Name of the card", Asks::Text).required(),
            Input::new("model", "Priced by", Asks::Choice(models)).value("unit").required(),
            Input::new("price", "Price in pounds", Asks::Pounds)
                .hint("Of a prediction, a package or a period; up to six decimal places, such as 1.85. Tiers have their own."),
            Input::new("tiers", "Tiers", Asks::Words)
                .hint("One a line: the last unit, a colon, the price, such as 1000: 1.85. The last line begins with the colon. A fee follows a plus."),
            Input::new("size", "Predictions in a package", Asks::Text),
            Input::new("free", "Free predictions a period", Asks::Text),
            Input::new("discount", "Discount in percent", Asks::Text),
            Input::new("minimum", "At least, in pounds a period", Asks::Pounds),
            Input::new("cap", "At most, in pounds a period", Asks::Pounds),
        ],
        submit: "Add the card".into(),
        ..Form::default()
    }
}

const EXAMPLE: &str = r#"name = "Standard"

[[item]]
name = "Predictions by API"
channel = "api"
model = "graduated"
free = 100
tier = [{ up_to = 1000, price = "1.85" }, { price = "1.40" }]

[[item]]
name = "Other predictions"
model = "unit"
price = "2.10"
"#;

fn written_form() -> Form {
    Form {
        act: WRITE.name.into(),
        id: "t".into(),
        title: "Write a card of several items".into(),
        lead:
            "Each prediction is priced by the first item that fits it. As files for solatium bill simulate are written."
                .into(),
        inputs: vec![Input::new("card", "The card", Asks::Words).value(EXAMPLE).required()],
        submit: "Add the written card".into(),
        folded: true,
        ..Form::default()
    }
}

/// The price of a card that has no other rule.
pub(super) fn individual_price(card: &RateCard) -> Option<String> {
    match card.items.as_slice() {
        [only] if card.name == INDIVIDUAL => match &only.model {
            PriceModel::Unit(price) => Some(price.plain()),
            _ => None,
        },
        _ => None,
    }
}

/// What a price of its own is called.
const INDIVIDUAL: &str = "Individual price";

/// A plain price a prediction, as a card of its own.
pub(super) fn individual(text: &str) -> Result<RateCard> {
    let item = ItemFile {
        name: "Settlement predictions".into(),
        model: "unit".into(),
        price: text.into(),
        ..ItemFile::default()
    };
    RateCard::try_from(CardFile { name: INDIVIDUAL.into(), items: vec![item] }).map_err(|e| {
        Error::field("price", sentence(e.0.first().map_or("", |w| w.trim_start_matches("item 1: price: "))))
    })
}

#[cfg(test)]
mod tests {
    use domain::Money;

    use super::*;

    #[test]
    fn tiers_are_typed_a_line_each() {
        let read = tiers("1,000: 1.85\n\n: 1.50 + 10").unwrap();
        assert_eq!((read[0].up_to, read[1].up_to, read[1].fee.as_str()), (Some(1_000), None, "10"));
        assert!(tiers("1000 1.85").is_err() && tiers("x: 1").is_err());
    }

    #[test]
    fn the_example_is_a_card() {
        let card = parse(EXAMPLE).unwrap();
        assert_eq!((card.items.len(), card.warnings().len()), (2, 0));
        assert!(parse("name = 3").unwrap_err().starts_with("line 1"));
        let month: Month = "2026-10".parse().unwrap();
        assert_eq!(simulate(&card, month, 1_000).unwrap().net(), Some(Money::from_pounds(2_100)));
    }
}
