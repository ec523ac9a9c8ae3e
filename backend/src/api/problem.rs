//! Every error as the client sees it: `application/problem+json` (RFC 9457) with a stable code and
//! what to do next.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::request_id::RequestId;
use crate::db::DbError;
use crate::security::password::HashError;

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
    /// Returns the status, the action and a sentence that says what to do.
    fn facts(self) -> (StatusCode, Action, &'static str) {
        use Action::{Csrf, Fix, Reauth, Refresh, Retry, Wait};
        use StatusCode as S;
        match self {
            Self::InvalidCredentials => (
                S::UNAUTHORIZED,
                Fix,
                "E-mail address or password is wrong. Check both and try again.",
            ),
            Self::AccessTokenMissing => (
                S::UNAUTHORIZED,
                Refresh,
                "Sign in first, then send the access token.",
            ),
            Self::AccessTokenExpired => (
                S::UNAUTHORIZED,
                Refresh,
                "The access token has expired. Refresh it and repeat the request.",
            ),
            Self::AccessTokenInvalid => (
                S::UNAUTHORIZED,
                Reauth,
                "The access token is not valid here. Sign in again.",
            ),
            Self::SessionRevoked => (
                S::UNAUTHORIZED,
                Reauth,
                "This session was ended. Sign in again.",
            ),
            Self::RefreshTokenMissing => (
                S::UNAUTHORIZED,
                Reauth,
                "There is no refresh token in the request. Sign in.",
            ),
            Self::RefreshTokenInvalid => (
                S::UNAUTHORIZED,
                Reauth,
                "The refresh token is not valid here. Sign in again.",
            ),
            Self::RefreshTokenExpired => (
                S::UNAUTHORIZED,
                Reauth,
                "This session has expired. Sign in again.",
            ),
            Self::RefreshTokenReused => (
                S::UNAUTHORIZED,
                Reauth,
                "The refresh token was used before, so this session was ended. Sign in again.",
            ),
            Self::CsrfFailed => (
                S::FORBIDDEN,
                Csrf,
                "Fetch /api/v1/csrf, send its token as X-CSRF-Token, and repeat the request.",
            ),
            Self::OriginRejected => (
                S::FORBIDDEN,
                Fix,
                "This page may not call the API. Add its origin to ALLOWED_ORIGINS.",
            ),
            Self::Forbidden => (
                S::FORBIDDEN,
                Fix,
                "This account may not do that. Ask an administrator.",
            ),
            Self::AmbiguousCredentials => (
                S::BAD_REQUEST,
                Fix,
                "Send either the access cookie or a bearer token, not both.",
            ),
            Self::MalformedRequest => (
                S::BAD_REQUEST,
                Fix,
                "The request cannot be read. Compare it with the reference at /docs.",
            ),
            Self::NotFound => (
                S::NOT_FOUND,
                Fix,
                "There is nothing at this address. See /docs for what there is.",
            ),
            Self::MethodNotAllowed => (
                S::METHOD_NOT_ALLOWED,
                Fix,
                "Use a method that the Allow header names.",
            ),
            Self::EmailTaken => (
                S::CONFLICT,
                Fix,
                "An account with this e-mail address exists. Sign in, or use another address.",
            ),
            Self::LastAdmin => (
                S::CONFLICT,
                Fix,
                "This is the last active administrator. Promote another account first.",
            ),
            Self::PayloadTooLarge => (
                S::PAYLOAD_TOO_LARGE,
                Fix,
                "The body is larger than 64 KiB. Send less.",
            ),
            Self::UnsupportedMediaType => (
                S::UNSUPPORTED_MEDIA_TYPE,
                Fix,
                "Send JSON, with Content-Type: application/json.",
            ),
            Self::ValidationFailed => (
                S::UNPROCESSABLE_ENTITY,
                Fix,
                "Correct the fields named in errors and send the request again.",
            ),
            Self::RateLimited => (
                S::TOO_MANY_REQUESTS,
                Wait,
                "Too many requests. Wait for the seconds in Retry-After.",
            ),
            Self::Overloaded => (
                S::SERVICE_UNAVAILABLE,
                Retry,
                "The service is busy. Repeat the request in a moment.",
            ),
            Self::DatabaseUnavailable => (
                S::SERVICE_UNAVAILABLE,
                Retry,
                "The service cannot reach its database. Repeat the request in a moment.",
            ),
            Self::Timeout => (
                S::SERVICE_UNAVAILABLE,
                Retry,
                "The request took too long. Repeat it.",
            ),
            Self::ShuttingDown => (
                S::SERVICE_UNAVAILABLE,
                Retry,
                "The service is restarting. Repeat the request in a moment.",
            ),
            Self::Internal => (
                S::INTERNAL_SERVER_ERROR,
                Retry,
                "The service failed. Repeat the request; if that does not help, report the request id.",
            ),
        }
    }

    /// Returns the status that comes with the code.
    pub fn status(self) -> StatusCode {
        self.facts().0
    }

    /// Tells whether answers with this code may say when to come back.
    pub fn has_retry_after(self) -> bool {
        matches!(self.facts().1, Action::Retry | Action::Wait) && self != Self::Internal
    }

    /// What a bare status means, for responses that some library made.
    fn of_status(status: StatusCode) -> Self {
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

/// Messages by the field they concern.
pub type FieldErrors = BTreeMap<Cow<'static, str>, Vec<String>>;

/// An error response; [`render`] turns it into a body once the request id is known.
#[derive(Clone, Debug)]
pub struct Problem {
    code: Code,
    detail: Option<String>,
    errors: FieldErrors,
    retry_after: Option<u64>,
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self {
            code,
            detail: None,
            errors: FieldErrors::new(),
            retry_after: None,
        }
    }
}

impl Problem {
    /// Says more than the code does; never anything internal.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds a message about a field.
    pub fn field(mut self, name: impl Into<Cow<'static, str>>, message: impl Display) -> Self {
        let messages = self.errors.entry(name.into()).or_default();
        messages.push(message.to_string());
        self
    }

    /// Replaces the messages about fields.
    pub fn fields(mut self, errors: FieldErrors) -> Self {
        self.errors = errors;
        self
    }

    /// Says when to come back, in whole seconds, rounded up: coming back early is refused again.
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0));
        self
    }

    /// A failure of ours: the cause goes to the log, where the request's span adds its id.
    pub fn internal(cause: impl Display) -> Self {
        tracing::error!(%cause, "request failed");
        Code::Internal.into()
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        let code = match error {
            DbError::Overloaded => Code::Overloaded,
            DbError::Unavailable(_) => Code::DatabaseUnavailable,
            DbError::Query(cause) => return Self::internal(cause),
        };
        tracing::warn!(cause = %error, "no answer from the database");
        Self::from(code).retry_after(Duration::from_secs(1))
    }
}

impl From<HashError> for Problem {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Overloaded => {
                Self::from(Code::Overloaded).retry_after(Duration::from_secs(1))
            }
            HashError::Failed(cause) => Self::internal(cause),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, ..) = self.code.facts();
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The body of every error.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Always `about:blank`: `code` tells problems apart.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    pub kind: Cow<'static, str>,
    /// The status in words.
    pub title: Cow<'static, str>,
    /// The status.
    pub status: u16,
    /// What to do next, for a person.
    pub detail: Cow<'static, str>,
    /// What went wrong, for a program.
    pub code: Code,
    /// What to do next, for a program.
    pub action: Action,
    /// The request's id, also in the log.
    pub request_id: String,
    /// Messages by the field they concern.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<BTreeMap<String, Vec<String>>>)]
    pub errors: Option<FieldErrors>,
}

/// Tells whether a response says in JSON what is the matter, as `/health/ready` does.
fn is_json(response: &Response) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE);
    content_type.is_some_and(|value| value == "application/json")
}

/// Gives every error its body, whoever made it: a handler, an extractor or a library's layer.
pub async fn render(request: Request, next: Next) -> Response {
    let request_id = request.extensions().get::<RequestId>().cloned();
    let mut response = next.run(request).await;
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if is_error && !is_json(&response) => Code::of_status(status).into(),
        None => return response,
    };
    let (status, action, sentence) = problem.code.facts();
    let body = ProblemBody {
        kind: "about:blank".into(),
        title: status.canonical_reason().unwrap_or_default().into(),
        status: status.as_u16(),
        detail: problem.detail.map_or(sentence.into(), Cow::from),
        code: problem.code,
        action,
        request_id: request_id.map(|id| id.to_string()).unwrap_or_default(),
        errors: (!problem.errors.is_empty()).then_some(problem.errors),
    };
    // Headers stay: Allow, Vary and what the layers inside have set.
    let (mut parts, _) = response.into_parts();
    parts.status = status;
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    if let Some(seconds) = problem.retry_after {
        parts.headers.insert(RETRY_AFTER, seconds.into());
    }
    let json = serde_json::to_vec(&body).unwrap_or_default();
    Response::from_parts(parts, json.into())
}
