//! The user that the server runs as, because PostgreSQL refuses to run as root.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use data_dir::{Rights, group_of};
use nix::unistd::{Gid, Uid, User, geteuid};

use super::error::StartError;

/// The environment variables passed to PostgreSQL's programs. Others may hold secrets or be `PG*`
/// variables.
const INHERITED: [&str; 4] = [
    "PATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
];

/// The current user, or as root a less privileged one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Account(Option<(Uid, Gid)>);

impl Account {
    /// The user whose rights this process uses.
    pub fn of(rights: Rights) -> Self {
        match rights {
            Rights::Own | Rights::Root => Self(None),
            Rights::Owner { uid, gid } => Self(Some((uid, gid))),
        }
    }

    /// With root's rights, `postgres` or else `nobody`; otherwise the user with these rights.
    pub fn unprivileged(rights: Rights) -> Result<Self, StartError> {
        if let Rights::Owner { uid, .. } = rights
            && !matches!(User::from_uid(uid), Ok(Some(_)))
        {
            return Err(StartError::UnknownOwner(uid));
        }
        if !rights.are_roots() {
            return Ok(Self::of(rights));
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(|user| Self(Some((user.uid, user.gid))))
            .ok_or(StartError::NoUnprivilegedUser)
    }

    /// The owner of a folder, unless that is root. PostgreSQL requires that it runs as the owner of
    /// its data.
    pub fn owning(self, folder: &Path) -> Self {
        match fs::symlink_metadata(folder) {
            Ok(found) if self.0.is_some() && found.uid() != 0 => {
                let uid = Uid::from_raw(found.uid());
                Self(Some((uid, group_of(uid, Gid::from_raw(found.gid())))))
            }
            _ => self,
        }
    }

    pub fn uid(self) -> Uid {
        self.0.map_or_else(geteuid, |(uid, _)| uid)
    }

    /// A command that runs as this user, in a process group that Ctrl-C in the terminal does not
    /// reach.
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
            // PostgreSQL looks up its working directory, which this user may be unable to enter.
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::null());
        if let Some((uid, gid)) = self.0 {
            // This also drops root's supplementary groups (see `CommandExt::uid`).
            command.uid(uid.as_raw()).gid(gid.as_raw());
        }
        command
    }

    /// Whether this user may enter the folder and all its parents.
    pub fn can_enter(self, folder: &Path) -> bool {
        self.command("/bin/sh")
            .args(["-c", "cd -- \"$1\"", "sh"])
            .arg(folder)
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Makes this user the only owner of a file or folder of ours.
    pub fn take(self, file: &File, mode: u32) -> io::Result<()> {
        let owner = file.metadata()?.uid();
        if owner != self.uid().as_raw() {
            if owner != geteuid().as_raw() {
                return Err(io::Error::other(format!(
                    "it belongs to user {owner}, and nobody else's is used; move it away and start again"
                )));
            }
            let (uid, gid) = self.0.unzip();
            fchown(file, uid.map(Uid::as_raw), gid.map(Gid::as_raw))?;
        }
        file.set_permissions(Permissions::from_mode(mode))
    }
}
