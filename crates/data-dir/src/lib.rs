//! Files in a data directory, protected against other users of the machine.
//!
//! Root may do everything, so a program started by root must not be tricked by another user. In a
//! folder that another user can write to, that user can replace any file or folder by a link, even
//! between a check and its use.
//!
//! - [`Rights::over`] decides whose rights apply to a data directory. As root, in a folder that
//!   only root can change, these are root's. In the folder of a plain user they are that user's,
//!   and the kernel refuses whatever that user may not do. A folder that a third user could
//!   redirect is refused.
//! - [`Rights::run`] runs code with these rights.
//! - [`open`], [`read`], [`open_folder`] and similar functions follow no link, and never write to a
//!   file that has a second name.

mod files;
mod rights;
mod walk;

pub use files::{open, open_folder, open_to_read, read};
pub use rights::{Rights, group_of};
