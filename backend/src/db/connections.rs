//! How r2d2 opens connections, and how it learns that they died.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use diesel::Connection as _;
use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::pg::PgConnection;
use diesel::r2d2::{ConnectionManager, ManageConnection};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::{ConnectionError, r2d2};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// The seconds libpq tries to connect for; 2 is the least it honours.
const CONNECT_TIMEOUT_SECONDS: &str = "2";

/// A connection, and the count of losses before it was opened.
pub(super) struct Connection {
    pub(super) pg: PgConnection,
    opened_after: u64,
    is_lost: Arc<AtomicBool>,
}

/// Opens connections, and forgets all older ones once a single one is found dead: when PostgreSQL
/// restarts they all are, and each would fail one request before it was noticed.
///
/// This replaces r2d2's query at each check-out, which costs a round trip per request.
#[derive(Clone)]
pub(super) struct Connections {
    inner: Arc<ConnectionManager<PgConnection>>,
    session_setup: String,
    losses: Arc<AtomicU64>,
}

impl Connections {
    pub(super) fn new(url: &SecretString, statement_timeout: Duration) -> Self {
        let milliseconds = statement_timeout.as_millis();
        Self {
            inner: Arc::new(ConnectionManager::new(with_defaults(url.expose_secret()))),
            session_setup: format!(
                "SET statement_timeout = {milliseconds}; \
                 SET lock_timeout = {milliseconds}; \
                 SET idle_in_transaction_session_timeout = {milliseconds}; \
                 SET TIME ZONE 'UTC'"
            ),
            losses: Arc::default(),
        }
    }

    /// Counts a loss if `connection` died in use, and is the first of its time to do so.
    pub(super) fn look_after(&self, connection: &Connection) {
        if connection.is_lost.load(Ordering::Relaxed) {
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
        let opened_after = self.losses.load(Ordering::Relaxed);
        let mut pg = self.inner.connect()?;
        pg.batch_execute(&self.session_setup)
            .map_err(r2d2::Error::QueryError)?;
        let is_lost = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&is_lost);
        pg.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::FinishQuery { error, .. } = event
                && error.is_some_and(tells_of_loss)
            {
                noted.store(true, Ordering::Relaxed);
            }
        });
        Ok(Connection {
            pg,
            opened_after,
            is_lost,
        })
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
            || self.inner.has_broken(&mut connection.pg)
    }
}

/// Tells whether an error means that its connection is of no further use.
pub(super) fn tells_of_loss(error: &DieselError) -> bool {
    use DatabaseErrorKind::{ClosedConnection, UnableToSendCommand};
    matches!(
        error,
        DieselError::DatabaseError(ClosedConnection | UnableToSendCommand, _)
    )
}

/// Adds what the URL leaves open: time limits, so that a dead server is noticed, and our name.
pub(super) fn with_defaults(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        return text.to_owned();
    };
    let defaults = [
        ("connect_timeout", CONNECT_TIMEOUT_SECONDS),
        ("tcp_user_timeout", "2500"),
        ("keepalives_idle", "30"),
        ("keepalives_interval", "5"),
        ("keepalives_count", "3"),
        ("application_name", "latchkey"),
    ];
    for (name, value) in defaults {
        if !url.query_pairs().any(|(key, _)| key == name) {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    url.into()
}
