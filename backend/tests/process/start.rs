//! Startup, and what prevents it.

use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::chown;

use as_root::as_root;
use nix::sys::signal::Signal;
use private_postgres::{Durability, PrivatePostgres, Settings};

use crate::database::{Database, text};
use crate::program::Setup;

#[test]
fn a_fresh_data_directory_becomes_a_ready_service_that_stops_when_told() {
    let setup = Setup::new();
    let mut service = setup.start_ready();
    assert_eq!(service.register("ada@example.com").unwrap().status, 201);
    assert_eq!(service.log_in("ada@example.com").status, 200);
    assert_eq!(service.get("/").status, 200);
    let migrated = r#""name":"2024_01_01_000001_create_users""#;
    assert!(service.log().contains(migrated), "{}", service.log());
    service.signal(Signal::SIGTERM);
    assert_eq!(service.ended().code(), Some(0), "{}", service.log());
    // The next start finds the accounts and the secret again.
    let mut service = setup.start_ready();
    assert_eq!(service.log_in("ada@example.com").status, 200);
    service.signal(Signal::SIGINT);
    assert_eq!(service.ended().code(), Some(0), "{}", service.log());
}

#[test]
fn root_serves_from_the_folder_of_a_plain_user_as_that_user() {
    if !as_root("start::root_serves_from_the_folder_of_a_plain_user_as_that_user") {
        return;
    }
    let setup = Setup::new();
    chown(setup.folder(), Some(65534), Some(65534)).unwrap();
    let mut service = setup.start_ready();
    assert_eq!(service.register("ada@example.com").unwrap().status, 201);
    let ran = setup.run(&["users", "promote", "--email", "ada@example.com"], "");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    service.signal(Signal::SIGTERM);
    assert_eq!(service.ended().code(), Some(0), "{}", service.log());
    assert!(
        service
            .log()
            .contains("runs as the owner of the data directory"),
        "{}",
        service.log()
    );
    let roots = std::process::Command::new("find")
        .arg(setup.data_dir())
        .args(["!", "-user", "65534"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(roots.stdout).unwrap(), "");
}

#[test]
fn two_instances_that_start_at_once_share_one_fresh_database() {
    let (url, _connection) = Database::bare();
    let setup = Setup::on(&url).with("JWT_SECRET", "uM4tRk9-xQ7wZ2bL6vN0cE8yH3jS5pDfGaTi1oKq");
    let (one, two) = (setup.start(), setup.start());
    one.await_ready();
    two.await_ready();
    assert_eq!(one.register("ada@example.com").unwrap().status, 201);
    let token = two.log_in("ada@example.com").text("access_token");
    let bearer = format!("authorization: Bearer {token}\r\n");
    let answer = one.ask("GET", "/api/v1/users/me", &bearer, &serde_json::Value::Null);
    assert_eq!(answer.unwrap().status, 200);
}

#[test]
fn what_password_hashes_cost_is_counted_before_the_service_is_ready() {
    let (url, mut connection) = Database::bare();
    let setup = Setup::on(&url).with("JWT_SECRET", "uM4tRk9-xQ7wZ2bL6vN0cE8yH3jS5pDfGaTi1oKq");
    let mut service = setup.start_ready();
    assert_eq!(service.register("ada@example.com").unwrap().status, 201);
    service.signal(Signal::SIGTERM);
    service.ended();
    let _raised = setup.with("ARGON2_ITERATIONS", "2").start_ready();
    let counted =
        "SELECT counted_by || ' ' || array_to_string(parameters, ' ') FROM password_costs";
    let (old, today) = (
        "$argon2id$v=19$m=64,t=1,p=1$",
        "$argon2id$v=19$m=64,t=2,p=1$",
    );
    assert_eq!(
        text(&mut connection, counted),
        format!("{today} {old} {today}")
    );
}

#[test]
fn the_service_starts_while_its_database_is_away_and_is_ready_once_it_is_there() {
    let setup = Setup::new();
    let settings = Settings {
        data_dir: setup.folder().join("elsewhere"),
        binaries: std::env::var_os("LATCHKEY_POSTGRES_BIN").map(Into::into),
        durability: Durability::Full,
    };
    let server = PrivatePostgres::start(&settings).unwrap();
    let url = secrecy::ExposeSecret::expose_secret(server.database_url()).to_owned();
    server.stop();
    let setup = setup.with("DATABASE_URL", &url);
    let service = setup.start();
    assert_eq!(service.get("/health/live").status, 200);
    assert_eq!(service.get("/health/ready").status, 503);
    let refused = service.register("ada@example.com").unwrap();
    assert_eq!(refused.text("code"), "database_unavailable");
    let _server = PrivatePostgres::start(&settings).unwrap();
    service.await_ready();
    assert_eq!(service.register("ada@example.com").unwrap().status, 201);
}

#[test]
fn production_refuses_unsafe_settings_on_standard_error() {
    let setup = Setup::new()
        .with("ENVIRONMENT", "production")
        .with("COOKIE_SECURE", "false");
    for arguments in [
        &["serve"][..],
        &["config", "check"],
        &["users", "promote", "--email", "a@example.com"],
    ] {
        let ran = setup.run(arguments, "");
        assert_eq!(ran.code, Some(1), "{arguments:?}: {ran:?}");
        assert_eq!(ran.stdout, "");
        for name in [
            "ALLOWED_ORIGINS",
            "DATABASE_URL",
            "JWT_SECRET",
            "DATA_KEY",
            "COOKIE_SECURE",
            "ARGON2_MEMORY_KIB",
        ] {
            assert!(ran.stderr.contains(name), "{name}: {}", ran.stderr);
        }
    }
    let ran = setup.run(&["migrate"], "");
    assert!(ran.stderr.starts_with("latchkey: 1 problem"), "{ran:?}");
    assert!(ran.stderr.contains("DATABASE_URL"), "{ran:?}");
    assert!(!setup.data_dir().exists());
}

#[test]
fn a_port_in_use_is_told() {
    let (url, _connection) = Database::bare();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = Setup::on(&url)
        .with("BIND_ADDRESS", &address)
        .run(&["serve"], "");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("set BIND_ADDRESS"), "{}", ran.stderr);
}

#[test]
fn a_variable_that_is_not_utf8_matters_only_if_it_is_a_setting() {
    let setup = Setup::new();
    let bytes = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    let foreign = setup
        .command(&["config", "check"])
        .env("SOMETHING_ELSE", bytes)
        .output()
        .unwrap();
    assert_eq!(foreign.status.code(), Some(0), "{foreign:?}");
    let ours = setup
        .command(&["config", "check"])
        .env("JWT_ISSUER", bytes)
        .output()
        .unwrap();
    assert_eq!(ours.status.code(), Some(1), "{ours:?}");
    assert!(
        String::from_utf8_lossy(&ours.stderr).contains("JWT_ISSUER"),
        "{ours:?}"
    );
}

#[test]
fn a_database_in_another_encoding_ends_the_start_with_an_explanation() {
    let refused = Setup::on(&Database::in_latin()).run(&["serve"], "");
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let sentence = "the database's encoding is LATIN1";
    assert!(refused.stderr.contains(sentence), "{refused:?}");
}

#[test]
fn a_start_without_postgresql_names_the_settings_that_help() {
    let setup = Setup::new().with("LATCHKEY_POSTGRES_BIN", "/nowhere");
    let refused = setup.run(&["serve"], "");
    assert_eq!(refused.code, Some(1), "{refused:?}");
    for name in [
        "LATCHKEY_POSTGRES_BIN",
        "LATCHKEY_DATA_DIR",
        "DATABASE_URL",
        "make run",
    ] {
        assert!(refused.stderr.contains(name), "{name}: {refused:?}");
    }
}
