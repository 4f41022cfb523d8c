//! The model registry: its pages are reports; here is how a bundle comes in.

pub mod api;
