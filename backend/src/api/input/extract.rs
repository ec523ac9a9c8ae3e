//! Extractors for bodies, path segments and the query string.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRef, FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::api::code::Code;
use crate::api::input::callers::CurrentUser;
use crate::api::input::json::{Fault, Unreadable, read_object, read_optional_object};
use crate::api::problem::Problem;
use crate::state::AppState;

/// A JSON body. The error names the invalid field.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Sync + Send> FromRequest<S> for JsonBody<T>
where
    AppState: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(&request) {
            return Err(Code::UnsupportedMediaType.into());
        }
        let body = read_body(request, state).await?;
        Ok(Self(read_object(&body)?))
    }
}

/// An optional JSON body: it may be empty or `null`.
pub struct OptionalJsonBody<T>(pub T);

impl<T: DeserializeOwned + Default, S: Sync + Send> FromRequest<S> for OptionalJsonBody<T>
where
    AppState: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_json = is_json(&request);
        let body = read_body(request, state).await?;
        match (body.is_empty(), is_json) {
            (true, _) => Ok(Self(T::default())),
            (false, true) => Ok(Self(read_optional_object(&body)?)),
            (false, false) => Err(Code::UnsupportedMediaType.into()),
        }
    }
}

/// Reads the whole body, then checks again that the caller's session has not ended.
async fn read_body<S: Sync + Send>(request: Request, state: &S) -> Result<Bytes, Problem>
where
    AppState: FromRef<S>,
{
    let caller = request.extensions().get::<CurrentUser>().copied();
    let body = Bytes::from_request(request, state)
        .await
        .map_err(|rejection| refuse(&rejection))?;
    if let Some(caller) = caller {
        caller.require_session(&AppState::from_ref(state))?;
    }
    Ok(body)
}

fn is_json(request: &Request) -> bool {
    let content_type = request.headers().get(CONTENT_TYPE);
    let media_type = content_type
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split(';').next());
    media_type.is_some_and(|text| text.trim().eq_ignore_ascii_case("application/json"))
}

fn refuse(rejection: &BytesRejection) -> Problem {
    match rejection.status() {
        axum::http::StatusCode::PAYLOAD_TOO_LARGE => Code::PayloadTooLarge.into(),
        _ => Problem::from(Code::MalformedRequest).detail("The body is incomplete. Send it again."),
    }
}

impl From<Unreadable> for Problem {
    fn from(unreadable: Unreadable) -> Self {
        let wrong = match unreadable {
            Unreadable::Malformed { line, column } => {
                return Self::from(Code::MalformedRequest).detail(format!(
                    "The body is not well-formed JSON: see line {line}, column {column}."
                ));
            }
            Unreadable::NoObject => {
                return Self::from(Code::ValidationFailed)
                    .detail("The body must be a JSON object.");
            }
            Unreadable::Field(wrong) => wrong,
        };
        let message = match wrong.fault {
            Fault::Unknown => "This field does not exist, or you may not set it.",
            Fault::Missing => "This field is required.",
            Fault::Duplicate => "This field appears twice.",
            Fault::WrongType => "This value is of the wrong type.",
        };
        Self::from(Code::ValidationFailed).field(wrong.name, message)
    }
}

/// A path segment.
pub struct PathParam<T>(pub T);

impl<T: DeserializeOwned + Send, S: Sync + Send> FromRequestParts<S> for PathParam<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(Problem::from(Code::MalformedRequest)
                .detail("The id in the path is invalid. Copy it from a response of the API.")),
        }
    }
}

/// The query string.
pub struct QueryParams<T>(pub T);

impl<T: DeserializeOwned + Send, S: Sync + Send> FromRequestParts<S> for QueryParams<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(_) => Err(Problem::from(Code::ValidationFailed)
                .detail("A query parameter is unknown, repeated or of the wrong type. See /docs.")),
        }
    }
}
