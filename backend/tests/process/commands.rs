//! The other commands: exit status and output.

use std::fs;
use std::os::unix::fs::MetadataExt;

use diesel::connection::SimpleConnection;
use insta::assert_snapshot;
use serde_json::Value;

use crate::database::{Database, text};
use crate::program::Setup;

#[test]
fn migrate_check_fails_until_the_migrations_have_run() {
    let (url, _connection) = Database::bare();
    let setup = Setup::on(&url);
    let before = setup.run(&["migrate", "--check"], "");
    assert_eq!(before.code, Some(1), "{before:?}");
    assert_eq!(before.stdout, "");
    assert!(
        before.stderr.contains("2024_01_01_000001_create_users"),
        "{}",
        before.stderr
    );
    let ran = setup.run(&["migrate"], "");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("Ran "), "{}", ran.stdout);
    let after = setup.run(&["migrate", "--check"], "");
    assert_eq!(after.code, Some(0), "{after:?}");
    assert_snapshot!(after.stdout, @"The database is up to date.");
    assert_snapshot!(setup.run(&["migrate"], "").stdout, @"The database is up to date.");
}

#[test]
fn migrate_reports_an_unreachable_database() {
    let setup = Setup::new().with(
        "DATABASE_URL",
        "postgres://latchkey:hunter2@127.0.0.1:1/latchkey",
    );
    for arguments in [&["migrate"][..], &["migrate", "--check"]] {
        let ran = setup.run(arguments, "");
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.stderr.contains("cannot be reached"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    }
}

/// As the job before an upgrade does.
#[test]
fn migrate_converts_addresses_of_earlier_releases_and_names_those_it_cannot() {
    let (url, mut connection) = Database::bare();
    let setup = Setup::on(&url);
    setup.run(&["migrate"], "");
    let insert = "INSERT INTO users (email, password_hash) VALUES ('ada@b\u{fc}cher.example', ''),
        ('bob@b\u{fc}cher.example', ''), ('bob@xn--bcher-kva.example', '')";
    connection.batch_execute(insert).unwrap();
    assert_snapshot!(setup.run(&["migrate"], "").stdout, @"
    Converted the address of account 1 to ASCII
    Nobody can sign in to account 2, whose address is not in ASCII: account 3 has the same address in ASCII
    The database is up to date.
    ");
    let addresses = "(SELECT string_agg(email, ' ' ORDER BY id) FROM users)";
    assert_snapshot!(text(&mut connection, addresses), @"ada@xn--bcher-kva.example bob@bücher.example bob@xn--bcher-kva.example");
    let doctor = setup.run(&["doctor"], "").stdout;
    let told: Vec<_> = doctor
        .lines()
        .skip_while(|line| !line.starts_with("  warning  addresses"))
        .take(2)
        .collect();
    assert_snapshot!(told.join("\n"), @"
    warning  addresses             nobody can sign in to account 2: account 3 has the same address in ASCII
                                   -> Give one of the accounts another address with PUT /api/v1/users/{id}, then run latchkey migrate.
    ");
}

#[test]
fn openapi_prints_the_document_and_needs_nothing() {
    let setup = Setup::new().with("ENVIRONMENT", "production");
    let ran = setup.run(&["openapi"], "");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout == include_str!("../../../openapi.json"));
}

#[test]
fn config_check_tells_valid_settings_from_invalid_ones() {
    let setup = Setup::new();
    let good = setup.run(&["config", "check"], "");
    assert_eq!(good.code, Some(0), "{good:?}");
    let folder = setup.folder().to_str().unwrap();
    assert_snapshot!(good.stdout.replace(folder, "[folder]"), @"
    The start would make a JWT_SECRET, kept in [folder]/data/jwt-secret.
    The start would make a DATA_KEY, kept in [folder]/data/data-key.
    The start would make a private PostgreSQL in [folder]/data, unless it is there.
    The configuration is good for development. Set ENVIRONMENT=production to check it for production.
    ");
    let bad = setup
        .with("DB_POOL_MAX_SIZE", "many")
        .with("COOKIE_SECURE", "1");
    let bad = bad.run(&["config", "check"], "");
    assert_eq!((bad.code, bad.stdout.as_str()), (Some(1), ""));
    assert_snapshot!(bad.stderr, @r"
    latchkey: 2 problems in the configuration:
      - DB_POOL_MAX_SIZE: cannot be read: invalid digit found in string
      - COOKIE_SECURE: must be one of: true, false
    ");
}

#[test]
fn config_check_and_healthcheck_write_nothing() {
    let setup = Setup::new();
    setup.run(&["config", "check"], "");
    setup
        .with("BIND_ADDRESS", "127.0.0.1:1")
        .run(&["healthcheck"], "");
    let setup = Setup::new().with("LATCHKEY_DATA_DIR", "deep/data");
    setup.run(&["config", "check"], "");
    assert_eq!(fs::read_dir(setup.folder()).unwrap().count(), 0);
    // A start could not store its secret there, and the check says so.
    let file = setup.folder().join("file");
    fs::write(&file, "").unwrap();
    let ran = setup
        .with("LATCHKEY_DATA_DIR", "file/data")
        .run(&["config", "check"], "");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.stderr.contains("JWT_SECRET: cannot be kept"),
        "{}",
        ran.stderr
    );
}

#[test]
fn commands_require_only_the_settings_they_use() {
    let (url, _connection) = Database::bare();
    let service = Setup::on(&url).start_ready();
    let setup = Setup::on(&url)
        .with("ENVIRONMENT", "production")
        .with("DATABASE_ALLOW_PLAINTEXT", "true")
        .with("ARGON2_ITERATIONS", "many")
        .with("BIND_ADDRESS", &service.address.to_string());
    for arguments in [
        &["healthcheck"][..],
        &["migrate"],
        &["migrate", "--check"],
        &["locate-postgres"],
        &["openapi"],
        &["keys", "generate"],
    ] {
        let ran = setup.run(arguments, "");
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
    }
    assert!(!setup.data_dir().exists());
}

#[test]
fn healthcheck_succeeds_while_the_service_is_ready() {
    let (url, _connection) = Database::bare();
    let setup = Setup::on(&url);
    let service = setup.start_ready();
    let address = service.address.to_string();
    let setup = setup.with("BIND_ADDRESS", &address);
    let ready = setup.run(&["healthcheck"], "");
    assert_eq!(ready.code, Some(0), "{ready:?}");
    assert!(ready.stdout.contains("\"ready\""), "{}", ready.stdout);
    drop(service);
    let gone = setup.run(&["healthcheck"], "");
    assert_eq!(gone.code, Some(1), "{gone:?}");
    assert!(gone.stderr.contains("no answer"), "{}", gone.stderr);
}

#[test]
fn healthcheck_fails_while_the_service_is_not_ready() {
    let setup = Setup::new().with("DATABASE_URL", "postgres://latchkey:x@127.0.0.1:1/latchkey");
    let service = setup.start();
    let address = service.address.to_string();
    let ran = setup
        .with("BIND_ADDRESS", &address)
        .run(&["healthcheck"], "");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("503"), "{}", ran.stderr);
}

#[test]
fn a_generated_key_signs_and_its_public_half_is_what_is_published() {
    for algorithm in ["EdDSA", "ES256"] {
        let (url, _connection) = Database::bare();
        let setup = Setup::on(&url);
        let generate = [
            "keys",
            "generate",
            "--algorithm",
            algorithm,
            "--output",
            "a.pem",
        ];
        let ran = setup.run(&generate, "");
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let key = setup.folder().join("a.pem");
        let made = fs::read(&key).unwrap();
        assert_eq!(fs::metadata(&key).unwrap().mode() & 0o777, 0o600);
        let again = setup.run(&generate, "");
        assert_eq!((again.code, again.stdout.as_str()), (Some(1), ""));
        assert!(
            again.stderr.contains("a.pem: File exists"),
            "{}",
            again.stderr
        );
        assert_eq!(fs::read(&key).unwrap(), made);

        let public = fs::read_to_string(setup.folder().join("a.jwks.json")).unwrap();
        let public: Value = serde_json::from_str(&public).unwrap();
        let service = setup
            .with("JWT_ALGORITHM", algorithm)
            .with("JWT_PRIVATE_KEY_FILE", "a.pem")
            .start_ready();
        assert_eq!(service.get("/.well-known/jwks.json").body, public);
        service.register("ada@example.com").unwrap();
        assert_eq!(service.log_in("ada@example.com").status, 200);
    }
}

#[test]
fn every_command_has_help() {
    let setup = Setup::new();
    for command in [
        "",
        "serve",
        "migrate",
        "users",
        "users create",
        "users promote",
        "users deactivate",
        "users reactivate",
        "users sign-out",
        "openapi",
        "config",
        "config check",
        "healthcheck",
        "doctor",
        "keys",
        "keys generate",
    ] {
        let mut arguments: Vec<_> = command.split_whitespace().collect();
        arguments.push("--help");
        let ran = setup.run(&arguments, "");
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{command}");
        assert!(
            ran.stdout.contains("Usage: latchkey"),
            "{command}: {}",
            ran.stdout
        );
    }
    let unknown = setup.run(&["dance"], "");
    assert_eq!((unknown.code, unknown.stdout.as_str()), (Some(2), ""));
}
