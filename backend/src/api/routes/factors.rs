//! `/api/v1/auth/factors`: one's own second factors.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::code::Code;
use crate::api::input::callers::CurrentUser;
use crate::api::input::extract::{JsonBody, PathParam};
use crate::api::input::fields::Fields;
use crate::api::input::source::RequestSource;
use crate::api::problem::Problem;
use crate::api::routes::users::no_such_user;
use crate::features::enrolment::application::{
    EnrolError, Offer, Overview, Refusal, begin_totp, confirm_totp, distrust_device, find_overview,
    remove_password, remove_totp, renew_recovery_codes, set_second_factor,
};
use crate::features::enrolment::domain::to_svg;
use crate::features::factors::domain::TotpCode;
use crate::state::AppState;

/// See your factors
#[utoipa::path(
    get, path = "/api/v1/auth/factors", tag = "factors", operation_id = "getFactors",
    security(("bearer_token" = []), ("access_cookie" = [])),
    responses((status = 200, body = Overview)),
)]
pub async fn get_factors(
    State(app): State<AppState>,
    user: CurrentUser,
) -> Result<Json<Overview>, Problem> {
    let overview = find_overview(&app, user.id).await?;
    overview.map(Json).ok_or_else(no_such_user)
}

/// Whether a second factor is needed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSecondFactor {
    /// Whether signing in takes a second factor.
    second_factor: bool,
}

/// New recovery codes, or none.
#[derive(Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// Each works once, in place of any other second factor. They are never shown again. Null if the
    /// account keeps those that it has.
    #[schema(example = json!(["0123-4567-89ab-cdef"]))]
    recovery_codes: Option<Vec<String>>,
}

/// Turn the second factor on or off
///
/// On needs an authenticator app or a passkey, gives recovery codes, and ends the other sessions. Off needs
/// that no authenticator app is left.
#[utoipa::path(
    put, path = "/api/v1/auth/factors", tag = "factors", operation_id = "setSecondFactor",
    request_body = SetSecondFactor,
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::StepUpRequired, Code::SecondFactorConflict, Code::LastMethod]))),
    responses((status = 200, body = RecoveryCodes)),
)]
pub async fn put_factors(
    State(app): State<AppState>,
    user: CurrentUser,
    source: RequestSource,
    JsonBody(body): JsonBody<SetSecondFactor>,
) -> Result<Json<RecoveryCodes>, Problem> {
    let is_on = body.second_factor;
    let codes = set_second_factor(&app, user.asker(), is_on, source.by(user)).await?;
    Ok(Json(RecoveryCodes {
        recovery_codes: codes,
    }))
}

/// What an authenticator app needs.
#[derive(Serialize, ToSchema)]
pub struct TotpOffer {
    /// To be typed into the app.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    secret: String,
    /// To be opened by an app on this device.
    uri: String,
    /// The same as a QR code, to be scanned by another device.
    qr_svg: String,
}

/// Begin to set up an authenticator app
///
/// Counts for nothing until `confirmTotp`. An app that is in use stays in use until then.
#[utoipa::path(
    post, path = "/api/v1/auth/factors/totp", tag = "factors", operation_id = "beginTotp",
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::StepUpRequired]))),
    responses((status = 200, body = TotpOffer)),
)]
pub async fn post_totp(
    State(app): State<AppState>,
    user: CurrentUser,
    source: RequestSource,
) -> Result<Json<TotpOffer>, Problem> {
    let offer = begin_totp(&app, user.asker(), source.by(user)).await?;
    Ok(Json(offer.into()))
}

impl From<Offer> for TotpOffer {
    fn from(offer: Offer) -> Self {
        Self {
            qr_svg: to_svg(&offer.uri),
            secret: offer.secret,
            uri: offer.uri,
        }
    }
}

/// The first code of an app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TotpConfirmation {
    /// Six digits; blanks and hyphens do not count.
    #[schema(value_type = String, example = "123 456")]
    code: SecretString,
}

/// Use the authenticator app from now on
///
/// Turns the second factor on. If it was off, the answer has recovery codes, and the other sessions end.
#[utoipa::path(
    post, path = "/api/v1/auth/factors/totp/confirm", tag = "factors", operation_id = "confirmTotp",
    request_body = TotpConfirmation,
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::StepUpRequired, Code::SecondFactorInvalid, Code::SecondFactorConflict]))),
    responses((status = 200, body = RecoveryCodes)),
)]
pub async fn post_totp_confirmation(
    State(app): State<AppState>,
    user: CurrentUser,
    source: RequestSource,
    JsonBody(body): JsonBody<TotpConfirmation>,
) -> Result<Json<RecoveryCodes>, Problem> {
    let mut fields = Fields::default();
    let Some(code) = TotpCode::parse(body.code.expose_secret()) else {
        fields.refuse("code", "The code of an authenticator app has six digits.");
        return Err(fields.into());
    };
    let codes = confirm_totp(&app, user.asker(), code, source.by(user)).await?;
    Ok(Json(RecoveryCodes {
        recovery_codes: codes,
    }))
}

/// Remove the authenticator app
///
/// Without it and without a passkey the second factor is off, and so are recovery codes and trusted
/// devices.
#[utoipa::path(
    delete, path = "/api/v1/auth/factors/totp", tag = "factors", operation_id = "removeTotp",
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::StepUpRequired, Code::SecondFactorConflict]))),
    responses((status = 204, description = "Removed")),
)]
pub async fn delete_totp(
    State(app): State<AppState>,
    user: CurrentUser,
    source: RequestSource,
) -> Result<StatusCode, Problem> {
    remove_totp(&app, user.asker(), source.by(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove the password
///
/// The account needs two passkeys, or one and recovery codes. `updateUser` sets a password again. Ends the
/// other sessions.
#[utoipa::path(
    delete, path = "/api/v1/auth/factors/password", tag = "factors", operation_id = "removePassword",
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::StepUpRequired, Code::LastMethod]))),
    responses((status = 204, description = "Removed")),
)]
pub async fn delete_password(
    State(app): State<AppState>,
    user: CurrentUser,
    source: RequestSource,
) -> Result<StatusCode, Problem> {
    remove_password(&app, user.asker(), source.by(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make new recovery codes
///
/// The former ones stop working.
#[utoipa::path(
    post, path = "/api/v1/auth/factors/recovery-codes", tag = "factors", operation_id = "renewRecoveryCodes",
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::StepUpRequired, Code::SecondFactorConflict]))),
    responses((status = 200, body = RecoveryCodes)),
)]
pub async fn post_recovery_codes(
    State(app): State<AppState>,
    user: CurrentUser,
    source: RequestSource,
) -> Result<Json<RecoveryCodes>, Problem> {
    let codes = renew_recovery_codes(&app, user.asker(), source.by(user)).await?;
    Ok(Json(RecoveryCodes {
        recovery_codes: Some(codes),
    }))
}

/// Trust a device no longer
///
/// The next sign-in there asks for a second factor. Its session goes on.
#[utoipa::path(
    delete, path = "/api/v1/auth/trusted-devices/{id}", tag = "factors", operation_id = "distrustDevice",
    params(("id" = Uuid, Path)),
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::NotFound]))),
    responses((status = 204, description = "No longer trusted")),
)]
pub async fn delete_trusted_device(
    State(app): State<AppState>,
    user: CurrentUser,
    PathParam(id): PathParam<Uuid>,
    source: RequestSource,
) -> Result<StatusCode, Problem> {
    distrust_device(&app, user.asker(), id, source.by(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<EnrolError> for Problem {
    fn from(error: EnrolError) -> Self {
        match error {
            EnrolError::Refused(refusal) => refusal.into(),
            EnrolError::Update(error) => error.into(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let conflict = |detail| Self::from(Code::SecondFactorConflict).detail(detail);
        match refusal {
            Refusal::WrongCode => Code::SecondFactorInvalid.into(),
            Refusal::NothingPending => {
                conflict("No authenticator app is being set up. Begin again.")
            }
            Refusal::NoFactor => conflict("Set up an authenticator app or a passkey first."),
            Refusal::IsOff => conflict("The second factor is off. Turn it on first."),
            Refusal::HasApp => {
                conflict("Remove the authenticator app: that turns the second factor off.")
            }
            Refusal::PasskeysEnded => Self::from(Code::FlowExpired)
                .detail("The passkeys of this account were removed meanwhile. Begin again."),
            Refusal::PasskeyTaken => Code::PasskeyTaken.into(),
            Refusal::TooManyPasskeys => too_many_passkeys(),
            Refusal::LastMethod => Code::LastMethod.into(),
            Refusal::IsRequired => conflict(
                "Your account needs a second factor. Set up another authenticator app instead: it \
                 replaces this one.",
            ),
            Refusal::NotFound => Self::from(Code::NotFound)
                .detail("There is no such thing. Look at your factors again."),
        }
    }
}

/// The response where an account has as many passkeys as it may have.
pub(super) fn too_many_passkeys() -> Problem {
    Problem::from(Code::SecondFactorConflict)
        .detail("The account has as many passkeys as it may have. Remove one first.")
}
