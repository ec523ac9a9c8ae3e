//! What handlers ask of a request. A handler's signature says who may call it.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRef, FromRequest, FromRequestParts, Request};
use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use axum::http::request::Parts;
use ipnet::IpNet;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::api::client_ip::ClientIp;
use crate::api::code::Code;
use crate::api::problem::Problem;
use crate::api::request_id::RequestId;
use crate::api::transport::Transport;
use crate::features::audit::domain::Cause;
use crate::features::users::domain::Role;
use crate::security::jwt::TokenError;
use crate::security::sightings::Sighting;
use crate::state::AppState;
use crate::telemetry;

/// A JSON body. Every field that is wrong is named in the answer.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Sync + Send> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(&request) {
            return Err(Code::UnsupportedMediaType.into());
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| refuse(&rejection))?;
        parse(&body).map(Self)
    }
}

/// A JSON body, or none at all: an empty one, or `null`.
pub struct OptionalJson<T>(pub T);

impl<T: DeserializeOwned + Default, S: Sync + Send> FromRequest<S> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_json = is_json(&request);
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| refuse(&rejection))?;
        match (body.is_empty(), is_json) {
            (true, _) => Ok(Self(T::default())),
            (false, true) => parse::<Option<T>>(&body).map(|value| Self(value.unwrap_or_default())),
            (false, false) => Err(Code::UnsupportedMediaType.into()),
        }
    }
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
        _ => Problem::from(Code::MalformedRequest).detail("The body broke off. Send it again."),
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        explain(error.inner(), &path)
    })?;
    json.end().map_err(|error| explain(&error, "."))?;
    Ok(value)
}

/// Serde's message names types and places, never the value of a field it does not know.
fn explain(error: &serde_json::Error, path: &str) -> Problem {
    if !error.is_data() {
        let (line, column) = (error.line(), error.column());
        return Problem::from(Code::MalformedRequest).detail(format!(
            "The body is not well-formed JSON: see line {line}, column {column}."
        ));
    }
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let quoted = message.split('`').nth(1);
    match (message, quoted) {
        (text, Some(name)) if text.starts_with("unknown field") => {
            let name = name.chars().take(64).collect::<String>();
            Problem::from(Code::ValidationFailed).field(
                Cow::Owned(name),
                "There is no such field, or you may not set it.",
            )
        }
        (text, Some(name)) if text.starts_with("missing field") => {
            Problem::from(Code::ValidationFailed)
                .field(Cow::Owned(name.to_owned()), "This field is required.")
        }
        (text, Some(name)) if text.starts_with("duplicate field") => {
            Problem::from(Code::ValidationFailed)
                .field(Cow::Owned(name.to_owned()), "This field stands here twice.")
        }
        _ if path == "." => {
            Problem::from(Code::ValidationFailed).detail("The body must be a JSON object.")
        }
        _ => Problem::from(Code::ValidationFailed).field(
            Cow::Owned(path.to_owned()),
            "This value is of the wrong type.",
        ),
    }
}

/// A segment of the path.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Sync + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(Problem::from(Code::MalformedRequest)
                .detail("The id in the path is not of the form that ids here have.")),
        }
    }
}

/// The query string.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Send, S: Sync + Send> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(_) => Err(Problem::from(Code::ValidationFailed)
                .detail("A query parameter is unknown, repeated or of the wrong type. See /docs.")),
        }
    }
}

/// Anyone who is signed in.
#[derive(Clone, Copy, Debug)]
pub struct CurrentUser {
    /// The account.
    pub id: i64,
    /// The session that the access token belongs to.
    pub session_id: Uuid,
    /// The role that stands in the access token; a change of role ends the session.
    pub role: Role,
}

impl CurrentUser {
    /// Tells whether the account may look after others.
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }
}

impl<S: Sync> FromRequestParts<S> for CurrentUser
where
    AppState: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let app = AppState::from_ref(state);
        let transport = Transport::from_request_parts(parts, state).await?;
        let token = transport
            .access_token(&parts.headers, app.config.cookies)
            .ok_or(Code::AccessTokenMissing)?;
        let user = authenticate(&app, token)?;
        telemetry::note_user(user.id);
        Ok(user)
    }
}

/// Checks an access token, without a database read.
fn authenticate(app: &AppState, token: &str) -> Result<CurrentUser, Code> {
    let now = app.clock.now();
    let claims = app
        .jwt
        .read_access(token, now)
        .map_err(|error| match error {
            TokenError::Expired => Code::AccessTokenExpired,
            TokenError::Invalid => Code::AccessTokenInvalid,
        })?;
    if app.revocations.contains(claims.sid) {
        return Err(Code::SessionRevoked);
    }
    app.sightings.note(Sighting {
        session_id: claims.sid,
        generation: claims.generation,
        at: now,
    });
    let id = claims.sub.parse().map_err(|_| Code::AccessTokenInvalid)?;
    let role = claims.role.parse().map_err(|_| Code::AccessTokenInvalid)?;
    Ok(CurrentUser {
        id,
        session_id: claims.sid,
        role,
    })
}

/// Anyone who is signed in as an administrator.
#[derive(Clone, Copy, Debug)]
pub struct Administrator(pub CurrentUser);

impl<S: Sync> FromRequestParts<S> for Administrator
where
    AppState: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let user = CurrentUser::from_request_parts(parts, state).await?;
        if user.is_admin() {
            Ok(Self(user))
        } else {
            Err(Code::Forbidden.into())
        }
    }
}

/// Anyone while `SIGNUP_ENABLED` is true, else an administrator.
#[derive(Clone, Copy, Debug)]
pub struct Registrar(Option<CurrentUser>);

impl Registrar {
    /// Says who acts.
    pub fn cause(self, origin: Origin) -> Cause {
        origin.cause(self.0.map(|user| user.id))
    }
}

impl<S: Sync> FromRequestParts<S> for Registrar
where
    AppState: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if AppState::from_ref(state).config.is_signup_enabled {
            return Ok(Self(None));
        }
        let Administrator(user) = Administrator::from_request_parts(parts, state).await?;
        Ok(Self(Some(user)))
    }
}

/// Where a request comes from, for the audit trail and for sessions.
#[derive(Clone, Debug)]
pub struct Origin {
    ip: ClientIp,
    /// What the client calls itself, at most 512 characters.
    pub user_agent: String,
    request_id: RequestId,
}

impl Origin {
    /// Returns the client's address.
    pub fn ip(&self) -> IpNet {
        IpNet::from(self.ip.0)
    }

    /// Returns the address as rate limits see it.
    pub fn client_ip(&self) -> ClientIp {
        self.ip
    }

    /// Says that nobody who is known acts.
    pub fn anonymous(self) -> Cause {
        self.cause(None)
    }

    /// Says that a user acts.
    pub fn by(self, user: CurrentUser) -> Cause {
        self.cause(Some(user.id))
    }

    fn cause(self, actor_id: Option<i64>) -> Cause {
        Cause {
            actor_id,
            ip: Some(self.ip()),
            user_agent: self.user_agent,
            request_id: self.request_id.to_string(),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Origin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let missing = || Problem::internal("the layers around the routes are missing");
        let user_agent = parts.headers.get(USER_AGENT);
        Ok(Self {
            ip: *parts.extensions.get().ok_or_else(missing)?,
            request_id: parts.extensions.get().cloned().ok_or_else(missing)?,
            user_agent: user_agent
                .map(|value| String::from_utf8_lossy(value.as_bytes()))
                .unwrap_or_default()
                .chars()
                .filter(|character| !character.is_control())
                .take(512)
                .collect(),
        })
    }
}
