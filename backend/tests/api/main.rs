//! The API from end to end: through the router, on a real PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod accounts;
mod codes;
mod cookies;
mod csrf;
mod document;
mod health;
mod migrations;
mod rate_limits;
mod refreshing;
mod registration;
mod sign_in;
mod sign_out;
mod support;
