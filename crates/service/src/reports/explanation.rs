//! How predictions come about (story 4): made from the model that serves, or from the version that made an old
//! prediction, with a worked example that adds up to the penny.

use contract::page::{Part, Report};
use contract::table::Tone;
use domain::{ClaimFacts, Head, Heads, Money};

use super::{Kind, Query, no_filters};
use crate::claims::{predict, waterfall};
use crate::models::cache::Loaded;
use crate::publishing::methodology;
use crate::{Ctx, Result, id_from};

pub static KIND: Kind = Kind {
    name: "explanation",
    title: "How predictions come about",
    lead: "",
    needs: None,
    filters: no_filters,
    body: |ctx, query| Box::pin(body(ctx, query)),
    more: None,
};

/// `prediction`: one whose own version is explained; without it the version that serves.
async fn body(ctx: &Ctx, query: &Query) -> Result<Report> {
    // An old prediction has the version that made it, and the words of its time.
    let (model, company, at) = match query.text("prediction") {
        "" => {
            let company = ctx.caller.own_company()?;
            (predict::champion(ctx, company).await?, company, ctx.now)
        }
        id => {
            let p = store::predictions::find(ctx.store(), ctx.caller.reach, id_from(id)?).await?;
            (Some(ctx.app.models.get(&ctx.app, p.model).await?), p.company, p.at)
        }
    };
    let Some(model) = model else {
        let words = "No model is deployed just now: claims are valued by hand.";
        return Ok(KIND.page(vec![Part::Notice(Tone::Notice, words.into())]));
    };
    let mut parts = what_it_is(&model);
    parts.extend(methodology::parts(ctx, company, at).await?);
    parts.extend(example(&model)?);
    parts.extend(limits(&model));
    let lead = format!("{} version {}.", model.name, model.version);
    Ok(Report { lead, ..KIND.page(parts) })
}

fn text(words: impl Into<String>) -> Part {
    Part::Text(words.into())
}

fn what_it_is(model: &Loaded) -> Vec<Part> {
    let manifest = model.bundle.manifest();
    let claims = contract::table::grouped(manifest.training.claims as u64);
    vec![text(format!(
        "The model learnt from {claims} settled claims. It looks at the amounts claimed under each head, the expected \
             recovery and the kind of accident. It never sees gender, age or free texts: those are kept apart."
    ))]
}

/// A claim that is nobody's, to show how the steps add up.
fn example(model: &std::sync::Arc<Loaded>) -> Result<Vec<Part>> {
    let facts = ClaimFacts {
        accident_type: Some("Rear end".into()),
        injury_prognosis_months: Some(7),
        whiplash: Some(true),
        minor_psychological_injury: Some(true),
        heads: Heads::nil()
            .with(Head::GeneralFixed, Money::from_pounds(1_025))
            .with(Head::SpecialTherapy, Money::from_pounds(600))
            .with(Head::SpecialEarningsLoss, Money::from_pounds(480)),
        ..ClaimFacts::default()
    };
    let answer = predict::with(model.clone(), &facts)?;
    let p = &answer.prediction;
    let hint = "Each bar starts where the one before ended: what the claim says of it moves the amount from the average up or down.";
    Ok(vec![
        text(format!(
            "A worked example: whiplash of seven months with a minor psychological injury; £1,025 by the tariff, £600 for \
             physiotherapy and £480 for loss of earnings are claimed. The model begins with {}, the average claim, and \
             comes to {}. {:.0} in 100 similar claims settled between {} and {}.",
            p.base,
            p.amount,
            p.level * 100.0,
            p.lower,
            p.upper
        )),
        Part::Chart(waterfall::chart("A worked example", "A worked example in figures", hint, p)),
        text(
            "The steps are Shapley values: what each fact adds on average over all orders in which the facts could \
             become known. They add up to the prediction to the penny. They say what moves the model, not what caused \
             the injury or what ought to be paid.",
        ),
    ])
}

fn limits(model: &Loaded) -> Vec<Part> {
    let m = &model.bundle.manifest().metrics;
    let pounds = domain::money::whole_pounds;
    vec![
        text(format!(
            "How good it is: on {} claims it had not seen it was off by {} on average, and by less than {} for half of \
             them. {:.1}% of those settled within their range, which is meant to be {:.0}%.",
            contract::table::grouped(m.claims as u64),
            pounds(m.mae),
            pounds(m.median_ae),
            100.0 * m.interval.coverage,
            100.0 * m.interval.level,
        )),
        text(
            "What it is not: it decides nothing, knows nothing of what is not in the claim (a letter that is not \
             confirmed, a witness, the law after it was trained), and says so where a claim is unlike any it has seen.",
        ),
    ]
}
