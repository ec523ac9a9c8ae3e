//! Queries, one file a table.

pub mod outbox;
