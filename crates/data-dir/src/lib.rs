//! Files in a data directory, safe from other users of the machine.
//!
//! Root may do everything, so a program that root starts must not do it at the wish of somebody else. In a
//! folder that another user can write to, that user can replace any file or folder by a link, also between
//! a check and its use.
//!
//! - [`Rights::over`] decides whose rights a data directory is used with. As root, in a folder that only root
//!   can change, these are root's. In the folder of a plain user they are that user's, and the kernel refuses
//!   whatever that user could not do. A folder that a third user could redirect is refused.
//! - [`Rights::run`] does something with these rights.
//! - [`open`], [`read`], [`open_folder`] and their like follow no link, and nothing is written to a file that
//!   has a second name.

mod files;
mod rights;
mod walk;

pub use files::{open, open_folder, open_to_read, read};
pub use rights::{Rights, group_of};
