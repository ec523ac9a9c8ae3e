//! The use cases of mail.

mod deliver;
mod post;
mod preview;
mod try_out;
mod watch;
mod write;

pub use super::infrastructure::outbox::{delete_old, list_sealed, place, update_sealed};
pub use deliver::{HasBounced, PATIENCE, deliver};
pub use post::post;
pub use preview::{Preview, preview};
pub use try_out::{TryError, try_out};
pub use watch::{look_at_queue, watch};
pub use write::{Written, write};
