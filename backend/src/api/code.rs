//! The error codes, and what each means: its status, what the client should do, and a sentence for
//! a person.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the client should do next. It discards its session on `reauth` and on nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Send the same request again, after `Retry-After` seconds if given.
    Retry,
    /// Get a new access token, then send the request again.
    Refresh,
    /// Fetch a CSRF token, then send the request again, once.
    Csrf,
    /// The session has ended: sign in again.
    Reauth,
    /// Too many requests: wait for `Retry-After` seconds.
    Wait,
    /// The sign-in goes on with one of `factors`: send it with `flow` to `finishSignIn`, or for
    /// `enrolment_required` set one up from `proveOwner` or `beginEnrolment` on.
    SecondFactor,
    /// Prove again who you are with one of `factors`, then send the request again.
    StepUp,
    /// The request itself is wrong.
    Fix,
}

/// What went wrong, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// No active account has this address and password.
    InvalidCredentials,
    /// The password was right; the account also has a second factor.
    SecondFactorRequired,
    /// The password was right; the account needs a second factor, which is to be set up now.
    EnrolmentRequired,
    /// The second factor is wrong, or was used before.
    SecondFactorInvalid,
    /// The sign-in took too long or failed too often.
    FlowExpired,
    /// The passkey is refused.
    PasskeyInvalid,
    /// No account has this passkey; the device may forget it.
    PasskeyUnknown,
    /// The passkey is registered already.
    PasskeyTaken,
    /// The account has no passkey.
    PasskeyMissing,
    /// Whoever asks must prove again who they are.
    StepUpRequired,
    /// The request needs an access token.
    AccessTokenMissing,
    /// The access token has expired.
    AccessTokenExpired,
    /// The access token is not one of this service.
    AccessTokenInvalid,
    /// The session has ended.
    SessionRevoked,
    /// The request needs a refresh token.
    RefreshTokenMissing,
    /// The refresh token is not one of this service.
    RefreshTokenInvalid,
    /// The refresh token has expired.
    RefreshTokenExpired,
    /// The refresh token was used before; its session has ended.
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
    /// There is no such resource.
    NotFound,
    /// The resource does not support this method.
    MethodNotAllowed,
    /// Another account has this address.
    EmailTaken,
    /// No active administrator would remain.
    LastAdmin,
    /// The account would be left without a safe way to sign in.
    LastMethod,
    /// The second factor is on, off or required, so that this cannot be done.
    SecondFactorConflict,
    /// A code or link is wrong, used or replaced.
    ProofInvalid,
    /// A code or link is too old, or was tried too often.
    ProofExpired,
    /// The body is too large.
    PayloadTooLarge,
    /// The body is not JSON.
    UnsupportedMediaType,
    /// Fields of the request are invalid; `errors` lists them.
    ValidationFailed,
    /// Too many requests.
    RateLimited,
    /// The service is overloaded.
    Overloaded,
    /// The database cannot be reached.
    DatabaseUnavailable,
    /// The request took too long.
    Timeout,
    /// The service is shutting down.
    ShuttingDown,
    /// A server error; its cause is in the log.
    Internal,
}

/// The meaning of a code.
#[derive(Clone, Copy, Debug)]
pub struct Meaning {
    /// The status of the response.
    pub status: StatusCode,
    /// What the client should do next.
    pub action: Action,
    /// A sentence that tells a person what to do.
    pub advice: &'static str,
}

const fn means(status: StatusCode, action: Action, advice: &'static str) -> Meaning {
    Meaning {
        status,
        action,
        advice,
    }
}

impl Code {
    /// The meaning of the code. This is the table of all codes.
    #[rustfmt::skip]
    pub const fn meaning(self) -> Meaning {
        match self {
            Self::InvalidCredentials => means(StatusCode::UNAUTHORIZED, Action::Fix, "Email address or password is wrong. Check both and try again."),
            Self::SecondFactorRequired => means(StatusCode::UNAUTHORIZED, Action::SecondFactor, "Go on with one of the factors named in factors."),
            Self::EnrolmentRequired => means(StatusCode::UNAUTHORIZED, Action::SecondFactor, "Set up a second factor to sign in: give the code named in factors, if any, then begin."),
            Self::SecondFactorInvalid => means(StatusCode::UNPROCESSABLE_ENTITY, Action::Fix, "The code is wrong, or was used already. Wait for the next one, or use another way."),
            Self::FlowExpired => means(StatusCode::UNPROCESSABLE_ENTITY, Action::Fix, "This sign-in took too long, or failed too often. Begin again."),
            Self::PasskeyInvalid => means(StatusCode::UNAUTHORIZED, Action::Fix, "The passkey was not accepted. Try again, or use another way."),
            Self::PasskeyUnknown => means(StatusCode::UNAUTHORIZED, Action::Fix, "No account has this passkey any more. Use another way, and remove it from your device."),
            Self::PasskeyTaken => means(StatusCode::CONFLICT, Action::Fix, "This passkey is registered already."),
            Self::PasskeyMissing => means(StatusCode::CONFLICT, Action::Fix, "This account has no passkey. Use another way."),
            Self::StepUpRequired => means(StatusCode::FORBIDDEN, Action::StepUp, "Prove again that it is you, by one of factors, then repeat the request."),
            Self::AccessTokenMissing => means(StatusCode::UNAUTHORIZED, Action::Refresh, "Sign in first, then send the access token."),
            Self::AccessTokenExpired => means(StatusCode::UNAUTHORIZED, Action::Refresh, "The access token has expired. Refresh it and repeat the request."),
            Self::AccessTokenInvalid => means(StatusCode::UNAUTHORIZED, Action::Reauth, "The access token is not valid here. Sign in again."),
            Self::SessionRevoked => means(StatusCode::UNAUTHORIZED, Action::Reauth, "This session was ended. Sign in again."),
            Self::RefreshTokenMissing => means(StatusCode::UNAUTHORIZED, Action::Reauth, "There is no refresh token in the request. Sign in."),
            Self::RefreshTokenInvalid => means(StatusCode::UNAUTHORIZED, Action::Reauth, "The refresh token is not valid here. Sign in again."),
            Self::RefreshTokenExpired => means(StatusCode::UNAUTHORIZED, Action::Reauth, "This session has expired. Sign in again."),
            Self::RefreshTokenReused => means(StatusCode::UNAUTHORIZED, Action::Reauth, "The refresh token was used before, so this session was ended. Sign in again."),
            Self::CsrfFailed => means(StatusCode::FORBIDDEN, Action::Csrf, "Fetch /api/v1/csrf, send its token as X-CSRF-Token, and repeat the request."),
            Self::OriginRejected => means(StatusCode::FORBIDDEN, Action::Fix, "This page may not call the API. Add its origin to ALLOWED_ORIGINS."),
            Self::Forbidden => means(StatusCode::FORBIDDEN, Action::Fix, "This account may not do that. Ask an administrator."),
            Self::AmbiguousCredentials => means(StatusCode::BAD_REQUEST, Action::Fix, "Send either the access cookie or a bearer token, not both."),
            Self::MalformedRequest => means(StatusCode::BAD_REQUEST, Action::Fix, "The request cannot be read. Compare it with the reference at /docs."),
            Self::NotFound => means(StatusCode::NOT_FOUND, Action::Fix, "There is nothing at this address. See /docs for what there is."),
            Self::MethodNotAllowed => means(StatusCode::METHOD_NOT_ALLOWED, Action::Fix, "Use a method that the Allow header names."),
            Self::EmailTaken => means(StatusCode::CONFLICT, Action::Fix, "An account with this email address exists. Sign in, or use another address."),
            Self::LastAdmin => means(StatusCode::CONFLICT, Action::Fix, "This is the last active administrator. Promote another account first."),
            Self::LastMethod => means(StatusCode::CONFLICT, Action::Fix, "Without a password, an account keeps two passkeys, or one and recovery codes. Add one first."),
            Self::SecondFactorConflict => means(StatusCode::CONFLICT, Action::Fix, "The state of the second factor does not allow this. Look at the factors again."),
            Self::ProofInvalid => means(StatusCode::UNPROCESSABLE_ENTITY, Action::Fix, "The code or link is wrong, or was used already. Check the newest mail."),
            Self::ProofExpired => means(StatusCode::UNPROCESSABLE_ENTITY, Action::Fix, "The code or link is too old, or was tried too often. Ask for a new one."),
            Self::PayloadTooLarge => means(StatusCode::PAYLOAD_TOO_LARGE, Action::Fix, "The body is larger than 64 KiB. Send less."),
            Self::UnsupportedMediaType => means(StatusCode::UNSUPPORTED_MEDIA_TYPE, Action::Fix, "Send JSON, with Content-Type: application/json."),
            Self::ValidationFailed => means(StatusCode::UNPROCESSABLE_ENTITY, Action::Fix, "Correct the fields named in errors and send the request again."),
            Self::RateLimited => means(StatusCode::TOO_MANY_REQUESTS, Action::Wait, "Too many requests. Wait for the seconds in Retry-After."),
            Self::Overloaded => means(StatusCode::SERVICE_UNAVAILABLE, Action::Retry, "The service is busy. Repeat the request in a moment."),
            Self::DatabaseUnavailable => means(StatusCode::SERVICE_UNAVAILABLE, Action::Retry, "The service cannot reach its database. Repeat the request in a moment."),
            Self::Timeout => means(StatusCode::SERVICE_UNAVAILABLE, Action::Retry, "The request took too long. Repeat it."),
            Self::ShuttingDown => means(StatusCode::SERVICE_UNAVAILABLE, Action::Retry, "The service is restarting. Repeat the request in a moment."),
            Self::Internal => means(StatusCode::INTERNAL_SERVER_ERROR, Action::Retry, "The service failed. Repeat the request; if that does not help, report the request id."),
        }
    }

    /// The status of the code.
    pub const fn status(self) -> StatusCode {
        self.meaning().status
    }

    /// Whether responses with this code may have `Retry-After`.
    pub fn has_retry_after(self) -> bool {
        matches!(self.meaning().action, Action::Retry | Action::Wait) && self != Self::Internal
    }

    /// The code for a bare status, for responses made by a library.
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
