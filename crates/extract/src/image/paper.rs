//! A sheet of paper in a photo: its corners, and the sheet as if it lay straight under the camera.

use super::gray::Gray;

/// From top left clockwise, in pixels.
pub(crate) type Corners = [[f32; 2]; 4];

/// How wide the picture is made in which the sheet is looked for.
const SMALL: usize = 420;
/// The sheet fills at least so much of the picture, and its bright part so much of the quadrilateral of its corners:
/// with sides that are not straight it would be less or more.
const LEAST: f32 = 0.25;
/// How far a corner that stays may stray, in pixels of the small picture, and how many thresholds must agree on it.
const STAYS: f32 = 3.0;
const LEAST_VOTES: usize = 4;
const FILLED: std::ops::RangeInclusive<f32> = 0.96..=1.03;

/// Where the sheet lies; `None` where the picture is the sheet, as of a scanner, or none can be told.
///
/// A sheet that lies half in a shadow is of two shades, and a table in the light may be nearly as bright as the paper in
/// the dark: many thresholds are tried. The edge of a sheet stays where it is whatever the threshold; that of a shadow
/// wanders with it.
pub(crate) fn found(picture: &Gray) -> Option<Corners> {
    if picture.height > 3 * picture.width || picture.width > 3 * picture.height {
        return None;
    }
    let small = picture.scaled(SMALL.min(picture.width));
    let scale = picture.width as f32 / small.width as f32;
    let closed = closed(&small);
    let sheets: Vec<Corners> = (36..=232).step_by(4).filter_map(|threshold| sheet(&closed, threshold)).collect();
    let same = |a: &Corners, b: &Corners| a.iter().zip(b).all(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1]) < STAYS);
    let votes = |own: &Corners| sheets.iter().filter(|other| same(own, other)).count();
    let stable = sheets.iter().map(|own| (votes(own), own)).filter(|(votes, _)| *votes >= LEAST_VOTES);
    let (_, best) =
        stable.max_by(|(a, own), (b, other)| (*a as f32 * area(own)).total_cmp(&(*b as f32 * area(other))))?;
    Some(best.map(|[x, y]| [(x + 0.5) * scale, (y + 0.5) * scale]))
}

/// The corners of the largest part that is brighter, where it is a sheet.
fn sheet(small: &Gray, threshold: u8) -> Option<Corners> {
    let bright = largest(small, threshold);
    let corner = |least: fn(f32, f32) -> f32| {
        let mut best: Option<(f32, [f32; 2])> = None;
        for (i, _) in bright.iter().enumerate().filter(|(_, is)| **is) {
            let (x, y) = ((i % small.width) as f32, (i / small.width) as f32);
            let value = least(x, y);
            if best.is_none_or(|(before, _)| value < before) {
                best = Some((value, [x, y]));
            }
        }
        best.map(|(_, at)| at)
    };
    let corners = [corner(|x, y| x + y)?, corner(|x, y| y - x)?, corner(|x, y| -x - y)?, corner(|x, y| x - y)?];
    let (width, height) = (small.width as f32, small.height as f32);
    let area = area(&corners);
    let filled = bright.iter().filter(|is| **is).count() as f32;
    let frame = [[0.0, 0.0], [width - 1.0, 0.0], [width - 1.0, height - 1.0], [0.0, height - 1.0]];
    let near = |a: &[f32; 2], b: &[f32; 2]| (a[0] - b[0]).abs() < 0.02 * width && (a[1] - b[1]).abs() < 0.02 * height;
    // What reaches into a corner of the picture is the table, or a scanner's whole sheet.
    let reaches_out = corners.iter().zip(&frame).any(|(a, b)| near(a, b));
    let is_sheet = !reaches_out && area >= LEAST * width * height && FILLED.contains(&(filled / area));
    is_sheet.then_some(corners)
}

/// What is bright, with the dark letters in it closed: of each pixel the brightest of its neighbours.
fn closed(small: &Gray) -> Gray {
    let (width, height) = (small.width, small.height);
    let spread = |from: &Gray, brightest: bool| {
        let mut out = from.clone();
        for y in 0..height {
            for x in 0..width {
                let around = (y.saturating_sub(2)..(y + 3).min(height))
                    .flat_map(|y| (x.saturating_sub(2)..(x + 3).min(width)).map(move |x| (x, y)))
                    .map(|(x, y)| from.at(x, y));
                let shade = if brightest { around.max() } else { around.min() };
                out.data[y * width + x] = shade.unwrap_or_default();
            }
        }
        out
    };
    spread(&spread(small, true), false)
}

/// The largest connected part that is brighter than the threshold.
fn largest(small: &Gray, threshold: u8) -> Vec<bool> {
    let (width, height) = (small.width, small.height);
    let mut seen = vec![false; width * height];
    let mut best: Vec<usize> = Vec::new();
    for start in 0..width * height {
        if seen[start] || small.data[start] <= threshold {
            continue;
        }
        let (mut part, mut todo) = (Vec::new(), vec![start]);
        seen[start] = true;
        while let Some(i) = todo.pop() {
            part.push(i);
            let (x, y) = (i % width, i / width);
            let mut go = |next: usize| {
                if !seen[next] && small.data[next] > threshold {
                    seen[next] = true;
                    todo.push(next);
                }
            };
            if x > 0 {
                go(i - 1);
            }
            if x + 1 < width {
                go(i + 1);
            }
            if y > 0 {
                go(i - width);
            }
            if y + 1 < height {
                go(i + width);
            }
        }
        if part.len() > best.len() {
            best = part;
        }
    }
    let mut is = vec![false; width * height];
    for i in best {
        is[i] = true;
    }
    is
}

fn area(corners: &Corners) -> f32 {
    let sum: f32 = (0..4)
        .map(|i| {
            let ([x, y], [x2, y2]) = (corners[i], corners[(i + 1) % 4]);
            x * y2 - x2 * y
        })
        .sum();
    (sum / 2.0).abs()
}

/// The sheet alone, so wide, as if it lay straight.
pub(crate) fn straightened(picture: &Gray, corners: Corners, width: usize) -> Gray {
    let side = |a: [f32; 2], b: [f32; 2]| ((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)).sqrt();
    let across = side(corners[0], corners[1]).max(side(corners[3], corners[2])).max(1.0);
    let down = side(corners[0], corners[3]).max(side(corners[1], corners[2]));
    let height = ((width as f32) * (down / across).clamp(0.3, 3.0)) as usize;
    let Some(h) = projection(corners, width as f32, height as f32) else { return picture.scaled(width) };
    let mut out = Gray::blank(width, height);
    for y in 0..height {
        for x in 0..width {
            let (x2, y2) = (x as f32 + 0.5, y as f32 + 0.5);
            let below = h[6] * x2 + h[7] * y2 + 1.0;
            let source = [(h[0] * x2 + h[1] * y2 + h[2]) / below, (h[3] * x2 + h[4] * y2 + h[5]) / below];
            out.data[y * width + x] = picture.between(source[0] - 0.5, source[1] - 0.5);
        }
    }
    out
}

/// The projection of a rectangle's corners onto these: eight equations for its eight numbers.
fn projection(corners: Corners, width: f32, height: f32) -> Option<[f32; 8]> {
    let from = [[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]];
    let mut rows = [[0.0_f64; 9]; 8];
    for (i, ([x, y], [u, v])) in from.iter().zip(&corners).enumerate() {
        let (x, y, u, v) = (f64::from(*x), f64::from(*y), f64::from(*u), f64::from(*v));
        rows[2 * i] = [x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, u];
        rows[2 * i + 1] = [0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, v];
    }
    solved(rows).map(|all| all.map(|v| v as f32))
}

/// Gauss's elimination, the largest pivot first.
fn solved(mut rows: [[f64; 9]; 8]) -> Option<[f64; 8]> {
    for i in 0..8 {
        let pivot = (i..8).max_by(|a, b| rows[*a][i].abs().total_cmp(&rows[*b][i].abs()))?;
        rows.swap(i, pivot);
        if rows[i][i].abs() < 1e-9 {
            return None;
        }
        let row = rows[i];
        for (j, other) in rows.iter_mut().enumerate().filter(|(j, _)| *j != i) {
            let _ = j;
            let factor = other[i] / row[i];
            for (value, own) in other.iter_mut().zip(&row) {
                *value -= factor * own;
            }
        }
    }
    let mut all = [0.0; 8];
    for (i, value) in all.iter_mut().enumerate() {
        *value = rows[i][8] / rows[i][i];
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_on_a_table_is_found_and_straightened() {
        let mut photo = Gray { width: 800, height: 1_000, data: vec![60; 800 * 1_000] };
        let corners: Corners = [[150.0, 120.0], [640.0, 160.0], [700.0, 860.0], [110.0, 900.0]];
        let h = projection(corners, 400.0, 560.0).unwrap();
        // The sheet, with a black square at a quarter of its width and a tenth of its height.
        for y in 0..1_120 {
            for x in 0..800 {
                let (x, y) = (x as f32 / 2.0, y as f32 / 2.0);
                let below = h[6] * x + h[7] * y + 1.0;
                let to = [(h[0] * x + h[1] * y + h[2]) / below, (h[3] * x + h[4] * y + h[5]) / below];
                let black = (100.0..120.0).contains(&x) && (56.0..76.0).contains(&y);
                let (x, y) = (to[0] as usize, to[1] as usize);
                for (x, y) in [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)] {
                    photo.data[y * 800 + x] = if black { 10 } else { 230 };
                }
            }
        }
        let found = found(&photo).unwrap();
        for (own, other) in found.iter().zip(&corners) {
            assert!((own[0] - other[0]).abs() < 8.0 && (own[1] - other[1]).abs() < 8.0, "{found:?}");
        }
        let sheet = straightened(&photo, found, 400);
        assert!(sheet.at(110, sheet.height * 66 / 560) < 60, "the square is where it was on the sheet");
        assert!(sheet.at(200, sheet.height / 2) > 200);
    }

    #[test]
    fn a_scan_is_the_sheet() {
        let mut scan = Gray::blank(600, 800);
        for y in 100..700 {
            for x in 80..500 {
                if y % 20 < 4 && x % 7 < 4 {
                    scan.data[y * 600 + x] = 20;
                }
            }
        }
        assert_eq!(found(&scan), None);
    }
}
