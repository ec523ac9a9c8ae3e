//! The use cases of proofs.

mod begin;
mod check;
mod renew;

pub use super::infrastructure::proof_budgets::{
    Budget, Exhausted, delete_stale as delete_stale_budgets, spend,
};
pub use super::infrastructure::proofs::{
    consume, delete_old, end_all, end_undo_since, find, find_last,
};
pub use begin::{Begun, New, begin};
pub use check::{ProofError, check};
pub use renew::{RenewError, note_taken, renew};
