//! PostgreSQL servers for one test: a primary, and its streaming replica.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use diesel::Connection;
use diesel::pg::PgConnection;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, User};
use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;

use crate::program::{Setup, awaited};

/// A server for one test.
pub struct Server {
    process: Option<Child>,
    folder: PathBuf,
    pub port: u16,
    /// Besides those of every server here.
    pub settings: Vec<String>,
}

/// A primary and its replica.
pub struct Pair {
    pub primary: Server,
    pub replica: Server,
    _folder: TempDir,
}

fn binaries() -> PathBuf {
    let found = Setup::new().run(&["locate-postgres"], "");
    PathBuf::from(found.stdout.trim())
}

/// Runs a PostgreSQL program as the user it requires.
fn as_database_user(program: &str) -> Command {
    let program = binaries().join(program);
    if !Uid::effective().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    let user = database_user();
    command.arg(format!("--reuid={}", user.uid));
    command.arg(format!("--regid={}", user.gid));
    command.arg("--clear-groups").arg(program);
    command
}

fn database_user() -> User {
    let names = ["postgres", "nobody"];
    let mut users = names
        .iter()
        .filter_map(|name| User::from_name(name).unwrap());
    users.next().expect("a user for PostgreSQL to run as")
}

impl Server {
    /// Not started yet, in a folder that the database user may write to.
    pub fn below(folder: &Path, name: &str) -> Self {
        Self {
            process: None,
            folder: folder.join(name),
            port: 5432,
            settings: Vec::new(),
        }
    }

    pub fn initialise(&self) {
        let made = as_database_user("initdb")
            .args([
                "-U",
                "latchkey",
                "--auth=trust",
                "-E",
                "UTF8",
                "--no-sync",
                "-D",
            ])
            .arg(&self.folder)
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success());
    }

    pub fn start(&mut self) {
        let folder = self.folder.display().to_string();
        // Not in the data directory, which `pg_basebackup` copies.
        let socket = self.socket();
        fs::create_dir_all(&socket).unwrap();
        give(&socket);
        let log = fs::File::create(socket.join("log")).unwrap();
        let mut command = as_database_user("postgres");
        command.args(["-D", &folder, "-k", &socket.display().to_string()]);
        command.args(["-p", &self.port.to_string()]);
        for setting in [
            "listen_addresses=",
            "wal_level=replica",
            "fsync=off",
            "hot_standby_feedback=on",
            "wal_retrieve_retry_interval=100ms",
        ] {
            command.args(["-c", setting]);
        }
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        let process = command.stderr(Stdio::from(log)).spawn().unwrap();
        self.process = Some(process);
        awaited("PostgreSQL answers", || {
            PgConnection::establish(self.url().expose_secret()).ok()
        });
    }

    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let pid = Pid::from_raw(process.id().cast_signed());
            kill(pid, Signal::SIGINT).unwrap();
            process.wait().unwrap();
        }
    }

    fn socket(&self) -> PathBuf {
        self.folder.with_extension("socket")
    }

    pub fn url(&self) -> SecretString {
        let host = self.socket().display().to_string().replace('/', "%2F");
        format!("postgres://latchkey@{host}:{}/postgres", self.port).into()
    }

    pub fn connect(&self) -> PgConnection {
        PgConnection::establish(self.url().expose_secret()).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Pair {
    pub fn start() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("latchkey-replica-")
            .tempdir()
            .unwrap();
        give(folder.path());
        let mut primary = Server::below(folder.path(), "primary");
        let mut replica = Server::below(folder.path(), "replica");
        primary.initialise();
        primary.start();
        let copied = as_database_user("pg_basebackup")
            .args([
                "-R",
                "-X",
                "stream",
                "-c",
                "fast",
                "--no-sync",
                "-U",
                "latchkey",
                "-h",
            ])
            .arg(primary.socket())
            .arg("-D")
            .arg(&replica.folder)
            .status();
        assert!(copied.unwrap().success());
        replica.start();
        Self {
            primary,
            replica,
            _folder: folder,
        }
    }
}

/// Gives a file or folder to the user that PostgreSQL runs as.
pub fn give(folder: &Path) {
    if Uid::effective().is_root() {
        let user = database_user();
        chown(folder, Some(user.uid.as_raw()), Some(user.gid.as_raw())).unwrap();
    }
}
