//! Tests of the binary, with real sockets, signals and crashes.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod accounts;
mod announcements;
mod client;
mod commands;
mod connections;
mod crash;
#[path = "../api/support/database.rs"]
mod database;
mod doctor;
mod faults;
mod fleet;
mod held_back;
mod http;
mod log;
mod mail;
#[path = "../api/support/mail_server.rs"]
mod mail_server;
mod metrics;
mod output;
mod pgbouncer;
mod program;
mod proofs;
mod proxies;
mod replica;
mod reports;
mod servers;
mod shared_limits;
mod start;
mod stop;
mod tls;
mod traces;
mod upgrade;
