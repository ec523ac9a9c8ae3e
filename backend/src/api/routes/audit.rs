//! `/api/v1/audit-events`: who did what, when and from where.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::code::Code;
use crate::api::input::callers::Administrator;
use crate::api::input::extract::QueryParams;
use crate::api::input::pages::{Page, Window};
use crate::api::problem::Problem;
use crate::features::audit::application::{Filter, list};
use crate::features::audit::domain::{Kind, Recorded};
use crate::state::AppState;

/// An event in the history of an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEvent {
    id: i64,
    created_at: DateTime<Utc>,
    kind: Kind,
    /// The affected account; `null` if the address is unknown.
    #[schema(required)]
    user_id: Option<i64>,
    /// Who did it; `null` if not signed in, and on the command line.
    #[schema(required)]
    actor_id: Option<i64>,
    #[schema(required)]
    session_id: Option<Uuid>,
    /// The client's address; `null` on the command line.
    #[schema(required, example = "203.0.113.7")]
    ip: Option<String>,
    user_agent: String,
    /// The id of the request, to find it in the log.
    request_id: String,
}

impl From<Recorded> for AuditEvent {
    fn from(event: Recorded) -> Self {
        Self {
            id: event.id,
            created_at: event.created_at,
            kind: event.kind,
            user_id: event.user_id,
            actor_id: event.actor_id,
            session_id: event.session_id,
            ip: event.ip.map(|network| network.addr().to_string()),
            user_agent: event.user_agent,
            request_id: event.request_id,
        }
    }
}

/// A page of events.
type AuditEventPage = Page<AuditEvent>;

/// Selects the events to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// The number of items; 20 by default.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
    /// Only events of this account.
    user_id: Option<i64>,
    /// Only events of this kind.
    kind: Option<Kind>,
}

/// List audit events
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/audit-events", tag = "audit", operation_id = "listAuditEvents", params(ListQuery),
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::Forbidden, Code::StepUpRequired, Code::ValidationFailed]))),
    responses(
        (status = 200, body = AuditEventPage),
    ),
)]
pub async fn list_audit_events(
    State(app): State<AppState>,
    _: Administrator,
    QueryParams(query): QueryParams<ListQuery>,
) -> Result<Json<AuditEventPage>, Problem> {
    let window = Window::parse(query.limit, query.cursor.as_deref())?;
    let filter = Filter {
        before: window.before,
        user_id: query.user_id,
        kind: query.kind,
    };
    let found = app
        .db
        .read_stale(move |conn| list(conn, filter, window.rows()), |_| true)
        .await?;
    let events = found.into_iter().map(AuditEvent::from).collect();
    Ok(Json(window.page(events, |event: &AuditEvent| event.id)))
}
