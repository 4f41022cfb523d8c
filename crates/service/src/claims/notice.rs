//! The claimant's notice: that a model was asked, what it rests on and how, who decided, and how to contest it (UK GDPR,
//! articles 13 to 15 and 22C). Made from the model that made the claim's prediction.

use contract::page::File;
use domain::calendar::london_date;
use domain::policy::Permission;
use serde_json::json;
use store::claims::{self, Claim};
use store::{companies, predictions};

use super::number;
use crate::paper::{Block, draw};
use crate::{Ctx, Result, id_from};

pub async fn file(ctx: &Ctx, claim_id: &str) -> Result<File> {
    ctx.require(Permission::ReadClaims)?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, id_from(claim_id)?).await?;
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
        Some(id) => all.extend(logic(ctx, claim, id).await?),
        None => all.push(words("No model was asked about this claim: it is valued by a person alone.")),
    }
    all.push(heading("If you do not agree"));
    all.push(Block::Words(format!(
        "You may say so at any time, and why. Somebody else than the person who decided then looks at your claim again \
         and answers you. You may also ask for the data that is kept about you, have it corrected, and complain to the \
         Information Commissioner (ico.org.uk). Write to {}{}.",
        company.name,
        match company.billing_email.is_empty() && company.address.is_empty() {
            true => String::new(),
            false => format!(", {}", company.address.lines().collect::<Vec<_>>().join(", ")),
        }
    )));
    Ok(all)
}

/// How the model came to its amount, from the prediction as it was made.
async fn logic(ctx: &Ctx, claim: &Claim, id: domain::id::PredictionId) -> Result<Vec<Block>> {
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
    for step in &prediction.contributions {
        all.push(Block::Row(step.label.clone(), step.amount.signed()));
    }
    all.push(Block::Row("What the model proposed".into(), prediction.amount.to_string()));
    all.push(Block::Words(format!(
        "{} in 100 similar claims settled between {} and {}. That range says how unsure the model is; it is not room to \
         bargain.",
        prediction.level_bp / 100,
        prediction.lower,
        prediction.upper
    )));
    if claim.predicted != Some(prediction.amount) {
        return Ok(all);
    }
    if let Some(settled) = claim.settled {
        all.push(Block::Words(format!("A person decided to settle your claim for {settled}.")));
    }
    Ok(all)
}
