//! The use cases of known devices.

mod know;

pub use super::infrastructure::known_devices::{
    delete as forget, delete_all as forget_all, delete_old, find_of_session,
};
pub use know::{Remembered, SigningIn, is_known, remember};
