//! The rate card: what each kind of use costs, read from what people type and checked as a whole.

use domain::Money;
use serde::{Deserialize, Serialize};

use crate::meter::Use;
use crate::price::{Rate, UnitPrice};

/// One step of a ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tier {
    /// The last unit of it; `None` for the last tier, which has no end.
    pub up_to: Option<u64>,
    pub price: UnitPrice,
    /// Charged once a period, when the tier is reached.
    pub fee: Money,
}

/// How a quantity is priced after the allowance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PriceModel {
    /// A fee a period, whatever is used.
    Flat(Money),
    /// Every unit costs the same.
    Unit(UnitPrice),
    /// So many units at a time; a begun package is charged whole.
    Package { size: u64, price: UnitPrice },
    /// Each unit costs what its tier says.
    Graduated(Vec<Tier>),
    /// Every unit costs what the tier of the whole quantity says.
    Volume(Vec<Tier>),
}

impl PriceModel {
    pub const KEYS: [(&'static str, &'static str); 5] = [
        ("flat", "A fee a period"),
        ("unit", "A price a unit"),
        ("package", "A price a package"),
        ("graduated", "Graduated tiers"),
        ("volume", "Volume tiers"),
    ];

    pub const fn key(&self) -> &'static str {
        match self {
            PriceModel::Flat(_) => "flat",
            PriceModel::Unit(_) => "unit",
            PriceModel::Package { .. } => "package",
            PriceModel::Graduated(_) => "graduated",
            PriceModel::Volume(_) => "volume",
        }
    }
}

/// Which use an item prices; what is not said fits all.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Matcher {
    /// `form`, `file` or `api`.
    pub channel: Option<String>,
    /// `shared` or `own`: whose model answered.
    pub model: Option<String>,
}

impl Matcher {
    pub fn fits(&self, used: &Use) -> bool {
        let fits = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|w| w == is);
        fits(&self.channel, &used.channel) && fits(&self.model, &used.model)
    }

    /// Whether every use that fits the other fits this one too.
    fn covers(&self, other: &Matcher) -> bool {
        let wider = |own: &Option<String>, its: &Option<String>| own.is_none() || own == its;
        wider(&self.channel, &other.channel) && wider(&self.model, &other.model)
    }
}

/// What one kind of use costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// As it stands on the invoice.
    pub name: String,
    pub fits: Matcher,
    pub model: PriceModel,
    pub free_units: u64,
    pub discount: Rate,
    /// The most and the least that is charged for it in a period.
    pub cap: Option<Money>,
    pub minimum: Option<Money>,
}

/// Items in order: each use is priced by the first that fits it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "CardFile", into = "CardFile")]
pub struct RateCard {
    pub name: String,
    pub items: Vec<Item>,
}

impl RateCard {
    /// A plain price a prediction.
    pub fn per_unit(name: &str, price: UnitPrice) -> RateCard {
        RateCard { name: name.to_owned(), items: vec![Item::per_unit("Settlement predictions", price)] }
    }

    /// Where among the items a use is priced.
    pub fn item_of(&self, used: &Use) -> Option<usize> {
        self.items.iter().position(|item| !matches!(item.model, PriceModel::Flat(_)) && item.fits.fits(used))
    }

    /// What whoever agrees to it should know. Nothing of it is an error.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = self.items.iter().flat_map(breakpoints).collect();
        if !self.items.iter().any(|item| item.fits == Matcher::default() && !matches!(item.model, PriceModel::Flat(_)))
        {
            warnings.push("No item fits every use: what fits none cannot be invoiced.".into());
        }
        warnings
    }
}

impl Item {
    pub fn per_unit(name: &str, price: UnitPrice) -> Item {
        Item {
            name: name.to_owned(),
            fits: Matcher::default(),
            model: PriceModel::Unit(price),
            free_units: 0,
            discount: Rate::ZERO,
            cap: None,
            minimum: None,
        }
    }
}

/// Where one unit more lowers the bill of a volume ladder.
fn breakpoints(item: &Item) -> Vec<String> {
    let PriceModel::Volume(tiers) = &item.model else { return Vec::new() };
    let mut warnings = Vec::new();
    for pair in tiers.windows(2) {
        let Some(last) = pair[0].up_to else { continue };
        let cost = |tier: &Tier, units: u64| tier.price.times(units).and_then(|m| m.checked_add(tier.fee));
        if let (Some(before), Some(after)) = (cost(&pair[0], last), cost(&pair[1], last.saturating_add(1)))
            && after < before
        {
            warnings.push(format!(
                "{}: {} units cost {before}, one more costs {after}: the bill falls where this tier ends.",
                item.name, last
            ));
        }
    }
    warnings
}

/// A rate card as it is written: amounts in pounds, shares in percent, both as text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardFile {
    #[serde(default)]
    pub name: String,
    #[serde(default, rename = "item")]
    pub items: Vec<ItemFile>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ItemFile {
    pub name: String,
    /// `flat`, `unit`, `package`, `graduated`, `volume`.
    pub model: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub channel: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub answered_by: String,
    /// Of `flat`, `unit` and `package`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub price: String,
    /// Units in a package.
    #[serde(skip_serializing_if = "is_zero")]
    pub size: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub free: u64,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub discount: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cap: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub minimum: String,
    #[serde(rename = "tier", skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<TierFile>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TierFile {
    /// The last unit; none for the last tier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up_to: Option<u64>,
    pub price: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fee: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// What is wrong with a written card, and where: `item 2, tier 1: …`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct CardErrors(pub Vec<String>);

/// Items of a card and tiers of an item, at most: what a person can read.
const MOST_ITEMS: usize = 20;
const MOST_TIERS: usize = 20;
const LONGEST_NAME: usize = 80;

impl TryFrom<CardFile> for RateCard {
    type Error = CardErrors;

    fn try_from(file: CardFile) -> Result<RateCard, CardErrors> {
        let mut errors = Vec::new();
        let name = file.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            errors.push(format!("give the card a name of at most {LONGEST_NAME} signs"));
        }
        if file.items.is_empty() || file.items.len() > MOST_ITEMS {
            errors.push(format!("a card has from 1 to {MOST_ITEMS} items"));
        }
        let mut items: Vec<Item> = Vec::new();
        for (i, written) in file.items.iter().take(MOST_ITEMS).enumerate() {
            let mut wrong = Vec::new();
            let item = item(written, &mut wrong);
            if let Some(earlier) = items.iter().position(|e| shadows(e, &item)) {
                wrong.push(format!("item {} before it fits all that this one fits: put this one first", earlier + 1));
            }
            errors.extend(wrong.into_iter().map(|w| format!("item {}: {w}", i + 1)));
            items.push(item);
        }
        if errors.is_empty() { Ok(RateCard { name, items }) } else { Err(CardErrors(errors)) }
    }
}

fn shadows(earlier: &Item, later: &Item) -> bool {
    let flat = |item: &Item| matches!(item.model, PriceModel::Flat(_));
    !flat(earlier) && !flat(later) && earlier.fits.covers(&later.fits)
}

fn item(written: &ItemFile, wrong: &mut Vec<String>) -> Item {
    let name = written.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        wrong.push(format!("give it a name of at most {LONGEST_NAME} signs"));
    }
    let fits = Matcher {
        channel: one_of(&written.channel, &["form", "file", "api"], "channel", wrong),
        model: one_of(&written.answered_by, &["shared", "own"], "answered_by", wrong),
    };
    let discount = match written.discount.trim() {
        "" => Rate::ZERO,
        text => Rate::parse(text).unwrap_or_else(|e| {
            wrong.push(format!("discount: {e}"));
            Rate::ZERO
        }),
    };
    let (cap, minimum) = (pounds(&written.cap, "cap", wrong), pounds(&written.minimum, "minimum", wrong));
    if let (Some(cap), Some(minimum)) = (cap, minimum)
        && cap < minimum
    {
        wrong.push(format!("the cap of {cap} lies below the minimum of {minimum}"));
    }
    let model = model(written, wrong);
    if matches!(model, PriceModel::Flat(_)) && (written.free > 0 || cap.is_some() || minimum.is_some()) {
        wrong.push("a fee has no free units, cap or minimum".into());
    }
    Item { name, fits, model, free_units: written.free, discount, cap, minimum }
}

fn one_of(text: &str, known: &[&str], field: &str, wrong: &mut Vec<String>) -> Option<String> {
    let text = text.trim();
    if !text.is_empty() && !known.contains(&text) {
        wrong.push(format!("{field}: write {}, or leave it out", known.join(", ")));
    }
    (!text.is_empty()).then(|| text.to_owned())
}

fn pounds(text: &str, field: &str, wrong: &mut Vec<String>) -> Option<Money> {
    if text.trim().is_empty() {
        return None;
    }
    match Money::parse_pounds(text) {
        Ok(amount) if amount >= Money::ZERO => Some(amount),
        Ok(_) => {
            wrong.push(format!("{field}: write an amount that is not negative"));
            None
        }
        Err(error) => {
            wrong.push(format!("{field}: {error}"));
            None
        }
    }
}

fn price(text: &str, field: &str, wrong: &mut Vec<String>) -> UnitPrice {
    UnitPrice::parse(text).unwrap_or_else(|e| {
        wrong.push(format!("{field}: {e}"));
        UnitPrice::default()
    })
}

fn model(written: &ItemFile, wrong: &mut Vec<String>) -> PriceModel {
    let tiered = matches!(written.model.trim(), "graduated" | "volume");
    if tiered == written.tiers.is_empty() {
        wrong.push(match tiered {
            true => "it needs tiers".into(),
            false => "only graduated and volume have tiers".into(),
        });
    }
    if tiered && !written.price.is_empty() {
        wrong.push("its prices stand in its tiers".into());
    }
    match written.model.trim() {
        "flat" => match pounds(&written.price, "price", wrong) {
            Some(fee) => PriceModel::Flat(fee),
            None => {
                wrong.push("price: write the fee of a period in pounds".into());
                PriceModel::Flat(Money::ZERO)
            }
        },
        "unit" => PriceModel::Unit(price(&written.price, "price", wrong)),
        "package" => {
            if written.size == 0 {
                wrong.push("size: write how many units a package has".into());
            }
            PriceModel::Package { size: written.size.max(1), price: price(&written.price, "price", wrong) }
        }
        "graduated" => PriceModel::Graduated(tiers(written, wrong)),
        "volume" => PriceModel::Volume(tiers(written, wrong)),
        _ => {
            wrong.push("model: write flat, unit, package, graduated or volume".into());
            PriceModel::Unit(UnitPrice::default())
        }
    }
}

fn tiers(written: &ItemFile, wrong: &mut Vec<String>) -> Vec<Tier> {
    if written.tiers.len() > MOST_TIERS {
        wrong.push(format!("at most {MOST_TIERS} tiers"));
    }
    let mut tiers = Vec::new();
    let (mut end, last) = (0, written.tiers.len().saturating_sub(1));
    for (i, tier) in written.tiers.iter().take(MOST_TIERS).enumerate() {
        let mut slips = Vec::new();
        match tier.up_to {
            Some(up_to) if i == last && up_to > 0 => slips.push("the last tier has no end: leave up_to out".to_owned()),
            Some(up_to) if up_to <= end => slips.push(format!("up_to lies above {end}, where the tier before it ends")),
            None if i < last => slips.push("up_to: write its last unit".to_owned()),
            other => end = other.unwrap_or(end),
        }
        let price = price(&tier.price, "price", &mut slips);
        let fee = pounds(&tier.fee, "fee", &mut slips).unwrap_or_default();
        wrong.extend(slips.into_iter().map(|s| format!("tier {}: {s}", i + 1)));
        tiers.push(Tier { up_to: tier.up_to, price, fee });
    }
    tiers
}

impl From<RateCard> for CardFile {
    fn from(card: RateCard) -> CardFile {
        CardFile { name: card.name, items: card.items.into_iter().map(ItemFile::from).collect() }
    }
}

impl From<Item> for ItemFile {
    fn from(item: Item) -> ItemFile {
        let plain = |amount: Option<Money>| amount.map(Money::plain).unwrap_or_default();
        let mut file = ItemFile {
            name: item.name,
            model: item.model.key().to_owned(),
            channel: item.fits.channel.unwrap_or_default(),
            answered_by: item.fits.model.unwrap_or_default(),
            free: item.free_units,
            discount: if item.discount == Rate::ZERO { String::new() } else { item.discount.plain() },
            cap: plain(item.cap),
            minimum: plain(item.minimum),
            ..ItemFile::default()
        };
        match item.model {
            PriceModel::Flat(fee) => file.price = fee.plain(),
            PriceModel::Unit(price) => file.price = price.plain(),
            PriceModel::Package { size, price } => (file.size, file.price) = (size, price.plain()),
            PriceModel::Graduated(tiers) | PriceModel::Volume(tiers) => {
                let fee = |fee: Money| if fee == Money::ZERO { String::new() } else { fee.plain() };
                let written = |t: Tier| TierFile { up_to: t.up_to, price: t.price.plain(), fee: fee(t.fee) };
                file.tiers = tiers.into_iter().map(written).collect();
            }
        }
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tier(up_to: Option<u64>, price: &str) -> TierFile {
        TierFile { up_to, price: price.into(), fee: String::new() }
    }

    fn item(model: &str, price: &str) -> ItemFile {
        ItemFile { name: "Predictions".into(), model: model.into(), price: price.into(), ..ItemFile::default() }
    }

    fn card(items: Vec<ItemFile>) -> Result<RateCard, CardErrors> {
        RateCard::try_from(CardFile { name: "Standard".into(), items })
    }

    #[test]
    fn what_is_written_is_read_and_written_again() {
        let written = vec![
            ItemFile {
                channel: "api".into(),
                free: 100,
                discount: "12.5".into(),
                cap: "500.00".into(),
                minimum: "20.00".into(),
                ..item("unit", "1.85")
            },
            ItemFile { size: 100, answered_by: "own".into(), ..item("package", "5.00") },
            ItemFile {
                tiers: vec![tier(Some(100), "2.00"), TierFile { fee: "10.00".into(), ..tier(None, "1.50") }],
                ..item("graduated", "")
            },
            item("flat", "99.00"),
        ];
        let read = card(written.clone()).unwrap();
        assert_eq!(CardFile::from(read).items, written);
    }

    #[test]
    fn every_slip_is_named_with_its_place() {
        let errors = |items| card(items).unwrap_err().to_string();
        assert_eq!(errors(vec![]), "a card has from 1 to 20 items");
        let capped = ItemFile { cap: "10".into(), minimum: "20".into(), ..item("unit", "1") };
        assert!(errors(vec![capped]).contains("item 1: the cap of £10.00 lies below the minimum of £20.00"));
        let ladder = ItemFile {
            tiers: vec![tier(Some(100), "2"), tier(Some(50), "x"), tier(Some(70), "1")],
            ..item("volume", "")
        };
        let slips = errors(vec![ladder]);
        for slip in ["tier 2: up_to lies above 100", "tier 2: price: write a price", "tier 3: the last tier has no end"]
        {
            assert!(slips.contains(slip), "{slips}");
        }
        assert!(
            errors(vec![item("unit", "1"), ItemFile { channel: "api".into(), ..item("unit", "2") }])
                .contains("put this one first")
        );
        assert!(errors(vec![item("monthly", "1")]).contains("write flat, unit, package, graduated or volume"));
        assert!(errors(vec![item("package", "1")]).contains("how many units"));
        assert!(errors(vec![item("graduated", "1")]).contains("needs tiers"));
    }

    #[test]
    fn a_breakpoint_that_lowers_the_bill_is_told() {
        let ladder = ItemFile { tiers: vec![tier(Some(100), "2"), tier(None, "1")], ..item("volume", "") };
        let warnings = card(vec![ladder]).unwrap().warnings();
        assert!(warnings[0].contains("100 units cost £200.00, one more costs £101.00"), "{warnings:?}");
        let rising = ItemFile { tiers: vec![tier(Some(100), "1"), tier(None, "2")], ..item("volume", "") };
        assert_eq!(card(vec![rising]).unwrap().warnings(), Vec::<String>::new());
        let narrow = ItemFile { channel: "api".into(), ..item("unit", "1") };
        assert!(card(vec![narrow]).unwrap().warnings()[0].contains("No item fits every use"));
    }
}
