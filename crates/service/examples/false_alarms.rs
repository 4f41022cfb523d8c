//! How often streams of claims that have not drifted alert, and how soon one that has is found: twenty companies' weeks of
//! 200 claims, judged by the code that judges real ones. `make bench-monitor` runs it.
#![expect(clippy::unwrap_used, reason = "a measurement stops at what it did not expect")]

use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{Days, NaiveDate};
use domain::alert::{Standing, State, Tell};
use domain::id::{Id, ModelId};
use domain::{ClaimFacts, Head, Money};
use ml::Bundle;
use ml::data::parse_claims;
use ml::families::Family;
use ml::generate::{Plan, write};
use ml::train::{Order, Sample, train};
use service::monitoring::{Signal, drift, performance};
use store::outcomes::Pair;

const COMPANIES: u64 = 20;
const WEEKS: usize = 52;
const CLAIMS: usize = 200;
/// Claims that the model learns from.
const LEARNT: usize = 1_500;
/// How much dearer physiotherapy becomes.
const DEARER: f64 = 1.4;

fn rows(claims: usize, seed: u64) -> Vec<u8> {
    let mut csv = Vec::new();
    write(Plan { claims, seed, until: NaiveDate::from_ymd_opt(2026, 11, 1).unwrap() }, &mut csv).unwrap();
    csv
}

fn model() -> Bundle {
    let csv = rows(LEARNT, 1);
    let order = Order {
        family: Family::Ridge,
        explanation: ml::explain::Game::default(),
        method: ml::interval::Method::default(),
        name: "settlement".into(),
        author: "bench".into(),
        release_notes: String::new(),
        created: "2026-01-01T00:00:00Z".into(),
        data_sha256: ml::bundle::archive::sha256(&csv),
        seed: 1,
    };
    Bundle::read(&train(&Sample::of(&parse_claims(csv.as_slice())), &order, &|_, _| ()).unwrap().bundle).unwrap()
}

/// A company's claims of a year, in the order in which they come, with what they settle for.
fn stream(company: u64) -> Vec<(ClaimFacts, Option<Money>)> {
    let rows = parse_claims(rows(WEEKS * CLAIMS, 1_000 + company).as_slice()).rows;
    rows.into_iter().map(|r| (r.facts, r.settlement)).collect()
}

/// The Monday on which a week of the simulation begins.
fn monday(week: usize) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 5).unwrap() + Days::new(7 * week as u64)
}

/// What the outcomes say that are known by a week: claims settle some weeks after they came.
struct Settled {
    pairs: Vec<(usize, Pair)>,
    decided: std::collections::BTreeMap<String, i64>,
    /// What was said the week before.
    said: Vec<Signal>,
}

impl Settled {
    fn of(bundle: &Bundle, claims: &[(ClaimFacts, Option<Money>)]) -> Settled {
        let (mut pairs, mut decided) = (Vec::new(), std::collections::BTreeMap::new());
        for (i, (facts, settlement)) in claims.iter().enumerate() {
            let (Ok(value), Some(settled)) = (bundle.value(facts), settlement) else { continue };
            let day = monday(i / CLAIMS);
            *decided.entry(day.format("%Y-%m").to_string()).or_default() += 1;
            let pair = Pair {
                model: ModelId::from_parts(1, [0; 10]),
                kind: String::new(),
                predicted: value.amount.pence(),
                lower: value.lower.pence(),
                upper: value.upper.pence(),
                settled: settled.pence(),
                decided_day: Some(day),
            };
            pairs.push((i / CLAIMS + 2 + i % 5, pair));
        }
        Settled { pairs, decided, said: Vec::new() }
    }

    fn signals(&mut self, bundle: &Bundle, week: usize) -> Vec<Signal> {
        let known: Vec<Pair> = self.pairs.iter().filter(|(from, _)| *from <= week).map(|(_, p)| p.clone()).collect();
        let (signals, _) = performance::judged(&known, &self.decided, bundle.manifest());
        // As in earnest: what rests on the very same outcomes says nothing more.
        let same = |s: &Signal| self.said.iter().any(|b| b.name == s.name && b.remark == s.remark);
        let news = signals.iter().filter(|s| !same(s)).cloned().collect();
        self.said = signals;
        news
    }
}

fn dearer(facts: &ClaimFacts) -> ClaimFacts {
    let therapy = facts.heads.get(Head::SpecialTherapy).unwrap_or(Money::ZERO);
    let more = Money::from_pence((therapy.pence() as f64 * DEARER) as i64);
    ClaimFacts { heads: facts.heads.with(Head::SpecialTherapy, more), ..facts.clone() }
}

/// The weeks of a stream through the state machine: alerts that opened, and the week of the first.
fn watched(
    bundle: &Bundle,
    weeks: impl Iterator<Item = Vec<ClaimFacts>>,
    settled: Option<Settled>,
    seed: u64,
) -> (usize, Option<usize>) {
    let mut standings: std::collections::BTreeMap<String, Standing> = Default::default();
    let (mut opened, mut first) = (0, None);
    let mut settled = settled;
    for (week, claims) in weeks.enumerate() {
        let rows = drift::distinct(claims.iter().map(|facts| drift::row(bundle, facts)).collect());
        let day = monday(week);
        let mut signals = drift::signals(bundle, &rows, seed * 1_000 + week as u64);
        signals.extend(settled.as_mut().map(|s| s.signals(bundle, week)).unwrap_or_default());
        for signal in signals {
            let before = standings.get(&signal.name).copied().unwrap_or_default();
            let (after, tell) = before.after(signal.judgement, signal.size, day);
            if tell == Tell::Opened && after.state == State::Open {
                opened += 1;
                first = first.or(Some(week));
            }
            standings.insert(signal.name, after);
        }
    }
    (opened, first)
}

fn main() {
    let begun = std::time::Instant::now();
    let bundle = model();
    let next = AtomicUsize::new(0);
    let results = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let company = next.fetch_add(1, Ordering::Relaxed) as u64;
                    if company >= COMPANIES {
                        return;
                    }
                    let claims = stream(company);
                    let weeks =
                        || claims.chunks(CLAIMS).map(|week| week.iter().map(|(f, _)| f.clone()).collect::<Vec<_>>());
                    let settled = Settled::of(&bundle, &claims);
                    let still = watched(&bundle, weeks(), Some(settled), company).0;
                    let moved = weeks().take(4).map(|week| week.iter().map(dearer).collect());
                    let found = watched(&bundle, moved, None, company).1;
                    results.lock().unwrap().push((company, still, found));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap();
    results.sort_unstable();
    let alerts: usize = results.iter().map(|(_, still, _)| still).sum();
    let soonest = |weeks: usize| results.iter().filter(|(.., found)| found.is_some_and(|week| week < weeks)).count();
    println!(
        "{COMPANIES} companies, {WEEKS} weeks of {CLAIMS} claims, nothing has drifted: {alerts} alerts (to reach: at most 3)"
    );
    println!(
        "physiotherapy {:.0}% dearer: found in the first week by {}, in the first three by {} of {COMPANIES}",
        100.0 * (DEARER - 1.0),
        soonest(1),
        soonest(3)
    );
    println!("{:.0} s", begun.elapsed().as_secs_f64());
}
