//! Latchkey: self-hosted accounts for web and mobile products.
//!
//! The modules, from the top: `cli`, `process`, `api`, `features`, `state`, `limits`, `db` and
//! `telemetry`, `security`, `config`, `clock`, `metrics`. A module may use those below it and none
//! above it, with one exception: `state` owns the in-memory state of slices, so the `memory` module
//! of a slice counts as below it. The private PostgreSQL is a separate crate, which only `cli`
//! uses.

pub mod api;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod features;
pub mod limits;
pub mod metrics;
pub mod process;
pub mod security;
pub mod state;
pub mod telemetry;
