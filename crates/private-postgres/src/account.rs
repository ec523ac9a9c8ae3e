//! The user that the server runs as: PostgreSQL refuses to run as root.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::unistd::{Gid, Uid, User, geteuid};

use super::error::StartError;

/// What PostgreSQL's programs see of our environment, which may hold secrets and `PG*` variables.
const INHERITED: [&str; 4] = [
    "PATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
];

/// Ourselves, or as root somebody less powerful.
#[derive(Clone, Copy, Debug)]
pub(super) struct Account(Option<(Uid, Gid)>);

impl Account {
    pub const OURSELVES: Self = Self(None);

    /// `postgres`, else `nobody` when we are root, ourselves otherwise.
    pub fn unprivileged() -> Result<Self, StartError> {
        if !geteuid().is_root() {
            return Ok(Self(None));
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(|user| Self(Some((user.uid, user.gid))))
            .ok_or(StartError::NoUnprivilegedUser)
    }

    /// The owner of a folder unless that is root: PostgreSQL insists on the one of its data.
    pub fn owning(self, folder: &Path) -> Self {
        match fs::metadata(folder) {
            Ok(found) if self.0.is_some() && found.uid() != 0 => Self(Some((
                Uid::from_raw(found.uid()),
                Gid::from_raw(found.gid()),
            ))),
            _ => self,
        }
    }

    /// A program that will run as this user, in a process group that the terminal's Ctrl-C does not reach.
    pub fn command(self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(
                INHERITED
                    .iter()
                    .filter_map(|key| Some((key, env::var_os(key)?))),
            )
            .env("LC_ALL", "C")
            // PostgreSQL looks up its working directory, which this user may not be able to enter.
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::null());
        if let Some((uid, gid)) = self.0 {
            // Also drops root's supplementary groups, says CommandExt::uid.
            command.uid(uid.as_raw()).gid(gid.as_raw());
        }
        command
    }

    /// Whether this user may enter the folder, and so every one above it.
    pub fn can_enter(self, folder: &Path) -> bool {
        self.command("/bin/sh")
            .args(["-c", "cd -- \"$1\"", "sh"])
            .arg(folder)
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Gives a file or folder to this user alone.
    pub fn take(self, path: &Path, mode: u32) -> io::Result<()> {
        if let Some((uid, gid)) = self.0 {
            chown(path, Some(uid.as_raw()), Some(gid.as_raw()))?;
        }
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
    }
}
