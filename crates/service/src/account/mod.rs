//! Signing in and out, passwords, the policy, what concerns one person alone.

pub mod authenticate;
pub mod change_password;
pub mod invitation;
pub mod notifications;
pub mod policy;
pub mod profile;
pub mod setup;
pub mod sign_in;
pub mod sign_out;
pub mod tell;
mod throttle;
pub mod tutorial;
