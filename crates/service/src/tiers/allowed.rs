//! Whether a company's tier opens what somebody of it wants to do. What a tier opens is decided by the policy; here it is
//! read, and a refusal names the tiers that have it.

use chrono::{DateTime, NaiveDate, Utc};
use contract::ErrorKind;
use domain::calendar::london_date;
use domain::id::CompanyId;
use domain::policy;
use domain::tier::{Capability, Tier};
use store::{Handle, Reach, people, tiers};

use crate::{App, Ctx, Error, Result};

/// Goes on only if the tier of the caller's company opens this. What our own people do for themselves has no tier.
pub async fn require(ctx: &Ctx, capability: Capability) -> Result<()> {
    match ctx.caller.reach_company() {
        Some(company) => of_company(ctx, company, capability).await,
        None => Ok(()),
    }
}

/// The same for a company that somebody of ours works for.
pub async fn of_company(ctx: &Ctx, company: CompanyId, capability: Capability) -> Result<()> {
    ctx.app.memory.refresh(&ctx.app).await?;
    as_known(&ctx.app, company, london_date(ctx.now), capability).await
}

/// The same by what is in memory: whoever asks makes sure by the stamp before it changes anything.
pub async fn as_known(app: &App, company: CompanyId, day: NaiveDate, capability: Capability) -> Result<()> {
    match app.memory.tier(app, company, day).await? {
        Some(tier) if !policy::tier_allows(Some(&tier), capability) => Err(refused(app, &tier, capability).await?),
        _ => Ok(()),
    }
}

async fn refused(app: &App, tier: &Tier, capability: Capability) -> Result<Error> {
    let offered = tiers::offered(&app.store).await?;
    let have: Vec<String> =
        offered.into_iter().filter(|t| t.tier.opens(capability)).map(|t| format!("“{}”", t.tier.name)).collect();
    Ok(denied(&format!("{} is not part of the tier “{}”.", capability.label(), tier.name), &have))
}

fn denied(what: &str, have: &[String]) -> Error {
    let words = match have {
        [] => format!("{what} No tier that is offered now has it: ask Solatium."),
        some => {
            let names = some.join(" and ");
            let have = if some.len() == 1 { "has it" } else { "have it" };
            format!("{what} {names} {have}: a company manager asks for the change under Contracts.")
        }
    };
    Error::refused(ErrorKind::Forbidden, words)
}

/// Goes on only if the company's tier has a seat for one more active person. Of two who take the last seat at once one is
/// refused: the company's contract is held until the change is made.
pub async fn seat(tx: &store::Tx, company: CompanyId, now: DateTime<Utc>) -> Result<()> {
    store::contracts::hold(tx, company).await?;
    let Some(tier) = tiers::in_force(tx, company, london_date(now)).await? else { return Ok(()) };
    let active = seats_taken(tx, company).await?;
    if policy::tier_seats(Some(&tier), active) {
        return Ok(());
    }
    let more = |t: &Tier| t.seats.is_none_or(|seats| u64::from(seats) > active);
    let offered = tiers::offered(tx).await?;
    let have: Vec<String> =
        offered.into_iter().filter(|t| more(&t.tier)).map(|t| format!("“{}”", t.tier.name)).collect();
    let seats = tier.seats.unwrap_or_default();
    Err(denied(
        &format!("All {seats} seats of the tier “{}” are taken: deactivate somebody, or take another tier.", tier.name),
        &have,
    ))
}

/// People of a company who can sign in.
pub async fn seats_taken(handle: &impl Handle, company: CompanyId) -> Result<u64> {
    Ok(people::counts(handle, Reach::Company(company)).await?.0)
}
