//! The routes, a file per group: what goes in and out, the handlers, and how errors are answered.

pub mod audit;
pub mod auth;
pub mod client_config;
pub mod csrf_tokens;
pub mod emails;
pub mod health;
pub mod invitations;
pub mod keys;
pub mod recovery;
pub mod registration;
pub mod sessions;
pub mod users;
pub mod well_known;
