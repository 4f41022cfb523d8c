//! What a bundle's own report says, in pictures: as whoever trained the model measured it.

use chart::{curve, dots};
use contract::page::{Chart, File};
use contract::table::{Cell, Table};
use contract::{AppError, ErrorKind};
use domain::money::whole_pounds as pounds;
use domain::policy::Permission;
use ml::evaluate::{Report, Slice};
use store::models;

use super::operator;
use crate::reports::slug;
use crate::{Ctx, Error, Result, csv, id_from};

/// How good it is by kind and value of claims, or none for bundles that carry no report. `model`: for the files'
/// addresses.
pub fn accuracy(manifest: &ml::Manifest, model: &str) -> Vec<Chart> {
    let Some(report) = &manifest.report else { return Vec::new() };
    let mut parts = vec![errors(report, false), coverage(report, false), calibration(report)];
    if !report.importance.is_empty() {
        parts.push(importance(report));
    }
    with_files(parts, model)
}

/// The same by groups of people.
pub fn fairness(manifest: &ml::Manifest, model: &str) -> Vec<Chart> {
    let Some(report) = &manifest.report else { return Vec::new() };
    with_files(vec![errors(report, true), coverage(report, true)], model)
}

fn with_files(mut parts: Vec<Chart>, model: &str) -> Vec<Chart> {
    for chart in &mut parts {
        chart.table.csv = Some(format!("/models/{model}/charts/{}.csv", slug(&chart.title)));
    }
    parts
}

/// A chart of a version as a file. `name`: the title as it stands in an address, and `.svg` or `.csv`.
pub async fn file(ctx: &Ctx, id: &str, name: &str) -> Result<File> {
    ctx.require(Permission::ReadModels)?;
    let model = models::find(ctx.store(), ctx.caller.reach, operator(ctx).await?, id_from(id)?).await?;
    let manifest: ml::Manifest = serde_json::from_str(&model.manifest)?;
    let nothing = || Error::Refused(AppError::new(ErrorKind::NotFound, "There is no file of this name."));
    let (wanted, kind) = name.rsplit_once('.').ok_or_else(nothing)?;
    let all = accuracy(&manifest, id).into_iter().chain(fairness(&manifest, id));
    let chart = all.into_iter().find(|chart| slug(&chart.title) == wanted).ok_or_else(nothing)?;
    let name = format!("{}-v{}-{wanted}.{kind}", slug(&model.name), model.version);
    match kind {
        "svg" => Ok(File::svg(name, chart::standalone(&chart.svg).into_bytes())),
        "csv" => Ok(File::csv(name, csv::table(&chart.table)?)),
        _ => Err(nothing()),
    }
}

fn slices(report: &Report, people: bool) -> impl Iterator<Item = &Slice> {
    grouped(report, people).map(|(_, slice)| slice)
}

/// Each part with what it is a part of: kinds and values of claims, or groups of people.
fn grouped(report: &Report, people: bool) -> impl Iterator<Item = (&'static str, &Slice)> {
    let Report { all, by_kind, by_value, by_gender, by_age, .. } = report;
    let (first, second) = if people {
        (("By gender", by_gender), ("By age", by_age))
    } else {
        (("By kind", by_kind), ("By value", by_value))
    };
    std::iter::once(("", all)).chain(under(first)).chain(under(second))
}

fn under<'a>((group, slices): (&'static str, &'a Vec<Slice>)) -> impl Iterator<Item = (&'static str, &'a Slice)> {
    slices.iter().map(move |slice| (group, slice))
}

fn errors(report: &Report, people: bool) -> Chart {
    let title = if people { "Mean error by gender and age" } else { "Mean error by kind and value" };
    let dot = |(group, s): (&'static str, &Slice)| dots::Dot {
        label: s.name.clone(),
        group,
        value: s.mae.value,
        interval: Some((s.mae.low, s.mae.high)),
        expected: None,
    };
    let dots: Vec<_> = grouped(report, people).map(dot).collect();
    let mut figures =
        Table::new(title, &["Claims", "#Rows", "#Distinct", "#MAE", "#95% interval", "#Bias", "#95% interval"], "");
    for s in slices(report, people) {
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
        hint: "On claims it had not seen. Lines are 95% intervals over claims; bias is prediction less settlement. Gender and age are no features: they are audited.".into(),
        svg: dots::draw(title, &dots, Some(report.all.mae.value), pounds),
        table: figures,
    }
}

fn coverage(report: &Report, people: bool) -> Chart {
    let title = if people { "Within the range by gender and age" } else { "Within the range by kind and value" };
    let dot = |(group, s): (&'static str, &Slice)| dots::Dot {
        label: s.name.clone(),
        group,
        value: s.coverage,
        interval: None,
        expected: Some((s.band.low, s.band.high)),
    };
    let dots: Vec<_> = grouped(report, people).map(dot).collect();
    let mut figures = Table::new(title, &["Claims", "#Inside", "#Expected", "#Mean width"], "");
    for s in slices(report, people) {
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
        group: "",
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
