//! Checks the database: reachable, encrypted, migrated, with the right time, and large enough for
//! all instances.

use std::thread;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use diesel::pg::PgConnection;
use diesel::sql_types::Text;
use diesel::{QueryResult, RunQueryDsl};
use secrecy::{ExposeSecret, SecretString};

use super::report::Report;
use crate::clock::Clock;
use crate::config::{Address, Database};
use crate::db::{self, migrations};
use crate::features::users::application::list_unconverted;

/// The clocks of instances may differ from the database's by this much without harm.
const MAX_SKEW: TimeDelta = TimeDelta::seconds(30);

/// A machine with NTP stays below this skew.
const GOOD_SKEW: TimeDelta = TimeDelta::seconds(1);

const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Connections that an instance opens outside its pool: to listen, and for readiness.
const BESIDE_THE_POOL: u64 = 2;

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    value: String,
}

fn ask(conn: &mut PgConnection, expression: &str) -> QueryResult<String> {
    diesel::sql_query(format!("SELECT ({expression})::text AS value"))
        .get_result::<Row>(conn)
        .map(|row| row.value)
}

fn ask_number(conn: &mut PgConnection, expression: &str) -> QueryResult<u64> {
    ask(conn, expression).map(|text| text.parse().unwrap_or_default())
}

/// Checks `DATABASE_URL`, `DATABASE_DIRECT_URL` and `DATABASE_REPLICA_URL`.
pub fn check(
    report: &mut Report,
    settings: &Database,
    pooled: &SecretString,
    direct: &SecretString,
) {
    report.group("Database");
    let mut conn = match db::connect(direct) {
        Ok(conn) => conn,
        Err(error) => {
            let fix = "Check host, port, user, password and firewall of DATABASE_URL.";
            return report.bad("connection", error, fix);
        }
    };
    let checks = [
        check_server(report, &mut conn),
        check_encryption(report, &mut conn, direct),
        check_clock(report, &mut conn),
        check_search(report, &mut conn),
    ];
    for error in checks.into_iter().filter_map(Result::err) {
        report.bad(
            "query",
            error,
            "Let the role of DATABASE_URL read the catalogues.",
        );
    }
    if check_migrations(report, direct)
        && let Err(error) = check_addresses(report, &mut conn)
    {
        report.warning("addresses", error, "Let the role read users.");
    }
    let is_pooled = check_route(report, &mut conn, pooled, direct);
    if let Err(error) = check_room(report, &mut conn, settings, is_pooled) {
        report.warning("connections", error, "Let the role read pg_stat_activity.");
    }
    if let Some(replica) = &settings.replica {
        check_replica(report, &mut conn, replica);
    }
}

fn check_server(report: &mut Report, conn: &mut PgConnection) -> QueryResult<()> {
    let number = ask_number(conn, "current_setting('server_version_num')")?;
    let version = ask(conn, "current_setting('server_version')")?;
    report.judge(
        "version",
        number >= 140_000,
        format!("PostgreSQL {version}"),
        "Upgrade to PostgreSQL 14 or newer.",
    );
    let encoding = ask(conn, "current_setting('server_encoding')")?;
    if encoding != "UTF8" {
        let fix = "Create one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0";
        report.bad("encoding", encoding, fix);
    }
    Ok(())
}

fn check_encryption(
    report: &mut Report,
    conn: &mut PgConnection,
    direct: &SecretString,
) -> QueryResult<()> {
    const CIPHER: &str = "SELECT version || ', ' || cipher FROM pg_stat_ssl
        WHERE pid = pg_backend_pid() AND ssl";
    let found = ask(conn, &format!("coalesce(({CIPHER}), '')"))?;
    let address = Address::parse(direct.expose_secret()).unwrap_or_default();
    if !found.is_empty() {
        report.good("encryption", found);
    } else if address.is_local() {
        report.good("encryption", "none; the server is on this machine");
    } else {
        report.bad(
            "encryption",
            "none: passwords' hashes cross the network in clear",
            "Turn ssl on at the server and add sslmode=verify-full to DATABASE_URL.",
        );
    }
    Ok(())
}

/// Compares the clocks. The database's time was read between sending the query and receiving the
/// result.
fn check_clock(report: &mut Report, conn: &mut PgConnection) -> QueryResult<()> {
    let clock = Clock::default();
    let asked = clock.now();
    let theirs = db::time::now(conn, &clock)?;
    let heard = clock.now();
    let skew = (asked - theirs).max(theirs - heard).max(TimeDelta::zero());
    let found = format!("{:.1} s apart from this machine's", seconds(skew));
    let fix = "Let NTP set the clock of this machine and of the database's.";
    if skew <= GOOD_SKEW {
        report.good("clock", found);
    } else if skew <= MAX_SKEW {
        report.warning("clock", found, fix);
    } else {
        report.bad("clock", found, fix);
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "for people to read")]
fn seconds(span: TimeDelta) -> f64 {
    span.num_milliseconds() as f64 / 1000.0
}

fn check_search(report: &mut Report, conn: &mut PgConnection) -> QueryResult<()> {
    const READY: &str = "SELECT count(*) FROM pg_index
        WHERE indexrelid = to_regclass('idx_users_email_trgm') AND indisvalid";
    if ask_number(conn, READY)? > 0 {
        report.good("pg_trgm", "accounts are searched by an index");
    } else {
        report.warning(
            "pg_trgm",
            "no index: searching for a part of an address looks at every account",
            "Run CREATE EXTENSION pg_trgm as a superuser, then latchkey migrate.",
        );
    }
    Ok(())
}

/// Checks the migrations, and returns whether all have run.
fn check_migrations(report: &mut Report, direct: &SecretString) -> bool {
    match migrations::pending(direct) {
        Ok(pending) if pending.is_empty() => {
            report.good("migrations", "all have run");
            return true;
        }
        Ok(pending) => report.bad(
            "migrations",
            format!("pending: {}", pending.join(", ")),
            "Run latchkey migrate; latchkey serve does it too.",
        ),
        Err(error) => report.bad("migrations", error, "Run latchkey migrate --check."),
    }
    false
}

/// Checks that earlier releases have left no address with which nobody can sign in.
fn check_addresses(report: &mut Report, conn: &mut PgConnection) -> QueryResult<()> {
    const NAME: &str = "addresses";
    let found = list_unconverted(conn, &Clock::default())?;
    if found.converted.is_empty() && found.left.is_empty() {
        report.good(NAME, "all are in ASCII");
    }
    if !found.converted.is_empty() {
        report.warning(
            NAME,
            format!("{} are not in ASCII yet", found.converted.len()),
            "Run latchkey migrate; latchkey serve does it too.",
        );
    }
    for (id, reason) in found.left {
        report.warning(
            NAME,
            format!("nobody can sign in to account {id}: {reason}"),
            "Give one of the accounts another address with PUT /api/v1/users/{id}, then run latchkey \
             migrate.",
        );
    }
    Ok(())
}

/// Checks whether requests go through a pooling proxy, and whether the direct address leads to the
/// same server.
fn check_route(
    report: &mut Report,
    conn: &mut PgConnection,
    pooled: &SecretString,
    direct: &SecretString,
) -> bool {
    const NAME: &str = "DATABASE_DIRECT_URL";
    const ITSELF: &str = "SELECT system_identifier || '/' || current_database()
        FROM pg_control_system()";
    if let Err(error) = db::connect_directly(direct) {
        let fix = "Set DATABASE_DIRECT_URL to the server itself, past the pooling proxy.";
        report.warning(NAME, error, fix);
        return true;
    }
    if pooled.expose_secret() == direct.expose_secret() {
        report.good(NAME, "not needed: DATABASE_URL leads to the server itself");
        return false;
    }
    match db::connect(pooled) {
        Ok(mut other) => {
            let (ours, theirs) = (ask(conn, ITSELF), ask(&mut other, ITSELF));
            report.judge(
                NAME,
                ours == theirs,
                "the server itself, compared with DATABASE_URL",
                "Let both addresses lead to the same database of the same server.",
            );
        }
        Err(error) => report.bad("DATABASE_URL", error, "Check the pooling proxy."),
    }
    db::connect_directly(pooled).is_err()
}

/// Checks that the server has enough connections for the pools of all running instances, at least
/// one.
fn check_room(
    report: &mut Report,
    conn: &mut PgConnection,
    settings: &Database,
    is_pooled: bool,
) -> QueryResult<()> {
    const NAME: &str = "connections";
    const OURS: &str = "datname = current_database()
        AND application_name <> current_setting('application_name')
        AND application_name LIKE";
    let instances = ask_number(
        conn,
        &format!(
            "SELECT greatest(1, count(*) FILTER (WHERE {OURS} '% listener'),
                count(DISTINCT application_name) FILTER (WHERE {OURS} 'latchkey %:%'
                    AND application_name NOT LIKE '% listener'))
             FROM pg_stat_activity"
        ),
    )?;
    let others = ask_number(
        conn,
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'
         AND application_name NOT LIKE 'latchkey %' AND application_name NOT LIKE '% listener'",
    )?;
    let room = ask_number(
        conn,
        "current_setting('max_connections')::int
         - current_setting('superuser_reserved_connections')::int",
    )?;
    let size = u64::from(settings.pool_max_size);
    if is_pooled {
        let found = format!("{room} at the server, shared by a pooling proxy");
        report.good(NAME, found);
        return Ok(());
    }
    let wanted = instances * (size + BESIDE_THE_POOL);
    report.judge(
        NAME,
        wanted + others <= room,
        format!(
            "{instances} × (DB_POOL_MAX_SIZE {size} + {BESIDE_THE_POOL}) = {wanted}, and {others} of \
             others, of {room}"
        ),
        "Lower DB_POOL_MAX_SIZE, raise max_connections, or put PgBouncer between.",
    );
    Ok(())
}

fn check_replica(report: &mut Report, primary: &mut PgConnection, url: &SecretString) {
    const NAME: &str = "replica";
    let mut replica = match db::connect(url) {
        Ok(conn) => conn,
        Err(error) => {
            let fix = "Start the replica, or remove DATABASE_REPLICA_URL.";
            return report.warning(NAME, format!("{error}; the primary answers for it"), fix);
        }
    };
    match lag(primary, &mut replica) {
        Ok(Some(lag)) => {
            report.good(
                NAME,
                format!("a standby, {:.2} s behind", lag.as_secs_f64()),
            );
        }
        Ok(None) => report.bad(
            NAME,
            "no standby of this primary, or more than 10 s behind",
            "Set DATABASE_REPLICA_URL to a streaming replica and look at its log.",
        ),
        Err(error) => report.bad(NAME, error, "Let the role read the replica's position."),
    }
}

/// How long the replica takes to reach the current position of the primary.
fn lag(primary: &mut PgConnection, replica: &mut PgConnection) -> QueryResult<Option<Duration>> {
    const SYSTEM: &str = "SELECT system_identifier FROM pg_control_system()";
    let is_standby = ask(replica, "pg_is_in_recovery()")? == "true";
    if !is_standby || ask(primary, SYSTEM)? != ask(replica, SYSTEM)? {
        return Ok(None);
    }
    let position = ask(primary, "pg_current_wal_lsn()")?;
    let reached = format!("pg_last_wal_replay_lsn() >= '{position}'::pg_lsn");
    let began = Instant::now();
    while began.elapsed() < db::REPLICA_MAX_AGE {
        if ask(replica, &reached)? == "true" {
            return Ok(Some(began.elapsed()));
        }
        thread::sleep(LOOK_EVERY);
    }
    Ok(None)
}
