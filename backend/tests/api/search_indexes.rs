//! What is found among a million rows.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::{Connection, RunQueryDsl};
use latchkey::config::Address;
use latchkey::db::{migrations, search_indexes};
use latchkey::process::delete_old_rows;
use secrecy::{ExposeSecret, SecretString};

use crate::support::{Database, Service, text};

#[derive(diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text, column_name = "QUERY PLAN")]
    line: String,
}

fn plan(connection: &mut PgConnection, condition: &str) -> String {
    let query = format!("EXPLAIN SELECT id FROM users WHERE {condition} ORDER BY id DESC LIMIT 20");
    let lines: Vec<Line> = diesel::sql_query(query).load(connection).unwrap();
    lines.into_iter().map(|line| line.line + "\n").collect()
}

/// Drops a database that uses much space.
fn discard(url: &SecretString, name: &str) {
    let mut address = Address::parse(url.expose_secret()).unwrap();
    address.set("dbname", "postgres");
    PgConnection::establish(address.to_libpq().expose_secret())
        .unwrap()
        .batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
        .unwrap();
}

/// The address of a role that owns the tables but may not create extensions.
fn without_rights(url: &SecretString, connection: &mut PgConnection) -> SecretString {
    let name = text(connection, "SELECT current_database()");
    connection
        .batch_execute(&format!(
            "CREATE ROLE plain_{name} LOGIN PASSWORD 'plain';
             GRANT USAGE, CREATE ON SCHEMA public TO plain_{name};
             REVOKE CREATE ON DATABASE {name} FROM PUBLIC;
             ALTER TABLE users OWNER TO plain_{name}"
        ))
        .unwrap();
    let mut address = Address::parse(url.expose_secret()).unwrap();
    address.set("user", format!("plain_{name}"));
    address.set("password", "plain");
    address.to_libpq()
}

#[test]
fn among_a_million_accounts_a_part_of_an_address_and_a_role_are_found_by_index() {
    let (url, mut connection) = Database::bare();
    migrations::run(&url).unwrap();
    // Other indexes and checks would take most of the time.
    connection
        .batch_execute(
            "DROP INDEX idx_users_email; DROP INDEX idx_users_is_active;
             ALTER TABLE users DROP CONSTRAINT users_email_key;
             INSERT INTO users (email, password_hash, role)
             SELECT left(md5(n::text), 10) || '@example.com', '',
                    CASE WHEN n % 100000 = 7 THEN 'admin' ELSE 'user' END
             FROM generate_series(1, 1000000) AS n;
             ANALYZE users",
        )
        .unwrap();
    let by_part = "email LIKE '%c0ffee%'";
    let by_role = "role = 'admin'";
    let scanned = plan(&mut connection, by_part);
    assert!(!scanned.contains("idx_users_email_trgm"), "{scanned}");

    search_indexes::build(&url).unwrap();
    let plans = [by_part, by_role].map(|condition| plan(&mut connection, condition));
    assert!(
        plans[0].contains("Bitmap Index Scan on idx_users_email_trgm"),
        "{}",
        plans[0]
    );
    assert!(plans[1].contains("idx_users_role"), "{}", plans[1]);
    let name = text(&mut connection, "SELECT current_database()");
    drop(connection);
    discard(&url, &name);
}

#[tokio::test(flavor = "multi_thread")]
async fn among_a_million_sessions_those_that_retention_deletes_are_found_by_index() {
    let (url, mut connection) = Database::bare();
    migrations::run(&url).unwrap();
    connection
        .batch_execute(
            "DROP INDEX idx_sessions_live_by_epoch; DROP INDEX idx_sessions_remembered_until;
             ALTER TABLE sessions DROP CONSTRAINT sessions_user_id_fkey;
             INSERT INTO sessions (id, user_id, client_type, device_name, user_agent, ip, created_at,
                 last_seen_at, expires_at, expires_on, generation, rotated_at, is_confirmed)
             SELECT md5(n::text)::uuid, 1, 'web', '', '', '::1', at, at, at, (at AT TIME ZONE 'UTC')::date,
                 1, at, true
             FROM (SELECT n, now() - INTERVAL '31 days' + n * INTERVAL '1 minute' AS at
                 FROM generate_series(1, 1000000) AS n) AS expiring;
             ANALYZE sessions",
        )
        .unwrap();
    let scans = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'sessions'";
    let before = text(&mut connection, scans);
    let service = Service::on(&url, &[]);
    service.app.db.open();
    let deleted = delete_old_rows(&service.app).await.unwrap();
    assert!((1438..=1441).contains(&deleted), "{deleted}");
    // A connection reports what it did after a moment, or when it ends.
    let used = "SELECT coalesce(sum(idx_scan), 0) > 0 FROM pg_stat_user_indexes
        WHERE indexrelname = 'idx_sessions_expires_on'";
    let reported = async {
        while text(&mut connection, used) != "true" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), reported)
        .await
        .unwrap();
    assert_eq!(text(&mut connection, scans), before);
    let name = text(&mut connection, "SELECT current_database()");
    drop(connection);
    discard(&url, &name);
}

#[test]
fn without_the_right_to_create_the_extension_accounts_are_searched_all_the_same() {
    let (url, mut connection) = Database::bare();
    migrations::run(&url).unwrap();
    let plain = without_rights(&url, &mut connection);
    search_indexes::build(&plain).unwrap();
    let found = "SELECT to_regclass('idx_users_email_trgm') IS NULL AND to_regclass('idx_users_role') IS NOT NULL";
    assert_eq!(text(&mut connection, found), "true");
    // Once it exists, the next start builds the index.
    connection
        .batch_execute("CREATE EXTENSION pg_trgm")
        .unwrap();
    search_indexes::build(&plain).unwrap();
    let found = "SELECT to_regclass('idx_users_email_trgm') IS NOT NULL";
    assert_eq!(text(&mut connection, found), "true");
}

#[test]
fn an_interrupted_index_is_rebuilt() {
    let (url, mut connection) = Database::bare();
    migrations::run(&url).unwrap();
    search_indexes::build(&url).unwrap();
    connection
        .batch_execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_users_role'::regclass",
        )
        .unwrap();
    search_indexes::build(&url).unwrap();
    let valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'idx_users_role'::regclass";
    assert_eq!(text(&mut connection, valid), "true");
}
