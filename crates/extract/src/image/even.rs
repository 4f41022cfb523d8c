//! A page made even: shadows divided out, turned so that its lines are level.

use super::gray::Gray;

/// Pixels of a cell in which the paper's own shade is looked for.
const CELL: usize = 32;
/// Degrees that a page may be turned, and in what steps they are tried.
const MOST: f32 = 4.0;
const STEP: f32 = 0.2;

pub(crate) fn upright(page: Gray) -> Gray {
    let page = even(&page);
    let angle = skew(&page);
    if angle.abs() < 0.1 { page } else { turned(&page, angle) }
}

/// Divides by the shade of the paper: what is paper becomes white, however it was lit.
fn even(page: &Gray) -> Gray {
    let (columns, rows) = (page.width.div_ceil(CELL), page.height.div_ceil(CELL));
    let mut paper = Gray::blank(columns, rows);
    for row in 0..rows {
        for column in 0..columns {
            let mut shades: Vec<u8> = Vec::with_capacity(CELL * CELL);
            for y in row * CELL..((row + 1) * CELL).min(page.height) {
                shades.extend_from_slice(
                    &page.data[y * page.width + column * CELL..][..CELL.min(page.width - column * CELL)],
                );
            }
            shades.sort_unstable();
            // Most of a cell is paper even between letters.
            paper.data[row * columns + column] = shades[shades.len() * 9 / 10];
        }
    }
    let paper = brightest_around(&paper);
    let mut out = page.clone();
    for y in 0..page.height {
        for x in 0..page.width {
            let at = |i: usize, most: usize| ((i as f32 + 0.5) / CELL as f32 - 0.5).clamp(0.0, (most - 1) as f32);
            let own = f32::from(paper.between(at(x, columns), at(y, rows))).max(1.0);
            let share = f32::from(page.at(x, y)) / own;
            // Below two fifths it is ink, above nine tenths paper.
            let shade = ((share - 0.35) / 0.57).clamp(0.0, 1.0);
            out.data[y * page.width + x] = (shade * 255.0) as u8;
        }
    }
    out
}

/// A cell within a picture or a thick rule takes its neighbours' shade.
fn brightest_around(paper: &Gray) -> Gray {
    let mut out = paper.clone();
    for y in 0..paper.height {
        for x in 0..paper.width {
            let around = (y.saturating_sub(1)..(y + 2).min(paper.height))
                .flat_map(|y| (x.saturating_sub(1)..(x + 2).min(paper.width)).map(move |x| paper.at(x, y)));
            out.data[y * paper.width + x] = around.max().unwrap_or(255);
        }
    }
    out
}

/// By how many degrees the lines fall to the right: where the rows of a page are told apart best.
fn skew(page: &Gray) -> f32 {
    let small = page.scaled(page.width.min(700));
    let dark: Vec<(f32, f32)> = (0..small.width * small.height)
        .filter(|i| small.data[*i] < 128)
        .map(|i| ((i % small.width) as f32 - small.width as f32 / 2.0, (i / small.width) as f32))
        .collect();
    if dark.len() < 200 {
        return 0.0;
    }
    let told_apart = |degrees: f32| {
        let slope = degrees.to_radians().tan();
        let margin = (small.width as f32 * 0.05) as usize + 1;
        let mut rows = vec![0_f64; small.height + 2 * margin];
        for (x, y) in &dark {
            let row = (y - x * slope + margin as f32) as usize;
            if let Some(count) = rows.get_mut(row) {
                *count += 1.0;
            }
        }
        rows.windows(2).map(|pair| (pair[0] - pair[1]).powi(2)).sum::<f64>()
    };
    let best = |from: f32, to: f32, step: f32| {
        let count = ((to - from) / step).round() as usize;
        let all = (0..=count).map(|i| from + i as f32 * step);
        all.map(|a| (told_apart(a), a)).max_by(|a, b| a.0.total_cmp(&b.0)).map_or(0.0, |(_, a)| a)
    };
    let rough = best(-MOST, MOST, STEP);
    best(rough - STEP, rough + STEP, STEP / 8.0)
}

/// Turned around its middle by so many degrees, so that what fell to the right is level.
fn turned(page: &Gray, degrees: f32) -> Gray {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (cx, cy) = (page.width as f32 / 2.0, page.height as f32 / 2.0);
    let mut out = Gray::blank(page.width, page.height);
    for y in 0..page.height {
        for x in 0..page.width {
            let (dx, dy) = (x as f32 - cx, y as f32 - cy);
            out.data[y * page.width + x] = page.between(cx + dx * cos - dy * sin, cy + dx * sin + dy * cos);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Gray {
        let mut page = Gray::blank(700, 900);
        for y in (60..840).step_by(24) {
            for dy in 0..8 {
                for x in 60..620 {
                    if x % 9 < 6 {
                        page.data[(y + dy) * 700 + x] = 0;
                    }
                }
            }
        }
        page
    }

    #[test]
    fn a_turned_page_is_turned_back() {
        for degrees in [-2.5_f32, -0.6, 1.3, 3.0] {
            let found = skew(&turned(&lines(), degrees));
            assert!((found + degrees).abs() < 0.15, "{degrees}: {found}");
        }
        assert!(skew(&lines()).abs() < 0.1);
    }

    #[test]
    fn a_shadow_is_divided_out() {
        let mut page = lines();
        for y in 0..900 {
            for x in 0..700 {
                let lit = 0.45 + 0.5 * x as f32 / 700.0;
                page.data[y * 700 + x] = (f32::from(page.data[y * 700 + x]).max(20.0) * lit) as u8;
            }
        }
        let even = even(&page);
        assert!(even.at(30, 450) > 230 && even.at(680, 450) > 230, "paper is white on both sides");
        assert!(even.at(72, 64) < 60 && even.at(603, 64) < 60, "ink is dark on both sides");
    }
}
