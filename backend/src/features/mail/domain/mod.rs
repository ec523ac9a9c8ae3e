//! What mails say, in which language.

mod letter;
mod locale;
mod moment;

pub use letter::{Circumstances, Letter, Notice, Outgoing, Use, is_asked_for};
pub use locale::Locale;
pub use moment::in_words;
