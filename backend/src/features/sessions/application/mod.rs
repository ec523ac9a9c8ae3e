//! The use cases of sessions.

mod confirm;
mod end;
mod list;
mod listen;
mod open;

pub use super::infrastructure::sessions::delete_old;
pub use confirm::confirm;
pub use end::{Ended, Which, end, end_in};
pub use list::list;
pub use listen::listen;
pub use open::{Opening, open};
