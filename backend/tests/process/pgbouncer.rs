//! The service behind a real `PgBouncer` in transaction mode, which `scripts/ensure-pgbouncer`
//! finds or downloads.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::process::{Child, Command};

use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use latchkey::config::Address;
use nix::unistd::{Uid, User};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::database::{Database, text};
use crate::program::{Service, Setup, awaited};

/// The connections to the server, all of which the test inspects.
const SERVERS: usize = 4;

/// A `PgBouncer` of the test's own, which ends with it.
pub struct PgBouncer {
    process: Child,
    folder: TempDir,
}

impl PgBouncer {
    fn start(server: &SecretString) -> Self {
        Self::with_servers(server, SERVERS)
    }

    /// With at most so many connections to each database of the server.
    pub fn with_servers(server: &SecretString, servers: usize) -> Self {
        let address = Address::parse(server.expose_secret()).unwrap();
        let get = |keyword: &str| address.get(keyword).unwrap_or_default().to_owned();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display();
        let (host, port) = (get("host"), get("port"));
        let port = if port.is_empty() { "5432" } else { &port };
        // An empty one would be a syntax error to it.
        let password = match get("password") {
            none if none.is_empty() => none,
            password => format!(" password='{password}'"),
        };
        // It refuses to run as root. The owner of the socket may connect to it.
        let mut user = String::new();
        if Uid::effective().is_root() {
            let owner = fs::metadata(&host).unwrap().uid();
            chown(folder.path(), Some(owner), None).unwrap();
            let owner = User::from_uid(owner.into()).unwrap().unwrap();
            user = format!("user = {}", owner.name);
        }
        let settings = format!(
            "[databases]\n* = host='{host}' port={port} user='{}'{password}\n\
             [pgbouncer]\nunix_socket_dir = {path}\nlisten_port = 6432\nauth_type = any\n\
             pool_mode = transaction\ndefault_pool_size = {servers}\nmax_client_conn = 100\n\
             server_login_retry = 1\n\
             max_prepared_statements = 100\nlogfile = {path}/log\n{user}\n",
            get("user"),
        );
        let file = folder.path().join("pgbouncer.ini");
        fs::write(&file, settings).unwrap();
        let process = Command::new(program())
            .arg("-q")
            .arg(&file)
            .spawn()
            .unwrap();
        let socket = folder.path().join(".s.PGSQL.6432");
        awaited("PgBouncer listens", || socket.exists().then_some(()));
        Self { process, folder }
    }

    pub fn url(&self, name: &str) -> SecretString {
        let host = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://anyone@{host}:6432/{name}").into()
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program() -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/ensure-pgbouncer");
    let found = Command::new(script).output().unwrap();
    assert!(found.status.success(), "{found:?}");
    String::from_utf8(found.stdout).unwrap().trim().to_owned()
}

fn await_revocations(service: &Service, expected: &str) {
    awaited("readiness tells how ends are learned of", || {
        let ready = service.get("/health/ready");
        (ready.body["checks"]["revocations"] == expected).then_some(())
    });
}

/// Signs out on one instance and waits until the other one knows.
fn assert_end_arrives(one: &Service, other: &Service) {
    let tokens = one.log_in("ada@example.com");
    let bearer = format!("authorization: Bearer {}\r\n", tokens.text("access_token"));
    let me = || other.ask("GET", "/api/v1/users/me", &bearer, &Value::Null);
    assert_eq!(me().unwrap().status, 200);
    let refresh = json!({"refresh_token": tokens.text("refresh_token")});
    let native = "x-client-type: native\r\n";
    let refreshed = other.ask("POST", "/api/v1/auth/refresh", native, &refresh);
    assert_eq!(refreshed.unwrap().status, 200);
    let ended = one.ask("POST", "/api/v1/auth/logout", &bearer, &json!({}));
    assert_eq!(ended.unwrap().status, 204);
    awaited("the other instance knows", || {
        (me().unwrap().status == 401).then_some(())
    });
}

#[test]
fn behind_pgbouncer_ends_are_found_by_looking_and_nothing_leaks_to_its_other_clients() {
    let (server, mut connection) = Database::bare();
    let name = text(&mut connection, "SELECT current_database()");
    let pgbouncer = PgBouncer::start(&server);
    let pooled = pgbouncer.url(&name);
    let setup = Setup::on(&pooled)
        .with("JWT_SECRET", "hR5-nY8cVq2LtZ7wKxB4mD9sJ1gF6uPeAoTi3")
        .with("DB_STATEMENT_TIMEOUT_SECONDS", "1");
    let (one, other) = (setup.start_ready(), setup.start_ready());
    one.register("ada@example.com").unwrap();
    await_revocations(&other, "looking");
    for _ in 0..3 {
        assert_end_arrives(&one, &other);
    }

    // The time limits apply nevertheless.
    let tokens = one.log_in("ada@example.com");
    connection
        .batch_execute("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    let bearer = format!("authorization: Bearer {}\r\n", tokens.text("access_token"));
    let answer = one
        .ask("GET", "/api/v1/users/me", &bearer, &Value::Null)
        .unwrap();
    assert_eq!(
        (answer.status, answer.text("code").as_str()),
        (503, "overloaded")
    );
    connection.batch_execute("ROLLBACK").unwrap();
    drop((one, other));

    // Every server connection it has, each held by a transaction.
    let mut clients: Vec<_> = (0..SERVERS)
        .map(|_| {
            let plain = Address::parse(pooled.expose_secret()).unwrap().to_libpq();
            let mut client = PgConnection::establish(plain.expose_secret()).unwrap();
            client.batch_execute("BEGIN").unwrap();
            client
        })
        .collect();
    for client in &mut clients {
        let settings = "SELECT concat_ws(' ', current_setting('statement_timeout'),
            current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'),
            current_setting('transaction_isolation'), (SELECT count(*) FROM pg_listening_channels()))";
        assert_eq!(text(client, settings), "0 0 0 read committed 0");
    }
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(text(&mut connection, locks), "0");
}

#[test]
fn with_a_direct_address_beside_pgbouncer_ends_are_heard_of() {
    let (server, mut connection) = Database::bare();
    let name = text(&mut connection, "SELECT current_database()");
    let pgbouncer = PgBouncer::start(&server);
    let setup = Setup::on(&pgbouncer.url(&name))
        .with("DATABASE_DIRECT_URL", server.expose_secret())
        .with("JWT_SECRET", "hR5-nY8cVq2LtZ7wKxB4mD9sJ1gF6uPeAoTi3");
    let (one, other) = (setup.start_ready(), setup.start_ready());
    one.register("ada@example.com").unwrap();
    await_revocations(&other, "ok");
    assert_end_arrives(&one, &other);
}

#[test]
fn no_variable_of_libpq_changes_what_an_address_says() {
    let (server, _connection) = Database::bare();
    let mut setup = Setup::on(&server);
    for (name, value) in [
        ("PGHOSTADDR", "127.0.0.9"),
        ("PGPORT", "1"),
        ("PGSERVICE", "elsewhere"),
        ("PGSERVICEFILE", "/nowhere"),
        ("PGSSLMODE", "verify-full"),
        ("PGREQUIRESSL", "1"),
        ("PGOPTIONS", "-c search_path=nowhere"),
        ("PGTZ", "Nowhere/Never"),
        ("PGDATESTYLE", "nonsense"),
    ] {
        setup = setup.with(name, value);
    }
    assert_eq!(setup.run(&["migrate"], "").code, Some(0));
    setup.start_ready();
}

#[test]
fn a_start_says_that_another_instance_runs_migrations() {
    let (server, mut connection) = Database::bare();
    connection
        .batch_execute("SELECT pg_advisory_lock(x'6c617463686b6579'::bigint)")
        .unwrap();
    let service = Setup::on(&server).start();
    awaited("it says what it waits for", || {
        service
            .log()
            .contains("another instance runs migrations")
            .then_some(())
    });
    connection
        .batch_execute("SELECT pg_advisory_unlock_all()")
        .unwrap();
    service.await_ready();
    assert!(
        service.log().contains("2024_01_01_000001_create_users"),
        "{}",
        service.log()
    );
}

#[test]
fn signing_somebody_out_migrates_nothing() {
    let (server, mut connection) = Database::bare();
    let ran = Setup::on(&server).run(&["users", "sign-out", "--email", "ada@example.com"], "");
    assert_eq!(ran.code, Some(1));
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(text(&mut connection, tables), "0");
}
