//! The engine from the outside: train, pack, load, predict, and attack.

mod common;
mod crafted_files;
mod crafted_models;
mod predictions;
