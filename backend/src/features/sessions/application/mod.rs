//! The use cases of sessions.

mod confirm;
mod end;
mod listen;

pub use super::infrastructure::sessions::{NewSession, Which, delete_old, insert as open, list};
pub use confirm::confirm;
pub use end::{Ended, end, end_in};
pub use listen::listen;
