//! Queries on sessions, and the announcements of their ends.

pub mod announcements;
pub mod epochs;
pub mod sessions;
