//! The use cases of mail.

mod post;

pub use post::post;
