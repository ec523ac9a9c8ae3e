//! Whose rights a data directory is used with.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{self, Path};
use std::{panic, thread};

use nix::unistd::{Gid, Uid, User, geteuid};

use crate::files::open_folder;
use crate::walk::{require_safe, require_safe_tree};

/// The group of users whose own is not known.
const NO_GROUP: u32 = 65534;

/// Whose rights a data directory is used with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Those of the process, which is not root's and so has nothing to lend.
    Own,
    /// Root's, in a folder that only root can change.
    Root,
    /// Those of the user that the folder belongs to; the process is root's.
    Owner {
        /// The owner of the folder.
        uid: Uid,
        /// The owner's group.
        gid: Gid,
    },
}

impl Rights {
    /// Decides by the owner of the folder or, when it does not exist yet, of the one that it will be made in.
    ///
    /// # Errors
    ///
    /// As root: a part of the path that a third user controls, or a folder that its own owner cannot enter,
    /// and what to do.
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

    /// Whether other users may not change the folder and the process may change everything.
    pub fn are_roots(self) -> bool {
        self == Self::Root
    }

    /// The user that new files belong to.
    pub fn uid(self) -> Uid {
        match self {
            Self::Owner { uid, .. } => uid,
            Self::Own | Self::Root => geteuid(),
        }
    }

    /// Does something with these rights, on a thread of its own if they differ from the process's. Threads
    /// that it starts have them too; programs do not.
    ///
    /// # Errors
    ///
    /// The system does not let this process take the owner's rights.
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

    /// Makes a folder, and those above it, unless it exists.
    ///
    /// # Errors
    ///
    /// As root, a link or a folder of somebody else is in its place; or the system refuses.
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
        // One by one: in a folder that all may write to, somebody else may be faster.
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
            // Whatever the umask is.
            open_folder(way)?.set_permissions(Permissions::from_mode(mode))?;
        }
        Ok(())
    }

    /// Refuses a folder to take programs from in which anybody but root could have put something.
    ///
    /// # Errors
    ///
    /// The part that is not safe, with root's rights; or it cannot be examined.
    pub fn require_safe_tree(self, folder: &Path) -> io::Result<()> {
        if self.are_roots() {
            require_safe(folder)?;
            require_safe_tree(folder)
        } else {
            Ok(())
        }
    }

    /// As root, refuses links and what belongs to anybody but the user whose rights these are.
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

/// The group of the owner of a folder. The folder's group says little: it may be root's, or one that the
/// owner is not in.
pub fn group_of(owner: Uid, folders: Gid) -> Gid {
    match User::from_uid(owner) {
        Ok(Some(user)) => user.gid,
        _ if folders.as_raw() == owner.as_raw() => folders,
        _ => Gid::from_raw(NO_GROUP),
    }
}

/// Gives up root's rights over files for the rest of this thread.
#[cfg(target_os = "linux")]
fn step_down(uid: Uid, gid: Gid) -> io::Result<()> {
    // The system call is the thread's; libc's function of the same name would change the whole process.
    rustix::thread::set_thread_groups(&[])?;
    nix::unistd::setfsgid(gid);
    // The kernel also takes away the capabilities that overrule permissions.
    nix::unistd::setfsuid(uid);
    // Neither says whether it succeeded; asked for what no user has, both tell the present one.
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
