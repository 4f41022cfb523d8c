//! The pictures of a report.

use chart::{curve, dots};
use ml::{
    evaluate::Slice,
    experiment::{Coverage, Findings, MEDIAN},
};

use crate::words::{percent, pounds};

/// A picture with its name in the report's folder.
pub struct Plot {
    pub name: &'static str,
    pub title: &'static str,
    /// Wide and narrow.
    pub svg: String,
}

/// Every picture of a report.
pub fn all(f: &Findings) -> Vec<Plot> {
    vec![families(f), ablations(f), learning(f), calibration(f), slices(f), coverage(f)]
}

fn families(f: &Findings) -> Plot {
    let dot = |e: &ml::experiment::Entry| dots::Dot {
        label: e.name.clone(),
        group: "",
        value: e.mae.value,
        interval: Some((e.mae.low, e.mae.high)),
        expected: None,
    };
    let title = "Mean absolute error of each family, with 95% intervals";
    let best = f.entries.first().map(|e| e.mae.value);
    // The median settlement is so far off that the others could not be told apart.
    let dots: Vec<dots::Dot> = f.entries.iter().filter(|e| e.name != MEDIAN).map(dot).collect();
    Plot { name: "families", title, svg: dots::draw(title, &dots, best, pounds) }
}

fn ablations(f: &Findings) -> Plot {
    let dot = |a: &ml::experiment::Ablation| dots::Dot {
        label: a.name.clone(),
        group: "",
        value: a.difference.value,
        interval: Some((a.difference.low, a.difference.high)),
        expected: None,
    };
    let title = "What each change adds to the error, with 95% intervals";
    let dots: Vec<dots::Dot> = f.ablations.iter().map(dot).collect();
    Plot { name: "ablations", title, svg: dots::draw(title, &dots, Some(0.0), pounds) }
}

fn learning(f: &Findings) -> Plot {
    let dot = |p: &ml::experiment::LearningPoint| curve::Dot {
        x: p.rows as f64,
        y: p.mae.value,
        interval: Some((p.mae.low, p.mae.high)),
    };
    let title = "Mean absolute error by rows learnt from";
    let axes = curve::Axes { x: "rows learnt from", y: "mean absolute error", diagonal: false };
    let rows: &dyn Fn(f64) -> String = &|v| format!("{v:.0}");
    let dots: Vec<curve::Dot> = f.learning.iter().map(dot).collect();
    Plot { name: "learning", title, svg: curve::draw(title, &dots, axes, (rows, &pounds)) }
}

fn calibration(f: &Findings) -> Plot {
    let dot = |p: &ml::evaluate::Point| curve::Dot { x: p.predicted, y: p.settled, interval: None };
    let title = "Predicted and settled, tenths of the claims";
    let axes = curve::Axes { x: "mean prediction", y: "mean settlement", diagonal: true };
    let dots: Vec<curve::Dot> = f.report.calibration.iter().map(dot).collect();
    Plot { name: "calibration", title, svg: curve::draw(title, &dots, axes, (&pounds, &pounds)) }
}

fn slices(f: &Findings) -> Plot {
    let dot = |s: &Slice| dots::Dot {
        label: s.name.clone(),
        group: "",
        value: s.mae.value,
        interval: Some((s.mae.low, s.mae.high)),
        expected: None,
    };
    let r = &f.report;
    let all = [&r.by_kind, &r.by_value, &r.by_gender, &r.by_age];
    let title = "Mean absolute error of parts of the claims, with 95% intervals";
    let dots: Vec<dots::Dot> = all.into_iter().flatten().map(dot).collect();
    Plot { name: "slices", title, svg: dots::draw(title, &dots, Some(r.all.mae.value), pounds) }
}

fn coverage(f: &Findings) -> Plot {
    let dot = |c: &Coverage| dots::Dot {
        label: c.name.clone(),
        group: "",
        value: c.covered,
        interval: None,
        expected: Some((c.band.low, c.band.high)),
    };
    let title = "Share of settlements within the 90% range; the band is where it should lie";
    let parts = f.intervals.iter().take(1).flat_map(|m| std::iter::once(&m.all).chain(&m.by_kind).chain(&m.by_value));
    let dots: Vec<dots::Dot> = parts.map(dot).collect();
    Plot { name: "coverage", title, svg: dots::draw(title, &dots, Some(0.9), percent) }
}
