//! `/api/v1/users/{id}/email`: proving an address.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::code::Code;
use crate::api::input::callers::CurrentUser;
use crate::api::input::extract::{JsonBody, PathParam};
use crate::api::input::fields::Fields;
use crate::api::input::proofs::CodeOrLink;
use crate::api::input::source::RequestSource;
use crate::api::problem::Problem;
use crate::api::routes::recovery::require_mail;
use crate::api::routes::users::no_such_user;
use crate::features::devices::domain::Mark;
use crate::features::users::application::{
    Author, ProveError, Typed, cancel_pending_email, prove_email,
};
use crate::features::users::domain::User;
use crate::limits::Tier;
use crate::state::AppState;

/// The proof of an address: one of both.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailProof {
    /// The code from the mail; blanks and hyphens do not count.
    #[schema(value_type = Option<String>, example = "1234 5678")]
    code: Option<SecretString>,
    /// What stands behind the `#` of the link.
    #[schema(value_type = Option<String>)]
    token: Option<SecretString>,
}

/// Prove an address
///
/// Gives the own account the address that the code was sent to. The former address is told, and can undo
/// that for 72 hours.
#[utoipa::path(
    post, path = "/api/v1/users/{id}/email", tag = "users", operation_id = "proveEmail",
    params(("id" = i64, Path)),
    request_body = EmailProof,
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::NotFound, Code::EmailTaken, Code::ProofInvalid, Code::ProofExpired]))),
    responses((status = 200, body = User)),
)]
pub async fn prove_own_email(
    State(app): State<AppState>,
    user: CurrentUser,
    PathParam(id): PathParam<i64>,
    Extension(auth_tier): Extension<Tier>,
    source: RequestSource,
    JsonBody(proof): JsonBody<EmailProof>,
) -> Result<Json<User>, Problem> {
    let author = own(user, id)?;
    require_mail(&app)?;
    auth_tier.check(source.client_ip()).await?;
    let mut fields = Fields::default();
    let typed = CodeOrLink::read(&mut fields, proof.code.as_ref(), proof.token.as_ref());
    let typed = match typed {
        Some(CodeOrLink::Code(code)) => Typed::Code(code),
        Some(CodeOrLink::Link(link)) => Typed::Link(link),
        None => return Err(fields.into()),
    };
    let user = prove_email(&app, id, typed, author, source.by(user)).await?;
    Ok(Json(user))
}

/// Withdraw an address that is not proved yet
#[utoipa::path(
    delete, path = "/api/v1/users/{id}/email", tag = "users", operation_id = "cancelEmailChange",
    params(("id" = i64, Path)),
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::NotFound]))),
    responses((status = 204, description = "Withdrawn")),
)]
pub async fn cancel_email_change(
    State(app): State<AppState>,
    user: CurrentUser,
    PathParam(id): PathParam<i64>,
    source: RequestSource,
) -> Result<StatusCode, Problem> {
    let author = own(user, id)?;
    cancel_pending_email(&app, id, author, source.by(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Allows the own account only: an administrator changes addresses without a proof.
fn own(user: CurrentUser, id: i64) -> Result<Author, Problem> {
    if user.id != id {
        return Err(no_such_user());
    }
    Ok(Author::Owner {
        password: None,
        session_id: user.session_id,
        mark: Mark::default(),
    })
}

impl From<ProveError> for Problem {
    fn from(error: ProveError) -> Self {
        match error {
            ProveError::Proof(error) => error.into(),
            ProveError::Update(error) => error.into(),
        }
    }
}
