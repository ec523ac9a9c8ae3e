//! The parts of an account and their rules.

mod decoy_costs;
mod email;
mod password;
mod role;
mod user;

pub use decoy_costs::{Counted, DecoyCosts};
pub use email::{Email, EmailError};
pub use password::{Attempt, NewPassword, PasswordError};
pub use role::Role;
pub use user::{Credentials, User};
