//! The use cases of sessions.

mod end;

pub use super::infrastructure::sessions::{NewSession, Which, insert as open};
pub use end::{Ended, end, end_in};
