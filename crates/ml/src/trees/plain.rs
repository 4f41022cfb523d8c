//! A tree in no library's own form.

/// A node of a tree from anywhere, before it is checked. The root is node 0; every child comes
/// after its parent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PlainNode {
    Leaf(f64),
    /// `yes` is taken where the feature is at most the threshold; an unknown value (NaN) goes to
    /// `no` where `blank_no` is set.
    Split {
        feature: usize,
        threshold: f64,
        yes: usize,
        no: usize,
        blank_no: bool,
    },
}
