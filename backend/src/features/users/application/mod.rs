//! The use cases of accounts.

mod authenticate;
mod authority;
mod change;
mod count_costs;
mod register;
mod update;
mod with_password;

pub use super::infrastructure::sign_in_failures::delete_stale as delete_stale_failures;
pub use super::infrastructure::users::{Filter, find, find_by_email, list};
pub use authenticate::{AuthenticateError, Authenticated, admit, authenticate};
pub use authority::Author;
pub use count_costs::{count_costs, count_costs_first};
pub use register::{RegisterError, register};
pub use update::{Requested, UpdateError, update};
pub use with_password::{Claim, Claimant, with_password};
