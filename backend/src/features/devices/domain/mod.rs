//! The mark that a device carries.

mod mark;

pub use mark::Mark;
