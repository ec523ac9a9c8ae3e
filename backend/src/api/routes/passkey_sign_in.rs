//! `/api/v1/auth/passkey`: signing in with a passkey.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::code::Code;
use crate::api::input::device_mark::DeviceMark;
use crate::api::input::extract::{JsonBody, OptionalJsonBody};
use crate::api::input::fields::Fields;
use crate::api::input::source::RequestSource;
use crate::api::input::transport::Transport;
use crate::api::problem::Problem;
use crate::api::routes::auth::{Tokens, answer_admission, read_device};
use crate::api::routes::passkeys::PasskeyOptions;
use crate::api::routes::second_factor::read_client;
use crate::features::auth::application::{
    Entrance, PasskeyOptionsError, PasskeyRefused, PasskeySignInError, passkey_options,
    sign_in_with_passkey,
};
use crate::features::passkeys::domain::Signed;
use crate::state::AppState;

/// What a passkey is asked for.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyRequest {
    /// The flow of a sign-in or a reset that waits for its second factor. Without it, any passkey of the
    /// site signs in.
    flow: Option<Uuid>,
}

/// Ask what a passkey has to sign
///
/// Says nothing about accounts. Pages ask when they are loaded, for the browser to offer passkeys in the
/// address field.
#[utoipa::path(
    post, path = "/api/v1/auth/passkey/options", tag = "auth", operation_id = "getPasskeyOptions",
    request_body = Option<PasskeyRequest>,
    extensions(("x-codes" = json!([Code::FlowExpired, Code::PasskeyMissing]))),
    responses((status = 200, body = PasskeyOptions)),
)]
pub async fn get_passkey_options(
    State(app): State<AppState>,
    transport: Transport,
    headers: HeaderMap,
    OptionalJsonBody(body): OptionalJsonBody<PasskeyRequest>,
) -> Result<Json<PasskeyOptions>, Problem> {
    let client = read_client(&app, transport, &headers);
    let offer = passkey_options(&app, body.flow.map(|flow| (flow, client))).await?;
    Ok(Json(offer.into()))
}

/// A sign-in with a passkey.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeySignIn {
    /// The flow of the options.
    flow: Uuid,
    /// The `PublicKeyCredential` as its `toJSON()` makes it.
    credential: Value,
    /// The name of this device in the list of sessions; derived from the user agent by default.
    #[serde(default)]
    #[schema(
        max_length = 100,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$",
        example = "Ada's phone"
    )]
    device_name: Option<String>,
}

/// Sign in with a passkey
///
/// Needs neither a password nor another factor. A passkey that no account has is told apart from one that
/// is refused, so that the client can tell its device: nobody can guess the id of a passkey.
#[utoipa::path(
    post, path = "/api/v1/auth/passkey", tag = "auth", operation_id = "signInWithPasskey",
    params(("X-Device-Token" = Option<String>, Header, description = "From native clients: \
        `device_token` of the last sign-in on this device, whoever signed in.")),
    request_body = PasskeySignIn,
    extensions(("x-codes" = json!([Code::PasskeyInvalid, Code::PasskeyUnknown, Code::FlowExpired]))),
    responses((status = 200, body = Tokens)),
)]
pub async fn log_in_with_passkey(
    State(app): State<AppState>,
    transport: Transport,
    source: RequestSource,
    DeviceMark(mark): DeviceMark,
    JsonBody(body): JsonBody<PasskeySignIn>,
) -> Result<Response, Problem> {
    let mut fields = Fields::default();
    let Some(device) = read_device(&mut fields, body.device_name.as_deref(), &source) else {
        return Err(fields.into());
    };
    let entrance = Entrance {
        client_type: transport.client_type(),
        device,
        mark,
        trusts_device: false,
    };
    let signed = Signed {
        flow: body.flow,
        credential: body.credential,
    };
    let admission = sign_in_with_passkey(&app, signed, entrance, source.anonymous()).await?;
    Ok(answer_admission(&app, transport, admission))
}

impl From<PasskeyOptionsError> for Problem {
    fn from(error: PasskeyOptionsError) -> Self {
        match error {
            PasskeyOptionsError::Flow(error) => error.into(),
            PasskeyOptionsError::Offer(error) => error.into(),
        }
    }
}

impl From<PasskeySignInError> for Problem {
    fn from(error: PasskeySignInError) -> Self {
        match error {
            PasskeySignInError::Refused(PasskeyRefused::Expired) => Code::FlowExpired.into(),
            PasskeySignInError::Refused(refused) => refused.into(),
            PasskeySignInError::Database(error) => error.into(),
        }
    }
}

impl From<PasskeyRefused> for Problem {
    fn from(refused: PasskeyRefused) -> Self {
        match refused {
            PasskeyRefused::Expired => {
                Self::from(Code::PasskeyInvalid).detail("This took too long. Try again.")
            }
            PasskeyRefused::Unknown => Code::PasskeyUnknown.into(),
            PasskeyRefused::Invalid => Code::PasskeyInvalid.into(),
        }
    }
}
