//! What an account is made of, and the rules of each part.

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
