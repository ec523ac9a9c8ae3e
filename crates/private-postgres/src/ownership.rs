//! One owner per data directory, and a guard that outlives it.

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

/// A dead owner's guard gives its server 20 s before it insists.
const GUARD_PATIENCE: Duration = Duration::from_secs(30);

/// Runs when the pipe closes, which the kernel does however we die.
///
/// `$1` is for readers of a process list, what follows is to be removed. Signals go to a process group, as
/// `initdb` has children; its leader may stay a zombie where process 1 does not care for orphans.
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
    /// Only ours: the kernel releases it when we die.
    _owner: File,
    /// The guard has it too, until it is done.
    guard: File,
    /// Who the guard runs as.
    ourselves: Account,
}

impl Ownership {
    /// Takes the locks, or says who has them; waits for the guard of an owner that has died.
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
            // The guard of a throwaway removes both files.
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

    /// Starts the guard, which removes these files in the end, and the folders they leave empty.
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

/// A shell that ends its ward when we die; dropping it has the same effect.
#[derive(Debug)]
pub(super) struct Guard {
    child: Child,
}

impl Guard {
    /// Names the process to end, which must lead its process group.
    pub fn watch(&mut self, ward: &Child) {
        self.tell(ward.id());
    }

    /// Says that the ward has ended, before anybody else can have its process id.
    pub fn forget(&mut self) {
        self.tell(0);
    }

    /// Whether somebody has killed the guard.
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
        // Closes the pipe first.
        let _ = self.child.wait();
    }
}

/// Who owns the data directory, and whether a guard is still at work there.
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

/// Whether nobody else has the lock.
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
