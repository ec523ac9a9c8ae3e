//! The use cases of sessions.

mod confirm;
mod end;
mod listen;
mod look;
mod open;
mod proved;

pub use super::infrastructure::sessions::{
    delete_old, list, update_known_device as note_device, update_proved as note_proved,
};
pub use confirm::confirm;
pub use end::{Asker, EndError, Ended, Which, end, end_in, end_on_word_of, is_alive};
pub use listen::listen;
pub use look::{look, look_out};
pub use open::{Opening, open};
pub use proved::{ProvedAt, find_proved_at};
