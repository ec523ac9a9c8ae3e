//! The SQL statement behind a refresh.

pub mod rotation;
