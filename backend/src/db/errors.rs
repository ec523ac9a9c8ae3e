//! Why the database gave no answer.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// Why the database gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// All connections, or all that one account may have, were in use for as long as a request may
    /// wait.
    #[error("no database connection became free in time")]
    Overloaded,
    /// A statement or a lock took too long, or other transactions kept getting into its way.
    #[error("the database was too busy: {0}")]
    Contended(String),
    /// No connection could be opened.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// The connection in use was lost, or led to a server that takes no changes.
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

/// Whether an error means that its connection is of no further use. One to a server that has become
/// a standby is not: the primary has moved.
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

/// Whether other transactions got into the way, so that the same work may succeed now.
pub(super) fn is_contention(error: &DieselError) -> bool {
    use DatabaseErrorKind::SerializationFailure;
    matches!(error, DieselError::DatabaseError(SerializationFailure, _))
        || says(error, &["deadlock detected"])
}

/// Whether a statement or a lock took too long.
fn is_time_out(error: &DieselError) -> bool {
    says(error, &TIME_OUTS)
}

/// What the server, or `PgBouncer` for it, says before it closes the connection.
const LOSSES: [&str; 4] = [
    "terminating connection",
    "server conn crashed",
    "query_wait_timeout",
    "the database system is",
];

const TIME_OUTS: [&str; 2] = ["canceling statement due to", "could not obtain lock"];

/// Whether the server's message begins in one of these ways. Diesel has no name for these errors and
/// does not hand on their code; a server that speaks another language is warned of at the start.
fn says(error: &DieselError, beginnings: &[&str]) -> bool {
    let DieselError::DatabaseError(_, information) = error else {
        return false;
    };
    let message = information.message();
    beginnings.iter().any(|words| message.starts_with(words))
}
