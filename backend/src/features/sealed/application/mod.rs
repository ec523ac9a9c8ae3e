//! The use cases of what is sealed.

mod reseal;

pub use reseal::{ResealError, find_lost_keys, reseal};
