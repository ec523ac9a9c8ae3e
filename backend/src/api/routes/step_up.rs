//! `/api/v1/auth/step-up`: proving again who one is, before a sensitive change.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::code::Code;
use crate::api::input::callers::CurrentUser;
use crate::api::input::device_mark::DeviceMark;
use crate::api::input::extract::JsonBody;
use crate::api::input::fields::Fields;
use crate::api::input::source::RequestSource;
use crate::api::problem::Problem;
use crate::api::routes::passkeys::{PasskeyAnswer, PasskeyOptions};
use crate::api::routes::second_factor::read_factor;
use crate::features::auth::application::{Proof, StepUpError, step_up as prove, step_up_options};
use crate::features::users::application::AuthenticateError;
use crate::features::users::domain::Attempt;
use crate::state::AppState;

/// Ask what a passkey has to sign to step up
#[utoipa::path(
    post, path = "/api/v1/auth/step-up/options", tag = "factors", operation_id = "getStepUpOptions",
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::PasskeyMissing]))),
    responses((status = 200, body = PasskeyOptions)),
)]
pub async fn get_step_up_options(
    State(app): State<AppState>,
    user: CurrentUser,
) -> Result<Json<PasskeyOptions>, Problem> {
    let offer = step_up_options(&app, user.asker()).await?;
    Ok(Json(offer.into()))
}

/// One proof of who the user is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepUp {
    /// The password, where no second factor is on.
    #[schema(value_type = Option<String>, format = "password")]
    password: Option<SecretString>,
    /// The code of an authenticator app; blanks and hyphens do not count.
    #[schema(value_type = Option<String>, example = "123 456")]
    totp: Option<SecretString>,
    /// A recovery code; case, blanks and hyphens do not count.
    #[schema(value_type = Option<String>, example = "0123-4567-89ab-cdef")]
    recovery_code: Option<SecretString>,
    /// The answer of a passkey to the options for a step-up.
    passkey: Option<PasskeyAnswer>,
}

/// Step up
///
/// Counts for ten minutes of this session. Then send again what was answered with `step_up_required`.
#[utoipa::path(
    post, path = "/api/v1/auth/step-up", tag = "factors", operation_id = "stepUp",
    params(("X-Device-Token" = Option<String>, Header, description = "From native clients that send \
        `password`: `device_token` of the last sign-in on this device.")),
    request_body = StepUp,
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::InvalidCredentials, Code::SecondFactorInvalid, Code::PasskeyInvalid, Code::PasskeyUnknown, Code::StepUpRequired]))),
    responses((status = 204, description = "Proved")),
)]
pub async fn step_up(
    State(app): State<AppState>,
    user: CurrentUser,
    source: RequestSource,
    DeviceMark(mark): DeviceMark,
    JsonBody(body): JsonBody<StepUp>,
) -> Result<StatusCode, Problem> {
    let mut fields = Fields::default();
    let (totp, recovery_code) = (body.totp.as_ref(), body.recovery_code.as_ref());
    let proof = match &body.password {
        Some(password) if totp.is_none() && recovery_code.is_none() && body.passkey.is_none() => {
            Proof::Password(Attempt::new(password))
        }
        Some(_) => {
            fields.refuse("password", "Send one proof, not several.");
            return Err(fields.into());
        }
        None => {
            let given = read_factor(&mut fields, totp, recovery_code, body.passkey);
            let Some(given) = given else {
                return Err(fields.into());
            };
            Proof::Factor(given)
        }
    };
    prove(&app, user.asker(), proof, mark, source.by(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<StepUpError> for Problem {
    fn from(error: StepUpError) -> Self {
        match error {
            StepUpError::Author(error) => error.into(),
            StepUpError::Password(AuthenticateError::InvalidCredentials) => {
                Self::from(Code::InvalidCredentials)
                    .detail("The password is wrong. Check it and try again.")
                    .field("password", "This is not your password.")
            }
            StepUpError::Password(error) => error.into(),
            StepUpError::Factor(error) => error.into(),
        }
    }
}
