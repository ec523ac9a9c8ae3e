//! The tables of accounts.

pub mod sign_in_failures;
pub mod users;
