//! `/api/v1/auth`: coming back by mail.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::code::Code;
use crate::api::input::cookies::SetCookies;
use crate::api::input::device_mark::{self, DeviceMark};
use crate::api::input::extract::JsonBody;
use crate::api::input::fields::Fields;
use crate::api::input::proofs::{CodeOrLink, Reader, read_code, read_link};
use crate::api::input::source::RequestSource;
use crate::api::input::transport::Transport;
use crate::api::layers::cors::X_DEVICE_TOKEN;
use crate::api::problem::Problem;
use crate::api::routes::second_factor::answer_waiting;
use crate::features::devices::domain::Mark;
use crate::features::proofs::application::{Begun, ProofError};
use crate::features::proofs::domain::Presented;
use crate::features::recovery::application::{
    ForgetError, ResendError, ResetError, Resetter, check_reset, forget, resend, reset, undo,
};
use crate::features::sessions::domain::Device;
use crate::features::users::domain::{Email, NewPassword};
use crate::state::{App, AppState};

/// A flow that goes on with a code or a link from a mail.
#[derive(Serialize, ToSchema)]
pub struct StartedFlow {
    /// Names the flow in what follows.
    flow: Uuid,
    /// The seconds that the flow lives.
    #[schema(example = 3600)]
    expires_in: i64,
    /// The seconds until another mail can be asked for.
    #[schema(example = 60)]
    resend_in: i64,
}

impl From<Begun> for StartedFlow {
    fn from(begun: Begun) -> Self {
        Self {
            flow: begun.flow,
            expires_in: begun.expires_in.num_seconds(),
            resend_in: begun.resend_in.num_seconds(),
        }
    }
}

/// Whose password is forgotten.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Forgotten {
    /// In any case.
    #[schema(format = "email", max_length = 254, example = "ada@example.com")]
    email: String,
}

/// Ask for a new password
///
/// Mails a code and a link if the address has an active account. The answer is the same for every
/// address, and takes as long.
#[utoipa::path(
    post, path = "/api/v1/auth/forgot", tag = "auth", operation_id = "forgotPassword",
    params(("X-Device-Token" = Option<String>, Header, description = "From native clients: \
        `device_token` of the last sign-in on this device.")),
    request_body = Forgotten,
    extensions(("x-codes" = json!([Code::NotFound]))),
    responses((status = 202, body = StartedFlow)),
)]
pub async fn forgot_password(
    State(app): State<AppState>,
    source: RequestSource,
    DeviceMark(mark): DeviceMark,
    Reader(locale): Reader,
    JsonBody(forgotten): JsonBody<Forgotten>,
) -> Result<(StatusCode, Json<StartedFlow>), Problem> {
    require_mail(&app)?;
    let mut fields = Fields::default();
    let Some(email) = fields.read("email", Email::parse(&forgotten.email)) else {
        return Err(fields.into());
    };
    let begun = forget(&app, email, locale, mark, source.anonymous()).await?;
    Ok((StatusCode::ACCEPTED, Json(begun.into())))
}

/// A flow that is under way.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// As it was started.
    flow: Uuid,
}

/// Ask for another mail
///
/// For a sign-up, a reset or a change of address, 60 seconds after the last one. The code of the last mail
/// stays valid too.
#[utoipa::path(
    post, path = "/api/v1/auth/resend", tag = "auth", operation_id = "resendMail",
    request_body = Flow,
    extensions(("x-codes" = json!([Code::NotFound, Code::ProofExpired]))),
    responses((status = 202, body = StartedFlow)),
)]
pub async fn resend_mail(
    State(app): State<AppState>,
    DeviceMark(mark): DeviceMark,
    JsonBody(Flow { flow }): JsonBody<Flow>,
) -> Result<(StatusCode, Json<StartedFlow>), Problem> {
    require_mail(&app)?;
    let begun = resend(&app, flow, mark).await?;
    Ok((StatusCode::ACCEPTED, Json(begun.into())))
}

/// A new password, and the proof that allows it: `flow` and `code`, or `token` alone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// The flow that the code was sent for.
    flow: Option<Uuid>,
    /// The code from the mail; blanks and hyphens do not count.
    #[schema(value_type = Option<String>, example = "1234 5678")]
    code: Option<SecretString>,
    /// What stands behind the `#` of the link, also of an invitation's.
    #[schema(value_type = Option<String>)]
    token: Option<SecretString>,
    /// As at registration.
    #[schema(value_type = String, format = "password", min_length = 8, max_length = 128)]
    password: SecretString,
    /// The flow by which the account's second factor was given to `finishSignIn`.
    second_factor_flow: Option<Uuid>,
}

/// Reset a password
///
/// Ends all sessions of the account and tells its owner by mail. Signs nobody in, but marks the device as
/// known: by a cookie, or by `X-Device-Token` for native clients. Also accepts an invitation. Where a second
/// factor is on, the answer is `second_factor_required` once code or link were right: give it to
/// `finishSignIn`, then send this again with the flow as `second_factor_flow`.
#[utoipa::path(
    post, path = "/api/v1/auth/reset", tag = "auth", operation_id = "resetPassword",
    params(("X-Device-Token" = Option<String>, Header, description = "From native clients: \
        `device_token` of the last sign-in on this device, whoever signed in.")),
    request_body = Reset,
    extensions(("x-codes" = json!([Code::NotFound, Code::ProofInvalid, Code::ProofExpired, Code::SecondFactorRequired]))),
    responses((status = 204, description = "The password is set", headers(
        ("X-Device-Token" = Option<String>, description = "To native clients: send it at the next sign-in")
    ))),
)]
pub async fn reset_password(
    State(app): State<AppState>,
    transport: Transport,
    source: RequestSource,
    DeviceMark(mark): DeviceMark,
    JsonBody(body): JsonBody<Reset>,
) -> Result<Response, Problem> {
    require_mail(&app)?;
    let mut fields = Fields::default();
    let presented = read_presented(&mut fields, &body);
    // Rules that need no address are told before an attempt is counted.
    let password = NewPassword::parse(&body.password, None);
    fields.read("password", password);
    let presented = match presented {
        Some(presented) => fields.finish().map(|()| presented)?,
        None => return Err(fields.into()),
    };
    let checked = check_reset(&app, presented).await?;
    let password = NewPassword::parse(&body.password, checked.email().as_ref());
    let mut fields = Fields::default();
    let Some(password) = fields.read("password", password) else {
        return Err(fields.into());
    };
    let resetter = Resetter {
        second_factor_flow: body.second_factor_flow,
        is_browser: transport == Transport::Web,
        mark,
        device_name: Device::new(None, source.user_agent.clone(), source.ip()).name,
    };
    match reset(&app, checked, password, resetter, source.anonymous()).await {
        Ok(mark) => Ok(answer_marked(&app, transport, &mark)),
        Err(ResetError::SecondFactorNeeded(waiting)) => Ok(answer_waiting(&app, *waiting)),
        Err(error) => Err(error.into()),
    }
}

/// Responds without a body, and with the device's mark in the way of the transport.
fn answer_marked(app: &App, transport: Transport, mark: &Mark) -> Response {
    let token = device_mark::sign(app, mark);
    match transport {
        Transport::Web => {
            let cookies = SetCookies::default().device(token, app.config.cookies);
            (StatusCode::NO_CONTENT, cookies, ()).into_response()
        }
        Transport::Native => (StatusCode::NO_CONTENT, [(X_DEVICE_TOKEN, token)]).into_response(),
    }
}

fn read_presented(fields: &mut Fields, body: &Reset) -> Option<Presented> {
    match CodeOrLink::read(fields, body.code.as_ref(), body.token.as_ref())? {
        CodeOrLink::Link(link) => Some(Presented::Link(link)),
        CodeOrLink::Code(code) => {
            if body.flow.is_none() {
                fields.refuse("flow", "A code needs the flow that it was sent for.");
            }
            Some(Presented::Code(body.flow?, code))
        }
    }
}

/// The link and the code of a notice, both of which are needed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// What stands behind the `#` of the link.
    #[schema(value_type = String)]
    token: SecretString,
    /// The code in the same mail.
    #[schema(value_type = String, example = "1234 5678")]
    code: SecretString,
}

/// Undo what a notice tells of
///
/// Within 72 hours. Ends all sessions, brings back the address that the notice was sent to, and locks the
/// account until its password is reset from there.
#[utoipa::path(
    post, path = "/api/v1/auth/undo", tag = "auth", operation_id = "undoChange",
    request_body = Undo,
    extensions(("x-codes" = json!([Code::NotFound, Code::ProofInvalid, Code::ProofExpired]))),
    responses((status = 204, description = "Undone, and locked")),
)]
pub async fn undo_change(
    State(app): State<AppState>,
    source: RequestSource,
    JsonBody(body): JsonBody<Undo>,
) -> Result<StatusCode, Problem> {
    require_mail(&app)?;
    let mut fields = Fields::default();
    let link = read_link(&mut fields, &body.token);
    let code = read_code(&mut fields, &body.code);
    let (Some(link), Some(code)) = (link, code) else {
        return Err(fields.into());
    };
    undo(&app, link, code, source.anonymous()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Answers for what needs mail where none can be sent.
pub(super) fn require_mail(app: &AppState) -> Result<(), Problem> {
    if app.config.mail.is_on() {
        return Ok(());
    }
    Err(Problem::from(Code::NotFound)
        .detail("No mail can be sent here. Ask an administrator for a new password."))
}

/// Answers when an address was sent too many mails.
pub(super) fn too_many_mails(wait: Duration) -> Problem {
    Problem::from(Code::RateLimited)
        .detail("Too many mails were asked for. Wait for the seconds in Retry-After.")
        .retry_after(wait)
}

impl From<ProofError> for Problem {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Invalid => Code::ProofInvalid.into(),
            ProofError::Expired => Code::ProofExpired.into(),
            ProofError::Database(error) => error.into(),
        }
    }
}

impl From<ForgetError> for Problem {
    fn from(error: ForgetError) -> Self {
        match error {
            ForgetError::TooManyMails { wait } => too_many_mails(wait),
            ForgetError::Database(error) => error.into(),
        }
    }
}

impl From<ResendError> for Problem {
    fn from(error: ResendError) -> Self {
        match error {
            ResendError::Over => Code::ProofExpired.into(),
            ResendError::TooManyMails { wait } => too_many_mails(wait),
            ResendError::Database(error) => error.into(),
        }
    }
}

impl From<ResetError> for Problem {
    fn from(error: ResetError) -> Self {
        match error {
            ResetError::Proof(error) => error.into(),
            // Answered with the flow to go on with, where there is one.
            ResetError::SecondFactorNeeded(_) => Code::SecondFactorRequired.into(),
            ResetError::Hash(error) => error.into(),
            ResetError::Database(error) => error.into(),
        }
    }
}
