//! Opens connections for r2d2, and detects when they died.

use std::env;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use diesel::Connection as _;
use diesel::connection::{AnsiTransactionManager, InstrumentationEvent, TransactionManager};
use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::r2d2::{ManageConnection, R2D2Connection};
use diesel::result::ConnectionResult;
use diesel::sql_types::{Bool, Nullable};
use diesel::{ConnectionError, QueryResult, RunQueryDsl, r2d2};
use secrecy::{ExposeSecret, SecretString};

use super::errors::{DbError, is_contention, tells_of_loss};
use crate::config::{Address, Unreadable};

/// The seconds that libpq tries to connect; it honours no less than 2.
const CONNECT_TIMEOUT_SECONDS: &str = "2";

/// How often work is attempted while other transactions conflict with it.
const ATTEMPTS: u32 = 3;

/// The longest pause before the second attempt, in milliseconds.
const LONGEST_PAUSE: u64 = 20;

/// A connection and its state.
pub(super) struct Connection {
    pg: PgConnection,
    opened_after: u64,
    notes: Arc<Notes>,
    /// The statement that begins a transaction with our settings, if the session does not have
    /// them.
    begin_pooled: Option<Arc<str>>,
}

/// What the statements since the last check have revealed.
#[derive(Default)]
struct Notes {
    is_lost: AtomicBool,
    is_contended: AtomicBool,
}

impl Connection {
    /// Runs one statement, and retries it if other transactions conflict.
    ///
    /// Behind a pooling proxy it runs in a transaction: outside one, the proxy may send any two
    /// messages to two servers, and session settings would affect other clients.
    pub(super) fn run<T, E: From<DbError>>(
        &mut self,
        mut work: impl FnMut(&mut PgConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        match self.begin_pooled.clone() {
            Some(begin) => self.attempt(|pg| transact(pg, &begin, &mut work)),
            None => self.attempt(work),
        }
    }

    /// Runs work in a transaction, and retries it if other transactions conflict.
    pub(super) fn transaction<T, E: From<DbError>>(
        &mut self,
        mut work: impl FnMut(&mut PgConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        let begin = self.begin_pooled.clone();
        self.attempt(|pg| transact(pg, begin.as_deref().unwrap_or("BEGIN"), &mut work))
    }

    /// Whether the connection died in use.
    pub(super) fn is_lost(&mut self) -> bool {
        self.notes.is_lost.load(Ordering::Relaxed) || self.pg.is_broken()
    }

    fn attempt<T, E>(
        &mut self,
        mut work: impl FnMut(&mut PgConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        for attempt in 1..ATTEMPTS {
            self.notes.is_contended.store(false, Ordering::Relaxed);
            let result = work(&mut self.pg);
            if result.is_ok() || !self.notes.is_contended.load(Ordering::Relaxed) {
                return result;
            }
            let longest = LONGEST_PAUSE * u64::from(attempt);
            std::thread::sleep(Duration::from_millis(fastrand::u64(0..longest)));
        }
        work(&mut self.pg)
    }
}

fn transact<T, E: From<DbError>>(
    pg: &mut PgConnection,
    begin: &str,
    work: impl FnOnce(&mut PgConnection) -> Result<T, E>,
) -> Result<T, E> {
    AnsiTransactionManager::begin_transaction_sql(pg, begin).map_err(DbError::from)?;
    let done = work(pg);
    let ended = match done {
        Ok(_) => AnsiTransactionManager::commit_transaction(pg),
        // If the rollback fails, the connection is broken and will not be used again.
        Err(_) => AnsiTransactionManager::rollback_transaction(pg).or(Ok(())),
    };
    ended.map_err(DbError::from)?;
    done
}

/// The limits of every session, whatever the defaults of the database or role are.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// How long a statement, a lock or an idle transaction may take.
    pub(super) patience: Duration,
}

impl Limits {
    fn settings(self) -> [(&'static str, String); 3] {
        let milliseconds = self.patience.as_millis().to_string();
        [
            ("statement_timeout", milliseconds.clone()),
            ("lock_timeout", milliseconds.clone()),
            ("idle_in_transaction_session_timeout", milliseconds),
        ]
    }

    /// As startup options of a session. The last option is a mark that shows whether the server
    /// received them.
    fn as_options(self) -> String {
        let limits = self.settings();
        let options = limits.iter().fold(String::new(), |text, (name, value)| {
            text + "-c " + name + "=" + value + " "
        });
        options + "-c default_transaction_isolation=read\\ committed -c latchkey.session=on"
    }

    /// As the beginning of a transaction.
    fn as_begin(self) -> String {
        let begin = "BEGIN ISOLATION LEVEL READ COMMITTED".to_owned();
        let settings = self.settings();
        settings.iter().fold(begin, |text, (name, value)| {
            text + "; SET LOCAL " + name + " = " + value
        })
    }
}

/// Opens connections, and discards all older ones when one is found dead: after a restart of
/// PostgreSQL all are dead, and each would fail one request before it was noticed.
///
/// This replaces r2d2's query at each check-out, which costs a round trip per request.
#[derive(Clone)]
pub(super) struct Connections {
    opener: Arc<Opener>,
    losses: Arc<AtomicU64>,
}

impl Connections {
    pub(super) fn new(url: &SecretString, limits: Limits) -> Self {
        Self {
            opener: Arc::new(Opener::new(url, limits)),
            losses: Arc::default(),
        }
    }

    /// Opens a connection.
    pub(super) fn open(&self) -> ConnectionResult<Connection> {
        let opened_after = self.losses.load(Ordering::Relaxed);
        let Opened { mut pg, is_pooled } = self.opener.open()?;
        let notes = Arc::new(Notes::default());
        let told = Arc::clone(&notes);
        pg.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::FinishQuery {
                error: Some(error), ..
            } = event
            {
                let (is_lost, is_contended) = (tells_of_loss(error), is_contention(error));
                told.is_lost.fetch_or(is_lost, Ordering::Relaxed);
                told.is_contended.store(is_contended, Ordering::Relaxed);
            }
        });
        Ok(Connection {
            pg,
            opened_after,
            notes,
            begin_pooled: is_pooled.then(|| Arc::clone(&self.opener.begin)),
        })
    }

    /// Counts a loss if `connection` died in use and is the first of its generation to do so.
    pub(super) fn look_after(&self, connection: &Connection) {
        if connection.notes.is_lost.load(Ordering::Relaxed) {
            let seen = connection.opened_after;
            let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
            let _ = self.losses.compare_exchange(seen, seen + 1, set, fetch);
        }
    }
}

impl ManageConnection for Connections {
    type Connection = Connection;
    type Error = r2d2::Error;

    fn connect(&self) -> Result<Connection, r2d2::Error> {
        self.open().map_err(r2d2::Error::ConnectionError)
    }

    fn is_valid(&self, connection: &mut Connection) -> Result<(), r2d2::Error> {
        if self.has_broken(connection) {
            let gone = ConnectionError::BadConnection("the connection was lost".into());
            return Err(r2d2::Error::ConnectionError(gone));
        }
        Ok(())
    }

    fn has_broken(&self, connection: &mut Connection) -> bool {
        connection.opened_after != self.losses.load(Ordering::Relaxed)
            || std::thread::panicking()
            || connection.is_lost()
    }
}

/// A connection, and whether it goes through a pooling proxy.
pub(super) struct Opened {
    pub(super) pg: PgConnection,
    pub(super) is_pooled: bool,
}

/// Opens connections to one address.
pub(super) struct Opener {
    /// With our settings as options.
    direct: SecretString,
    /// Without options, because proxies such as `PgBouncer` reject or drop them.
    plain: SecretString,
    begin: Arc<str>,
    refuses_options: AtomicBool,
    problem: Option<Unreadable>,
}

impl Opener {
    pub(super) fn new(url: &SecretString, limits: Limits) -> Self {
        let (address, problem) = match Address::parse(url.expose_secret()) {
            Ok(address) => (address, None),
            Err(error) => (Address::default(), Some(error)),
        };
        let plain = with_defaults(address);
        let mut direct = plain.clone();
        let options = limits.as_options();
        direct.set(
            "options",
            match plain.get("options") {
                Some(theirs) => format!("{theirs} {options}"),
                None => options,
            },
        );
        Self {
            direct: direct.to_libpq(),
            plain: plain.to_libpq(),
            begin: limits.as_begin().into(),
            refuses_options: AtomicBool::new(false),
            problem,
        }
    }

    pub(super) fn open(&self) -> ConnectionResult<Opened> {
        if let Some(error) = self.problem {
            return Err(ConnectionError::InvalidConnectionUrl(error.to_string()));
        }
        if !self.refuses_options.load(Ordering::Relaxed) {
            match PgConnection::establish(self.direct.expose_secret()) {
                Ok(mut pg) => {
                    let is_pooled = !has_options(&mut pg)
                        .map_err(ConnectionError::CouldntSetupConfiguration)?;
                    return Ok(Opened { pg, is_pooled });
                }
                Err(error) if refuses_options(&error) => {
                    self.refuses_options.store(true, Ordering::Relaxed);
                }
                Err(error) => return Err(error),
            }
        }
        PgConnection::establish(self.plain.expose_secret()).map(|pg| Opened {
            pg,
            is_pooled: true,
        })
    }
}

/// Whether the server received our options; a proxy may drop them.
fn has_options(pg: &mut PgConnection) -> QueryResult<bool> {
    let mark = sql::<Nullable<Bool>>("current_setting('latchkey.session', true) = 'on'");
    let found: Option<bool> = diesel::select(mark).get_result(pg)?;
    Ok(found == Some(true))
}

/// Recognises the messages of `PgBouncer` and similar proxies ("unsupported startup parameter:
/// options"), and of Amazon's proxy ("doesn't support command-line options").
fn refuses_options(error: &ConnectionError) -> bool {
    let text = error.to_string();
    text.contains("startup parameter") || text.contains("command-line options")
}

/// The name of this process in `pg_stat_activity`: `latchkey HOST:PID`. PostgreSQL keeps 63 bytes
/// of it, some of which the listener's suffix needs.
fn instance_name() -> &'static str {
    const MAX_HOST: usize = 30;
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        let host = nix::unistd::gethostname().unwrap_or_default();
        let host: String = host.to_string_lossy().chars().take(MAX_HOST).collect();
        format!("latchkey {host}:{}", std::process::id())
    })
}

/// Adds defaults to an address: timeouts that detect a dead server, and the name.
fn with_defaults(mut address: Address) -> Address {
    for (name, value) in [
        ("connect_timeout", CONNECT_TIMEOUT_SECONDS),
        ("tcp_user_timeout", "2500"),
        ("keepalives_idle", "30"),
        ("keepalives_interval", "5"),
        ("keepalives_count", "3"),
        ("application_name", instance_name()),
    ] {
        address.set_default(name, value);
    }
    // The vendored OpenSSL looks for certificates where it was built, not where this machine keeps
    // them, unless these variables say where. `verify-full` is already set.
    let is_told = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .iter()
        .any(|name| env::var_os(name).is_some());
    if address.get("sslrootcert") == Some("system")
        && !is_told
        && let Some(bundle) = openssl_probe::probe().cert_file
        && let Some(bundle) = bundle.to_str()
    {
        address.set("sslrootcert", bundle);
    }
    address
}
