//! `/api/v1/users/me/events`: what happened to one's own account.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::code::Code;
use crate::api::input::callers::CurrentUser;
use crate::api::input::extract::QueryParams;
use crate::api::input::pages::{Page, Window};
use crate::api::problem::Problem;
use crate::features::audit::application::{Filter, list};
use crate::features::audit::domain::{Actor, Kind, Recorded};
use crate::features::sessions::domain::browser_and_system;
use crate::state::AppState;

/// Something that happened to your account.
#[derive(Debug, Serialize, ToSchema)]
pub struct Activity {
    id: i64,
    created_at: DateTime<Utc>,
    kind: Kind,
    /// Who did it.
    actor: Actor,
    /// The session that it concerns; `null` if an administrator did it.
    #[schema(required)]
    session_id: Option<Uuid>,
    /// The client's address; `null` if an administrator did it, and on the command line.
    #[schema(required, example = "203.0.113.7")]
    ip: Option<String>,
    /// The browser, of those that are known.
    #[schema(required, example = "Firefox")]
    browser: Option<String>,
    /// The system, of those that are known.
    #[schema(required, example = "Linux")]
    system: Option<String>,
}

impl Activity {
    /// Leaves out what is not the owner's: who an administrator is, and where they were.
    fn of(event: Recorded) -> Self {
        let actor = event.actor();
        let is_administrator = actor == Actor::Administrator;
        let event = if is_administrator {
            Recorded {
                session_id: None,
                ip: None,
                user_agent: String::new(),
                ..event
            }
        } else {
            event
        };
        let (browser, system) = browser_and_system(&event.user_agent);
        Self {
            id: event.id,
            created_at: event.created_at,
            kind: event.kind,
            actor,
            session_id: event.session_id,
            ip: event.ip.map(|network| network.addr().to_string()),
            browser,
            system,
        }
    }
}

/// A page of your account's history.
type ActivityPage = Page<Activity>;

/// Selects a page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ActivityQuery {
    /// The number of items; 20 by default.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// List what happened to your account
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/users/me/events", tag = "users", operation_id = "listOwnEvents",
    params(ActivityQuery),
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::ValidationFailed]))),
    responses((status = 200, body = ActivityPage)),
)]
pub async fn list_own_events(
    State(app): State<AppState>,
    user: CurrentUser,
    QueryParams(query): QueryParams<ActivityQuery>,
) -> Result<Json<ActivityPage>, Problem> {
    let window = Window::parse(query.limit, query.cursor.as_deref())?;
    let filter = Filter {
        before: window.before,
        user_id: Some(user.id),
        kind: None,
    };
    let found = app
        .db
        .read_stale(move |conn| list(conn, filter, window.rows()), |_| true)
        .await?;
    let events = found.into_iter().map(Activity::of).collect();
    Ok(Json(window.page(events, |event: &Activity| event.id)))
}
