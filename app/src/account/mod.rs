//! Signing in, first password, policy, set-up, notifications, one's own trail.

pub mod api;
pub mod help;
pub mod page;
