//! Ensures one owner per data directory, with a guard process that outlives it.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::account::Account;
use super::error::{At, StartError};
use super::home::Home;

/// How long to wait for the guard of a dead owner, which gives its server 20 s before it kills it.
const GUARD_PATIENCE: Duration = Duration::from_secs(30);

/// The guard's script. It acts when the pipe closes, which the kernel does however this process
/// ends.
///
/// `$1` is for readers of a process list, and the remaining arguments are the files to remove.
/// Signals go to a process group, because `initdb` has children. Its leader may remain a zombie if
/// process 1 does not reap orphans.
const GUARD: &str = r#"
trap '' HUP INT TERM
ward=0
while read -r line; do ward=$line; done
is_running() {
    kill -s 0 -- "-$ward" || return
    stat=
    read -r stat < "/proc/$ward/stat"
    case $stat in *') Z '*) return 1 ;; esac
}
if [ "$ward" != 0 ] && kill -s INT -- "-$ward"; then
    tries=0
    while is_running; do
        [ "$tries" -lt 400 ] || { kill -s QUIT -- "-$ward"; break; }
        sleep 0.05
        tries=$((tries + 1))
    done
fi
shift
for path; do
    rm -rf -- "$path" || { sleep 1; rm -rf -- "$path"; }
    rmdir -- "${path%/*}"
done
"#;

/// The two locks on a data directory.
#[derive(Debug)]
pub(super) struct Ownership {
    /// Held only by this process: the kernel releases it when the process ends.
    _owner: File,
    /// Also held by the guard, until it is done.
    guard: File,
    /// The user that the guard runs as.
    ourselves: Account,
}

impl Ownership {
    /// Takes the locks, or reports who holds them. Waits for the guard of a dead owner.
    pub fn take(home: &Home) -> Result<Self, StartError> {
        let folder = &home.path;
        let [owner_path, guard_path] = lock_files(folder);
        loop {
            home.create(folder)?;
            let (owner, guard) = (open(&owner_path)?, open(&guard_path)?);
            if !lock(&owner, &owner_path)? {
                let pid = data_dir::read(&owner_path).unwrap_or_default();
                return Err(owned(folder, format!("process {}", pid.trim())));
            }
            let patience = Instant::now() + GUARD_PATIENCE;
            while !lock(&guard, &guard_path)? {
                if Instant::now() > patience {
                    return Err(owned(
                        folder,
                        "its process has ended, its guard has not".into(),
                    ));
                }
                thread::sleep(Duration::from_millis(10));
            }
            // The guard of a throwaway cluster removes both files.
            if is_same(&owner, &owner_path) && is_same(&guard, &guard_path) {
                owner.set_len(0).at(&owner_path)?;
                writeln!(&owner, "{}", process::id()).at(&owner_path)?;
                return Ok(Self {
                    _owner: owner,
                    guard,
                    ourselves: Account::of(home.rights),
                });
            }
        }
    }

    /// Starts the guard, which finally removes these files, and folders that are then empty.
    pub fn guard(&self, data: &Path, removed: &[PathBuf]) -> Result<Guard, StartError> {
        let shell = "/bin/sh";
        let child = self
            .ourselves
            .command(shell)
            .args(["-c", GUARD, "latchkey-guard"])
            .arg(data)
            .args(removed)
            .stdin(Stdio::piped())
            .stdout(self.guard.try_clone().at(data)?)
            .stderr(Stdio::null())
            .spawn()
            .at(shell)?;
        Ok(Guard { child })
    }
}

/// A shell that stops the watched process when this process ends; dropping it does the same.
#[derive(Debug)]
pub(super) struct Guard {
    child: Child,
}

impl Guard {
    /// Sets the process to stop, which must lead its process group.
    pub fn watch(&mut self, ward: &Child) {
        self.tell(ward.id());
    }

    /// Reports that the process has ended, before its process id can be reused.
    pub fn forget(&mut self) {
        self.tell(0);
    }

    /// Whether the guard was killed.
    pub fn is_gone(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    fn tell(&mut self, ward: u32) {
        let told = self
            .child
            .stdin
            .as_mut()
            .map_or(Ok(()), |pipe| writeln!(pipe, "{ward}"));
        if let Err(error) = told {
            tracing::warn!(%error, "the guard of the private PostgreSQL is gone");
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // `wait` closes the pipe first.
        let _ = self.child.wait();
    }
}

/// The lock files: one for the owner, one for its guard.
pub(super) fn lock_files(home: &Path) -> [PathBuf; 2] {
    ["postgres.lock", "postgres-guard.lock"].map(|name| home.join(name))
}

/// Whether a live process owns the data directory.
pub(super) fn is_taken(home: &Path) -> Result<bool, StartError> {
    let [owner_path, _] = lock_files(home);
    if !owner_path.exists() {
        return Ok(false);
    }
    Ok(!lock(&open(&owner_path)?, &owner_path)?)
}

fn open(path: &Path) -> Result<File, StartError> {
    data_dir::open(path).at(path)
}

/// Tries to take a lock; `false` if another process holds it.
fn lock(file: &File, path: &Path) -> Result<bool, StartError> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error).at(path),
    }
}

fn owned(home: &Path, owner: String) -> StartError {
    StartError::Owned {
        folder: home.to_owned(),
        owner,
    }
}

fn is_same(file: &File, path: &Path) -> bool {
    let identity =
        |found: io::Result<fs::Metadata>| found.map(|found| (found.dev(), found.ino())).ok();
    identity(file.metadata()) == identity(fs::symlink_metadata(path))
}
