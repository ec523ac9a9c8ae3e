//! The rights with which a data directory is used.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{self, Path};
use std::{panic, thread};

use nix::unistd::{Gid, Uid, User, geteuid};

use crate::files::open_folder;
use crate::walk::{require_safe, require_safe_tree};

/// The group of users whose group is unknown.
const NO_GROUP: u32 = 65534;

/// The rights with which a data directory is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// The rights of the process, which does not run as root.
    Own,
    /// Root's, in a folder that only root can change.
    Root,
    /// Those of the owner of the folder; the process runs as root.
    Owner {
        /// The owner of the folder.
        uid: Uid,
        /// The owner's group.
        gid: Gid,
    },
}

impl Rights {
    /// Decides by the owner of the folder or, if it does not exist, of its parent. As root, fails
    /// if a third user controls part of the path, or if the owner cannot enter the folder; the
    /// error says what to do.
    pub fn over(data_dir: &Path) -> io::Result<Self> {
        if !geteuid().is_root() {
            return Ok(Self::Own);
        }
        let end = require_safe(data_dir)?;
        let uid = Uid::from_raw(end.found.uid());
        if uid.is_root() {
            return Ok(Self::Root);
        }
        let reason = format!("it belongs to user {uid}");
        if cfg!(not(target_os = "linux")) {
            return Err(end.refusal(&reason));
        }
        let rights = Self::Owner {
            uid,
            gid: group_of(uid, Gid::from_raw(end.found.gid())),
        };
        let inside = end.path.join(".");
        match rights.run(|| fs::metadata(inside))? {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Err(end.refusal(&format!("{reason}, who cannot enter it")))
            }
            _ => Ok(rights),
        }
    }

    /// Whether only root can change the folder, so that the process may use root's rights.
    pub fn are_roots(self) -> bool {
        self == Self::Root
    }

    /// The owner of new files.
    pub fn uid(self) -> Uid {
        match self {
            Self::Owner { uid, .. } => uid,
            Self::Own | Self::Root => geteuid(),
        }
    }

    /// Runs `work` with these rights, on a thread of its own if they differ from the process's.
    /// Threads that it starts inherit them; programs do not. Fails if the system does not allow
    /// taking the owner's rights.
    pub fn run<T: Send>(self, work: impl FnOnce() -> T + Send) -> io::Result<T> {
        let Self::Owner { uid, gid } = self else {
            return Ok(work());
        };
        thread::scope(|scope| {
            let stepped_down = scope.spawn(move || {
                step_down(uid, gid)?;
                Ok(work())
            });
            stepped_down
                .join()
                .unwrap_or_else(|panic| panic::resume_unwind(panic))
        })
    }

    /// Creates a folder and its parents, unless they exist. As root, fails if a link or another
    /// user's folder is in its place.
    pub fn create_folder(self, folder: &Path, mode: u32) -> io::Result<()> {
        if folder.is_dir() {
            return self.require_own(folder);
        }
        if !self.are_roots() {
            DirBuilder::new()
                .recursive(true)
                .mode(mode)
                .create(folder)?;
            return self.require_own(folder);
        }
        // One by one, because in a folder that everybody can write to, somebody else may be faster.
        let folder = path::absolute(folder)?;
        let mut ways: Vec<_> = folder.ancestors().collect();
        ways.reverse();
        for way in ways {
            if way.exists() {
                continue;
            }
            match DirBuilder::new().mode(mode).create(way) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            if Self::over(way)? != Self::Root {
                return Err(not_ours());
            }
            // Independent of the umask.
            open_folder(way)?.set_permissions(Permissions::from_mode(mode))?;
        }
        Ok(())
    }

    /// Fails if anybody but root could have put something into a folder of programs. The error
    /// names the unsafe part. Checks only with root's rights.
    pub fn require_safe_tree(self, folder: &Path) -> io::Result<()> {
        if self.are_roots() {
            require_safe(folder)?;
            require_safe_tree(folder)
        } else {
            Ok(())
        }
    }

    /// As root, refuses links and anything that does not belong to the user with these rights.
    fn require_own(self, folder: &Path) -> io::Result<()> {
        let found = match self {
            Self::Own => return Ok(()),
            Self::Root if Self::over(folder)? != Self::Root => return Err(not_ours()),
            _ => fs::symlink_metadata(folder)?,
        };
        if found.is_dir() && found.uid() == self.uid().as_raw() {
            Ok(())
        } else {
            Err(not_ours())
        }
    }
}

fn not_ours() -> io::Error {
    io::Error::other(
        "it is a link or belongs to another user, and root uses neither in a data directory; \
         put a folder of the data directory's owner in its place",
    )
}

/// The group of a folder's owner. The group of the folder is unreliable: it may be root's, or one
/// that the owner is not in.
pub fn group_of(owner: Uid, folders: Gid) -> Gid {
    match User::from_uid(owner) {
        Ok(Some(user)) => user.gid,
        _ if folders.as_raw() == owner.as_raw() => folders,
        _ => Gid::from_raw(NO_GROUP),
    }
}

/// Drops root's rights over files for the rest of this thread.
#[cfg(target_os = "linux")]
fn step_down(uid: Uid, gid: Gid) -> io::Result<()> {
    // The system call applies to the thread; libc's function of the same name would change the
    // whole process.
    rustix::thread::set_thread_groups(&[])?;
    nix::unistd::setfsgid(gid);
    // The kernel also drops the capabilities that override permissions.
    nix::unistd::setfsuid(uid);
    // Neither reports success. Called with an invalid id, both return the current one.
    let has_stepped_down = nix::unistd::setfsuid(Uid::from_raw(u32::MAX)) == uid
        && nix::unistd::setfsgid(Gid::from_raw(u32::MAX)) == gid;
    if has_stepped_down {
        Ok(())
    } else {
        Err(io::Error::other(format!(
            "root is not allowed to take the rights of user {uid}, to whom the data directory belongs"
        )))
    }
}

#[cfg(not(target_os = "linux"))]
fn step_down(_: Uid, _: Gid) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
