//! Shutdown.

use as_root::as_root;
use diesel::PgConnection;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::database::{Database, text};
use crate::http::Connection;
use crate::program::{PASSWORD, Service, Setup, awaited};

/// A hash takes long enough for a signal to arrive meanwhile.
fn with_slow_hashes(setup: Setup) -> Setup {
    setup
        .with("ARGON2_MEMORY_KIB", "65536")
        .with("ARGON2_ITERATIONS", "16")
}

/// A client whose password is being hashed.
fn busy(service: &Service, database: &mut PgConnection) -> Connection {
    let mut client = Connection::open(service.address).unwrap();
    let body = json!({"email": "nobody@example.com", "password": PASSWORD});
    client
        .send(
            "POST",
            "/api/v1/auth/login",
            "x-client-type: native\r\n",
            &body,
        )
        .unwrap();
    // It reads the account and its failures before it hashes.
    let asked = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle'
        AND datname = current_database() AND query LIKE '%failed_at%'";
    awaited("the request has arrived", || {
        (text(database, asked) != "0").then_some(())
    });
    client
}

#[test]
fn a_signal_under_load_loses_no_request() {
    let (url, mut database) = Database::bare();
    let mut service = with_slow_hashes(Setup::on(&url)).start_ready();
    let mut clients: Vec<_> = (0..12)
        .map(|_| Connection::open(service.address).unwrap())
        .collect();
    for (number, client) in clients.iter_mut().enumerate() {
        client
            .send("GET", "/health/live", "", &Value::Null)
            .unwrap();
        assert_eq!(client.receive().unwrap().status, 200);
        let body = json!({"email": format!("user{number}@example.com"), "password": PASSWORD});
        client
            .send("POST", "/api/v1/users", "x-client-type: native\r\n", &body)
            .unwrap();
    }
    // When the first is answered, all have arrived, and most wait for a core.
    assert_eq!(clients[0].receive().unwrap().status, 201);
    service.signal(Signal::SIGTERM);
    for client in &mut clients[1..] {
        let answer = client.receive().unwrap();
        assert_eq!(answer.status, 201, "{answer:?}");
    }
    assert_eq!(service.ended().code(), Some(0), "{}", service.log());
    assert_eq!(text(&mut database, "SELECT count(*) FROM users"), "12");
}

#[test]
fn a_service_that_stops_says_so_until_the_last_request_is_answered() {
    let (url, mut database) = Database::bare();
    let mut service = with_slow_hashes(Setup::on(&url)).start_ready();
    let mut client = busy(&service, &mut database);
    service.signal(Signal::SIGTERM);
    let ask = |path| {
        let mut other = Connection::open(service.address).unwrap();
        other.send("GET", path, "", &Value::Null).unwrap();
        let answer = other.receive().unwrap();
        (answer.status, answer.body)
    };
    let body = awaited("it is not ready", || match ask("/health/ready") {
        (503, body) => Some(body),
        _ => None,
    });
    assert_eq!(body["status"], "stopping");
    let (status, body) = ask("/api/v1/csrf");
    assert_eq!((status, &body["code"]), (503, &json!("shutting_down")));
    assert_eq!(client.receive().unwrap().status, 401);
    assert_eq!(service.ended().code(), Some(0), "{}", service.log());
    assert!(Connection::open(service.address).is_err());
}

#[test]
fn requests_that_take_too_long_are_cut_off() {
    let (url, mut database) = Database::bare();
    let setup = with_slow_hashes(Setup::on(&url)).with("SHUTDOWN_GRACE_SECONDS", "0");
    let mut service = setup.start_ready();
    let mut client = busy(&service, &mut database);
    service.signal(Signal::SIGTERM);
    assert_eq!(service.ended().code(), Some(0), "{}", service.log());
    assert!(client.receive().is_err());
    assert!(
        service.log().contains("they are cut off"),
        "{}",
        service.log()
    );
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let (url, mut database) = Database::bare();
    let mut service = with_slow_hashes(Setup::on(&url)).start_ready();
    let mut client = busy(&service, &mut database);
    service.signal(Signal::SIGTERM);
    awaited("it is about to stop", || {
        service.log().contains("told to stop").then_some(())
    });
    service.signal(Signal::SIGTERM);
    assert_eq!(service.ended().code(), Some(1), "{}", service.log());
    assert!(service.log().contains("second signal"), "{}", service.log());
    assert!(client.receive().is_err());
}

/// Whether the process already waits for signals: they are blocked and therefore kept. `unshare`
/// also blocks them for a moment, in the child that becomes the service.
fn keeps_signals(pid: u32) -> bool {
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    if name.trim() != "latchkey" {
        return false;
    }
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:"));
    let blocked = blocked.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    blocked.is_some_and(|mask| mask & (1 << (Signal::SIGTERM as u64 - 1)) != 0)
}

/// The only child of a process.
fn child_of(pid: u32) -> Option<u32> {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    children.ok()?.trim().parse().ok()
}

/// Arguments that start a command as process 1 of its own namespace. A plain user needs a user
/// namespace for it, which Ubuntu reserves for root.
fn namespaces() -> Option<Vec<&'static str>> {
    let mut arguments = vec!["--pid", "--fork", "--mount-proc", "--kill-child"];
    if !nix::unistd::geteuid().is_root() {
        arguments.extend(["--user", "--map-root-user"]);
    }
    let ran = std::process::Command::new("unshare")
        .args(&arguments)
        .arg("true")
        .output();
    ran.unwrap().status.success().then_some(arguments)
}

/// Process 1 has no default action, so a signal that arrives before it is blocked would be lost.
/// The later moments fall into the first start of a private PostgreSQL, which takes a second.
#[test]
fn a_signal_at_any_moment_of_the_start_ends_process_1_too() {
    let Some(namespaces) = namespaces() else {
        let is_root = as_root("stop::a_signal_at_any_moment_of_the_start_ends_process_1_too");
        assert!(!is_root, "root may not make namespaces here");
        return;
    };
    for millis in [0, 1, 3, 10, 30, 100, 300, 600, 1000, 1500] {
        let setup = Setup::new();
        let program = setup.command(&["serve"]);
        let mut unshare = std::process::Command::new("unshare");
        unshare
            .args(&namespaces)
            .arg(program.get_program())
            .args(program.get_args())
            .env_clear()
            .envs(
                program
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .current_dir(setup.folder())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        let mut outer = unshare.spawn().unwrap();
        let inner = awaited("process 1 keeps signals", || {
            child_of(outer.id()).filter(|pid| keeps_signals(*pid))
        });
        // A different moment each time, not a state to wait for.
        std::thread::sleep(std::time::Duration::from_millis(millis));
        let pid = nix::unistd::Pid::from_raw(inner.cast_signed());
        nix::sys::signal::kill(pid, Signal::SIGTERM).unwrap();
        let what = format!("process 1 ends, told after {millis} ms");
        let ended = awaited(&what, || outer.try_wait().unwrap());
        assert_eq!(ended.code(), Some(0), "after {millis} ms");
    }
}

#[test]
fn a_service_that_leaves_still_answers_and_closes_each_connection_with_its_answer() {
    let (url, _database) = Database::bare();
    let setup = Setup::on(&url).with("SHUTDOWN_DELAY_SECONDS", "3");
    let mut service = setup.start_ready();
    let mut kept = Connection::open(service.address).unwrap();
    kept.send("GET", "/api/v1/csrf", "", &Value::Null).unwrap();
    let answer = kept.receive().unwrap();
    assert!(!answer.headers.iter().any(|(name, _)| name == "connection"));
    service.signal(Signal::SIGTERM);
    awaited("it is not ready", || {
        (service.get("/health/ready").status == 503).then_some(())
    });
    kept.send("GET", "/api/v1/csrf", "", &Value::Null).unwrap();
    let answer = kept.receive().unwrap();
    assert_eq!(answer.status, 200);
    let close = ("connection".to_owned(), "close".to_owned());
    assert!(answer.headers.contains(&close), "{answer:?}");
    assert_eq!(service.get("/api/v1/csrf").status, 200);
    assert_eq!(service.ended().code(), Some(0), "{}", service.log());
}
