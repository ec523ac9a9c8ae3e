//! Why the private PostgreSQL could not be started, in messages for whoever runs the service.

use std::io;
use std::path::{Path, PathBuf};

use nix::unistd::Uid;

/// Why the private PostgreSQL did not start. Each message names the folder and what to do.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what each case and field is")]
pub enum StartError {
    #[error(
        "no usable PostgreSQL (14 or newer) was found{tried}\n\
         Install one: Debian, Ubuntu `apt install postgresql`; \
         Fedora `dnf install postgresql-server`; Alpine `apk add postgresql`; \
         Arch `pacman -S postgresql`; macOS `brew install postgresql@17`.\n\
         Or name the folder of `postgres` and `initdb`, or a server that runs already."
    )]
    NotFound { tried: String },

    #[error(
        "{folder} holds the data of PostgreSQL {major}, and no PostgreSQL {major} was found{tried}\n\
         Install that version, name the folder of its programs, \
         or name another data directory to begin with no data."
    )]
    OtherVersion {
        folder: PathBuf,
        major: u32,
        tried: String,
    },

    #[error(
        "PostgreSQL does not run as root, and this system has neither a user `postgres` nor `nobody`"
    )]
    NoUnprivilegedUser,

    #[error(
        "the data directory belongs to user {0}, as whom PostgreSQL would run, and it refuses a user \
         without an entry in /etc/passwd; add one, or name a data directory of another user"
    )]
    UnknownOwner(Uid),

    #[error(
        "{folder} is in use by another process ({owner}); stop it or name another data directory"
    )]
    Owned { folder: PathBuf, owner: String },

    #[error("{folder} is still in use by a PostgreSQL that does not end: processes {processes}")]
    Occupied { folder: PathBuf, processes: String },

    #[error(
        "{0} exists but is not a folder that only this user may write to; remove it and start again"
    )]
    UnsafeFolder(PathBuf),

    #[error("the password of the database in {folder} is gone: {password} is missing or empty")]
    PasswordMissing { folder: PathBuf, password: PathBuf },

    #[error("the database could not be created: {program} failed\n{output}")]
    Initialise { program: PathBuf, output: String },

    #[error("PostgreSQL did not start: {reason}\n{log}")]
    Server { reason: String, log: String },

    #[error("{path}: {source}")]
    File { path: PathBuf, source: io::Error },
}

/// Adds the path to an I/O error.
pub(super) trait At<T> {
    fn at(self, path: impl AsRef<Path>) -> Result<T, StartError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, path: impl AsRef<Path>) -> Result<T, StartError> {
        self.map_err(|source| StartError::File {
            path: path.as_ref().to_owned(),
            source,
        })
    }
}
