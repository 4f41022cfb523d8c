//! A draft saves itself while it is typed; each person has one.

use contract::claim::{ClaimInput, DraftSums, DraftView};
use domain::claim::LARGEST_AMOUNT;
use domain::policy::Permission;
use domain::{ClaimFacts, Head, Money};
use store::drafts;

use super::predict;
use crate::{Ctx, Error, Result};

/// More than any claim form holds.
const LARGEST_DRAFT: usize = 64 * 1024;

/// Keeps what was typed, and says what it comes to.
pub async fn save(ctx: &Ctx, input: &ClaimInput) -> Result<DraftSums> {
    ctx.require(Permission::WriteClaims)?;
    let (user, _, _) = ctx.caller.person()?;
    let body = serde_json::to_string(input)?;
    if body.len() > LARGEST_DRAFT {
        return Err(Error::refused(
            contract::ErrorKind::TooLarge,
            "This draft is too long to keep: shorten the texts.",
        ));
    }
    let tx = ctx.begin().await?;
    drafts::save(&tx, ctx.id(), user, ctx.caller.own_company()?, &body, ctx.now).await?;
    tx.commit_bookkeeping().await?;
    Ok(sums(input))
}

/// What can be read of a draft, added up. What cannot be read yet counts as not there.
fn sums(input: &ClaimInput) -> DraftSums {
    let mut facts = ClaimFacts {
        accident_date: input.get("accident_date").parse().ok(),
        injury_prognosis_months: input.get("injury_prognosis_months").parse().ok(),
        minor_psychological_injury: match input.get("minor_psychological_injury") {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
        ..ClaimFacts::default()
    };
    let mut total = Money::ZERO;
    for head in Head::ALL {
        let amount = Money::parse_pounds(input.get(head.key())).ok();
        if let Some(amount) = amount.filter(|a| (Money::ZERO..=LARGEST_AMOUNT).contains(a)) {
            facts.heads.set(*head, Some(amount));
            total = total.checked_add(amount).unwrap_or(total);
        }
    }
    let known = facts.accident_date.is_some() && facts.injury_prognosis_months.is_some();
    let tariff = predict::tariff_view(&facts);
    DraftSums { total, tariff: if known { tariff.words } else { String::new() }, remark: tariff.remark }
}

pub async fn load(ctx: &Ctx) -> Result<DraftView> {
    ctx.require(Permission::WriteClaims)?;
    let (user, _, _) = ctx.caller.person()?;
    let draft = drafts::find(ctx.store(), user, ctx.caller.own_company()?).await?;
    let token = crate::secret::token();
    Ok(match draft {
        Some((body, at)) => {
            let input: ClaimInput = serde_json::from_str(&body)?;
            DraftView { sums: sums(&input), input, saved_at: Some(at.into()), token, ..DraftView::default() }
        }
        None => DraftView { token, ..DraftView::default() },
    })
}

pub async fn discard(ctx: &Ctx) -> Result<()> {
    ctx.require(Permission::WriteClaims)?;
    let (user, _, _) = ctx.caller.person()?;
    let tx = ctx.begin().await?;
    drafts::discard(&tx, user).await?;
    tx.commit_bookkeeping().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_added_up_as_far_as_it_can_be_read() {
        let of = |fields: &[(&str, &str)]| {
            let fields = fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            sums(&ClaimInput { fields, ..ClaimInput::default() })
        };
        assert_eq!(of(&[]), DraftSums::default());
        let half = of(&[("special_therapy", "1,420.50"), ("general_rest", "lots"), ("general_fixed", "500")]);
        assert_eq!((half.total, half.tariff.as_str()), (Money::from_pence(192_050), ""));
        let whole = of(&[("accident_date", "2026-03-10"), ("injury_prognosis_months", "6"), ("general_fixed", "500")]);
        assert!(whole.tariff.starts_with("£565.00 for 6 months"), "{}", whole.tariff);
        assert!(whole.remark.unwrap().starts_with("£500.00 is claimed as the tariff, −£65.00"));
    }
}
