//! The tables of sessions, and how their ends are announced.

pub mod announcements;
pub mod epochs;
pub mod sessions;
