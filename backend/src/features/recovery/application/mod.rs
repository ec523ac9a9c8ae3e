//! The use cases of coming back by mail.

mod forget;
mod invite;
mod resend;
mod reset;
mod undo;

pub use forget::{ForgetError, forget};
pub use invite::{InviteError, invite, invite_again, withdraw};
pub use resend::{ResendError, resend};
pub use reset::{Checked, ResetError, Resetter, check_reset, reset};
pub use undo::undo;
