//! A PostgreSQL server of the process that starts it: found, created, started, watched and stopped.
//!
//! It is for programs that need a database where nobody has set one up: on a developer's machine, and in
//! tests. PostgreSQL's programs come from the machine; this crate contains none.
//!
//! - [`PrivatePostgres::start`] makes the cluster in the data directory if there is none, starts its server
//!   and returns an address for libpq. The server listens on a unix socket only, behind a password.
//! - It ends with its owner however the owner ends, also by `SIGKILL`: a shell waits for the end of the
//!   owner and then stops the server. A server that dies is started again.
//! - A data directory has one owner at a time. [`PrivatePostgres::running`] reaches the server of that owner.
//! - Each major version of PostgreSQL has a cluster of its own, and the data stays with its version.
//! - As root, PostgreSQL runs as another user: as the owner of the data directory, or as `postgres` or `nobody`
//!   if that is root. In the folder of a plain user nothing is done with root's rights, also by this process.
//! - Nothing of the caller's environment reaches PostgreSQL but the search paths for programs and libraries.
//!
//! The crate writes its log through `tracing` and reads no environment variable but `PATH`.

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

/// The name of the database and of its one user, who may do everything.
const NAME: &str = "latchkey";

/// Where the private PostgreSQL is and what it is for.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Made if missing; the cluster is in a sub-folder per major version.
    pub data_dir: PathBuf,
    /// The folder of `postgres` and `initdb`; searched for if not given.
    pub binaries: Option<PathBuf>,
    /// Whether data must outlive the process.
    pub durability: Durability,
}

/// How well the data is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// What was committed survives a power cut.
    Full,
    /// Fast, and removed when the server stops or its owner is killed: for tests.
    Throwaway,
}

/// A running server; stops when dropped, and when the process that holds it ends in any other way.
#[derive(Debug)]
pub struct PrivatePostgres {
    database_url: SecretString,
    stop: Option<Sender<()>>,
    supervisor: Option<JoinHandle<()>>,
}

impl PrivatePostgres {
    /// Starts the server and waits until it accepts connections, about 0.05 s, or 1 s at the first start.
    ///
    /// # Errors
    /// When no PostgreSQL is installed, the data directory is in use or unusable, or the server fails.
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

    /// What reaches the server that another process runs on this data directory, if one does.
    ///
    /// # Errors
    /// When the data directory is unusable.
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

    /// What libpq connects with; the same for every start on this data directory.
    #[must_use]
    pub fn database_url(&self) -> &SecretString {
        &self.database_url
    }

    /// Cuts off the server's clients and waits for its end.
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

/// The PostgreSQL that [`PrivatePostgres::start`] would run.
///
/// # Errors
/// When there is none, or the data directory cannot be used.
pub fn locate(settings: &Settings) -> Result<Binaries, StartError> {
    with_rights(&settings.data_dir, |rights| {
        let home = Home::open(&settings.data_dir, rights)?;
        Binaries::find(&home, settings.binaries.as_deref())
    })
}

/// Everything that touches the data directory happens in here, with no more rights than it takes.
fn with_rights<T: Send>(
    data_dir: &Path,
    work: impl FnOnce(Rights) -> Result<T, StartError> + Send,
) -> Result<T, StartError> {
    let rights = Rights::over(data_dir).at(data_dir)?;
    rights.run(|| work(rights)).at(data_dir)?
}

/// The socket's folder takes the host's place, each byte but the plainest as `%2F`.
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
