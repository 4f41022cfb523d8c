//! The report for engineers.

use ml::experiment::{Findings, IntervalMethod, SUM_OF_HEADS};

use crate::{
    About,
    plots::Plot,
    words::{estimate, fine, percent, pounds, table},
};

/// Markdown; pictures are in `plots/`.
pub fn report(f: &Findings, about: &About, plots: &[Plot]) -> String {
    let picture = |name: &str| {
        let plot = plots.iter().find(|p| p.name == name);
        plot.map(|p| format!("\n![{}](plots/{}.svg)\n", p.title, p.name)).unwrap_or_default()
    };
    [
        summary(f, about),
        data(f),
        method(f),
        families(f) + &picture("families"),
        ablations(f) + &picture("ablations") + &picture("learning"),
        parts(f) + &picture("slices") + &picture("calibration"),
        intervals(f) + &picture("coverage"),
        fairness(f),
        residuals(f),
        format!("## Making it again\n\n```sh\n{}\n```\n", about.command),
    ]
    .join("\n")
}

fn summary(f: &Findings, about: &About) -> String {
    let best = f.entries.iter().find(|e| e.family == Some(f.best));
    let sum = f.entries.iter().find(|e| e.name == SUM_OF_HEADS);
    let (Some(best), Some(sum)) = (best, sum) else { return String::new() };
    let criteria: Vec<Vec<String>> = f
        .recommendation
        .criteria
        .iter()
        .map(|c| {
            let weight = if c.decisive { "decisive" } else { "asks for work" };
            vec![c.name.clone(), if c.met { "met" } else { "not met" }.into(), weight.into(), c.found.clone()]
        })
        .collect();
    format!(
        "# Experiment: what motor-injury claims settle for\n\n\
         Run on {} on {} (SHA-256 `{}`).\n\n\
         **Recommendation: {}.** The best family is {}: mean absolute error {} on claims it had not seen, against {} for the \
         sum of the heads.\n\n## Recommendation\n\n{}\n\
         \"Never\" follows from a decisive criterion not met, \"after further work\" from any other.\n",
        about.date,
        about.data,
        about.sha256,
        f.recommendation.verdict.label(),
        best.name,
        estimate(best.mae),
        estimate(sum.mae),
        table(&["Criterion", "", "If not met", "Found"], &criteria),
    )
}

fn data(f: &Findings) -> String {
    let c = &f.copies;
    let (random, grouped) = (f.leak.random_mae, f.leak.grouped_mae);
    format!(
        "## The data, and the trap in them\n\n\
         {} rows, {} of them with a settlement. They hold {} different sets of amounts and settlement: {} rows share theirs \
         with another row, the largest group has {}. Counted cautiously (settlements to the pound), there are **{} claims**. \
         {} of the amounts are blank after recovery.\n\n\
         A split of rows at random puts copies of one claim on both sides. It would have reported a mean absolute error of {} \
         (R² {:.3}) where claims apart give {} (R² {:.3}): {}.\n\n\
         Claims with the same input have settled for different amounts; the best any model could do about those leaves {} of \
         mean absolute error (a lower bound, because most inputs occur once).\n",
        c.rows,
        c.settled,
        c.signatures,
        c.copied,
        c.largest,
        c.claims,
        percent(c.blank),
        fine(random),
        f.leak.random_r2,
        fine(grouped),
        f.leak.grouped_r2,
        leaked(random, grouped),
        fine(c.irreducible),
    )
}

/// What a split at random makes of the error, in words.
pub fn leaked(random: f64, grouped: f64) -> String {
    match 100.0 * (1.0 - random / grouped.max(1e-9)) {
        share if share >= 2.0 => format!("an error {share:.0}% too low, and false"),
        _ => "on this file, where copies are few, that makes little difference".to_owned(),
    }
}

fn method(f: &Findings) -> String {
    format!(
        "## Method\n\n\
         - **Target:** settlement less the sum of the heads; the sum is added back.\n\
         - **Folds:** 5, by claim (rows with the same settlement to the pound are never split), dealt {} times. Each row is \
         predicted by a model that had seen no copy of it.\n\
         - **Settings** of the families that have several are chosen in 3 inner folds by claim, within the rows learnt from.\n\
         - **Weights:** a row counts one over the square root of its copies, where the library can weigh rows.\n\
         - **Intervals** of figures and of differences are 95% bootstraps over claims, 1,000 draws; differences are paired.\n\
         - **Bounds:** predictions lie between nil and the sum of the heads times a share learnt in the same fold.\n",
        f.settings.repeats,
    )
}

fn families(f: &Findings) -> String {
    let rows: Vec<Vec<String>> = f
        .entries
        .iter()
        .map(|e| {
            let chosen: Vec<String> = e.settings.iter().map(|(s, n)| format!("no. {s}: {n}×")).collect();
            vec![
                e.name.clone(),
                estimate(e.mae),
                format!("{} to {}", fine(e.spread.0), fine(e.spread.1)),
                estimate(e.median_ae),
                estimate(e.rmse),
                format!("{:.3} ({:.3} to {:.3})", e.r2.value, e.r2.low, e.r2.high),
                if e.family == Some(f.best) { "–".into() } else { estimate(e.difference) },
                if e.settings.len() > 1 { chosen.join(", ") } else { "one".into() },
            ]
        })
        .collect();
    let head = ["Family", "MAE", "over the repeats", "median", "RMSE", "R²", "behind the best", "settings chosen"];
    format!(
        "## Families\n\nA family whose interval \"behind the best\" holds nil cannot be told from it on these claims.\n\n{}",
        table(&head, &rows)
    )
}

fn ablations(f: &Findings) -> String {
    let rows: Vec<Vec<String>> = f
        .ablations
        .iter()
        .map(|a| {
            let says = match (a.difference.is_clear(), a.difference.value > 0.0) {
                (false, _) => "no difference beyond chance",
                (true, true) => "worse",
                (true, false) => "better",
            };
            vec![a.name.clone(), estimate(a.mae), estimate(a.difference), says.into()]
        })
        .collect();
    let learning: Vec<Vec<String>> = f.learning.iter().map(|p| vec![p.rows.to_string(), estimate(p.mae)]).collect();
    format!(
        "## What the parts are worth\n\nThe best family in its usual settings with one thing changed, against the same with nothing changed.\n\n{}\n### With fewer claims to learn from\n\n{}",
        table(&["Change", "MAE", "difference", ""], &rows),
        table(&["rows learnt from", "MAE"], &learning)
    )
}

fn parts(f: &Findings) -> String {
    let r = &f.report;
    let rows: Vec<Vec<String>> = std::iter::once(&r.all)
        .chain(&r.by_kind)
        .chain(&r.by_value)
        .chain(&r.by_gender)
        .chain(&r.by_age)
        .map(|s| {
            vec![
                s.name.clone(),
                s.rows.to_string(),
                s.claims.to_string(),
                estimate(s.mae),
                estimate(s.bias),
                percent(s.coverage),
                pounds(s.mean_width),
            ]
        })
        .collect();
    format!(
        "## Where it is good and where not\n\nBias is prediction less settlement.\n\n{}",
        table(&["Claims", "rows", "claims", "MAE", "bias", "within range", "mean width"], &rows)
    )
}

fn intervals(f: &Findings) -> String {
    let row = |m: &IntervalMethod| {
        let worst = m.by_kind.iter().chain(&m.by_value).min_by(|a, b| a.covered.total_cmp(&b.covered));
        vec![
            m.name.clone(),
            percent(m.all.covered),
            format!("{} to {}", percent(m.all.band.low), percent(m.all.band.high)),
            worst.map_or_else(String::new, |c| format!("{} ({})", percent(c.covered), c.name)),
            percent(m.below),
            percent(m.above),
            pounds(m.mean_width),
            pounds(m.median_width),
        ]
    };
    let head = ["Method", "inside", "expected", "least", "below", "above", "mean width", "median width"];
    let rows: Vec<Vec<String>> = f.intervals.iter().map(row).collect();
    let parts: Vec<Vec<String>> = f
        .intervals
        .iter()
        .take(1)
        .flat_map(|m| m.by_kind.iter().chain(&m.by_value))
        .map(|c| {
            let band = format!("{} to {}", percent(c.band.low), percent(c.band.high));
            vec![c.name.clone(), c.rows.to_string(), c.claims.to_string(), percent(c.covered), band]
        })
        .collect();
    format!(
        "## Ranges that should hold 90%\n\nCalibrated on the other folds. \"Expected\" is where the share lies in 95% of \
         calibrations with as many claims (Beta distribution).\n\n{}\n### The served method, part by part\n\n{}",
        table(&head, &rows),
        table(&["Claims", "rows", "claims", "inside", "expected"], &parts)
    )
}

fn fairness(f: &Findings) -> String {
    let mut text = "## Fairness\n\nNeither gender nor age is a feature, so changing either alone changes no prediction. They may still \
                    show through other features; that is what is looked for here. p-values are those of dealing the groups anew \
                    to the claims.\n"
        .to_owned();
    if f.fairness.is_empty() {
        return text + "\nThe file says neither gender nor age of at least two groups: nothing could be audited.\n";
    }
    for audit in &f.fairness {
        let groups: Vec<Vec<String>> = audit
            .groups
            .iter()
            .map(|g| vec![g.name.clone(), g.rows.to_string(), fine(g.mae), fine(g.mean_prediction), fine(g.bias)])
            .collect();
        let proxy: Vec<Vec<String>> = audit
            .proxy
            .iter()
            .map(|p| {
                vec![p.group.clone(), format!("{:.3}", p.auc), format!("{:.3}", p.limit), format!("{:.3}", p.adjusted)]
            })
            .collect();
        text += &format!(
            "\n### By {}\n\n{}\nLargest less smallest MAE: {}. Kolmogorov–Smirnov between the groups furthest apart: of predictions \
             {:.3} (p = {:.3}), of errors {:.3} (p = {:.3}).\n\nHow well the features tell the groups (AUC; 0.5 is chance):\n\n{}",
            audit.attribute,
            table(&["Group", "rows", "MAE", "mean prediction", "bias"], &groups),
            fine(audit.mae_difference),
            audit.parity.statistic,
            audit.parity.p_value,
            audit.residual_parity.statistic,
            audit.residual_parity.p_value,
            table(&["Group", "AUC", "chance exceeds in 5%", "adjusted p"], &proxy)
        );
    }
    text
}

fn residuals(f: &Findings) -> String {
    let r = f.residuals;
    let quantiles: Vec<Vec<String>> =
        f.report.errors.iter().map(|(q, pounds)| vec![percent(*q), fine(*pounds)]).collect();
    format!(
        "## What is left\n\n\
         The tenth of the rows with the largest errors carries {} of all error. {} settle for the sum of their heads: there the \
         mean error is {}, elsewhere {}. {} of predictions lie within 10% of the settlement.\n\n{}",
        percent(r.top_tenth),
        percent(r.paid_in_full),
        fine(r.mae_paid_in_full),
        fine(r.mae_others),
        percent(r.within_tenth),
        table(&["Share of rows below", "prediction less settlement"], &quantiles)
    )
}
