//! `/api/v1/auth/factors/passkeys`: one's own passkeys.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::code::Code;
use crate::api::input::callers::CurrentUser;
use crate::api::input::extract::{JsonBody, PathParam};
use crate::api::input::fields::Fields;
use crate::api::input::source::RequestSource;
use crate::api::problem::Problem;
use crate::api::routes::factors::too_many_passkeys;
use crate::features::enrolment::application::{
    PasskeyError, add_passkey, begin_passkey, remove_passkey, rename_passkey,
};
use crate::features::passkeys::application::{Offer, OfferError, RegisterError};
use crate::features::passkeys::domain::{Name, Signed, Summary};
use crate::state::AppState;

/// What an authenticator is asked for.
#[derive(Serialize, ToSchema)]
pub struct PasskeyOptions {
    /// Send it back with what the authenticator made; worth nothing after five minutes.
    flow: Uuid,
    /// For `parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON` (WebAuthn Level 3).
    options: Value,
}

/// The answer of a passkey.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyAnswer {
    /// The flow of the options.
    flow: Uuid,
    /// The `PublicKeyCredential` as its `toJSON()` makes it.
    credential: Value,
}

/// Begin to add a passkey
#[utoipa::path(
    post, path = "/api/v1/auth/factors/passkeys/options", tag = "factors", operation_id = "beginPasskey",
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::StepUpRequired, Code::SecondFactorConflict]))),
    responses((status = 200, body = PasskeyOptions)),
)]
pub async fn post_passkey_options(
    State(app): State<AppState>,
    user: CurrentUser,
    source: RequestSource,
) -> Result<Json<PasskeyOptions>, Problem> {
    let offer = begin_passkey(&app, user.asker(), source.by(user)).await?;
    Ok(Json(offer.into()))
}

/// A new passkey.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasskey {
    /// The flow of the options.
    flow: Uuid,
    /// The `PublicKeyCredential` as its `toJSON()` makes it.
    credential: Value,
    /// What to call it; what keeps it by default.
    #[schema(max_length = 60, example = "Ada's phone")]
    name: Option<String>,
}

/// Add a passkey
///
/// Signs in from now on, without a password or a second factor.
#[utoipa::path(
    post, path = "/api/v1/auth/factors/passkeys", tag = "factors", operation_id = "addPasskey",
    request_body = NewPasskey,
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::StepUpRequired, Code::FlowExpired, Code::PasskeyInvalid, Code::PasskeyTaken, Code::SecondFactorConflict]))),
    responses((status = 201, body = Summary)),
)]
pub async fn post_passkey(
    State(app): State<AppState>,
    user: CurrentUser,
    source: RequestSource,
    JsonBody(body): JsonBody<NewPasskey>,
) -> Result<(StatusCode, Json<Summary>), Problem> {
    let mut fields = Fields::default();
    let name = body.name.as_deref().map(Name::parse).transpose();
    let name = fields.read("name", name).flatten();
    fields.finish()?;
    let made = Signed {
        flow: body.flow,
        credential: body.credential,
    };
    let passkey = add_passkey(&app, user.asker(), made, name, source.by(user)).await?;
    Ok((StatusCode::CREATED, Json(passkey)))
}

/// The name of a passkey.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyName {
    /// What to call it.
    #[schema(max_length = 60, example = "Ada's phone")]
    name: String,
}

/// Rename a passkey
#[utoipa::path(
    put, path = "/api/v1/auth/factors/passkeys/{id}", tag = "factors", operation_id = "renamePasskey",
    params(("id" = Uuid, Path)),
    request_body = PasskeyName,
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::StepUpRequired, Code::NotFound]))),
    responses((status = 200, body = Summary)),
)]
pub async fn put_passkey(
    State(app): State<AppState>,
    user: CurrentUser,
    PathParam(id): PathParam<Uuid>,
    source: RequestSource,
    JsonBody(body): JsonBody<PasskeyName>,
) -> Result<Json<Summary>, Problem> {
    let mut fields = Fields::default();
    let Some(name) = fields.read("name", Name::parse(&body.name)) else {
        return Err(fields.into());
    };
    let renamed = rename_passkey(&app, user.asker(), id, name, source.by(user)).await?;
    Ok(Json(renamed))
}

/// Remove a passkey
///
/// Without another one or an authenticator app the second factor is off, and so are recovery codes and
/// trusted devices.
#[utoipa::path(
    delete, path = "/api/v1/auth/factors/passkeys/{id}", tag = "factors", operation_id = "removePasskey",
    params(("id" = Uuid, Path)),
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::StepUpRequired, Code::NotFound, Code::LastMethod]))),
    responses((status = 204, description = "Removed")),
)]
pub async fn delete_passkey(
    State(app): State<AppState>,
    user: CurrentUser,
    PathParam(id): PathParam<Uuid>,
    source: RequestSource,
) -> Result<StatusCode, Problem> {
    remove_passkey(&app, user.asker(), id, source.by(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<Offer> for PasskeyOptions {
    fn from(offer: Offer) -> Self {
        Self {
            flow: offer.flow,
            options: offer.options,
        }
    }
}

impl From<PasskeyAnswer> for Signed {
    fn from(answer: PasskeyAnswer) -> Self {
        Self {
            flow: answer.flow,
            credential: answer.credential,
        }
    }
}

impl From<OfferError> for Problem {
    fn from(error: OfferError) -> Self {
        match error {
            OfferError::TooMany => too_many_passkeys(),
            OfferError::NoPasskey => Code::PasskeyMissing.into(),
            OfferError::Database(error) => error.into(),
        }
    }
}

impl From<PasskeyError> for Problem {
    fn from(error: PasskeyError) -> Self {
        match error {
            PasskeyError::Offer(error) => error.into(),
            PasskeyError::Register(RegisterError::Expired) => {
                Self::from(Code::FlowExpired).detail("This took too long. Begin again.")
            }
            PasskeyError::Register(RegisterError::Refused(_)) => Code::PasskeyInvalid.into(),
            PasskeyError::Register(RegisterError::Database(error)) => error.into(),
            PasskeyError::Enrol(error) => error.into(),
        }
    }
}
