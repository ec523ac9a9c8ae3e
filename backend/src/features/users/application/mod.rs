//! The use cases of accounts.

mod authenticate;
mod register;
mod update;

pub use super::infrastructure::sign_in_failures::delete_stale as delete_stale_failures;
pub use super::infrastructure::users::{Filter, find, find_by_email, list};
pub use authenticate::{AuthenticateError, Authenticated, admit, authenticate, count_if_refused};
pub use register::{RegisterError, register};
pub use update::{Requested, UpdateError, Updater, update};
