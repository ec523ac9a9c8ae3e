//! Starts, awaits, watches and stops the server.

use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::Durability;
use super::account::Account;
use super::error::{At, StartError};
use super::home::PORT;
use super::ownership::{Guard, Ownership};
use super::remains;

/// Long enough to recover from a crash with a long log to replay.
const READY_WITHIN: Duration = Duration::from_mins(2);
const STOPPED_WITHIN: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(100);
const MAX_LOG_SHOWN: u64 = 16 * 1024;
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Uses few resources, and logs no data.
const SETTINGS: [&str; 9] = [
    "listen_addresses=",
    "max_connections=100",
    "shared_buffers=32MB",
    "min_wal_size=32MB",
    "max_wal_size=256MB",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_checkpoints=off",
    // Failed statements concern the client, and their details are personal data.
    "log_min_messages=log",
];
const THROWAWAY_SETTINGS: [&str; 5] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
];

/// Everything needed to start the server, repeatedly.
#[derive(Debug)]
pub(super) struct Plan {
    pub program: PathBuf,
    pub account: Account,
    pub data: PathBuf,
    pub socket_folder: PathBuf,
    pub log: PathBuf,
    pub durability: Durability,
    /// The files that the guard finally removes.
    pub removed: Vec<PathBuf>,
}

impl Plan {
    /// Starts a server, after stopping the remains of an earlier one.
    pub fn launch(&self, guard: &mut Guard) -> Result<Child, StartError> {
        remains::clear(&self.data, &self.socket_folder, self.account.uid())?;
        let _ = fs::rename(&self.log, self.log.with_extension("log.old"));
        let log = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.log)
            .at(&self.log)?;
        let mut command = self.account.command(&self.program);
        command.arg("-D").arg(&self.data);
        command.arg("-k").arg(&self.socket_folder);
        command.arg("-c").arg(format!("port={PORT}"));
        let throwaway = (self.durability == Durability::Throwaway).then_some(THROWAWAY_SETTINGS);
        for setting in SETTINGS.into_iter().chain(throwaway.into_iter().flatten()) {
            command.args(["-c", setting]);
        }
        let server = command
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .at(&self.program)?;
        guard.watch(&server);
        Ok(server)
    }

    /// Waits until the server accepts connections, which it notes in `postmaster.pid`.
    pub fn await_ready(&self, server: &mut Child) -> Result<(), StartError> {
        let deadline = Instant::now() + READY_WITHIN;
        let pid = server.id().to_string();
        loop {
            let noted = data_dir::read(&self.data.join("postmaster.pid")).unwrap_or_default();
            let mut lines = noted.lines();
            if lines.next() == Some(&pid)
                && lines.nth(6).is_some_and(|status| status.trim() == "ready")
            {
                return Ok(());
            }
            let reason = match server.try_wait() {
                Ok(None) if Instant::now() < deadline => {
                    thread::sleep(Duration::from_millis(5));
                    continue;
                }
                Ok(None) => format!("it was not ready within {READY_WITHIN:?}"),
                Ok(Some(status)) => status.to_string(),
                Err(error) => error.to_string(),
            };
            return Err(StartError::Server {
                reason,
                log: last_lines(&self.log),
            });
        }
    }

    /// Restarts the server whenever it ends, until `stop` is dropped; then stops it.
    pub fn supervise(
        &self,
        mut server: Child,
        mut guard: Guard,
        owned: &Ownership,
        stop: &Receiver<()>,
    ) {
        let mut attempted = Instant::now();
        let mut pause = Duration::ZERO;
        while stop.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
            if guard.is_gone() {
                tracing::warn!("the guard of the private PostgreSQL was killed; starting another");
                if let Ok(another) = owned.guard(&self.data, &self.removed) {
                    guard = another;
                    guard.watch(&server);
                }
            }
            if is_running(&mut server) {
                continue;
            }
            guard.forget();
            if attempted.elapsed() < pause {
                continue;
            }
            let was_stable = attempted.elapsed() > LONGEST_PAUSE * 2;
            pause = if was_stable {
                LOOK_EVERY
            } else {
                (pause * 2).clamp(LOOK_EVERY, LONGEST_PAUSE)
            };
            attempted = Instant::now();
            tracing::error!(
                log = last_lines(&self.log),
                "the private PostgreSQL ended; starting it again"
            );
            match self.launch(&mut guard) {
                Ok(another) => server = another,
                Err(error) => tracing::error!(%error, "the private PostgreSQL did not start again"),
            }
        }
        end(&mut server, &mut guard);
    }
}

/// Stops the server: disconnects its clients, and keeps what they have committed.
pub(super) fn end(server: &mut Child, guard: &mut Guard) {
    let pid = Pid::from_raw(server.id().cast_signed());
    let began = Instant::now();
    let mut sent = None;
    while is_running(server) {
        let signal = if began.elapsed() < STOPPED_WITHIN {
            Signal::SIGINT
        } else {
            Signal::SIGQUIT
        };
        if sent.replace(signal) != Some(signal) {
            let _ = kill(pid, signal);
        }
        thread::sleep(Duration::from_millis(2));
    }
    guard.forget();
}

fn is_running(server: &mut Child) -> bool {
    matches!(server.try_wait(), Ok(None))
}

fn last_lines(log: &Path) -> String {
    let end = data_dir::open_to_read(log).and_then(|mut log| {
        let length = log.metadata()?.len();
        log.seek(SeekFrom::Start(length.saturating_sub(MAX_LOG_SHOWN)))?;
        let mut end = Vec::new();
        log.take(MAX_LOG_SHOWN).read_to_end(&mut end)?;
        Ok(end)
    });
    let end = end.unwrap_or_default();
    let text = String::from_utf8_lossy(&end);
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
