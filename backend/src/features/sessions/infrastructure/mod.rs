//! The table of sessions.

pub mod sessions;
