//! The two transports of tokens, which are never mixed.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use crate::api::code::Code;
use crate::api::input::cookies::{self, Name};
use crate::api::layers::cors::X_CLIENT_TYPE;
use crate::api::problem::Problem;
use crate::config;
use crate::features::sessions::domain::ClientType;
use crate::state::App;

/// How the client of this request carries its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// In cookies; requests that change something need a CSRF token.
    Web,
    /// In headers and bodies; cookies are neither read nor set.
    Native,
}

impl Transport {
    /// Determines the transport of a request.
    ///
    /// # Errors
    ///
    /// `ambiguous_credentials` if it has a bearer token and an access cookie of this service, or
    /// two `Authorization` headers: the service does not guess which account is meant.
    pub fn of(headers: &HeaderMap, app: &App) -> Result<Self, Code> {
        if headers
            .get(X_CLIENT_TYPE)
            .is_some_and(|value| value == "native")
        {
            return Ok(Self::Native);
        }
        if headers.get_all(AUTHORIZATION).iter().count() > 1 {
            return Err(Code::AmbiguousCredentials);
        }
        if bearer(headers).is_none() {
            return Ok(Self::Web);
        }
        let mut cookies = cookies::list(headers, Name::Access, app.config.cookies);
        if cookies.any(|token| app.jwt.read_access_even_expired(token).is_ok()) {
            return Err(Code::AmbiguousCredentials);
        }
        Ok(Self::Native)
    }

    /// The client type to store in the session.
    pub fn client_type(self) -> ClientType {
        match self {
            Self::Web => ClientType::Web,
            Self::Native => ClientType::Native,
        }
    }

    /// The access tokens that this transport sent; some cookies may belong to another program.
    pub fn access_tokens(
        self,
        headers: &HeaderMap,
        cookies: config::Cookies,
    ) -> impl Iterator<Item = &str> {
        let cookies = (self == Self::Web).then(|| cookies::list(headers, Name::Access, cookies));
        let bearer = (self == Self::Native).then(|| bearer(headers)).flatten();
        cookies.into_iter().flatten().chain(bearer)
    }
}

/// The token of an `Authorization: Bearer` header (RFC 6750). The scheme is case-insensitive.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl<S: Sync> FromRequestParts<S> for Transport {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let noted = parts.extensions.get::<Self>().copied();
        noted.ok_or_else(|| Problem::internal("the transport layer is missing"))
    }
}
