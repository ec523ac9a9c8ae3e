//! A PostgreSQL server that belongs to the process that starts it: found, created, started, watched
//! and stopped.
//!
//! It is for programs that need a database where nobody has set one up: on a developer's machine,
//! and in tests. It uses the PostgreSQL programs of the machine; this crate contains none.
//!
//! - [`PrivatePostgres::start`] creates the cluster in the data directory if there is none, starts
//!   its server and returns an address for libpq. The server listens only on a Unix socket, behind
//!   a password.
//! - The server stops with its owner however the owner ends, even by `SIGKILL`: a shell waits for
//!   the end of the owner and then stops the server. A server that dies is restarted.
//! - A data directory has one owner at a time. [`PrivatePostgres::running`] connects to the server
//!   of that owner.
//! - Each major version of PostgreSQL has its own cluster, and data can be used only with its
//!   version.
//! - As root, PostgreSQL runs as another user: as the owner of the data directory, or as `postgres`
//!   or `nobody` if that is root. In the folder of a plain user, even this process does nothing
//!   with root's rights.
//! - Of the caller's environment, PostgreSQL gets only the search paths for programs and libraries.
//!
//! The crate logs through `tracing` and reads no environment variable but `PATH`.

mod account;
mod binaries;
mod cluster;
mod error;
mod home;
mod ownership;
mod remains;
mod server;

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

use data_dir::Rights;
use secrecy::{ExposeSecret, SecretString};

pub use binaries::Binaries;
pub use error::StartError;

use cluster::Cluster;
use error::At;
use home::{Home, PORT};
use ownership::Ownership;
use server::Plan;

/// The name of the database and of its only user, which is a superuser.
const NAME: &str = "latchkey";

/// Where the private PostgreSQL is, and what it is for.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Created if missing. Each major version has a cluster in a sub-folder.
    pub data_dir: PathBuf,
    /// The folder of `postgres` and `initdb`; `None` to search for it.
    pub binaries: Option<PathBuf>,
    /// How durable the data is.
    pub durability: Durability,
}

/// How durable the data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Committed data survives a power cut.
    Full,
    /// Fast, and deleted when the server stops or its owner is killed: for tests.
    Throwaway,
}

/// A running server. It stops when dropped, and when the process that holds it ends in any other
/// way.
#[derive(Debug)]
pub struct PrivatePostgres {
    database_url: SecretString,
    stop: Option<Sender<()>>,
    supervisor: Option<JoinHandle<()>>,
}

impl PrivatePostgres {
    /// Starts the server and waits until it accepts connections: about 0.05 s, or 1 s at the first
    /// start. Fails if no PostgreSQL is installed, the data directory is in use or unusable, or the
    /// server fails.
    pub fn start(settings: &Settings) -> Result<Self, StartError> {
        with_rights(&settings.data_dir, |rights| {
            if let Rights::Owner { uid, .. } = rights {
                tracing::info!(
                    data_dir = %settings.data_dir.display(), user = %uid,
                    "started as root; the private PostgreSQL runs as the owner of the data directory",
                );
            }
            Self::start_with(settings, rights)
        })
    }

    fn start_with(settings: &Settings, rights: Rights) -> Result<Self, StartError> {
        let mut home = Home::open(&settings.data_dir, rights)?;
        let binaries = Binaries::find(&home, settings.binaries.as_deref())?;
        let folder = home.folder(binaries.major);
        let data = folder.join("data");
        home.account = home.account.owning(&data);

        let ownership = Ownership::take(&home)?;
        home.create(&folder)?;
        home.require_own(&data)?;
        let socket_folder = home.socket_folder(&folder)?;
        let mut removed = Vec::new();
        if settings.durability == Durability::Throwaway {
            removed = vec![socket_folder.clone(), folder.clone()];
            removed.extend(ownership::lock_files(&home.path));
            removed.extend(ownership::lock_files(&home.data_dir));
        }
        let mut guard = ownership.guard(&data, &removed)?;
        let cluster = Cluster {
            folder: &folder,
            binaries: &binaries,
            account: home.account,
            durability: settings.durability,
        };
        let password = cluster.open(&mut guard)?;
        let plan = Plan {
            program: binaries.program("postgres"),
            account: home.account,
            log: folder.join("server.log"),
            durability: settings.durability,
            data,
            socket_folder,
            removed,
        };
        let mut server = plan.launch(&mut guard)?;
        if let Err(error) = plan.await_ready(&mut server) {
            server::end(&mut server, &mut guard);
            return Err(error);
        }
        let database_url = database_url(&password, &plan.socket_folder);
        let (stop, stopped) = mpsc::channel();
        let supervisor = thread::Builder::new()
            .name("postgres".into())
            .spawn(move || plan.supervise(server, guard, &ownership, &stopped))
            .at("thread")?;
        Ok(Self {
            database_url,
            stop: Some(stop),
            supervisor: Some(supervisor),
        })
    }

    /// The address of the server that another process runs in this data directory, if there is one.
    /// Fails if the data directory is unusable.
    pub fn running(data_dir: &Path) -> Result<Option<SecretString>, StartError> {
        with_rights(data_dir, |rights| {
            let mut home = Home::open(data_dir, rights)?;
            let Some(major) = home.existing_major() else {
                return Ok(None);
            };
            if !ownership::is_taken(&home.path)? {
                return Ok(None);
            }
            let folder = home.folder(major);
            home.account = home.account.owning(&folder.join("data"));
            let password = cluster::read_password(&folder)?;
            Ok(Some(database_url(&password, &home.socket_folder(&folder)?)))
        })
    }

    /// The address for libpq; the same for every start in this data directory.
    #[must_use]
    pub fn database_url(&self) -> &SecretString {
        &self.database_url
    }

    /// Disconnects the server's clients and waits for its end.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(supervisor) = self.supervisor.take() {
            let _ = supervisor.join();
        }
    }
}

/// The PostgreSQL that [`PrivatePostgres::start`] would run. Fails if there is none, or the data
/// directory cannot be used.
pub fn locate(settings: &Settings) -> Result<Binaries, StartError> {
    with_rights(&settings.data_dir, |rights| {
        let home = Home::open(&settings.data_dir, rights)?;
        Binaries::find(&home, settings.binaries.as_deref())
    })
}

/// Runs everything that touches the data directory, with no more rights than necessary.
fn with_rights<T: Send>(
    data_dir: &Path,
    work: impl FnOnce(Rights) -> Result<T, StartError> + Send,
) -> Result<T, StartError> {
    let rights = Rights::over(data_dir).at(data_dir)?;
    rights.run(|| work(rights)).at(data_dir)?
}

/// The socket's folder is the host, with every special byte percent-encoded.
fn database_url(password: &SecretString, socket_folder: &Path) -> SecretString {
    let host = socket_folder.as_os_str().as_bytes().iter().map(|byte| {
        if byte.is_ascii_alphanumeric() || b"-._".contains(byte) {
            char::from(*byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    let host = host.collect::<Vec<_>>().concat();
    let password = password.expose_secret();
    format!("postgresql://{NAME}:{password}@{host}:{PORT}/{NAME}").into()
}
