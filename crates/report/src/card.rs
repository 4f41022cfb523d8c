//! Model card (Mitchell et al. 2019) and datasheet (Gebru et al. 2021).

use ml::{
    experiment::Findings,
    train::{Setting, describe},
};

use crate::{
    About,
    words::{estimate, percent, pounds},
};

pub fn model_card(f: &Findings, about: &About) -> String {
    let Some(best) = f.entries.iter().find(|e| e.family == Some(f.best)) else { return String::new() };
    let slices: Vec<String> = f
        .report
        .by_kind
        .iter()
        .chain(&f.report.by_gender)
        .chain(&f.report.by_age)
        .map(|s| format!("- {}: {}, {} within the range", s.name, estimate(s.mae), percent(s.coverage)))
        .collect();
    let interval = f.intervals.first();
    format!(
        "# Model card\n\n\
         | | |\n|---|---|\n| Family | {} |\n| Recipe | {} |\n| Run on | {} |\n| Data | {} (SHA-256 `{}`) |\n\n\
         ## Intended use\n\nSupport for the claims handler who values a motor-injury claim under the whiplash tariff of England and \
         Wales. A person decides on every claim.\n\n\
         ## Not intended\n\nSettling without a person; claims outside the tariff's years, with prognoses beyond 24 months, or unlike \
         those learnt from; pricing of policies; any use of it about the claimant as a person.\n\n\
         ## Inputs\n\nAmounts of the heads of loss, prognosis, psychological and exceptional flags, accident type. Never: gender, \
         age, descriptions.\n\n\
         ## Figures (claims not seen; 95% intervals over claims)\n\n\
         - Mean absolute error {}; median {}; RMSE {}; R² {:.3}\n\
         - 90% ranges: {} inside, mean width {}\n{}\n\n\
         ## Limits\n\n- The tenth of the rows with the largest errors carries {} of the error.\n\
         - Misses of the range are uneven: {} of settlements lie below it, {} above.\n\
         - Claims with the same input settle for different amounts: some error cannot be removed.\n\n\
         ## Recommendation\n\n{}.\n",
        best.name,
        describe(f.best, Setting::default()),
        about.date,
        about.data,
        about.sha256,
        estimate(best.mae),
        estimate(best.median_ae),
        estimate(best.rmse),
        best.r2.value,
        interval.map_or_else(String::new, |m| percent(m.all.covered)),
        interval.map_or_else(String::new, |m| pounds(m.mean_width)),
        slices.join("\n"),
        percent(f.residuals.top_tenth),
        interval.map_or_else(String::new, |m| percent(m.below)),
        interval.map_or_else(String::new, |m| percent(m.above)),
        f.recommendation.verdict.label(),
    )
}

pub fn datasheet(f: &Findings, about: &About) -> String {
    let c = &f.copies;
    format!(
        "# Datasheet\n\n\
         **What the rows are.** {}. One row a claim as entered, with the heads of loss claimed and the amount it settled for.\n\n\
         **How many.** {} rows, {} with a settlement; {} different sets of amounts and settlement; cautiously counted, {} claims. \
         {} rows are copies of another; the largest group has {}.\n\n\
         **What is missing.** {} settlements; {} of the amounts, after what the law determines was recovered from the other fields.\n\n\
         **Personal data.** Driver age and gender are read for the audit of fairness only and are in no bundle. Injury data are health data \
         (UK GDPR Art. 9): whoever runs this on real claims needs a lawful basis for it.\n\n\
         **What was done to it.** Blank tariff amounts, psychological flags and prognosis bands recovered from each other; nothing \
         recovered from the settlement; rows without a settlement left out; no row removed as an outlier.\n\n\
         **Known traps.** Copies on both sides of a split: see the report. Settlements equal the sum of the heads in {} of the \
         rows.\n\n\
         **Should not be used for** claims outside England and Wales, or before the tariff of 2021.\n",
        about.data,
        c.rows,
        c.settled,
        c.signatures,
        c.claims,
        c.copied,
        c.largest,
        c.rows - c.settled,
        percent(c.blank),
        percent(f.residuals.paid_in_full),
    )
}
