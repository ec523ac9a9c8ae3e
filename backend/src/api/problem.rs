//! Errors as clients see them: `application/problem+json` (RFC 9457) with a stable code and what to
//! do next.

use std::any::type_name;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::code::{Action, Code};
use crate::api::layers::request_id::RequestId;
use crate::db::DbError;
use crate::features::factors::domain::Factor;
use crate::security::password::HashError;

/// Error messages by field.
pub type FieldErrors = BTreeMap<Cow<'static, str>, Vec<String>>;

/// An error response. [`render`] adds the body once the request id is known.
#[derive(Clone, Debug)]
pub struct Problem {
    code: Code,
    status: StatusCode,
    detail: Option<String>,
    errors: FieldErrors,
    retry_after: Option<u64>,
    next_step: Option<Box<NextStep>>,
}

/// What a client needs to go on.
#[derive(Clone, Debug, Default)]
pub struct NextStep {
    /// The flow to go on with.
    pub flow: Option<Uuid>,
    /// The factors to go on with.
    pub factors: Vec<Factor>,
    /// How long the flow lives.
    pub expires_in: Option<TimeDelta>,
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self {
            code,
            status: code.status(),
            detail: None,
            errors: FieldErrors::new(),
            next_step: None,
            retry_after: (code.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(1),
        }
    }
}

impl Problem {
    /// Uses another status than the code's.
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Replaces the advice of the code. The text must not contain internals.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds an error message for a field.
    pub fn field(mut self, name: impl Into<Cow<'static, str>>, message: impl Display) -> Self {
        let messages = self.errors.entry(name.into()).or_default();
        messages.push(message.to_string());
        self
    }

    /// Replaces the error messages of all fields.
    pub fn fields(mut self, errors: FieldErrors) -> Self {
        self.errors = errors;
        self
    }

    /// Sets `Retry-After` in whole seconds, rounded up, because an early retry would be refused
    /// again.
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0));
        self
    }

    /// Says how to go on.
    pub fn next_step(mut self, next_step: NextStep) -> Self {
        self.next_step = Some(Box::new(next_step));
        self
    }

    /// A server error. The cause goes only to the log, where the span of the request adds its id.
    pub fn internal<C: Display>(cause: C) -> Self {
        let kind = type_name::<C>();
        tracing::error!(%cause, kind, "request failed");
        Code::Internal.into()
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        let code = match error {
            DbError::Overloaded | DbError::Contended(_) => Code::Overloaded,
            DbError::Unavailable(_) | DbError::Lost(_) => Code::DatabaseUnavailable,
            DbError::Query(cause) => return Self::internal(cause),
        };
        tracing::warn!(cause = %error, "the database failed");
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
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The body of every error.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Always `about:blank`; `code` identifies the problem.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    pub kind: Cow<'static, str>,
    /// The reason phrase of the status.
    pub title: Cow<'static, str>,
    /// The status.
    pub status: u16,
    /// What to do next, for a person.
    pub detail: Cow<'static, str>,
    /// What went wrong, for a program.
    pub code: Code,
    /// What to do next, for a program.
    pub action: Action,
    /// The request id, which is also in the log.
    pub request_id: String,
    /// Error messages by field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<BTreeMap<String, Vec<String>>>)]
    pub errors: Option<FieldErrors>,
    /// The flow to go on with; only of `second_factor_required` and `enrolment_required`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<Uuid>,
    /// The ways to go on; only of `second_factor_required`, `enrolment_required` and `step_up_required`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factors: Option<Vec<Factor>>,
    /// The seconds that the flow lives; only of `second_factor_required` and `enrolment_required`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<i64>,
}

/// Whether a response already describes the error in JSON, as that of `/health/ready` does.
fn is_json(response: &Response) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE);
    content_type.is_some_and(|value| value == "application/json")
}

/// Adds the body to every error response, whether a handler, an extractor or a library made it.
pub fn render(mut response: Response, request_id: &RequestId) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if is_error && !is_json(&response) => Code::of_status(status).into(),
        None => return response,
    };
    let Problem { code, status, .. } = problem;
    let has_next_step = problem.next_step.is_some();
    let next_step = problem.next_step.map(|it| *it).unwrap_or_default();
    let body = ProblemBody {
        kind: "about:blank".into(),
        title: status.canonical_reason().unwrap_or_default().into(),
        status: status.as_u16(),
        detail: problem
            .detail
            .map_or(code.meaning().advice.into(), Cow::from),
        action: code.meaning().action,
        code,
        request_id: request_id.as_str().to_owned(),
        errors: (!problem.errors.is_empty()).then_some(problem.errors),
        flow: next_step.flow,
        factors: has_next_step.then_some(next_step.factors),
        expires_in: next_step.expires_in.map(|left| left.num_seconds()),
    };
    // Keeps the headers, such as Allow and Vary, that the inner layers have set.
    let (mut parts, _) = response.into_parts();
    parts.status = status;
    parts.headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    if let Some(seconds) = problem.retry_after {
        parts.headers.insert(RETRY_AFTER, seconds.into());
    }
    let mut json = Vec::with_capacity(512);
    // Only strings and numbers, so this cannot fail.
    let _ = serde_json::to_writer(&mut json, &body);
    parts.headers.insert(CONTENT_LENGTH, json.len().into());
    Response::from_parts(parts, json.into())
}
