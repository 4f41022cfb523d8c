//! Dots that lead the eye from a label to its amount: recognised as letters they would swallow both.

use super::gray::Gray;

/// A dot is no larger, in pixels, at the width that pages are made.
const DOT: usize = 9;
/// So many in a row, no further apart than so much, lead the eye.
const RUN: usize = 6;
const APART: usize = 22;
/// How far from one line they may stray.
const STRAY: usize = 4;

/// The page without them.
pub(super) fn removed(page: Gray) -> Gray {
    let mut dots = dots(&page);
    // From left to right along each line.
    dots.sort_unstable_by_key(|dot| (dot.left, dot.top));
    let mut runs: Vec<Vec<Dot>> = Vec::new();
    for dot in dots {
        let follows = |run: &&mut Vec<Dot>| {
            let last = &run[run.len() - 1];
            dot.left.saturating_sub(last.right) <= APART
                && dot.left > last.left
                && dot.middle().abs_diff(last.middle()) <= STRAY
        };
        match runs.iter_mut().rev().take(400).find(follows) {
            Some(run) => run.push(dot),
            None => runs.push(vec![dot]),
        }
    }
    let mut page = page;
    for dot in runs.iter().filter(|run| run.len() >= RUN).flatten() {
        for y in dot.top.saturating_sub(1)..(dot.bottom + 2).min(page.height) {
            let (from, to) = (dot.left.saturating_sub(1), (dot.right + 2).min(page.width));
            page.data[y * page.width + from..y * page.width + to].fill(255);
        }
    }
    page
}

#[derive(Debug, Clone, Copy)]
struct Dot {
    left: usize,
    right: usize,
    top: usize,
    bottom: usize,
}

impl Dot {
    fn middle(&self) -> usize {
        (self.top + self.bottom) / 2
    }
}

/// Dark spots that stand alone and are no larger than a dot.
fn dots(page: &Gray) -> Vec<Dot> {
    let (width, height) = (page.width, page.height);
    let mut seen = vec![false; width * height];
    let mut dots = Vec::new();
    let mut todo = Vec::new();
    for start in 0..width * height {
        if seen[start] || page.data[start] > 140 {
            continue;
        }
        let (x, y) = (start % width, start / width);
        let mut spot = Dot { left: x, right: x, top: y, bottom: y };
        let mut size = 0_usize;
        seen[start] = true;
        todo.push(start);
        while let Some(i) = todo.pop() {
            size += 1;
            let (x, y) = (i % width, i / width);
            spot.left = spot.left.min(x);
            spot.right = spot.right.max(x);
            spot.top = spot.top.min(y);
            spot.bottom = spot.bottom.max(y);
            for (x, y) in [(x.wrapping_sub(1), y), (x + 1, y), (x, y.wrapping_sub(1)), (x, y + 1)] {
                if x < width && y < height && !seen[y * width + x] && page.data[y * width + x] <= 140 {
                    seen[y * width + x] = true;
                    todo.push(y * width + x);
                }
            }
        }
        let small = |from: usize, to: usize| to - from < DOT;
        if small(spot.left, spot.right) && small(spot.top, spot.bottom) && size >= 2 {
            dots.push(spot);
        }
    }
    dots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_dots_goes_and_a_decimal_point_stays() {
        let mut page = Gray::blank(400, 60);
        let mut square = |left: usize, side: usize| {
            for y in 30..30 + side {
                page.data[y * 400 + left..y * 400 + left + side].fill(0);
            }
        };
        for i in 0..10 {
            square(100 + 12 * i, 4);
        }
        square(300, 4);
        square(20, 20);
        let page = removed(page);
        assert!(page.at(101, 31) > 200 && page.at(209, 31) > 200);
        assert!(page.at(301, 31) < 50, "a point alone");
        assert!(page.at(30, 40) < 50, "a letter");
    }
}
