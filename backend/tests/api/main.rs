//! The API from end to end: through the router, on a real PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod access_tokens;
mod accounts;
mod addresses;
mod administration;
mod audit;
mod bodies;
mod codes;
mod configuration;
mod contention;
mod cookies;
mod cors;
mod csrf;
mod devices;
mod document;
mod example;
mod files;
mod health;
mod listing;
mod migrations;
mod outage;
mod overload;
mod panics;
mod passwords;
mod rate_limits;
mod refreshing;
mod registration;
mod requests;
mod responses;
mod search_indexes;
mod sign_in;
mod sign_out;
mod signing_keys;
mod structure;
mod support;
mod throttle;
