//! The use cases of accounts.

mod authenticate;
mod authority;
mod bounce;
mod change;
mod convert_domains;
mod count_costs;
mod notify;
mod prove_email;
mod queue;
mod register;
mod reset_password;
mod sign_up;
mod update;
mod with_password;

pub use super::infrastructure::reserved_addresses::delete_old as delete_old_reservations;
pub use super::infrastructure::sign_in_failures::delete_stale as delete_stale_failures;
pub use super::infrastructure::users::{
    Filter, clear_pending_emails, delete_invited, find, find_by_email, find_credentials,
    find_for_update, find_open, find_unchanged, list, list_due_factors_resets,
};
pub use authenticate::{AuthenticateError, Authenticated, admit, authenticate};
pub use authority::{
    Author, AuthorError, judge, list_factors, require_second_factor, require_step_up,
    with_authority,
};
pub use bounce::{has_bounced, note_bounce};
pub use change::{
    Change, Former, begin_factors_reset, cancel_factors_reset, no_password, reset_factors,
    second_factor_off, second_factor_on,
};
pub use convert_domains::{Conversion, ConvertError, convert_domains, list_unconverted};
pub use count_costs::{count_costs, count_costs_first};
pub use notify::{Happened, mail_locale, notify};
pub use prove_email::{ProveError, Typed, cancel_pending_email, prove_email};
pub use queue::hash_new;
pub use register::{RegisterError, register};
pub use reset_password::{lock_account, reset_password};
pub use sign_up::{SignUpError, create_invited, create_proved, sign_up, wait_for};
pub use update::{Requested, UpdateError, update};
pub use with_password::{Claim, Claimant, with_password};
