//! The findings in plain words.

use ml::experiment::{Findings, SUM_OF_HEADS, Verdict};

use crate::{
    About,
    engineers::leaked,
    words::{in_ten, pounds},
};

/// One page for whoever decides whether to use it.
pub fn managers(f: &Findings, about: &About) -> String {
    let best = f.entries.iter().find(|e| e.family == Some(f.best));
    let sum = f.entries.iter().find(|e| e.name == SUM_OF_HEADS);
    let (Some(best), Some(sum)) = (best, sum) else { return String::new() };
    let open: Vec<String> = f
        .recommendation
        .criteria
        .iter()
        .filter(|c| !c.met)
        .map(|c| format!("- **{}** – found: {}.", capital(&c.name), c.found))
        .collect();
    let open = if open.is_empty() { "Nothing: every criterion is met.".to_owned() } else { open.join("\n") };
    let advice = match f.recommendation.verdict {
        Verdict::AdoptNow => "Use it beside your handlers' judgement, and watch it as set out below.",
        Verdict::AfterFurtherWork => {
            "Do not rely on it yet. It is worth having; what is listed below must be done first."
        }
        Verdict::Never => "Do not use it. On these data it does not beat a rule that anyone can work out by hand.",
    };
    format!(
        "# For managers: should we predict settlements?\n\n\
         **{}.** {advice}\n\n\
         ## What it does\n\nFor a claim as entered, it estimates what the claim will settle for, with a range that is meant to hold \
         9 in 10 such claims, and says what the estimate is made of. A handler decides; nothing is settled by the program.\n\n\
         ## How good it is\n\n\
         - On claims it had never seen, it was off by **{}** on average; adding up the heads is off by {}.\n\
         - About {} estimates lie within a tenth of the settlement.\n\
         - The hardest tenth of the claims carries {:.0}% of all error: mostly claims with other general damages, where much is \
         negotiated.\n\
         - The ranges are about {} wide in the middle.\n\n\
         ## What the figures rest on\n\n{} rows, {}: cautiously counted **{} different claims**, because rows can be copies of one \
         another. Whoever tests on copies of what was learnt reports, here, {}: {}. Figures you are offered elsewhere should be \
         asked how they were obtained.\n\n\
         ## What is open\n\n{open}\n\n\
         ## What it must not be used for\n\nTo settle without a person, to press a claimant, or for claims unlike those it \
         learnt from (it says so on the screen).\n",
        capital(f.recommendation.verdict.label()),
        pounds(best.mae.value),
        pounds(sum.mae.value),
        in_ten(f.residuals.within_tenth),
        100.0 * f.residuals.top_tenth,
        pounds(f.intervals.first().map_or(0.0, |m| m.median_width)),
        f.copies.rows,
        about.data,
        f.copies.claims,
        pounds(f.leak.random_mae),
        leaked(f.leak.random_mae, f.leak.grouped_mae),
    )
}

/// One page for those who work with it.
pub fn handlers(f: &Findings) -> String {
    let kinds: Vec<String> = f
        .report
        .by_kind
        .iter()
        .map(|s| format!("- Claims {}: off by {} on average.", of_kind(&s.name), pounds(s.mae.value)))
        .collect();
    let (below, above) = f.intervals.first().map_or((0.0, 0.0), |m| (m.below, m.above));
    format!(
        "# For claims handlers: what the prediction tells you\n\n\
         ## The amount\n\nWhat claims like this one have settled for. It starts from the sum of the heads and takes off what is \
         usually negotiated away. It never exceeds what is claimed, apart from heads that are not known yet.\n\n\
         ## The range\n\nSet so that 9 in 10 similar claims settled within it. Of the others, about {:.0} in 100 settled for less \
         than the range and {:.0} in 100 for more. A wide range means that claims like this one differ much: look closer.\n\n\
         ## How far to trust it\n\n{}\n\n\
         ## The reasons\n\nEach line is what one thing adds to or takes from the average claim, in pounds; together they make up the \
         amount to the penny. They say what the model used, not what the law says.\n\n\
         ## What it does not see\n\nThe claimant's gender and age, the vehicle, the weather, the descriptions. If the descriptions tell \
         you something that matters, it is yours to weigh.\n\n\
         ## You decide\n\nAccept, override or flag. An override with its reason is how it learns where it is wrong.\n",
        100.0 * below,
        100.0 * above,
        kinds.join("\n")
    )
}

fn of_kind(name: &str) -> String {
    match name {
        "tariff only" => "for the tariff only".into(),
        "amounts not known" => "with a decisive amount not known".into(),
        other => other.into(),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
