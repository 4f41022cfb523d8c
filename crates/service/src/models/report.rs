//! What a bundle's own report says, in pictures: as whoever trained the model measured it.

use chart::{curve, dots};
use contract::page::Chart;
use contract::table::{Cell, Table};
use domain::money::whole_pounds as pounds;
use ml::evaluate::{Report, Slice};

/// Every part, or none for bundles that carry no report.
pub fn parts(manifest: &ml::Manifest) -> Vec<Chart> {
    let Some(report) = &manifest.report else { return Vec::new() };
    let mut parts = vec![errors(report), coverage(report), calibration(report)];
    if !report.importance.is_empty() {
        parts.push(importance(report));
    }
    parts
}

fn slices(report: &Report) -> impl Iterator<Item = &Slice> {
    let Report { all, by_kind, by_value, by_gender, by_age, .. } = report;
    std::iter::once(all).chain(by_kind).chain(by_value).chain(by_gender).chain(by_age)
}

fn errors(report: &Report) -> Chart {
    let title = "Mean absolute error, part by part";
    let dot = |s: &Slice| dots::Dot {
        label: s.name.clone(),
        value: s.mae.value,
        interval: Some((s.mae.low, s.mae.high)),
        expected: None,
    };
    let dots: Vec<_> = slices(report).map(dot).collect();
    let mut figures =
        Table::new(title, &["Claims", "#Rows", "#Distinct", "#MAE", "#95% interval", "#Bias", "#95% interval"], "");
    for s in slices(report) {
        figures.row(vec![
            Cell::text(&s.name),
            Cell::Figure(s.rows.to_string()),
            Cell::Figure(s.claims.to_string()),
            Cell::Figure(pounds(s.mae.value)),
            Cell::Figure(format!("{} to {}", pounds(s.mae.low), pounds(s.mae.high))),
            Cell::Figure(pounds(s.bias.value)),
            Cell::Figure(format!("{} to {}", pounds(s.bias.low), pounds(s.bias.high))),
        ]);
    }
    Chart {
        title: title.into(),
        hint: "On claims it had not seen. Lines are 95% intervals over claims; bias is prediction less settlement. Gender and age are no features: they are audited here.".into(),
        svg: dots::draw(title, &dots, Some(report.all.mae.value), pounds),
        table: figures,
    }
}

fn coverage(report: &Report) -> Chart {
    let title = "Share of settlements within the 90% range, part by part";
    let dot = |s: &Slice| dots::Dot {
        label: s.name.clone(),
        value: s.coverage,
        interval: None,
        expected: Some((s.band.low, s.band.high)),
    };
    let dots: Vec<_> = slices(report).map(dot).collect();
    let mut figures = Table::new(title, &["Claims", "#Inside", "#Expected", "#Mean width"], "");
    for s in slices(report) {
        figures.row(vec![
            Cell::text(&s.name),
            Cell::Figure(percent(s.coverage)),
            Cell::Figure(format!("{} to {}", percent(s.band.low), percent(s.band.high))),
            Cell::Figure(pounds(s.mean_width)),
        ]);
    }
    Chart {
        title: title.into(),
        hint: "The band is where the share should lie with as many claims; the line is 90%.".into(),
        svg: dots::draw(title, &dots, Some(0.9), percent),
        table: figures,
    }
}

fn calibration(report: &Report) -> Chart {
    let title = "Predicted and settled, tenths of the claims";
    let dot = |p: &ml::evaluate::Point| curve::Dot { x: p.predicted, y: p.settled, interval: None };
    let dots: Vec<_> = report.calibration.iter().map(dot).collect();
    let axes = curve::Axes { x: "mean prediction", y: "mean settlement", diagonal: true };
    let mut figures = Table::new(title, &["Tenth", "#Mean prediction", "#Mean settlement"], "");
    for (i, p) in report.calibration.iter().enumerate() {
        figures.row(vec![
            Cell::Text((i + 1).to_string()),
            Cell::Figure(pounds(p.predicted)),
            Cell::Figure(pounds(p.settled)),
        ]);
    }
    Chart {
        title: title.into(),
        hint: "Points on the line are right on average; below it, claims settle for less than predicted.".into(),
        svg: curve::draw(title, &dots, axes, (&pounds, &pounds)),
        table: figures,
    }
}

fn importance(report: &Report) -> Chart {
    let title = "What moves predictions";
    let dot = |i: &ml::evaluate::Importance| dots::Dot {
        label: i.label.clone(),
        value: i.pounds,
        interval: Some((0.0, i.pounds)),
        expected: None,
    };
    let dots: Vec<_> = report.importance.iter().take(12).map(dot).collect();
    let mut figures = Table::new(title, &["What", "#Mean contribution"], "");
    for i in &report.importance {
        figures.row(vec![Cell::text(&i.label), Cell::Figure(format!("£{:.2}", i.pounds))]);
    }
    Chart {
        title: title.into(),
        hint: "The mean size of each contribution over the claims the explanation starts from.".into(),
        svg: dots::draw(title, &dots, None, pounds),
        table: figures,
    }
}

fn percent(share: f64) -> String {
    format!("{:.1}%", 100.0 * share)
}
