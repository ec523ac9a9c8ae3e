//! Why the database failed.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// Why the database failed.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection, or none of those that one account may have, became free within the timeout of
    /// the request.
    #[error("no database connection became free in time")]
    Overloaded,
    /// A statement or lock took too long, or other transactions kept conflicting.
    #[error("the database was too busy: {0}")]
    Contended(String),
    /// No connection could be opened.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// The connection was lost, or the server is read-only.
    #[error("the connection to the database was lost: {0}")]
    Lost(String),
    /// The statement failed.
    #[error("{0}")]
    Query(DieselError),
}

impl From<DieselError> for DbError {
    fn from(error: DieselError) -> Self {
        if tells_of_loss(&error) {
            return Self::Lost(error.to_string());
        }
        if is_contention(&error) || is_time_out(&error) {
            return Self::Contended(error.to_string());
        }
        Self::Query(error)
    }
}

/// Whether an error means that the connection is unusable. A server that has become a standby
/// counts, because the primary has moved.
pub(super) fn tells_of_loss(error: &DieselError) -> bool {
    use DatabaseErrorKind::{ClosedConnection, ReadOnlyTransaction, UnableToSendCommand};
    matches!(
        error,
        DieselError::DatabaseError(
            ClosedConnection | ReadOnlyTransaction | UnableToSendCommand,
            _
        )
    ) || says(error, &LOSSES)
}

/// Whether other transactions conflicted, so that a retry may succeed.
pub(super) fn is_contention(error: &DieselError) -> bool {
    use DatabaseErrorKind::SerializationFailure;
    matches!(error, DieselError::DatabaseError(SerializationFailure, _))
        || says(error, &["deadlock detected"])
}

/// Whether a statement or a lock took too long.
fn is_time_out(error: &DieselError) -> bool {
    says(error, &TIME_OUTS)
}

/// The messages of the server, or of `PgBouncer`, before it closes the connection.
const LOSSES: [&str; 4] = [
    "terminating connection",
    "server conn crashed",
    "query_wait_timeout",
    "the database system is",
];

const TIME_OUTS: [&str; 2] = ["canceling statement due to", "could not obtain lock"];

/// Whether the server's message begins with one of these texts. Diesel neither names these errors
/// nor exposes their codes. A server with messages in another language gets a warning at startup.
fn says(error: &DieselError, beginnings: &[&str]) -> bool {
    let DieselError::DatabaseError(_, information) = error else {
        return false;
    };
    let message = information.message();
    beginnings.iter().any(|words| message.starts_with(words))
}
