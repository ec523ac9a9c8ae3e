//! Queries on passkeys.

pub mod passkey_challenges;
pub mod passkey_users;
pub mod passkeys;
