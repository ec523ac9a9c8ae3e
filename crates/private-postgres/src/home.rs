//! Where the server's files are: the data directory, or a substitute where PostgreSQL cannot use it.

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
/// `sun_path` holds 104 bytes on macOS and 108 on Linux, one of them for the closing NUL.
const SOCKET_PATH_LIMIT: usize = 103;
const CLUSTER_PREFIX: &str = "postgres-";

/// The folder that holds one cluster per major version, the lock, and the user they are for.
#[derive(Debug)]
pub(super) struct Home {
    /// What the settings name, as an absolute path without links.
    pub data_dir: PathBuf,
    /// The same, or its substitute.
    pub path: PathBuf,
    pub account: Account,
    /// What the files are made and opened with; the calling thread has them.
    pub rights: Rights,
}

impl Home {
    /// Finds or makes the folder; as root, elsewhere if the unprivileged user cannot enter it.
    pub fn open(data_dir: &Path, rights: Rights) -> Result<Self, StartError> {
        let mut data_dir = path::absolute(data_dir).at(data_dir)?;
        if !data_dir.is_dir() {
            create(&data_dir, rights)?;
        }
        data_dir = data_dir.canonicalize().at(&data_dir)?;
        // Somebody may have made or replaced it since the rights were decided on.
        if Rights::over(&data_dir).at(&data_dir)? != rights {
            let replaced = "somebody replaced it while it was opened; start again";
            return Err(io::Error::other(replaced)).at(data_dir);
        }
        let account = Account::unprivileged(rights)?.owning(&data_dir);
        let mut path = data_dir.clone();
        if rights.are_roots() && !account.can_enter(&data_dir) {
            // Rather not /var/tmp: systemd empties it of files older than 30 days.
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

    /// The newest major version that a complete cluster exists of.
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

    /// Makes the folder of the socket, elsewhere if a socket cannot have its path.
    pub fn socket_folder(&self, cluster_folder: &Path) -> Result<PathBuf, StartError> {
        let mut folder = cluster_folder.join("socket");
        let longest = SOCKET_PATH_LIMIT - format!("/.s.PGSQL.{PORT}").len();
        // A comma separates sockets, for the server as well as for its clients.
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

    /// Makes the folder of one cluster.
    pub fn create(&self, folder: &Path) -> Result<(), StartError> {
        create(folder, self.rights)
    }

    /// As root, refuses data that is elsewhere behind a link, or belongs to a user that PostgreSQL will not run as.
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

/// Makes a folder for that user alone, or takes the one of an earlier start.
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

/// Makes a folder that only we write to and, with root's rights, that others may pass through but not list.
pub(super) fn create(folder: &Path, rights: Rights) -> Result<(), StartError> {
    let mode = if rights.are_roots() { 0o711 } else { 0o700 };
    rights.create_folder(folder, mode).at(folder)
}

/// A short folder that belongs to `original` and is the same at each start.
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
    // Anybody may have made it before us in /var/tmp.
    let opened = data_dir::open_folder(&folder).at(&folder)?;
    let found = opened.metadata().at(&folder)?;
    if found.uid() != rights.uid().as_raw() || found.mode() & 0o022 != 0 {
        return Err(StartError::UnsafeFolder(folder));
    }
    let mode = Permissions::from_mode(0o711);
    opened.set_permissions(mode).at(&folder)?;
    Ok(folder)
}

/// Two digits for each byte.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
