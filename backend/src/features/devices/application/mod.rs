//! The use cases of known devices.

mod know;

pub use super::infrastructure::known_devices::{
    delete_all as forget_all, delete_of_session as forget_of_session, delete_old,
};
pub use know::{Remembered, SigningIn, is_known, remember};
