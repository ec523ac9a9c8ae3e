//! `/api/v1/auth/enrolment`: setting up the second factor that a sign-in needs.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::code::Code;
use crate::api::input::device_mark::DeviceMark;
use crate::api::input::extract::JsonBody;
use crate::api::input::fields::Fields;
use crate::api::input::proofs::read_code;
use crate::api::input::source::RequestSource;
use crate::api::input::transport::Transport;
use crate::api::problem::Problem;
use crate::api::routes::auth::{Tokens, answer_sign_in};
use crate::api::routes::factors::TotpOffer;
use crate::api::routes::recovery::too_many_mails;
use crate::api::routes::second_factor::{no_flow, read_client};
use crate::features::auth::application::{
    self as auth, EnrolmentError, Entrance, finish_enrolment as finish,
};
use crate::features::factors::domain::TotpCode;
use crate::features::sessions::domain::Device;
use crate::state::AppState;

/// An enrolment that is under way.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// The flow of `enrolment_required`.
    flow: Uuid,
}

/// A mail that is on its way.
#[derive(Serialize, ToSchema)]
pub struct EnrolmentMail {
    /// The seconds that the code lives at most.
    #[schema(example = 3600)]
    expires_in: i64,
    /// The seconds until another mail can be asked for.
    #[schema(example = 60)]
    resend_in: i64,
}

/// Ask for the code of an enrolment
///
/// Mails a code to the account's address; again after 60 seconds. The code of the last mail stays valid
/// too. Where no mail can be sent, whoever runs the service makes a code with `latchkey users
/// enrolment-code`.
#[utoipa::path(
    post, path = "/api/v1/auth/enrolment/code", tag = "auth", operation_id = "sendEnrolmentCode",
    request_body = Enrolment,
    extensions(("x-codes" = json!([Code::NotFound, Code::FlowExpired]))),
    responses((status = 202, body = EnrolmentMail)),
)]
pub async fn send_enrolment_code(
    State(app): State<AppState>,
    transport: Transport,
    source: RequestSource,
    headers: HeaderMap,
    JsonBody(body): JsonBody<Enrolment>,
) -> Result<(StatusCode, Json<EnrolmentMail>), Problem> {
    if !app.config.mail.is_on() {
        return Err(Problem::from(Code::NotFound)
            .detail("No mail can be sent here. Ask whoever runs this service for a code."));
    }
    let client = read_client(&app, transport, &headers);
    let cause = source.anonymous();
    let begun = auth::send_enrolment_code(&app, body.flow, client, cause).await?;
    let mail = EnrolmentMail {
        expires_in: begun.expires_in.num_seconds(),
        resend_in: begun.resend_in.num_seconds(),
    };
    Ok((StatusCode::ACCEPTED, Json(mail)))
}

/// The code of an enrolment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentProof {
    /// The flow of `enrolment_required`.
    flow: Uuid,
    /// The code from the mail, or of whoever runs the service; blanks and hyphens do not count.
    #[schema(value_type = String, example = "1234 5678")]
    code: SecretString,
}

/// Prove that the owner of the password asks
///
/// Only where `factors` has `enrolment_code`: a known device needs no code. The flow then lives for another
/// 15 minutes.
#[utoipa::path(
    post, path = "/api/v1/auth/enrolment/prove", tag = "auth", operation_id = "proveOwner",
    request_body = EnrolmentProof,
    extensions(("x-codes" = json!([Code::FlowExpired, Code::ProofInvalid, Code::ProofExpired]))),
    responses((status = 204, description = "Proved")),
)]
pub async fn prove_owner(
    State(app): State<AppState>,
    transport: Transport,
    headers: HeaderMap,
    JsonBody(body): JsonBody<EnrolmentProof>,
) -> Result<StatusCode, Problem> {
    let mut fields = Fields::default();
    let Some(code) = read_code(&mut fields, &body.code) else {
        return Err(fields.into());
    };
    let client = read_client(&app, transport, &headers);
    auth::prove_owner(&app, body.flow, client, code).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begin to set up an authenticator app within a sign-in
#[utoipa::path(
    post, path = "/api/v1/auth/enrolment/totp", tag = "auth", operation_id = "beginEnrolment",
    request_body = Enrolment,
    extensions(("x-codes" = json!([Code::FlowExpired, Code::SecondFactorConflict]))),
    responses((status = 200, body = TotpOffer)),
)]
pub async fn begin_enrolment(
    State(app): State<AppState>,
    transport: Transport,
    headers: HeaderMap,
    JsonBody(body): JsonBody<Enrolment>,
) -> Result<Json<TotpOffer>, Problem> {
    let client = read_client(&app, transport, &headers);
    let offer = auth::begin_enrolment(&app, body.flow, client).await?;
    Ok(Json(offer.into()))
}

/// The first code of an app, within a sign-in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentConfirmation {
    /// The flow of `enrolment_required`.
    flow: Uuid,
    /// Six digits; blanks and hyphens do not count.
    #[schema(value_type = String, example = "123 456")]
    code: SecretString,
}

/// Use the authenticator app from now on, and sign in
///
/// Turns the second factor on, ends the other sessions, and answers with recovery codes besides what a
/// sign-in answers.
#[utoipa::path(
    post, path = "/api/v1/auth/enrolment/totp/confirm", tag = "auth", operation_id = "finishEnrolment",
    params(("X-Device-Token" = Option<String>, Header, description = "From native clients: \
        `device_token` of the last sign-in on this device, whoever signed in.")),
    request_body = EnrolmentConfirmation,
    extensions(("x-codes" = json!([Code::FlowExpired, Code::SecondFactorInvalid, Code::SecondFactorConflict]))),
    responses((status = 200, body = Tokens)),
)]
pub async fn finish_enrolment(
    State(app): State<AppState>,
    transport: Transport,
    source: RequestSource,
    headers: HeaderMap,
    DeviceMark(mark): DeviceMark,
    JsonBody(body): JsonBody<EnrolmentConfirmation>,
) -> Result<Response, Problem> {
    let Some(code) = TotpCode::parse(body.code.expose_secret()) else {
        let mut fields = Fields::default();
        fields.refuse("code", "The code of an authenticator app has six digits.");
        return Err(fields.into());
    };
    let entrance = Entrance {
        client_type: transport.client_type(),
        // Named as at the start of the sign-in.
        device: Device::new(None, source.user_agent.clone(), source.ip()),
        mark,
        trusts_device: false,
    };
    let client = read_client(&app, transport, &headers);
    let cause = source.anonymous();
    let signed_in = finish(&app, body.flow, client, code, entrance, cause).await?;
    let cookies = no_flow(&app, transport);
    Ok((cookies, answer_sign_in(&app, transport, signed_in)).into_response())
}

impl From<EnrolmentError> for Problem {
    fn from(error: EnrolmentError) -> Self {
        match error {
            EnrolmentError::FlowOver => Code::FlowExpired.into(),
            EnrolmentError::NotProved => {
                Self::from(Code::SecondFactorConflict).detail("Give the mailed code first.")
            }
            EnrolmentError::Proof(error) => error.into(),
            EnrolmentError::TooManyMails { wait } => too_many_mails(wait),
            EnrolmentError::Refused(refusal) => refusal.into(),
            EnrolmentError::Database(error) => error.into(),
        }
    }
}
