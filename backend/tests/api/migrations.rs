//! The migrations in both directions, and the schema in the code.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::thread;

use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use latchkey::db::migrations;
use latchkey::features::users::domain::Role;
use secrecy::ExposeSecret;

use crate::support::{Database, PASSWORD, Service, text};

/// Everything that a schema dump contains.
fn schema(connection: &mut PgConnection) -> String {
    let parts = [
        "SELECT string_agg(concat_ws(' ', table_name, column_name, ordinal_position, data_type,
            udt_name, is_nullable, column_default, character_maximum_length), E'\\n'
            ORDER BY table_name, ordinal_position)
         FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT string_agg(conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid),
            E'\\n' ORDER BY conrelid::regclass::text, conname)
         FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
        "SELECT string_agg(indexdef, E'\\n' ORDER BY indexname)
         FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT string_agg(concat_ws(' ', relname, relkind, reloptions), E'\\n' ORDER BY relname)
         FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    ];
    parts.map(|part| text(connection, part)).join("\n\n")
}

#[test]
fn every_migration_reverses() {
    let (url, mut connection) = Database::bare();
    let ran = migrations::run(&url).unwrap();
    assert!(!ran.is_empty());
    let before = schema(&mut connection);
    migrations::revert_all(&mut connection).unwrap();
    let left = "SELECT coalesce(string_agg(relname, ' '), '') FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE '\\_\\_diesel%'";
    assert_eq!(text(&mut connection, left), "");
    assert_eq!(migrations::run(&url).unwrap(), ran);
    assert_eq!(schema(&mut connection), before);
    assert_eq!(migrations::run(&url).unwrap(), Vec::<String>::new());
}

#[test]
fn pending_migrations_are_named_until_they_have_run() {
    let (url, _connection) = Database::bare();
    let pending = migrations::pending(&url).unwrap();
    assert_eq!(pending[0], "2024_01_01_000001_create_users");
    migrations::run(&url).unwrap();
    assert_eq!(migrations::pending(&url).unwrap(), Vec::<String>::new());
}

#[test]
fn instances_that_start_at_once_take_turns() {
    let (url, mut connection) = Database::bare();
    let runs: Vec<_> = (0..4)
        .map(|_| {
            let url = url.clone();
            thread::spawn(move || migrations::run(&url).unwrap().len())
        })
        .collect();
    let mut counts: Vec<_> = runs.into_iter().map(|run| run.join().unwrap()).collect();
    counts.sort_unstable();
    assert_eq!(counts[..3], [0, 0, 0]);
    let recorded = text(
        &mut connection,
        "SELECT count(*) FROM __diesel_schema_migrations",
    );
    assert_eq!(recorded, counts[3].to_string());
}

#[test]
fn the_first_migration_makes_the_table_and_indexes_of_the_plan() {
    let first = include_str!("../../migrations/2024_01_01_000001_create_users/up.sql");
    for line in [
        "id BIGSERIAL PRIMARY KEY",
        "email VARCHAR(255) NOT NULL UNIQUE",
        "password_hash VARCHAR(255) NOT NULL",
        "is_active BOOLEAN NOT NULL DEFAULT true",
        "created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()",
        "updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()",
        "CREATE INDEX idx_users_email ON users(email)",
        "CREATE INDEX idx_users_is_active ON users(is_active)",
    ] {
        assert!(first.contains(line), "{line}");
    }
}

/// Diesel's name for a column type.
fn diesel_type(udt_name: &str, is_nullable: bool) -> String {
    let name = match udt_name {
        "bool" => "Bool",
        "bytea" => "Bytea",
        "date" => "Date",
        "inet" => "Inet",
        "int2" => "SmallInt",
        "int4" => "Integer",
        "int8" => "BigInt",
        "text" | "varchar" => "Text",
        "timestamptz" => "Timestamptz",
        "_int8" => "Array<BigInt>",
        "_text" => "Array<Text>",
        "_timestamptz" => "Array<Timestamptz>",
        "uuid" => "Uuid",
        other => panic!("say here what Diesel calls {other}"),
    };
    if is_nullable {
        format!("Nullable<{name}>")
    } else {
        name.to_owned()
    }
}

#[test]
fn the_schema_in_the_code_is_that_of_the_database() {
    let mut database = Database::lease();
    let found = database.text(
        "SELECT string_agg(concat_ws(' ', table_name, column_name, udt_name, is_nullable), ';')
         FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_diesel%'",
    );
    let mut actual: BTreeMap<String, String> = BTreeMap::new();
    for column in found.split(';') {
        let words: Vec<_> = column.split(' ').collect();
        let kind = diesel_type(words[2], words[3] == "YES");
        actual.insert(format!("{}.{}", words[0], words[1]), kind);
    }
    let mut declared = BTreeMap::new();
    let mut table = String::new();
    for line in include_str!("../../src/db/schema.rs").lines() {
        let line = line.trim();
        if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with('{')) {
            name.clone_into(&mut table);
        } else if line.ends_with(';') {
            // A join is not a column.
        } else if let Some((column, kind)) = line.trim_end_matches(',').split_once(" -> ") {
            let kind = if kind == "Int8" { "BigInt" } else { kind };
            declared.insert(format!("{table}.{column}"), kind.to_owned());
        }
    }
    assert_eq!(declared, actual);
}

/// A table stays usable while a migration waits for it: the migration waits briefly and tries
/// again.
#[test]
fn a_migration_that_waits_for_a_table_lets_others_pass() {
    let (url, mut connection) = Database::bare();
    migrations::run(&url).unwrap();
    migrations::revert_all(&mut connection).unwrap();
    connection
        .batch_execute("BEGIN; LOCK TABLE __diesel_schema_migrations IN SHARE MODE")
        .unwrap();
    // In a transaction, `pg_stat_activity` would not change after the first read.
    let mut watching = PgConnection::establish(url.expose_secret()).unwrap();
    let migrating = thread::spawn(move || migrations::run(&url));
    let mut tried = BTreeSet::new();
    while tried.len() < 2 {
        let waiting = text(
            &mut watching,
            "SELECT coalesce(min(query_start)::text, '') FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'
             ",
        );
        assert!(!migrating.is_finished());
        if !waiting.is_empty() {
            tried.insert(waiting);
        }
    }
    connection.batch_execute("COMMIT").unwrap();
    assert!(!migrating.join().unwrap().unwrap().is_empty());
}

/// As a dump does, which holds the table for as long as it takes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_pass_while_a_migration_waits_for_their_table() {
    let service = Service::start();
    let ada = service.user("ada@example.com").await;
    // Not hers: the oldest of too many sessions ends.
    service.user("bob@example.com").await;
    let url = service.database(Database::url);
    let mut dump = PgConnection::establish(url.expose_secret()).unwrap();
    dump.batch_execute("BEGIN; LOCK TABLE users IN ACCESS SHARE MODE")
        .unwrap();
    // It begins with the lock, and fails only after that: its columns are there.
    let again = "DELETE FROM __diesel_schema_migrations WHERE version = '20261125000101'";
    service.database(|it| it.execute(again));
    let migrating = {
        let url = url.clone();
        thread::spawn(move || migrations::run(&url))
    };
    let mut watching = PgConnection::establish(url.expose_secret()).unwrap();
    let mut tried = BTreeSet::new();
    while tried.len() < 3 {
        let native = service.native();
        let (read, signed_in) = tokio::join!(
            ada.get("/api/v1/users/me"),
            native.log_in("bob@example.com", PASSWORD)
        );
        assert_eq!(read.status, 200, "{read}");
        assert_eq!(signed_in.status, 200, "{signed_in}");
        let waits =
            "SELECT coalesce(min(pid || ' ' || query_start)::text, '') FROM pg_stat_activity
            WHERE datname = current_database() AND query LIKE '%ADD COLUMN credentials_version%'
            AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'";
        let waiting = tokio::task::block_in_place(|| text(&mut watching, &format!("({waits})")));
        assert!(!migrating.is_finished());
        if !waiting.is_empty() {
            tried.insert(waiting);
        }
    }
    dump.batch_execute("COMMIT").unwrap();
    let refused = migrating.join().unwrap().unwrap_err().to_string();
    assert!(refused.contains("already exists"), "{refused}");
    service.database(|it| {
        it.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('20261125000101')");
    });
}

/// A vacuum to prevent wraparound ends for nobody; this is its lock.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_vacuum_that_does_not_yield_is_waited_for_and_named() {
    let service = Service::start();
    service.account("ada@example.com", Role::User).await;
    let url = service.database(Database::url);
    let mut vacuum = PgConnection::establish(url.expose_secret()).unwrap();
    vacuum
        .batch_execute("BEGIN; LOCK TABLE users IN SHARE UPDATE EXCLUSIVE MODE")
        .unwrap();
    let process = text(&mut vacuum, "pg_backend_pid()");
    let again = "DELETE FROM __diesel_schema_migrations WHERE version = '20261125000101'";
    service.database(|it| it.execute(again));
    let log = tempfile::NamedTempFile::new().unwrap();
    let written = Arc::new(log.reopen().unwrap());
    let migrating = thread::spawn(move || {
        let lines = tracing_subscriber::fmt().with_writer(written).finish();
        tracing::subscriber::with_default(lines, || migrations::run(&url))
    });
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND query LIKE 'LOCK TABLE users IN SHARE UPDATE%' AND wait_event_type = 'Lock'";
    while service.database(|it| it.text(waits)) == "0" {
        assert!(!migrating.is_finished());
        service.database(|it| it.execute("SELECT pg_sleep(0.01); SELECT pg_stat_clear_snapshot()"));
    }
    service.signed_in("ada@example.com").await;
    let told = std::fs::read_to_string(log.path()).unwrap();
    let held = format!("users: ShareUpdateExclusiveLock of process {process} (client backend)");
    assert!(told.contains("a migration waits"), "{told}");
    assert!(told.contains(&held), "{told}");
    vacuum.batch_execute("COMMIT").unwrap();
    // It has its lock, then, and fails only after that: its column is there.
    let refused = migrating.join().unwrap().unwrap_err().to_string();
    assert!(refused.contains("already exists"), "{refused}");
    service.database(|it| {
        it.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('20261125000101')");
    });
}

#[test]
fn an_index_whose_building_was_interrupted_is_built_anew() {
    let (url, mut connection) = Database::bare();
    migrations::run(&url).unwrap();
    connection
        .batch_execute(
            "UPDATE pg_index SET indisvalid = false
             WHERE indexrelid = 'idx_sessions_expires_on'::regclass;
             DELETE FROM __diesel_schema_migrations WHERE version = '20261125000008'",
        )
        .unwrap();
    assert_eq!(
        migrations::run(&url).unwrap(),
        ["2026-11-25-000008_index_days_of_expiry"]
    );
    let is_valid = "(SELECT indisvalid FROM pg_index
        WHERE indexrelid = 'idx_sessions_expires_on'::regclass)";
    assert_eq!(text(&mut connection, is_valid), "true");
}

/// What the previous release has left, in batches.
#[test]
fn days_of_expiry_are_filled_in() {
    let (url, mut connection) = Database::bare();
    migrations::run(&url).unwrap();
    connection
        .batch_execute(
            "INSERT INTO users (email, password_hash) VALUES ('ada@example.com', '');
             INSERT INTO sessions (id, user_id, client_type, device_name, user_agent, ip, created_at,
                 last_seen_at, expires_at, generation, rotated_at, is_confirmed, revoked_at,
                 revoked_reason)
             SELECT md5(n::text)::uuid, 1, 'web', '', '', '::1', now(), now(),
                 '2026-12-01 23:30+00'::timestamptz + n * INTERVAL '1 hour', 1, now(), true,
                 CASE n WHEN 1 THEN now() WHEN 2 THEN now() - INTERVAL '2 days' END,
                 CASE WHEN n IN (1, 2) THEN 'logged_out' END
             FROM generate_series(0, 2500) n;
             DELETE FROM __diesel_schema_migrations WHERE version = '20261125000006'",
        )
        .unwrap();
    // The zone of a session must not matter.
    let zone = "ALTER DATABASE %I SET timezone = ''Asia/Tokyo''";
    let zone = format!("DO $$ BEGIN EXECUTE format('{zone}', current_database()); END $$");
    connection.batch_execute(&zone).unwrap();
    assert_eq!(migrations::run(&url).unwrap().len(), 1);
    let right = "(SELECT count(*) FROM sessions
        WHERE expires_on = (expires_at AT TIME ZONE 'UTC')::date
        AND (remembered_until IS NOT NULL) = (id = md5('1')::uuid))";
    assert_eq!(text(&mut connection, right), "2501");
}

#[test]
fn a_database_in_another_encoding_is_refused_with_a_sentence() {
    let refused = migrations::run(&Database::in_latin())
        .unwrap_err()
        .to_string();
    assert!(
        refused.starts_with("the database's encoding is LATIN1"),
        "{refused}"
    );
}

#[test]
fn looking_for_pending_migrations_writes_nothing() {
    let (url, mut connection) = Database::bare();
    assert!(!migrations::pending(&url).unwrap().is_empty());
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(text(&mut connection, tables), "0");
}

/// Like `diesel migration run`, which reads the folder.
#[test]
fn a_service_takes_over_what_diesels_own_command_line_has_migrated() {
    let (url, mut connection) = Database::bare();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let files = FileBasedMigrations::from_path(folder).unwrap();
    let ran = connection.run_pending_migrations(files).unwrap().len();
    assert!(ran > 0);
    let made = schema(&mut connection);
    assert_eq!(migrations::pending(&url).unwrap(), Vec::<String>::new());
    assert_eq!(migrations::run(&url).unwrap(), Vec::<String>::new());
    assert_eq!(schema(&mut connection), made);
    let (other, mut fresh) = Database::bare();
    assert_eq!(migrations::run(&other).unwrap().len(), ran);
    assert_eq!(schema(&mut fresh), made);
}
