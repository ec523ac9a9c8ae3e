//! One throw-away cluster per process, with as many databases as tests run at once. Each is created
//! and migrated once, and emptied when the next test takes it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::{Connection, RunQueryDsl};
use latchkey::db::{self, migrations};
use nix::sys::statvfs::statvfs;
use private_postgres::{Durability, PrivatePostgres, Settings};
use secrecy::{ExposeSecret, SecretString};

/// Enough for the files of the cluster and the data of the tests.
const MIN_ROOM: u64 = 1 << 30;

/// Empties every table and resets every sequence, after closing the connections of the previous
/// test. It does not truncate, which would cost a file operation per table and index.
const EMPTY: &str = "
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
    DO $$
    DECLARE name TEXT;
    BEGIN
        SET LOCAL session_replication_role = replica;
        FOR name IN SELECT quote_ident(tablename) FROM pg_tables
            WHERE schemaname = 'public' AND tablename <> '__diesel_schema_migrations'
        LOOP EXECUTE 'DELETE FROM ' || name; END LOOP;
        FOR name IN SELECT quote_ident(sequencename) FROM pg_sequences
            WHERE schemaname = 'public' AND last_value IS NOT NULL
        LOOP EXECUTE 'ALTER SEQUENCE ' || name || ' RESTART'; END LOOP;
    END $$";

struct Cluster {
    server: PrivatePostgres,
    free: Mutex<Vec<Made>>,
    count: AtomicUsize,
}

struct Made {
    url: SecretString,
    connection: PgConnection,
}

/// The cluster. A static is never dropped, so its guard stops it together with this process.
fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        db::prepare();
        let settings = Settings {
            data_dir: folder(),
            binaries: std::env::var_os("LATCHKEY_POSTGRES_BIN").map(PathBuf::from),
            durability: Durability::Throwaway,
        };
        Cluster {
            server: PrivatePostgres::start(&settings).expect("a private PostgreSQL starts"),
            free: Mutex::default(),
            count: AtomicUsize::new(0),
        }
    })
}

fn folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let has_room = statvfs(memory)
        .is_ok_and(|found| found.blocks_available() * found.fragment_size() >= MIN_ROOM);
    let parent = if has_room {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    parent.join(format!("latchkey-api-tests-{}", std::process::id()))
}

fn create(name: &str) -> SecretString {
    let server = cluster().server.database_url().expose_secret();
    let mut connection = PgConnection::establish(server).unwrap();
    connection
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .unwrap();
    let (server, _) = server.rsplit_once('/').unwrap();
    format!("{server}/{name}").into()
}

/// A database reserved for one test.
pub struct Database {
    made: Option<Made>,
}

impl Database {
    /// A migrated, empty database.
    pub fn lease() -> Self {
        let free = || {
            let mut free = cluster()
                .free
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            free.pop()
        };
        let mut made = free().unwrap_or_else(|| {
            let made = Self::unmigrated();
            migrations::run(&made.url).unwrap();
            made
        });
        made.connection.batch_execute(EMPTY).unwrap();
        Self { made: Some(made) }
    }

    /// A database without tables; it is not reused.
    pub fn bare() -> (SecretString, PgConnection) {
        let Made { url, connection } = Self::unmigrated();
        (url, connection)
    }

    /// A database in an encoding that cannot represent every text.
    pub fn in_latin() -> SecretString {
        let (url, mut connection) = Self::bare();
        let name = text(&mut connection, "SELECT current_database()");
        // Since version 17, the cluster's locale provider supports only UTF-8.
        let version = "SELECT current_setting('server_version_num')::int >= 170000";
        let provider = if text(&mut connection, version) == "true" {
            "LOCALE_PROVIDER libc"
        } else {
            ""
        };
        connection
            .batch_execute(&format!(
                "CREATE DATABASE {name}_latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'
                 {provider} TEMPLATE template0"
            ))
            .unwrap();
        format!("{}_latin", url.expose_secret()).into()
    }

    fn unmigrated() -> Made {
        let number = cluster().count.fetch_add(1, Ordering::Relaxed);
        let url = create(&format!("test_{number}"));
        let connection = PgConnection::establish(url.expose_secret()).unwrap();
        Made { url, connection }
    }

    fn made(&mut self) -> &mut Made {
        self.made.as_mut().unwrap()
    }

    /// The address for libpq.
    pub fn url(&mut self) -> SecretString {
        self.made().url.clone()
    }

    /// A connection of the test.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.made().connection
    }

    /// Runs statements.
    pub fn execute(&mut self, statements: &str) {
        self.connection().batch_execute(statements).unwrap();
    }

    /// Queries one text.
    pub fn text(&mut self, query: &str) -> String {
        text(self.connection(), query)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A failed test may have left a transaction open, which would fail the next one too.
        if let Some(made) = self.made.take()
            && !std::thread::panicking()
        {
            let mut free = cluster()
                .free
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            free.push(made);
        }
    }
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

/// Queries one text.
pub fn text(connection: &mut PgConnection, query: &str) -> String {
    diesel::sql_query(format!("SELECT ({query})::text AS value"))
        .get_result::<Row>(connection)
        .unwrap()
        .value
}
