//! Shared by the API tests: a database for each test, a service on it, and its clients.

mod answer;
pub mod authenticator;
pub mod ceremonies;
mod client;
mod contract;
mod database;
mod mail_server;
mod mails;
pub mod passkeys;
mod recorder;
mod resets;
mod service;
mod totp;

pub use answer::Answer;
pub use client::{AnyApi, Client};
pub use contract::{Contract, Operation};
pub use database::{Database, text};
pub use mail_server::{MailServer, header};
pub use mails::{MAIL, Mail, other_code};
pub use recorder::{Recorder, Work};
pub use resets::{FORGOT, NEW_PASSWORD, RESET};
pub use service::{DATA_KEY, PASSWORD, SECRET, Service, settings};
pub use totp::Totp;
