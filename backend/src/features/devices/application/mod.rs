//! The use cases of known devices.

mod know;

pub use super::infrastructure::known_devices::{
    TrustedDevice, delete as forget, delete_all as forget_all, delete_old, find_of_session,
    list_trusted, update_all_untrusted as distrust_all, update_untrusted as distrust,
};
pub use know::{Remembered, SigningIn, is_known, is_trusted, remember};
