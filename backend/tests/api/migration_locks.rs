//! What migrations keep waiting while they run beside requests.

use std::collections::BTreeSet;
use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel::migration::Migration;
use diesel::pg::{Pg, PgConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use secrecy::{ExposeSecret, SecretString};

use crate::support::{Database, text};

/// What `scripts/migration-locks` measures on.
const LARGE: u64 = 1_000_000;

/// The longest that a migration may stop readers or writers of a table that large.
const BAR: Duration = Duration::from_millis(200);

/// The tables that grow with the number of accounts, as the migrations that make them leave them; `$1`
/// rows of each.
const TABLES: [(&str, &str); 3] = [
    (
        "users",
        "INSERT INTO users (email, password_hash)
         SELECT 'person' || n || '@example.com', '$argon2id$v=19$m=19456,t=2,p=1$' || md5(n::text)
         FROM generate_series(1, $1) n",
    ),
    (
        "sessions",
        "INSERT INTO sessions (id, user_id, client_type, device_name, user_agent, ip, created_at,
             last_seen_at, expires_at, generation, rotated_at, is_confirmed, revoked_at, revoked_reason)
         SELECT md5(n::text)::uuid, n, 'web', 'Firefox on Linux', 'Mozilla/5.0', '198.51.100.7', now(),
             now(), now() + INTERVAL '7 days', 1, now(), true,
             CASE WHEN n % 10 = 0 THEN now() END, CASE WHEN n % 10 = 0 THEN 'logged_out' END
         FROM generate_series(1, $1) n",
    ),
    (
        "audit_events",
        "INSERT INTO audit_events (created_at, kind, user_id, user_agent, request_id)
         SELECT now(), 'signed_in', n, 'Mozilla/5.0', md5(n::text) FROM generate_series(1, $1) n",
    ),
];

/// What requests do with them; `$1` is the number of an account.
const STATEMENTS: [(&str, &str); 4] = [
    (
        "users",
        "SELECT password_hash FROM users WHERE email = 'person$1@example.com'",
    ),
    ("users", "UPDATE users SET updated_at = now() WHERE id = $1"),
    (
        "sessions",
        "SELECT generation FROM sessions WHERE id = md5('$1')::uuid",
    ),
    (
        "sessions",
        "UPDATE sessions SET generation = generation + 1, last_seen_at = now()
         WHERE id = md5('$1')::uuid",
    ),
];

/// All, in the order in which they run.
fn all_migrations(conn: &mut PgConnection) -> Vec<Box<dyn Migration<Pg>>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let files = FileBasedMigrations::from_path(folder).unwrap();
    conn.pending_migrations(files).unwrap()
}

/// Fills each table once, when it is there; returns the names of those that it has filled now.
fn fill(
    conn: &mut PgConnection,
    rows: u64,
    filled: &mut BTreeSet<&'static str>,
) -> Vec<&'static str> {
    let mut new = Vec::new();
    for (table, insert) in TABLES {
        let is_there = format!("SELECT to_regclass('{table}') IS NOT NULL");
        if text(conn, &is_there) == "true" && filled.insert(table) {
            conn.batch_execute(&insert.replace("$1", &rows.to_string()))
                .unwrap();
            conn.batch_execute(&format!("VACUUM ANALYZE {table}"))
                .unwrap();
            new.push(table);
        }
    }
    new
}

/// The object ids of the tables that are there.
fn tables(conn: &mut PgConnection) -> String {
    let ids = "SELECT string_agg(oid::text, ',') FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
    format!(
        "ARRAY[{}]::oid[]",
        text(conn, &format!("coalesce(({ids}), '')"))
    )
}

/// The locks of a connection on tables that others use.
fn locks(conn: &mut PgConnection, pid: &str, on: &str) -> BTreeSet<String> {
    let held = format!(
        "SELECT string_agg(DISTINCT relname || ' ' || mode, ',') FROM pg_locks
         JOIN pg_class ON pg_class.oid = relation
         WHERE pid = {pid} AND granted AND relation = ANY({on})
         AND relname <> '__diesel_schema_migrations'"
    );
    let held = text(conn, &format!("coalesce(({held}), '')"));
    let held = held.split(',').filter(|one| !one.is_empty());
    held.map(|one| one.replace("Lock", "")).collect()
}

/// Its time is that of a change of the catalogue, then, however large the table is.
#[test]
fn no_migration_goes_through_the_rows_of_a_table_that_it_keeps_others_from() {
    let (url, mut conn) = Database::bare();
    let mut filled = BTreeSet::new();
    for migration in all_migrations(&mut conn) {
        let existing = tables(&mut conn);
        if !migration.metadata().run_in_transaction() {
            conn.run_migration(migration.as_ref()).unwrap();
            continue;
        }
        let gone_through = format!(
            "SELECT coalesce(string_agg(relname, ', '), '') FROM pg_stat_xact_user_tables
             WHERE relid = ANY({existing}) AND relname <> '__diesel_schema_migrations'
             AND (n_tup_upd + n_tup_del > 0 OR seq_tup_read > 0 AND relid IN (
                 SELECT relation FROM pg_locks WHERE pid = pg_backend_pid() AND granted AND mode IN
                 ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')))"
        );
        // Its statistics would count what it did in earlier transactions.
        let mut fresh = PgConnection::establish(url.expose_secret()).unwrap();
        let found = fresh.transaction(|conn| {
            conn.run_migration(migration.as_ref()).unwrap();
            diesel::QueryResult::Ok(text(conn, &gone_through))
        });
        let name = migration.name();
        assert_eq!(
            found.unwrap(),
            "",
            "{name} goes through a table while others wait: see backend/migrations/README.md"
        );
        fill(&mut conn, 1_000, &mut filled);
    }
    assert_eq!(filled.len(), TABLES.len());
}

/// Sends one of the statements again and again.
struct Poller {
    counts: Arc<Counts>,
    thread: JoinHandle<()>,
}

#[derive(Default)]
struct Counts {
    is_over: AtomicBool,
    done: AtomicU64,
    /// In microseconds, since it was last asked for.
    longest: AtomicU64,
}

impl Poller {
    fn start(url: &SecretString, statement: &'static str, rows: u64) -> Self {
        let mut conn = PgConnection::establish(url.expose_secret()).unwrap();
        let counts = Arc::new(Counts::default());
        let shared = Arc::clone(&counts);
        let thread = thread::spawn(move || {
            while !shared.is_over.load(Ordering::Relaxed) {
                let account = fastrand::u64(1..=rows).to_string();
                let began = Instant::now();
                conn.batch_execute(&statement.replace("$1", &account))
                    .unwrap();
                let took = u64::try_from(began.elapsed().as_micros()).unwrap();
                shared.longest.fetch_max(took, Ordering::Relaxed);
                shared.done.fetch_add(1, Ordering::Relaxed);
                // Requests of a service that is not saturated.
                thread::sleep(Duration::from_millis(1));
            }
        });
        Self { counts, thread }
    }

    /// The longest statement since the last call; waits for those that have begun.
    fn take_longest(&self) -> Duration {
        let before = self.counts.done.load(Ordering::Relaxed);
        while self.counts.done.load(Ordering::Relaxed) < before + 2 {
            assert!(!self.thread.is_finished(), "a statement has failed");
            thread::sleep(Duration::from_millis(1));
        }
        Duration::from_micros(self.counts.longest.swap(0, Ordering::Relaxed))
    }

    fn end(self) {
        self.counts.is_over.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
    }
}

/// Runs one, and returns the locks that it was seen to hold.
fn run(
    conn: &mut PgConnection,
    url: &SecretString,
    migration: &dyn Migration<Pg>,
) -> BTreeSet<String> {
    let existing = tables(conn);
    let pid = text(conn, "pg_backend_pid()");
    if migration.metadata().run_in_transaction() {
        let held = conn.transaction(|conn| {
            conn.run_migration(migration).unwrap();
            diesel::QueryResult::Ok(locks(conn, &pid, &existing))
        });
        return held.unwrap();
    }
    let mut watching = PgConnection::establish(url.expose_secret()).unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&is_over);
    let watcher = thread::spawn(move || {
        let mut seen = BTreeSet::new();
        while !told.load(Ordering::Relaxed) {
            seen.append(&mut locks(&mut watching, &pid, &existing));
            thread::sleep(Duration::from_millis(1));
        }
        seen
    });
    conn.run_migration(migration).unwrap();
    is_over.store(true, Ordering::Relaxed);
    watcher.join().unwrap()
}

/// On tables of `MIGRATION_ROWS` (10,000); `make migration-locks` takes 1,000,000 and prints the table.
#[test]
fn requests_go_on_while_each_migration_runs() {
    let rows = env::var("MIGRATION_ROWS").map_or(10_000, |rows| rows.parse().unwrap());
    let (url, mut conn) = Database::bare();
    let mut filled = BTreeSet::new();
    let mut pollers: Vec<Poller> = Vec::new();
    let mut too_long = Vec::new();
    println!("| migration | took | longest statement meanwhile | locks on tables in use |");
    println!("| :--- | ---: | ---: | :--- |");
    for migration in all_migrations(&mut conn) {
        let name = migration.name();
        for poller in &pollers {
            poller.take_longest();
        }
        let began = Instant::now();
        let held = run(&mut conn, &url, migration.as_ref());
        let took = began.elapsed();
        let longest = pollers.iter().map(Poller::take_longest).max();
        let longest = longest.unwrap_or_default();
        let held = held.into_iter().collect::<Vec<_>>().join(", ");
        println!(
            "| {name} | {} ms | {} ms | {held} |",
            took.as_millis(),
            longest.as_millis()
        );
        if longest > BAR {
            too_long.push(format!("{name}: {longest:?}"));
        }
        for table in fill(&mut conn, rows, &mut filled) {
            let of_table = STATEMENTS.iter().filter(|(on, _)| *on == table);
            pollers.extend(of_table.map(|(_, statement)| Poller::start(&url, statement, rows)));
        }
    }
    assert_eq!(pollers.len(), STATEMENTS.len());
    pollers.into_iter().for_each(Poller::end);
    // With few rows it would measure how busy the machine is.
    if rows >= LARGE {
        assert_eq!(too_long, Vec::<String>::new());
    }
}
