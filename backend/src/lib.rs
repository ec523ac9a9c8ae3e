//! Latchkey: accounts for web and mobile products, self-hosted.
//!
//! The floors, from the top: `cli`, `background` and `server`, `api`, `features`, `state`, `db` and `telemetry`,
//! `security`, `config`, `clock`, `data_dir`. Each stands on those below it and knows nothing above. `postgres`
//! stands apart: only `cli` knows it.

pub mod api;
pub mod background;
pub mod cli;
pub mod clock;
pub mod config;
pub mod data_dir;
pub mod db;
pub mod features;
pub mod postgres;
pub mod security;
pub mod server;
pub mod state;
pub mod telemetry;
