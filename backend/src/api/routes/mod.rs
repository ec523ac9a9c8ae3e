//! The routes, one file per group: bodies, handlers, and the responses to errors.

pub mod activity;
pub mod audit;
pub mod auth;
pub mod bounces;
pub mod client_config;
pub mod csrf_tokens;
pub mod emails;
pub mod enrolments;
pub mod factor_resets;
pub mod factors;
pub mod health;
pub mod invitations;
pub mod keys;
pub mod mailbox;
pub mod passkey_sign_in;
pub mod passkeys;
pub mod recovery;
pub mod registration;
pub mod second_factor;
pub mod sessions;
pub mod step_up;
pub mod users;
pub mod well_known;
