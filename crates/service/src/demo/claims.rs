//! A year of claims, and what people made of them.

use chrono::{DateTime, Duration, NaiveTime, Utc};
use domain::Money;
use domain::calendar::{london_date, week};
use domain::policy::Role;
use domain::settlement::OverrideReason;
use store::claims::Protected;

use super::people::{INSURERS, OPERATOR, Team};
use super::year::{DRIFT, Year, priced};
use crate::claims::create;
use crate::claims::decide::{Put, decide};
use crate::claims::entry::Entry;
use crate::claims::{flag, review};
use crate::{Actor, App, Caller, Ctx, Result, jobs, models};

/// A small generator of repeatable choices (SplitMix64): the same demo every time.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides.max(1)
    }
}

struct Row {
    at: DateTime<Utc>,
    entry: Entry,
    settlement: Money,
}

/// Enters the file's claims of the last year, oldest first, and decides most of them for what the
/// file says they settled for.
pub async fn play(app: &App, team: &Team, now: DateTime<Utc>, csv: &[u8], most: usize) -> Result<()> {
    let mut dice = Dice(7);
    let rows = rows(csv, now, most, &mut dice);
    let mut models = team.deployments.lock().await.clone().into_iter().peekable();
    let engineer = team.caller(OPERATOR, Role::Engineer)?;
    let mut year = Year::begin(app, team, rows.first().map_or(now, |row| row.at), now, rows.len());
    let at = |caller: &Caller, time: DateTime<Utc>| Ctx { app: app.clone(), caller: caller.clone(), now: time };
    let (mut i, mut rows) = (0, rows.into_iter().peekable());
    while rows.peek().is_some() {
        let mut together = Vec::new();
        // What happens each week comes between the claims of one and of the next.
        let next = rows.peek().map_or(now, |row| row.at);
        Box::pin(year.until(next)).await?;
        while let Some(row) = rows.next_if(|row| {
            week(london_date(row.at)) == week(london_date(next)) && models.peek().is_none_or(|(at, _)| *at > row.at)
        }) {
            // Of four claims three are the larger insurer's.
            let insurer = &INSURERS[usize::from(dice.roll(4) > 2)];
            // Managers enter a claim now and then.
            let role = if dice.roll(12) == 0 { Role::Manager } else { Role::Handler };
            let channel = ["form", "form", "form", "file", "api"][dice.roll(5) as usize];
            let manager = team.caller(insurer.name, Role::Manager)?;
            together.push((row, team.caller(insurer.name, role)?, manager, channel, insurer.name));
            if together.len() == TOGETHER {
                break;
            }
        }
        let claims =
            together.iter().map(|(row, caller, _, channel, _)| (at(caller, row.at), row.entry.clone(), *channel));
        let entered = create::enter_all(claims.collect()).await?;
        for ((row, handler, manager, _, insurer), entered) in together.iter().zip(entered) {
            if let Some(when) = decided(app, handler, manager, row, &entered, now, i, &mut dice).await? {
                year.decided(insurer, &entered.claim, when, row.settlement, &mut dice);
            }
            i += 1;
        }
        let due = rows.peek().map(|row| row.at);
        while let Some((at, model)) = models.next_if(|(at, _)| due.is_some_and(|due| *at <= due)) {
            let ctx = Ctx { app: app.clone(), caller: engineer.clone(), now: at };
            models::deploy::deploy(&ctx, model, "after comparing it with version 1", None).await?;
        }
    }
    Box::pin(year.end()).await
}

/// Claims that are entered in one transaction.
const TOGETHER: usize = 250;

fn rows(csv: &[u8], now: DateTime<Utc>, most: usize, dice: &mut Dice) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for row in ml::data::parse_claims(csv).rows {
        let (Some(claimed), Some(settlement)) = (row.facts.claim_date, row.settlement) else { continue };
        if row.facts.heads.total().is_none_or(|t| t <= Money::ZERO) {
            continue;
        }
        let time = NaiveTime::from_hms_opt(8 + dice.roll(9) as u32, dice.roll(60) as u32, dice.roll(60) as u32);
        let at = (claimed + chrono::Days::new(1 + dice.roll(4))).and_time(time.unwrap_or_default()).and_utc();
        if at >= now || at < now - Duration::days(366) {
            continue;
        }
        let (facts, settlement) = priced(row.facts, settlement, at >= now - DRIFT);
        let protected = Protected { driver_age: row.protected.driver_age, gender: row.protected.gender };
        let entry = Entry {
            facts,
            protected,
            reference: Some(format!("MI-{}", 10_000 + dice.roll(90_000))),
            claimant_reference: None,
            medical_report: dice.roll(10) > 0,
        };
        rows.push(Row { at, entry, settlement });
    }
    rows.truncate(most);
    rows.sort_by_key(|r| r.at);
    rows
}

/// What people did with a claim; when it was decided.
#[expect(clippy::too_many_arguments, reason = "two people, a claim, two times and the dice")]
async fn decided(
    app: &App,
    handler: &Caller,
    manager: &Caller,
    row: &Row,
    entered: &create::Entered,
    now: DateTime<Utc>,
    i: usize,
    dice: &mut Dice,
) -> Result<Option<DateTime<Utc>>> {
    let at = |caller: &Caller, time: DateTime<Utc>| Ctx { app: app.clone(), caller: caller.clone(), now: time };
    let id = entered.claim.id.to_string();
    let decided = row.at + Duration::minutes(20 + dice.roll(60 * 24 * 3) as i64);
    // The newest claims, and a few older ones, still wait.
    if decided >= now || dice.roll(25) == 0 {
        return Ok(None);
    }
    let flagged = dice.roll(14) == 0 && matches!(handler.actor, Actor::Person { role: Role::Handler, .. });
    if flagged {
        flag::flag(&at(handler, decided), &id, WHY[i % WHY.len()]).await?;
        let reviewed = decided + Duration::hours(5 + dice.roll(60) as i64);
        if reviewed >= now || dice.roll(6) == 0 {
            return Ok(None);
        }
        if dice.roll(2) == 0 {
            review::hand_back(&at(manager, reviewed), &id, "Go by the medical report; no need to wait for more.")
                .await?;
            let later = (reviewed + Duration::hours(3)).min(now);
            decide(&at(handler, later), &id, put(entered, row.settlement, dice)).await?;
        } else {
            decide(&at(manager, reviewed), &id, put(entered, row.settlement, dice)).await?;
        }
        // What follows from it is done when it was due, not when the server first starts.
        let then = (reviewed + Duration::hours(4)).min(now);
        while jobs::run::next(app, &|| then).await? {}
        return Ok(Some(then));
    }
    decide(&at(handler, decided), &id, put(entered, row.settlement, dice)).await?;
    Ok(Some(decided))
}

const WHY: [&str; 3] = [
    "The physiotherapy invoices do not add up to the amount claimed.",
    "Liability is disputed by the other side; please look at the statements.",
    "Loss of earnings is claimed without payslips.",
];

/// Accepts a prediction that is near what the claim settled for, overrides one that is not.
fn put(entered: &create::Entered, settlement: Money, dice: &mut Dice) -> Put {
    let near = entered.claim.predicted.is_some_and(|p| {
        let off = (p.pence() - settlement.pence()).abs();
        off <= settlement.pence() / 12 || off < 5_000
    });
    if near || (entered.claim.predicted.is_some() && dice.roll(3) == 0) {
        return Put { accept: true, prediction: entered.claim.prediction, medical_report: true, ..Put::default() };
    }
    const REASONS: [OverrideReason; 5] = [
        OverrideReason::HeadUnsupported,
        OverrideReason::Negotiated,
        OverrideReason::MedicalEvidence,
        OverrideReason::Liability,
        OverrideReason::Negotiated,
    ];
    Put {
        accept: false,
        amount: Some(settlement),
        reason: REASONS[dice.roll(5) as usize].key().into(),
        medical_report: true,
        ..Put::default()
    }
}
