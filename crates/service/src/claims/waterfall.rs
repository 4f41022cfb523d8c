//! The waterfall: from what claims are worth on average to what this one is, head by head.

use contract::claim::ContributionView;
use contract::page::Chart;
use contract::table::{Cell, Table};
use domain::Money;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use chart::{Drawing, LESS, LINE, MORE, MUTED, Mark, PLACES, Place, TEXT, TOTAL, lines};

const ROW: u32 = 26;
/// Bars shown one by one; the rest are added up.
const SHOWN: usize = 9;

/// Widths in pixels: of the picture, the labels, the amounts; and how many letters a label has.
struct Columns {
    all: u32,
    labels: i32,
    amounts: i32,
    letters: usize,
}

impl Columns {
    fn of(place: Place) -> Columns {
        match place {
            Place::Wide => Columns { all: 740, labels: 200, amounts: 96, letters: 28 },
            Place::Middle => Columns { all: 440, labels: 150, amounts: 86, letters: 22 },
            Place::Narrow => Columns { all: 320, labels: 124, amounts: 80, letters: 18 },
        }
    }
}

struct Bar {
    label: String,
    from: i64,
    to: i64,
    total: bool,
}

impl Bar {
    /// What the bar is worth.
    fn words(&self) -> String {
        let amount = Money::from_pence(if self.total { self.to } else { self.to - self.from });
        if self.total { amount.to_string() } else { amount.signed() }
    }

    /// The whole row is pointed at; the amount, which stands there already, is said with its name in full.
    fn mark(&self, row: usize, columns: &Columns) -> Mark {
        let top = (ROW as usize * row) as i32 + 4;
        Mark {
            area: (0, top, columns.all as i32, ROW as i32),
            at: (columns.labels + 20, top + 17),
            words: format!("{}: {}", self.label, self.words()),
        }
    }
}

/// The steps from the average claim to a prediction that is not kept, as a chart with its figures.
pub fn chart(title: &str, caption: &str, hint: &str, p: &ml::Prediction) -> Chart {
    let step = |c: &ml::Contribution| ContributionView {
        feature: c.feature.clone(),
        label: c.label.clone(),
        amount: c.amount,
    };
    let steps = p.contributions.iter().map(step).collect::<Vec<_>>();
    charted((title, caption, hint), p.base, &steps, p.amount)
}

/// The same of one that is kept.
pub fn of(p: &store::predictions::Prediction) -> Chart {
    let step = |c: &store::predictions::Contribution| ContributionView {
        feature: c.feature.clone(),
        label: c.label.clone(),
        amount: c.amount,
    };
    let steps = p.contributions.iter().map(step).collect::<Vec<_>>();
    let hint = "Each bar starts where the one before ended: from the average claim to this one.";
    charted(("How it came about", "How it came about in figures", hint), p.base, &steps, p.amount)
}

fn charted(
    (title, caption, hint): (&str, &str, &str),
    base: Money,
    steps: &[ContributionView],
    amount: Money,
) -> Chart {
    let mut table = Table::new(caption, &["What", "#Pounds"], "");
    table.row(vec![Cell::text("Average claim"), Cell::Money(base)]);
    for step in steps {
        table.row(vec![Cell::text(&step.label), Cell::Figure(step.amount.signed())]);
    }
    table.row(vec![Cell::text("Predicted settlement"), Cell::Money(amount)]);
    Chart { title: title.into(), hint: hint.into(), svg: draw(base, steps, amount), table }
}

/// `base` + contributions = `amount`. Sorted by size as they come; the smallest are added up.
pub fn draw(base: Money, contributions: &[ContributionView], amount: Money) -> String {
    let bars = bars(base, contributions, amount);
    let height = ROW * bars.len() as u32 + 12;
    let title = format!("How {base} on average becomes {amount} for this claim");
    let picture = |place: Place| {
        let columns = Columns::of(place);
        let (mut svg, size) = (String::new(), (columns.all, height));
        let marks: Vec<Mark> = bars.iter().enumerate().map(|(i, bar)| bar.mark(i, &columns)).collect();
        {
            let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            // Writing into a text cannot fail.
            let _ = paint(&area, &columns, &bars);
            let _ = area.present();
        }
        Drawing { svg, size, place, title: &title, marks: &marks }.finish()
    };
    PLACES.map(picture).concat()
}

fn bars(base: Money, contributions: &[ContributionView], amount: Money) -> Vec<Bar> {
    let mut bars = vec![Bar { label: "Average claim".into(), from: 0, to: base.pence(), total: true }];
    let mut at = base.pence();
    // What moves the amount by less than a hundredth is told together.
    let least = (amount.pence() / 100).max(1);
    let (told, small): (Vec<_>, Vec<_>) =
        contributions.iter().filter(|c| c.amount.pence() != 0).partition(|c| c.amount.pence().abs() >= least);
    let (shown, rest) = told.split_at(SHOWN.min(told.len()));
    let rest: Vec<&ContributionView> = rest.iter().copied().chain(small).collect();
    for c in shown {
        let to = at + c.amount.pence();
        bars.push(Bar { label: c.label.clone(), from: at, to, total: false });
        at = to;
    }
    if !rest.is_empty() {
        let to = at + rest.iter().map(|c| c.amount.pence()).sum::<i64>();
        bars.push(Bar { label: format!("{} other factors", rest.len()), from: at, to, total: false });
    }
    bars.push(Bar { label: "Predicted settlement".into(), from: 0, to: amount.pence(), total: true });
    bars
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn paint(area: &Area<'_>, columns: &Columns, bars: &[Bar]) -> Result<(), Box<dyn std::error::Error>> {
    let least = bars.iter().flat_map(|b| [b.from, b.to]).min().unwrap_or(0).min(0) as f64;
    let most = bars.iter().flat_map(|b| [b.from, b.to]).max().unwrap_or(1).max(1) as f64;
    let span = f64::from(columns.all as i32 - columns.labels - columns.amounts - 8);
    let x = |pence: i64| columns.labels + ((pence as f64 - least) / (most - least) * span).round() as i32;
    let style = |ink: chart::Ink, size: i32| ("sans-serif", size).into_font().color(&ink.color());
    area.draw(&PathElement::new(vec![(x(0), 2), (x(0), (ROW * bars.len() as u32) as i32 + 6)], LINE.color()))?;
    for (i, bar) in bars.iter().enumerate() {
        let top = (ROW * i as u32) as i32 + 8;
        let (bottom, middle) = (top + 18, top + 9);
        let ink = if bar.total {
            TOTAL
        } else if bar.to >= bar.from {
            MORE
        } else {
            LESS
        };
        let (left, right) = (x(bar.from.min(bar.to)), x(bar.from.max(bar.to)));
        area.draw(&Rectangle::new([(left, top), (right.max(left + 2), bottom)], ink.color().filled()))?;
        if let Some(next) = bars.get(i + 1) {
            let edge = x(if next.total { next.to } else { next.from });
            area.draw(&PathElement::new(vec![(edge, bottom), (edge, bottom + 8)], MUTED.color()))?;
        }
        let label = lines(&bar.label, columns.letters);
        let (size, first) = if label.len() > 1 { (12, middle - 6) } else { (14, middle) };
        for (line, y) in label.into_iter().zip([first, first + 12]) {
            area.draw(&Text::new(line, (0, y), style(TEXT, size).pos(Pos::new(HPos::Left, VPos::Center))))?;
        }
        let figure = style(TEXT, 14).pos(Pos::new(HPos::Right, VPos::Center));
        area.draw(&Text::new(bar.words(), (columns.all as i32 - 2, middle), figure))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contribution(label: &str, pounds: i64) -> ContributionView {
        ContributionView { feature: label.into(), label: label.into(), amount: Money::from_pounds(pounds) }
    }

    #[test]
    fn the_bars_lead_from_the_base_to_the_amount() {
        let contributions: Vec<_> =
            (1..=12).map(|i| contribution(&format!("head {i}"), if i % 2 == 0 { -30 * i } else { 20 * i })).collect();
        let amount = 900 + contributions.iter().map(|c| c.amount.pence() / 100).sum::<i64>();
        let bars = bars(Money::from_pounds(900), &contributions, Money::from_pounds(amount));
        assert_eq!(bars.len(), SHOWN + 3);
        assert_eq!(bars[bars.len() - 2].label, "3 other factors");
        assert_eq!(bars[bars.len() - 2].to, bars[bars.len() - 1].to);
        for pair in bars[..bars.len() - 1].windows(2) {
            assert_eq!(pair[0].to, pair[1].from);
        }
    }

    #[test]
    fn what_moves_the_amount_by_less_than_a_hundredth_is_told_together() {
        let contributions = [contribution("large", 500), contribution("small", 9), contribution("smaller", -5)];
        let bars = bars(Money::from_pounds(900), &contributions, Money::from_pounds(1_404));
        let labels: Vec<_> = bars.iter().map(|b| b.label.as_str()).collect();
        assert_eq!(labels, ["Average claim", "large", "2 other factors", "Predicted settlement"]);
    }

    #[test]
    fn the_picture_takes_the_themes_colours_and_no_markup_from_labels() {
        let svg = draw(Money::from_pounds(900), &[contribution("<script>", 100)], Money::from_pounds(1_000));
        assert!(svg.contains("var(--chart-more)") && svg.contains("£1,000.00") && svg.contains("role=\"group\""));
        assert!(!svg.contains("<script>") && !svg.contains("#0102"), "{svg}");
    }
}
