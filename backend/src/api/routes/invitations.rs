//! `/api/v1/users/{id}/invitation`: accounts that wait for their owner.

use axum::extract::State;
use axum::http::StatusCode;

use crate::api::code::Code;
use crate::api::input::callers::Administrator;
use crate::api::input::extract::PathParam;
use crate::api::input::source::RequestSource;
use crate::api::problem::Problem;
use crate::api::routes::recovery::require_mail;
use crate::features::recovery::application::{InviteError, invite_again, withdraw};
use crate::state::AppState;

/// Send an invitation again
///
/// The link in the last mail is of no use any more.
#[utoipa::path(
    post, path = "/api/v1/users/{id}/invitation", tag = "users", operation_id = "resendInvitation",
    params(("id" = i64, Path)),
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::Forbidden, Code::StepUpRequired, Code::NotFound]))),
    responses((status = 204, description = "Sent")),
)]
pub async fn resend_invitation(
    State(app): State<AppState>,
    Administrator(admin): Administrator,
    PathParam(id): PathParam<i64>,
    source: RequestSource,
) -> Result<StatusCode, Problem> {
    require_mail(&app)?;
    invite_again(&app, id, admin.asker(), source.by(admin)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take an invitation back
///
/// Deletes the account, which nobody has used. Its address is free again.
#[utoipa::path(
    delete, path = "/api/v1/users/{id}/invitation", tag = "users", operation_id = "withdrawInvitation",
    params(("id" = i64, Path)),
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::Forbidden, Code::StepUpRequired, Code::NotFound]))),
    responses((status = 204, description = "Taken back")),
)]
pub async fn withdraw_invitation(
    State(app): State<AppState>,
    Administrator(admin): Administrator,
    PathParam(id): PathParam<i64>,
    source: RequestSource,
) -> Result<StatusCode, Problem> {
    withdraw(&app, id, admin.asker(), source.by(admin)).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<InviteError> for Problem {
    fn from(error: InviteError) -> Self {
        match error {
            InviteError::NotFound => {
                Self::from(Code::NotFound).detail("Nobody is invited with this id. Check the id.")
            }
            InviteError::Author(error) => error.into(),
            InviteError::Register(error) => error.into(),
            InviteError::Database(error) => error.into(),
        }
    }
}
