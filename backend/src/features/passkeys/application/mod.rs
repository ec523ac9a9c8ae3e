//! The use cases of passkeys. They open no session: a sign-in ends in `auth/application/door.rs`.

mod check_rp_id;
mod end_all;
mod offer;
mod register;
mod remove;
mod rename;
mod verify;

pub use super::infrastructure::passkey_challenges::delete_old as delete_old_challenges;
pub use super::infrastructure::passkeys::{count, delete_old, list};
pub use check_rp_id::check_rp_id;
pub use end_all::{end_all, restore};
pub use offer::{Offer, OfferError, accepted, assertion_options, registration_options};
pub use register::{Candidate, NotAdded, RegisterError, add, verify_registration};
pub use remove::remove;
pub use rename::rename;
pub use verify::{AssertionError, Verified, record_use, verify_assertion};
