//! Signing in, refreshing and signing out: where accounts, sessions and tokens meet.

pub mod application;
mod infrastructure;
