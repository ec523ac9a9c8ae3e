//! Runs the binary.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::{self, Answer};

pub const PASSWORD: &str = "correct horse battery staple";

/// Longer than anything here takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Settings and a data directory for a test.
pub struct Setup {
    program: PathBuf,
    variables: Vec<(String, String)>,
    folder: Arc<TempDir>,
    /// Shell code to run first, in the same process.
    before: Option<String>,
}

/// Polls until there is a value.
pub fn awaited<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

impl Setup {
    /// With a private PostgreSQL in a fresh data directory.
    pub fn new() -> Self {
        // The account that PostgreSQL runs under must be able to enter it.
        let permissions = Permissions::from_mode(0o755);
        let folder = tempfile::Builder::new()
            .prefix("latchkey-process-")
            .permissions(permissions)
            .tempdir()
            .unwrap();
        let mut setup = Self {
            program: env!("CARGO_BIN_EXE_latchkey").into(),
            variables: Vec::new(),
            folder: Arc::new(folder),
            before: None,
        };
        let data_dir = setup.data_dir();
        for (name, value) in [
            ("BIND_ADDRESS", "127.0.0.1:0"),
            ("LATCHKEY_DATA_DIR", data_dir.to_str().unwrap()),
            ("LATCHKEY_WEB_DIR", "/nowhere"),
            ("LOG_FORMAT", "json"),
            ("ARGON2_MEMORY_KIB", "64"),
            ("ARGON2_ITERATIONS", "1"),
            ("DB_POOL_MAX_SIZE", "4"),
            ("DB_POOL_MIN_IDLE", "1"),
            ("RATE_LIMIT_AUTH_BURST", "0"),
            ("RATE_LIMIT_GENERAL_BURST", "0"),
            ("SMTP_URL", "off"),
        ] {
            setup.set(name, value);
        }
        for name in ["PATH", "LATCHKEY_POSTGRES_BIN"] {
            if let Ok(value) = std::env::var(name) {
                setup.set(name, &value);
            }
        }
        setup
    }

    /// On this database.
    pub fn on(url: &SecretString) -> Self {
        Self::new().with("DATABASE_URL", url.expose_secret())
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    /// Runs this program in place of the one that was built along.
    pub fn running(mut self, program: PathBuf) -> Self {
        self.program = program;
        self
    }

    /// Runs `before` in a shell, which then executes the binary.
    pub fn under(mut self, before: &str) -> Self {
        self.before = Some(before.to_owned());
        self
    }

    fn set(&mut self, name: &str, value: &str) {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let program = &self.program;
        let mut command = match &self.before {
            None => Command::new(program),
            Some(before) => {
                let mut shell = Command::new("/bin/sh");
                shell.args(["-c", &format!("{before}; exec \"$0\" \"$@\"")]);
                shell.arg(program);
                shell
            }
        };
        command
            .args(arguments)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path());
        command
    }

    /// Runs a command until it ends.
    pub fn run(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that ends early does not read its input.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Ran::from(child.wait_with_output().unwrap())
    }

    /// Starts the service and waits until it listens.
    pub fn start(&self) -> Service {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let log = self.folder.path().join(format!("log-{number}"));
        let process = self
            .command(&["serve"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut service = Service {
            process,
            log,
            _folder: Arc::clone(&self.folder),
            address: SocketAddr::from(([0; 4], 0)),
        };
        service.address = awaited("the service listens", || {
            let log = service.log();
            assert!(
                service.process.try_wait().unwrap().is_none(),
                "it ended: {log}"
            );
            let complete = log
                .split_inclusive('\n')
                .filter(|line| line.ends_with('\n'));
            let line = complete
                .into_iter()
                .find(|line| line.contains("listening"))?;
            // Matches either log format.
            line.split(['"', ' ', '='])
                .find_map(|word| word.trim().parse().ok())
        });
        service
    }

    /// Starts the service and waits until it is ready.
    pub fn start_ready(&self) -> Service {
        let service = self.start();
        service.await_ready();
        service
    }
}

/// The exit status and output of a command.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A running service; stopped when dropped.
pub struct Service {
    process: Child,
    log: PathBuf,
    /// Kept until the service has ended.
    _folder: Arc<TempDir>,
    pub address: SocketAddr,
}

impl Service {
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.process.id().cast_signed()), signal).unwrap();
    }

    /// Waits until it has ended.
    pub fn ended(&mut self) -> ExitStatus {
        awaited("the service ends", || self.process.try_wait().unwrap())
    }

    pub fn ask(&self, method: &str, path: &str, headers: &str, body: &Value) -> io::Result<Answer> {
        http::ask(self.address, method, path, headers, body)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "", &Value::Null).unwrap()
    }

    pub fn await_ready(&self) {
        awaited("the service is ready", || {
            (self.get("/health/ready").status == 200).then_some(())
        });
    }

    pub fn register(&self, email: &str) -> io::Result<Answer> {
        let body = json!({"email": email, "password": PASSWORD});
        self.ask("POST", "/api/v1/users", "x-client-type: native\r\n", &body)
    }

    pub fn log_in(&self, email: &str) -> Answer {
        let body = json!({"email": email, "password": PASSWORD});
        self.ask(
            "POST",
            "/api/v1/auth/login",
            "x-client-type: native\r\n",
            &body,
        )
        .unwrap()
    }
}

impl Drop for Service {
    /// Stops it gracefully, so that its private PostgreSQL is gone before its folder is removed.
    fn drop(&mut self) {
        let began = Instant::now();
        if matches!(self.process.try_wait(), Ok(None)) {
            self.signal(Signal::SIGTERM);
        }
        while matches!(self.process.try_wait(), Ok(None)) && began.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(5));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
