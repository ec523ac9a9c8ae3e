//! Passkeys (WebAuthn): registering them and verifying what they sign. Sessions are opened elsewhere.

pub mod application;
pub mod domain;
pub mod infrastructure;
