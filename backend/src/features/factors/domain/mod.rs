//! The kinds of factors and their rules.

mod flow;
mod method;
mod recovery_code;
mod totp;

pub(super) use flow::digest_of;
pub use flow::{Client, Flow, MAX_FAILURES, Purpose};
pub use method::{Factor, Method, Methods, suffices_without_password};
pub use recovery_code::RecoveryCode;
pub use totp::{TotpCode, TotpSecret};
