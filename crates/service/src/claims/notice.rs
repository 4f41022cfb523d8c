//! The claimant's notice: that a model was asked, what it rests on and how, who decided, and how to contest it (UK GDPR,
//! articles 13 to 15 and 22C). Made from the model that made the claim's prediction.

use contract::page::File;
use domain::Money;
use domain::calendar::london_date;
use domain::policy::Permission;
use serde_json::json;
use store::claims::{self, Claim};
use store::{companies, decisions, predictions};

use super::number;
use crate::paper::{Block, draw};
use crate::{Ctx, Result, id_from};

/// Steps of the model below this, in pence, are told together.
const LEAST_STEP: i64 = 1_000;

pub async fn file(ctx: &Ctx, claim_id: &str) -> Result<File> {
    ctx.require(Permission::ReadClaims)?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, id_from(claim_id)?).await?;
    super::estimate::given(ctx, &claim).await?;
    let blocks = blocks(ctx, &claim).await?;
    let day = contract::when::Day::from(london_date(ctx.now)).words;
    let bytes = draw(
        &blocks,
        &format!("Claim {}, {day}. Information under the UK GDPR; no legal advice.", number(claim.number)),
    )?;
    let tx = ctx.begin().await?;
    tx.commit(ctx.audit(Some(claim.company), "notice.made", "claim", claim.id, json!({}))).await?;
    Ok(File { name: format!("notice-{}.pdf", number(claim.number)), kind: "application/pdf", bytes })
}

async fn blocks(ctx: &Ctx, claim: &Claim) -> Result<Vec<Block>> {
    let company = companies::find(ctx.store(), ctx.caller.reach, claim.company).await?;
    let words = |text: &str| Block::Words(text.to_owned());
    let heading = |text: &str| Block::Heading(text.to_owned());
    let reference = claim.reference.as_deref().map(|r| format!(" (your reference {r})")).unwrap_or_default();
    let mut all = vec![
        Block::Title("How your claim was valued".into()),
        Block::Words(format!(
            "{} uses a computer model to support the people who value motor-injury claims. This tells you how it was \
             used for claim {}{reference}.",
            company.name,
            number(claim.number)
        )),
        heading("A person decides"),
        words(
            "The model proposes an amount and a range. A person looks at it, at your claim and at its documents, and \
             decides; they can settle for any other amount. Nothing was decided by the model alone.",
        ),
    ];
    all.push(heading("What was processed"));
    all.push(words(
        "The amounts that you claim under each head of loss, the expected months to recovery, whether a minor \
         psychological injury or exceptional circumstances are claimed, and the kind of accident. Your age and gender \
         are kept apart and are not part of the valuation. It is done to handle your claim, which is a legal claim \
         against our insured (UK GDPR, articles 6(1)(f) and 9(2)(f)).",
    ));
    match claim.prediction {
        Some(id) => all.extend(logic(ctx, id).await?),
        None => all.push(words("No model was asked about this claim: it is valued by a person alone.")),
    }
    if let (Some(settled), Some(decision)) =
        (claim.settled, decisions::of_claim(ctx.store(), ctx.caller.reach, claim.id).await?)
    {
        all.push(heading("What was decided"));
        let why = match decision.reason {
            Some(reason) => format!(" The reason: {}.", reason.label().to_lowercase()),
            None => " The person took the proposed amount.".to_owned(),
        };
        all.push(Block::Words(format!("A person decided to settle your claim for {settled}.{why}")));
        for (head, claimed, paid, reason) in super::assess::adjusted(ctx, claim).await? {
            all.push(Block::Row(format!("{head}: {claimed} claimed, {reason}"), paid.to_string()));
        }
    }
    all.push(heading("If you do not agree"));
    let contact = Some(company.billing_email.as_str()).filter(|email| !email.is_empty());
    all.push(Block::Words(format!(
        "You may say so at any time, and why. Somebody else than the person who decided then looks at your claim again \
         and answers you. You may also ask for the data that is kept about you, have it corrected, and complain to the \
         Information Commissioner (ico.org.uk). Write to {}.",
        std::iter::once(company.name.as_str())
            .chain(company.address.lines())
            .chain(contact)
            .collect::<Vec<_>>()
            .join(", ")
    )));
    Ok(all)
}

/// How the model came to its amount, from the prediction as it was made.
async fn logic(ctx: &Ctx, id: domain::id::PredictionId) -> Result<Vec<Block>> {
    let prediction = predictions::find(ctx.store(), ctx.caller.reach, id).await?;
    let model = ctx.app.models.get(&ctx.app, prediction.model).await?;
    let manifest = model.bundle.manifest();
    let mut all = vec![
        Block::Heading("How the model works".into()),
        Block::Words(format!(
            "It learnt from {} settled claims what claims like yours settled for. It begins with what the average claim \
             settled for and goes up or down by what your claim says; the steps are below and add up to its proposal. \
             On claims it had not seen it was off by {} on average.",
            contract::table::grouped(manifest.training.claims as u64),
            domain::money::whole_pounds(manifest.metrics.mae),
        )),
        Block::Row("The average claim".into(), prediction.base.to_string()),
    ];
    // Small steps are told together: they add up to the penny all the same.
    let (large, small): (Vec<_>, Vec<_>) =
        prediction.contributions.iter().partition(|step| step.amount.pence().abs() >= LEAST_STEP);
    for step in large {
        all.push(Block::Row(step.label.clone(), step.amount.signed()));
    }
    if !small.is_empty() {
        let together = Money::from_pence(small.iter().map(|step| step.amount.pence()).sum());
        all.push(Block::Row(format!("{} smaller steps together", small.len()), together.signed()));
    }
    all.push(Block::Row("What the model proposed".into(), prediction.amount.to_string()));
    all.push(Block::Words(format!(
        "{} in 100 similar claims settled between {} and {}. That range says how unsure the model is. A \
         step that goes down for a head you do not claim says that claims with it settled for more.",
        prediction.level_bp / 100,
        prediction.lower,
        prediction.upper
    )));
    Ok(all)
}
