//! What requests are counted by.

use std::fmt;
use std::net::IpAddr;

use axum::http::Request;
use tower_governor::GovernorError;
use tower_governor::key_extractor::KeyExtractor;
use uuid::Uuid;

/// Whose requests are counted together. Nothing in it is longer than an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A client's address, or the network that it stands for.
    Address(IpAddr),
    /// A session, which a token of ours must name: others could make up ids without end.
    Session(Uuid),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(f, "address:{address}"),
            Self::Session(id) => write!(f, "session:{id}"),
        }
    }
}

impl From<Uuid> for Subject {
    fn from(session_id: Uuid) -> Self {
        Self::Session(session_id)
    }
}

/// Takes the subject that was noted on a request.
#[derive(Clone, Copy, Debug)]
pub struct BySubject;

impl KeyExtractor for BySubject {
    type Key = Subject;

    fn extract<T>(&self, request: &Request<T>) -> Result<Subject, GovernorError> {
        let subject = request.extensions().get::<Subject>();
        subject.copied().ok_or(GovernorError::UnableToExtractKey)
    }
}
