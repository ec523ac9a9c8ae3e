//! The use cases of setting up factors and removing them.

mod overview;
mod owner;
mod passkeys;
mod password;
mod recovery_codes;
mod reset;
mod second_factor;
mod totp;

pub use overview::{Overview, Totp, find_overview};
pub use owner::{EnrolError, Refusal};
pub use passkeys::{PasskeyError, add_passkey, begin_passkey, remove_passkey, rename_passkey};
pub use password::remove_password;
pub use recovery_codes::{new_recovery_codes, renew_recovery_codes};
pub use reset::{cancel_reset, complete_due_resets, reset_factors_at_once, start_reset};
pub use second_factor::{distrust_device, set_second_factor};
pub use totp::{Offer, begin_totp, confirm_totp, offer_totp, remove_totp, use_pending_totp};
