//! What mails say, in which language.

mod letter;
mod locale;

pub use letter::{Circumstances, Letter, Notice, Outgoing};
pub use locale::Locale;
