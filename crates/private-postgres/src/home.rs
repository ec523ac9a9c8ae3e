//! The folder of the server's files: the data directory, or a substitute if PostgreSQL cannot use
//! it.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{self, Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use data_dir::Rights;

use super::account::Account;
use super::error::{At, StartError};

/// The port is only part of the socket's name.
pub(super) const PORT: u16 = 5432;
/// `sun_path` has 104 bytes on macOS and 108 on Linux, including the final NUL.
const SOCKET_PATH_LIMIT: usize = 103;
const CLUSTER_PREFIX: &str = "postgres-";

/// The folder with one cluster per major version and the lock, and the user they are for.
#[derive(Debug)]
pub(super) struct Home {
    /// The configured folder, as an absolute path without links.
    pub data_dir: PathBuf,
    /// The same folder, or its substitute.
    pub path: PathBuf,
    pub account: Account,
    /// The rights with which files are created and opened; the calling thread has them.
    pub rights: Rights,
}

impl Home {
    /// Finds or creates the folder; as root, elsewhere if the unprivileged user cannot enter it.
    pub fn open(data_dir: &Path, rights: Rights) -> Result<Self, StartError> {
        let mut data_dir = path::absolute(data_dir).at(data_dir)?;
        if !data_dir.is_dir() {
            create(&data_dir, rights)?;
        }
        data_dir = data_dir.canonicalize().at(&data_dir)?;
        // Somebody may have created or replaced it since the rights were decided.
        if Rights::over(&data_dir).at(&data_dir)? != rights {
            let replaced = "somebody replaced it while it was opened; start again";
            return Err(io::Error::other(replaced)).at(data_dir);
        }
        let account = Account::unprivileged(rights)?.owning(&data_dir);
        let mut path = data_dir.clone();
        if rights.are_roots() && !account.can_enter(&data_dir) {
            // Not /var/tmp, where systemd deletes files older than 30 days.
            path = substitute("/var/lib", &data_dir, rights)
                .or_else(|_| substitute("/var/tmp", &data_dir, rights))?;
            tracing::warn!(
                data_dir = %data_dir.display(), substitute = %path.display(),
                "PostgreSQL must not run as root and its user cannot enter the data directory; the database is kept elsewhere",
            );
        }
        Ok(Self {
            data_dir,
            path,
            account,
            rights,
        })
    }

    /// The folder of the cluster of one major version.
    pub fn folder(&self, major: u32) -> PathBuf {
        self.path.join(format!("{CLUSTER_PREFIX}{major}"))
    }

    /// The newest major version with a complete cluster.
    pub fn existing_major(&self) -> Option<u32> {
        let entries = fs::read_dir(&self.path).ok()?.flatten();
        entries
            .filter(|entry| entry.path().join("data").is_dir())
            .filter_map(|entry| {
                entry
                    .file_name()
                    .to_str()?
                    .strip_prefix(CLUSTER_PREFIX)?
                    .parse()
                    .ok()
            })
            .max()
    }

    /// Creates the folder of the socket, elsewhere if its path is not usable for a socket.
    pub fn socket_folder(&self, cluster_folder: &Path) -> Result<PathBuf, StartError> {
        let mut folder = cluster_folder.join("socket");
        let longest = SOCKET_PATH_LIMIT - format!("/.s.PGSQL.{PORT}").len();
        // A comma separates sockets, for the server and its clients.
        let is_usable = |path: &str| path.len() <= longest && !path.contains([',', '"']);
        if !folder.to_str().is_some_and(is_usable) {
            let short = substitute("/var/tmp", &self.path, self.rights)?.join("socket");
            tracing::warn!(
                wanted = %folder.display(), substitute = %short.display(),
                "a unix socket cannot have this path; the database's is kept elsewhere",
            );
            folder = short;
        }
        make_for(self.account, &folder)?;
        Ok(folder)
    }

    /// Creates the folder of one cluster.
    pub fn create(&self, folder: &Path) -> Result<(), StartError> {
        create(folder, self.rights)
    }

    /// As root, refuses data behind a link, or of a user that PostgreSQL will not run as.
    pub fn require_own(&self, data: &Path) -> Result<(), StartError> {
        if self.rights == Rights::Own || fs::symlink_metadata(data).is_err() {
            return Ok(());
        }
        let found = data_dir::open_folder(data).and_then(|data| data.metadata());
        let (owner, user) = (found.at(data)?.uid(), self.account.uid());
        if owner == user.as_raw() {
            return Ok(());
        }
        let reason = format!(
            "it belongs to user {owner}, and PostgreSQL runs as user {user}; give it to that user \
             with `chown -R`, and start again"
        );
        Err(io::Error::other(reason)).at(data)
    }
}

/// Creates a folder for that user alone, or reuses that of an earlier start.
pub(super) fn make_for(account: Account, folder: &Path) -> Result<(), StartError> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(error).at(folder);
        }
        _ => {}
    }
    let made = data_dir::open_folder(folder).at(folder)?;
    account.take(&made, 0o700).at(folder)
}

/// Creates a folder that only we can write to. With root's rights, others may enter it but not list
/// it.
pub(super) fn create(folder: &Path, rights: Rights) -> Result<(), StartError> {
    let mode = if rights.are_roots() { 0o711 } else { 0o700 };
    rights.create_folder(folder, mode).at(folder)
}

/// A folder with a short path, which is the same for `original` at each start.
fn substitute(parent: &str, original: &Path, rights: Rights) -> Result<PathBuf, StartError> {
    let name = hexadecimal(&digest(&SHA256, original.as_os_str().as_bytes()).as_ref()[..8]);
    let parent = Path::new(parent).canonicalize().at(parent)?;
    let folder = parent.join(format!("latchkey-{}-{name}", rights.uid()));
    match DirBuilder::new().mode(0o711).create(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(error).at(&folder);
        }
        _ => {}
    }
    // In /var/tmp, anybody may have created it before us.
    let opened = data_dir::open_folder(&folder).at(&folder)?;
    let found = opened.metadata().at(&folder)?;
    if found.uid() != rights.uid().as_raw() || found.mode() & 0o022 != 0 {
        return Err(StartError::UnsafeFolder(folder));
    }
    let mode = Permissions::from_mode(0o711);
    opened.set_permissions(mode).at(&folder)?;
    Ok(folder)
}

/// Two hexadecimal digits per byte.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
