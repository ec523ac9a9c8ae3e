//! Queries on accounts.

pub mod id_timelines;
pub mod password_costs;
pub mod reserved_addresses;
pub mod sign_in_failures;
pub mod users;
