use proptest::prelude::*;

use super::*;
use crate::card::Item;
use crate::price::UnitPrice;
use crate::rating::tests::{items, price};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn span(from: &str, until: &str) -> Span {
    Span::new(date(from), date(until))
}

fn terms(from: &str, card: RateCard) -> Amendment {
    Amendment::of_card(date(from), card)
}

fn used(day: &str, units: u64) -> Used {
    Used { day: date(day), of: Use { channel: "form".into(), model: "shared".into() }, units }
}

fn unit(from: &str, pounds: &str) -> Amendment {
    terms(from, RateCard::per_unit("Card", price(pounds)))
}

#[test]
fn an_amendment_splits_the_period() {
    let october = span("2026-10-01", "2026-11-01");
    let amendments = [unit("2026-01-01", "2"), unit("2026-10-15", "1.50")];
    let bill =
        bill(october, &amendments, &[used("2026-10-14", 10), used("2026-10-15", 4), used("2026-10-31", 1)]).unwrap();
    let lines: Vec<_> = bill.components.iter().map(|c| (c.quantity, c.net.pence(), c.span.words())).collect();
    assert_eq!(lines, [(10, 2_000, "1 to 14 October 2026".into()), (5, 750, "15 to 31 October 2026".into())]);
    assert_eq!(bill.groups.iter().map(|g| g.units).collect::<Vec<_>>(), [10, 5]);
}

#[test]
fn counters_go_on_or_begin_anew() {
    let october = span("2026-10-01", "2026-11-01");
    let free = |counters| {
        let card = RateCard {
            name: "Card".into(),
            items: vec![Item { free_units: 10, ..Item::per_unit("Predictions", price("1")) }],
        };
        [terms("2026-01-01", card.clone()), Amendment { counters, ..terms("2026-10-15", card) }]
    };
    let use_of = [used("2026-10-01", 8), used("2026-10-20", 8)];
    assert_eq!(bill(october, &free(Counters::Continue), &use_of).unwrap().net(), Some(Money::from_pounds(6)));
    assert_eq!(bill(october, &free(Counters::Reset), &use_of).unwrap().net(), Some(Money::ZERO));
}

#[test]
fn committed_spend_is_trued_up_at_zero_usage_and_by_days() {
    let october = span("2026-10-01", "2026-11-01");
    let committed = Amendment { commitment: Some(Money::from_pounds(310)), ..unit("2026-01-01", "2") };
    let whole = bill(october, std::slice::from_ref(&committed), &[]).unwrap();
    assert_eq!((whole.components[0].kind, whole.net()), (ComponentKind::Commitment, Some(Money::from_pounds(310))));
    // Committed from 11 October: 21 of 31 days.
    let later = [unit("2026-01-01", "2"), Amendment { from: date("2026-10-11"), ..committed }];
    assert_eq!(bill(october, &later, &[used("2026-10-01", 5)]).unwrap().net(), Some(Money::from_pounds(210)));
}

#[test]
fn a_discount_lasts_as_long_as_it_does() {
    let october = span("2026-10-01", "2026-11-01");
    let discount = Discount {
        name: "Launch".into(),
        rate: Rate::parse("10").unwrap(),
        from: date("2026-01-01"),
        until: Some(date("2026-10-16")),
    };
    let amendments = [Amendment { discounts: vec![discount], ..unit("2026-01-01", "1") }];
    let bill = bill(october, &amendments, &[used("2026-10-15", 100), used("2026-10-16", 100)]).unwrap();
    assert_eq!(bill.net(), Some(Money::from_pounds(190)));
}

#[test]
fn an_items_bounds_hold_for_what_was_agreed_whatever_a_discount_divides() {
    let october = span("2026-10-01", "2026-11-01");
    let item = Item {
        minimum: Some(Money::from_pounds(100)),
        cap: Some(Money::from_pounds(200)),
        ..Item::per_unit("Predictions", price("1"))
    };
    let card = RateCard { name: "Card".into(), items: vec![item] };
    let none = Discount {
        name: "Gone".into(),
        rate: Rate::parse("10").unwrap(),
        from: date("2026-01-01"),
        until: Some(date("2026-10-16")),
    };
    // One that was replaced long ago divides nothing.
    let old = Amendment { discounts: vec![none.clone()], ..terms("2026-01-01", card.clone()) };
    let net = |amendments: &[Amendment], first, second| {
        bill(october, amendments, &[used("2026-10-02", first), used("2026-10-20", second)]).unwrap().net().unwrap()
    };
    assert_eq!(net(&[old.clone(), terms("2026-06-01", card.clone())], 100, 0), Money::from_pounds(100));
    assert_eq!(net(std::slice::from_ref(&old), 300, 0), Money::from_pounds(170), "capped at 200 and 30 off");
    assert_eq!(net(&[terms("2026-01-01", card)], 0, 40), Money::from_pounds(100));
}

#[test]
fn a_contract_ends_and_a_first_part_of_a_month_has_its_cap() {
    let october = span("2026-10-01", "2026-11-01");
    let committed = Amendment {
        commitment: Some(Money::from_pounds(310)),
        cap: Some(Money::from_pounds(310)),
        ..unit("2026-01-01", "1")
    };
    let ended = Amendment { until: Some(date("2026-10-11")), ..committed.clone() };
    assert_eq!(bill(october, std::slice::from_ref(&ended), &[]).unwrap().net(), Some(Money::from_pounds(100)));
    assert!(matches!(bill(october, &[ended], &[used("2026-10-12", 3)]), Err(BillError::NoTerms { .. })));
    let begun = Amendment { from: date("2026-10-22"), ..committed };
    assert_eq!(bill(october, &[begun], &[used("2026-10-30", 5_000)]).unwrap().net(), Some(Money::from_pounds(100)));
}

#[test]
fn late_use_costs_what_it_would_have() {
    let october = span("2026-10-01", "2026-11-01");
    let card = RateCard {
        name: "Card".into(),
        items: vec![Item {
            free_units: 10,
            cap: Some(Money::from_pounds(20)),
            ..Item::per_unit("Predictions", price("1"))
        }],
    };
    let amendments = [terms("2026-01-01", card)];
    let net = |billed, more| {
        let lines = late(october, &amendments, &[used("2026-10-02", billed)], &[used("2026-10-31", more)]).unwrap();
        (lines[0].units, lines[0].net.pence())
    };
    assert_eq!([net(5, 3), net(5, 8), net(25, 8), net(40, 3)], [(3, 0), (8, 300), (8, 500), (3, 0)]);
}

#[test]
fn use_without_a_price_is_named() {
    let october = span("2026-10-01", "2026-11-01");
    let error = bill(october, &[unit("2026-10-15", "1")], &[used("2026-10-03", 2)]).unwrap_err();
    assert!(error.to_string().contains("2 predictions on 2026-10-03 had no price"), "{error}");
    assert_eq!(bill(october, &[], &[]).unwrap(), Bill::default());
}

#[test]
fn amendments_are_only_added() {
    let there = [unit("2026-01-01", "2"), unit("2026-07-01", "3")];
    let check = |new: &Amendment| new.check(&there, Some(date("2026-10-01")));
    assert_eq!(check(&unit("2026-07-01", "1")), Err(AmendmentError::SameDate));
    assert_eq!(check(&unit("2026-09-30", "1")), Err(AmendmentError::Invoiced(date("2026-10-01"))));
    assert_eq!(check(&unit("2026-10-14", "1")), Ok(()));
    let quarterly = |from| Amendment { cycle: Cycle::Quarterly, ..unit(from, "1") };
    assert_eq!(
        (check(&quarterly("2026-11-01")), check(&quarterly("2027-01-01"))),
        (Err(AmendmentError::Cycle), Ok(()))
    );
    let bounds = Amendment {
        cap: Some(Money::from_pounds(1)),
        commitment: Some(Money::from_pounds(2)),
        ..unit("2026-10-14", "1")
    };
    assert!(matches!(check(&bounds), Err(AmendmentError::Bounds { .. })));
}

fn a_bill() -> impl Strategy<Value = (Vec<Amendment>, Vec<Used>)> {
    let card = proptest::collection::vec(items(), 1..3).prop_map(|mut items| {
        // The last item fits all use.
        items.push(Item::per_unit("All other predictions", UnitPrice::from_micro(1_500_000).unwrap()));
        for (i, item) in items.iter_mut().enumerate() {
            item.name = format!("{} {i}", item.name);
            item.fits.channel = ["api", "file"].get(i).map(|c| (*c).to_owned());
        }
        items.last_mut().unwrap().fits.channel = None;
        RateCard { name: "Card".into(), items }
    });
    let amendment = (card, 0i64..31, any::<bool>(), proptest::option::of(0i64..500_000), 0i64..=10_000).prop_map(
        |(card, day, reset, commitment, off)| Amendment {
            from: date("2026-10-01") + chrono::Duration::days(day),
            counters: if reset { Counters::Reset } else { Counters::Continue },
            commitment: commitment.map(Money::from_pence),
            cap: commitment.map(|c| Money::from_pence(c + 100_000)),
            discounts: vec![Discount {
                name: "Off".into(),
                rate: Rate::from_basis_points(off).unwrap(),
                from: date("2026-10-10"),
                until: Some(date("2026-10-20")),
            }],
            ..terms("2026-10-01", card)
        },
    );
    let kinds = ["api", "file", "form"];
    let used = (0i64..31, 0usize..3, 0u64..400).prop_map(move |(day, kind, units)| Used {
        day: date("2026-10-01") + chrono::Duration::days(day),
        of: Use { channel: kinds[kind].into(), model: "shared".into() },
        units,
    });
    (proptest::collection::vec(amendment, 1..4), proptest::collection::vec(used, 0..12)).prop_map(
        |(mut amendments, used)| {
            amendments[0].from = date("2026-01-01");
            amendments.sort_by_key(|a| a.from);
            amendments.dedup_by_key(|a| a.from);
            (amendments, used)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// Invariants 5, 6, 10 and the bounds of the contract, whatever was agreed to and however it was amended.
    #[test]
    fn bills_keep_their_invariants((amendments, used) in a_bill()) {
        let october = span("2026-10-01", "2026-11-01");
        let made = bill(october, &amendments, &used).unwrap();
        prop_assert_eq!(&made, &bill(october, &amendments, &used).unwrap());
        let metered: u64 = used.iter().map(|u| u.units).sum();
        prop_assert_eq!(made.components.iter().map(|c| c.units).sum::<u64>(), metered);
        prop_assert_eq!(made.groups.iter().map(|g| g.units).sum::<u64>(), metered);
        prop_assert!(made.components.iter().all(|c| !c.span.is_empty() && october.from <= c.span.from && c.span.until <= october.until));
        for line in &made.components {
            prop_assert!(line.unit_price.times(line.quantity.unsigned_abs()).unwrap().pence() == line.net.pence().abs());
        }
        let net = made.net().unwrap();
        if let [only] = amendments.as_slice() {
            prop_assert!(only.cap.is_none_or(|cap| net <= cap) && only.commitment.is_none_or(|least| net >= least));
        }
        // What becomes known later costs the difference, and is never negative.
        let (early, rest) = used.split_at(used.len() / 2);
        let lines = late(october, &amendments, early, rest).unwrap();
        let more = component::net(&lines).unwrap();
        prop_assert!(more >= Money::ZERO);
        let without = bill(october, &amendments, early).unwrap().net().unwrap();
        prop_assert!(more == Money::ZERO || without.checked_add(more) == Some(net));
    }
}
