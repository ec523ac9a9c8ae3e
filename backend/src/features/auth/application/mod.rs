//! The use cases of signing in and out.

mod door;
mod grant;
mod refresh;
mod sign_in;
mod sign_out;
mod verify;

pub use door::{Entrance, SignedIn};
pub use grant::Grant;
pub use refresh::{RefreshError, refresh};
pub use sign_in::sign_in;
pub use sign_out::{Token, sessions_named, sign_out};
pub use verify::{VerifyError, verify};
