//! Sessions: your own under `/api/v1/auth/sessions`, those of any user under `/api/v1/users/{id}`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::code::Code;
use crate::api::input::callers::{Administrator, CurrentUser};
use crate::api::input::extract::PathParam;
use crate::api::input::source::RequestSource;
use crate::api::problem::Problem;
use crate::features::sessions::application::{EndError, Which, end_on_word_of, list};
use crate::features::sessions::domain::{ClientType, EndReason, Session};
use crate::features::users::application as users;
use crate::state::AppState;

/// A session of a signed-in device.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionBody {
    id: Uuid,
    client_type: ClientType,
    /// What the user recognises it by.
    #[schema(example = "Firefox on Linux")]
    device_name: String,
    user_agent: String,
    /// The address it signed in from.
    #[schema(example = "203.0.113.7")]
    ip: String,
    created_at: DateTime<Utc>,
    /// Accurate to a minute.
    last_seen_at: DateTime<Utc>,
    /// When it expires if it is not refreshed.
    expires_at: DateTime<Utc>,
    /// Whether it is the session of this request.
    is_current: bool,
}

/// An account's sessions, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sessions {
    items: Vec<SessionBody>,
}

impl Sessions {
    fn new(sessions: Vec<Session>, current: Uuid) -> Self {
        let items = sessions.into_iter().map(|session| SessionBody {
            is_current: session.id == current,
            id: session.id,
            client_type: session.client_type,
            device_name: session.device_name,
            user_agent: session.user_agent,
            ip: session.ip.addr().to_string(),
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.expires_at,
        });
        Self {
            items: items.collect(),
        }
    }
}

/// List your own sessions
#[utoipa::path(
    get, path = "/api/v1/auth/sessions", tag = "sessions", operation_id = "listOwnSessions",
    security(("bearer_token" = []), ("access_cookie" = [])),
    responses((status = 200, body = Sessions)),
)]
pub async fn list_own_sessions(
    State(app): State<AppState>,
    user: CurrentUser,
) -> Result<Json<Sessions>, Problem> {
    let moved = app.clock.moved();
    let found = app.db.read(move |conn| list(conn, user.id, moved)).await?;
    Ok(Json(Sessions::new(found, user.session_id)))
}

/// End all your other sessions
#[utoipa::path(
    delete, path = "/api/v1/auth/sessions", tag = "sessions", operation_id = "endOtherSessions",
    security(("bearer_token" = []), ("access_cookie" = [])),
    responses((status = 204, description = "Ended")),
)]
pub async fn end_other_sessions(
    State(app): State<AppState>,
    user: CurrentUser,
    source: RequestSource,
) -> Result<StatusCode, Problem> {
    let which = Which::Others {
        user_id: user.id,
        current: user.session_id,
    };
    let cause = source.by(user);
    end_on_word_of(&app, user.asker(), which, EndReason::EndedElsewhere, cause).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End one of your own sessions
///
/// Its device is signed out within a second.
#[utoipa::path(
    delete, path = "/api/v1/auth/sessions/{id}", tag = "sessions", operation_id = "endOwnSession",
    params(("id" = Uuid, Path)),
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::NotFound]))),
    responses(
        (status = 204, description = "Ended"),
    ),
)]
pub async fn end_own_session(
    State(app): State<AppState>,
    user: CurrentUser,
    PathParam(id): PathParam<Uuid>,
    source: RequestSource,
) -> Result<StatusCode, Problem> {
    let which = Which::One {
        id,
        user_id: user.id,
        current: Some(user.session_id),
    };
    let cause = source.by(user);
    match end_on_word_of(&app, user.asker(), which, EndReason::EndedElsewhere, cause).await? {
        0 => Err(Problem::from(Code::NotFound)
            .detail("You have no such session. List your sessions to see them.")),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

/// List an account's sessions
#[utoipa::path(
    get, path = "/api/v1/users/{id}/sessions", tag = "sessions", operation_id = "listUserSessions",
    params(("id" = i64, Path)),
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::Forbidden, Code::StepUpRequired, Code::NotFound]))),
    responses(
        (status = 200, body = Sessions),
    ),
)]
pub async fn list_user_sessions(
    State(app): State<AppState>,
    Administrator(admin): Administrator,
    PathParam(id): PathParam<i64>,
) -> Result<Json<Sessions>, Problem> {
    require_user(&app, id).await?;
    let moved = app.clock.moved();
    let found = app.db.read(move |conn| list(conn, id, moved)).await?;
    Ok(Json(Sessions::new(found, admin.session_id)))
}

/// End all sessions of an account
#[utoipa::path(
    delete, path = "/api/v1/users/{id}/sessions", tag = "sessions", operation_id = "endUserSessions",
    params(("id" = i64, Path)),
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::Forbidden, Code::StepUpRequired, Code::NotFound]))),
    responses(
        (status = 204, description = "Ended"),
    ),
)]
pub async fn end_user_sessions(
    State(app): State<AppState>,
    Administrator(admin): Administrator,
    PathParam(id): PathParam<i64>,
    source: RequestSource,
) -> Result<StatusCode, Problem> {
    require_user(&app, id).await?;
    users::require_step_up(&app, admin.asker()).await?;
    let which = Which::All { user_id: id };
    let (reason, cause) = (EndReason::EndedByAdministrator, source.by(admin));
    end_on_word_of(&app, admin.asker(), which, reason, cause).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn require_user(app: &AppState, id: i64) -> Result<(), Problem> {
    let found = app.db.read(move |conn| users::find(conn, id)).await?;
    found.map(drop).ok_or_else(super::users::no_such_user)
}

impl From<EndError> for Problem {
    fn from(error: EndError) -> Self {
        match error {
            EndError::AskerEnded => Code::SessionRevoked.into(),
            EndError::Database(error) => error.into(),
        }
    }
}
