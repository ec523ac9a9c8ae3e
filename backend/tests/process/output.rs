//! Standard output and error without a reader, or closed.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, pipe};
use serde_json::Value;

use crate::database::Database;
use crate::http::{self, Connection};
use crate::program::{Setup, awaited};

/// A service whose log is not read; killed if a test fails.
struct Mute {
    process: Child,
    address: SocketAddr,
}

impl Mute {
    fn start(mut command: Command) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        command.env("BIND_ADDRESS", address.to_string());
        let process = command.spawn().unwrap();
        let service = Self { process, address };
        awaited("the service is ready", || {
            let ready = http::ask(address, "GET", "/health/ready", "", &Value::Null);
            ready.ok().filter(|answer| answer.status == 200)
        });
        service
    }

    fn stopped(mut self) -> ExitStatus {
        let process = Pid::from_raw(self.process.id().cast_signed());
        kill(process, Signal::SIGTERM).unwrap();
        awaited("the service ends", || self.process.try_wait().unwrap())
    }
}

impl Drop for Mute {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A full pipe, and its reader, which never reads.
fn full_pipe() -> (OwnedFd, std::fs::File) {
    let (reader, writer) = pipe().unwrap();
    let flags = OFlag::from_bits_truncate(fcntl(&writer, FcntlArg::F_GETFL).unwrap());
    fcntl(&writer, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK)).unwrap();
    let mut writer = std::fs::File::from(writer);
    while writer.write(&[b'.'; 4096]).is_ok() {}
    fcntl(&writer, FcntlArg::F_SETFL(flags)).unwrap();
    (reader, writer)
}

/// A pipe with a closed reader.
fn closed_pipe() -> Stdio {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    writer.into()
}

#[test]
fn a_log_that_nobody_reads_neither_delays_requests_nor_holds_up_the_stop() {
    let (url, _connection) = Database::bare();
    let setup = Setup::on(&url).with("RUST_LOG", "trace");
    let (_reader, writer) = full_pipe();
    let mut command = setup.command(&["serve"]);
    command.stdout(writer.try_clone().unwrap()).stderr(writer);
    let service = Mute::start(command);
    let mut client = Connection::open(service.address).unwrap();
    for _ in 0..200 {
        client
            .send("GET", "/api/v1/csrf", "", &Value::Null)
            .unwrap();
        assert_eq!(client.receive().unwrap().status, 200);
    }
    assert_eq!(service.stopped().code(), Some(0));
}

#[test]
fn a_service_outlives_the_readers_of_its_output() {
    let (url, _connection) = Database::bare();
    let setup = Setup::on(&url);
    let mut broken = setup.command(&["serve"]);
    broken.stdout(closed_pipe()).stderr(closed_pipe());
    let mut closed = Command::new("/bin/sh");
    let served = setup.command(&["serve"]);
    closed
        .args(["-c", "exec \"$0\" serve <&- >&- 2>&-"])
        .arg(served.get_program())
        .env_clear()
        .envs(
            served
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .current_dir(setup.folder());
    for command in [broken, closed] {
        let service = Mute::start(command);
        let answer = http::ask(service.address, "GET", "/api/v1/csrf", "", &Value::Null);
        assert_eq!(answer.unwrap().status, 200);
        assert_eq!(service.stopped().code(), Some(0));
    }
}

#[test]
fn a_command_whose_reader_has_left_does_its_work_and_ends_well() {
    let (url, _connection) = Database::bare();
    let setup = Setup::on(&url).with("RUST_LOG", "warn");
    for arguments in [
        &["migrate"][..],
        &["migrate", "--check"],
        &["openapi"],
        &["config", "check"],
        &["keys", "generate"],
        &[
            "users",
            "create",
            "--email",
            "ada@example.com",
            "--password-stdin",
        ],
    ] {
        let mut command = setup.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(closed_pipe())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let _ = writeln!(input, "{}", crate::program::PASSWORD);
        drop(input);
        let ran = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(
            (ran.status.code(), &*errors),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
    let count = setup.run(&["users", "promote", "--email", "ada@example.com"], "");
    assert_eq!(count.code, Some(0), "{count:?}");
}

#[test]
fn a_command_that_fails_says_so_by_its_status_also_when_nobody_reads_why() {
    let setup = Setup::new().with("DB_POOL_MAX_SIZE", "many");
    for (errors, _reader) in [(closed_pipe(), None), {
        let (reader, writer) = full_pipe();
        (writer.into(), Some(reader))
    }] {
        let mut command = setup.command(&["config", "check"]);
        assert_eq!(command.stderr(errors).status().unwrap().code(), Some(1));
    }
}

#[test]
fn a_full_disk_is_a_failure() {
    let full = std::fs::File::options().write(true).open("/dev/full");
    let ran = Setup::new()
        .command(&["openapi"])
        .stdout(full.unwrap())
        .output();
    let ran = ran.unwrap();
    assert_eq!(ran.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("No space left"));
}
