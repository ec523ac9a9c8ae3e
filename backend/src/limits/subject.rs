//! The subjects that requests are counted by.

use std::fmt;
use std::net::IpAddr;

use axum::http::Request;
use tower_governor::GovernorError;
use tower_governor::key_extractor::KeyExtractor;
use uuid::Uuid;

/// Requests of one subject are counted together. No variant is larger than an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A client address, or the network it belongs to.
    Address(IpAddr),
    /// A session. Its id must come from a token with a valid signature, because clients could make
    /// up any number of ids.
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

/// Extracts the subject from the extensions of a request.
#[derive(Clone, Copy, Debug)]
pub struct BySubject;

impl KeyExtractor for BySubject {
    type Key = Subject;

    fn extract<T>(&self, request: &Request<T>) -> Result<Subject, GovernorError> {
        let subject = request.extensions().get::<Subject>();
        subject.copied().ok_or(GovernorError::UnableToExtractKey)
    }
}
