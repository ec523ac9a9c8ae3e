//! Latchkey: self-hosted accounts for web and mobile products.
//!
//! The floors, from the top: `cli`, `process`, `api`, `features`, `state`, `limits`, `db` and `telemetry`,
//! `security`, `config`, `clock`, `metrics`, `spans`. Each stands on those below it and knows nothing above, with one
//! exception: `state` holds what slices keep in memory, so a slice's `memory` stands below it. The private
//! PostgreSQL is a crate of its own, which only `cli` knows.

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
pub mod spans;
pub mod state;
pub mod telemetry;
