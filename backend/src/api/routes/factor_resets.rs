//! `/api/v1/users/{id}/factors`: removing the factors of somebody who has lost them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::api::code::Code;
use crate::api::input::callers::{Administrator, CurrentUser};
use crate::api::input::extract::PathParam;
use crate::api::input::source::RequestSource;
use crate::api::problem::Problem;
use crate::api::routes::users::{author, see};
use crate::features::devices::domain::Mark;
use crate::features::enrolment::application::{cancel_reset, start_reset};
use crate::features::users::domain::User;
use crate::state::AppState;

/// Begin to remove an account's factors
///
/// They go after 24 hours, in which the owner, who is told by mail, can cancel that. Then all sessions end.
/// Your own are removed on the command line only.
#[utoipa::path(
    delete, path = "/api/v1/users/{id}/factors", tag = "factors", operation_id = "startFactorReset",
    params(("id" = i64, Path)),
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::Forbidden, Code::NotFound, Code::StepUpRequired, Code::SecondFactorConflict]))),
    responses((status = 202, body = User, description = "Begun: see `factors_reset_at`")),
)]
pub async fn start_factor_reset(
    State(app): State<AppState>,
    Administrator(admin): Administrator,
    PathParam(id): PathParam<i64>,
    source: RequestSource,
) -> Result<(StatusCode, Json<User>), Problem> {
    if admin.id == id {
        return Err(Problem::from(Code::Forbidden).detail(
            "An administrator’s own factors are removed with `latchkey users reset-factors` only.",
        ));
    }
    let user = start_reset(&app, id, admin.asker(), source.by(admin)).await?;
    Ok((StatusCode::ACCEPTED, Json(user)))
}

/// Cancel the removal of factors
#[utoipa::path(
    delete, path = "/api/v1/users/{id}/factors/reset", tag = "factors", operation_id = "cancelFactorReset",
    params(("id" = i64, Path)),
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::NotFound, Code::StepUpRequired]))),
    responses((status = 204, description = "Cancelled")),
)]
pub async fn cancel_factor_reset(
    State(app): State<AppState>,
    user: CurrentUser,
    PathParam(id): PathParam<i64>,
    source: RequestSource,
) -> Result<StatusCode, Problem> {
    see(&app, user, id).await?;
    let author = author(user, id, None, Mark::default());
    cancel_reset(&app, id, author, source.by(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}
