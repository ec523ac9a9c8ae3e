//! The codes that errors carry, and what each means: its status, what the client should do, and a
//! sentence for a person.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the client should do next. It ends its session on `reauth` and on nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Send the same request again, after `Retry-After` if given.
    Retry,
    /// Get a new access token, then send the request again.
    Refresh,
    /// Fetch a CSRF token, then send the request again, once.
    Csrf,
    /// The session is over: sign in again.
    Reauth,
    /// Too many requests: wait for `Retry-After` seconds.
    Wait,
    /// The request itself is wrong.
    Fix,
}

/// What went wrong, as programs tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Address and password do not belong to an active account.
    InvalidCredentials,
    /// The request needs an access token.
    AccessTokenMissing,
    /// The access token's time is over.
    AccessTokenExpired,
    /// The access token is not one of ours.
    AccessTokenInvalid,
    /// The session was ended.
    SessionRevoked,
    /// The request needs a refresh token.
    RefreshTokenMissing,
    /// The refresh token is not one of ours.
    RefreshTokenInvalid,
    /// The refresh token's time is over.
    RefreshTokenExpired,
    /// The refresh token was used before; its session was ended.
    RefreshTokenReused,
    /// The CSRF token is missing or does not match its cookie.
    CsrfFailed,
    /// The request comes from a page that may not call this API.
    OriginRejected,
    /// The account may not do this.
    Forbidden,
    /// The request carries two access tokens.
    AmbiguousCredentials,
    /// The request cannot be read.
    MalformedRequest,
    /// There is nothing here.
    NotFound,
    /// There is something here, but not for this method.
    MethodNotAllowed,
    /// Another account has this address.
    EmailTaken,
    /// Nobody could administer the accounts any more.
    LastAdmin,
    /// The body is too large.
    PayloadTooLarge,
    /// The body is not JSON.
    UnsupportedMediaType,
    /// Fields of the request are wrong; `errors` says which.
    ValidationFailed,
    /// Too many requests.
    RateLimited,
    /// The service is at its limit.
    Overloaded,
    /// The database cannot be reached.
    DatabaseUnavailable,
    /// The request took too long.
    Timeout,
    /// The service is about to stop.
    ShuttingDown,
    /// The service failed; the cause is in its log.
    Internal,
}

impl Code {
    /// Returns the status that comes with the code.
    pub fn status(self) -> StatusCode {
        match self {
            Self::InvalidCredentials
            | Self::AccessTokenMissing
            | Self::AccessTokenExpired
            | Self::AccessTokenInvalid
            | Self::SessionRevoked
            | Self::RefreshTokenMissing
            | Self::RefreshTokenInvalid
            | Self::RefreshTokenExpired
            | Self::RefreshTokenReused => StatusCode::UNAUTHORIZED,
            Self::CsrfFailed | Self::OriginRejected | Self::Forbidden => StatusCode::FORBIDDEN,
            Self::AmbiguousCredentials | Self::MalformedRequest => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::EmailTaken | Self::LastAdmin => StatusCode::CONFLICT,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::ValidationFailed => StatusCode::UNPROCESSABLE_ENTITY,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::Overloaded | Self::DatabaseUnavailable | Self::Timeout | Self::ShuttingDown => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Returns what the client should do next.
    pub fn action(self) -> Action {
        match self {
            Self::InvalidCredentials
            | Self::OriginRejected
            | Self::Forbidden
            | Self::AmbiguousCredentials
            | Self::MalformedRequest
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::EmailTaken
            | Self::LastAdmin
            | Self::PayloadTooLarge
            | Self::UnsupportedMediaType
            | Self::ValidationFailed => Action::Fix,
            Self::AccessTokenMissing | Self::AccessTokenExpired => Action::Refresh,
            Self::AccessTokenInvalid
            | Self::SessionRevoked
            | Self::RefreshTokenMissing
            | Self::RefreshTokenInvalid
            | Self::RefreshTokenExpired
            | Self::RefreshTokenReused => Action::Reauth,
            Self::CsrfFailed => Action::Csrf,
            Self::RateLimited => Action::Wait,
            Self::Overloaded
            | Self::DatabaseUnavailable
            | Self::Timeout
            | Self::ShuttingDown
            | Self::Internal => Action::Retry,
        }
    }

    /// Returns a sentence that says what to do.
    pub fn advice(self) -> &'static str {
        match self {
            Self::InvalidCredentials => {
                "E-mail address or password is wrong. Check both and try again."
            }
            Self::AccessTokenMissing => "Sign in first, then send the access token.",
            Self::AccessTokenExpired => {
                "The access token has expired. Refresh it and repeat the request."
            }
            Self::AccessTokenInvalid => "The access token is not valid here. Sign in again.",
            Self::SessionRevoked => "This session was ended. Sign in again.",
            Self::RefreshTokenMissing => "There is no refresh token in the request. Sign in.",
            Self::RefreshTokenInvalid => "The refresh token is not valid here. Sign in again.",
            Self::RefreshTokenExpired => "This session has expired. Sign in again.",
            Self::RefreshTokenReused => {
                "The refresh token was used before, so this session was ended. Sign in again."
            }
            Self::CsrfFailed => {
                "Fetch /api/v1/csrf, send its token as X-CSRF-Token, and repeat the request."
            }
            Self::OriginRejected => {
                "This page may not call the API. Add its origin to ALLOWED_ORIGINS."
            }
            Self::Forbidden => "This account may not do that. Ask an administrator.",
            Self::AmbiguousCredentials => {
                "Send either the access cookie or a bearer token, not both."
            }
            Self::MalformedRequest => {
                "The request cannot be read. Compare it with the reference at /docs."
            }
            Self::NotFound => "There is nothing at this address. See /docs for what there is.",
            Self::MethodNotAllowed => "Use a method that the Allow header names.",
            Self::EmailTaken => {
                "An account with this e-mail address exists. Sign in, or use another address."
            }
            Self::LastAdmin => {
                "This is the last active administrator. Promote another account first."
            }
            Self::PayloadTooLarge => "The body is larger than 64 KiB. Send less.",
            Self::UnsupportedMediaType => "Send JSON, with Content-Type: application/json.",
            Self::ValidationFailed => {
                "Correct the fields named in errors and send the request again."
            }
            Self::RateLimited => "Too many requests. Wait for the seconds in Retry-After.",
            Self::Overloaded => "The service is busy. Repeat the request in a moment.",
            Self::DatabaseUnavailable => {
                "The service cannot reach its database. Repeat the request in a moment."
            }
            Self::Timeout => "The request took too long. Repeat it.",
            Self::ShuttingDown => "The service is restarting. Repeat the request in a moment.",
            Self::Internal => {
                "The service failed. Repeat the request; if that does not help, report the request id."
            }
        }
    }

    /// Tells whether answers with this code may say when to come back.
    pub fn has_retry_after(self) -> bool {
        matches!(self.action(), Action::Retry | Action::Wait) && self != Self::Internal
    }

    /// What a bare status means, for responses that some library made.
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::AccessTokenMissing,
            StatusCode::FORBIDDEN => Self::Forbidden,
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => Self::PayloadTooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedMediaType,
            StatusCode::UNPROCESSABLE_ENTITY => Self::ValidationFailed,
            StatusCode::TOO_MANY_REQUESTS => Self::RateLimited,
            StatusCode::SERVICE_UNAVAILABLE => Self::Overloaded,
            StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => Self::Timeout,
            status if status.is_client_error() => Self::MalformedRequest,
            _ => Self::Internal,
        }
    }
}
