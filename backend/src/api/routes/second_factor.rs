//! `/api/v1/auth/second-factor`: going on with a sign-in or a reset.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::code::Code;
use crate::api::input::cookies::{self, Name, SetCookies};
use crate::api::input::device_mark::DeviceMark;
use crate::api::input::extract::JsonBody;
use crate::api::input::fields::Fields;
use crate::api::input::source::RequestSource;
use crate::api::input::transport::Transport;
use crate::api::problem::{NextStep, Problem};
use crate::api::routes::auth::{Tokens, answer_sign_in};
use crate::api::routes::passkeys::PasskeyAnswer;
use crate::features::auth::application::{Completed, Entrance, Given, SecondFactorError, go_on};
use crate::features::factors::application::{Presented, Waiting};
use crate::features::factors::domain::{Client, RecoveryCode, TotpCode};
use crate::features::sessions::domain::Device;
use crate::state::{App, AppState};

/// One second factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecondFactor {
    /// The flow that the sign-in or the reset was answered with.
    flow: Uuid,
    /// The code of an authenticator app; blanks and hyphens do not count.
    #[schema(value_type = Option<String>, example = "123 456")]
    totp: Option<SecretString>,
    /// A recovery code; case, blanks and hyphens do not count.
    #[schema(value_type = Option<String>, example = "0123-4567-89ab-cdef")]
    recovery_code: Option<SecretString>,
    /// The answer of a passkey to the options for this flow.
    passkey: Option<PasskeyAnswer>,
    /// Whether to ask for no second factor on this device for 30 days.
    #[serde(default)]
    trust_device: bool,
}

/// Finish a sign-in with a second factor
///
/// Five wrong ones end the flow; ten of an account in an hour, or thirty in a day, and none is tried for a
/// while. A flow of a reset is answered 204: send its id as `second_factor_flow` to `resetPassword`.
#[utoipa::path(
    post, path = "/api/v1/auth/second-factor", tag = "auth", operation_id = "finishSignIn",
    params(("X-Device-Token" = Option<String>, Header, description = "From native clients: \
        `device_token` of the last sign-in on this device, whoever signed in.")),
    request_body = SecondFactor,
    extensions(("x-codes" = json!([Code::SecondFactorInvalid, Code::PasskeyInvalid, Code::PasskeyUnknown, Code::FlowExpired]))),
    responses(
        (status = 200, body = Tokens),
        (status = 204, description = "The reset can go on"),
    ),
)]
pub async fn finish_sign_in(
    State(app): State<AppState>,
    transport: Transport,
    source: RequestSource,
    headers: HeaderMap,
    DeviceMark(mark): DeviceMark,
    JsonBody(body): JsonBody<SecondFactor>,
) -> Result<Response, Problem> {
    let mut fields = Fields::default();
    let (totp, recovery_code) = (body.totp.as_ref(), body.recovery_code.as_ref());
    let Some(given) = read_factor(&mut fields, totp, recovery_code, body.passkey) else {
        return Err(fields.into());
    };
    let entrance = Entrance {
        client_type: transport.client_type(),
        // Named as at the start of the sign-in.
        device: Device::new(None, source.user_agent.clone(), source.ip()),
        mark,
        trusts_device: body.trust_device,
    };
    let client = read_client(&app, transport, &headers);
    let cause = source.anonymous();
    Ok(
        match go_on(&app, body.flow, client, given, entrance, cause).await? {
            Completed::SignedIn(signed_in) => {
                let cookies = no_flow(&app, transport);
                (cookies, answer_sign_in(&app, transport, *signed_in)).into_response()
            }
            Completed::ResetAllowed => StatusCode::NO_CONTENT.into_response(),
        },
    )
}

/// Reads the one second factor that a request carries.
pub(super) fn read_factor(
    fields: &mut Fields,
    totp: Option<&SecretString>,
    recovery_code: Option<&SecretString>,
    passkey: Option<PasskeyAnswer>,
) -> Option<Given> {
    match (totp, recovery_code, passkey) {
        (Some(code), None, None) => {
            let code = TotpCode::parse(code.expose_secret());
            if code.is_none() {
                fields.refuse("totp", "The code of an authenticator app has six digits.");
            }
            code.map(Presented::Totp).map(Given::Code)
        }
        (None, Some(code), None) => {
            let code = RecoveryCode::parse(code.expose_secret());
            if code.is_none() {
                fields.refuse(
                    "recovery_code",
                    "A recovery code has four groups of four characters.",
                );
            }
            code.map(Presented::RecoveryCode).map(Given::Code)
        }
        (None, None, Some(answer)) => Some(Given::Passkey(answer.into())),
        _ => {
            fields.refuse("totp", "Send one second factor.");
            None
        }
    }
}

/// Reads which client goes on with a flow.
pub(super) fn read_client(app: &App, transport: Transport, headers: &HeaderMap) -> Client {
    match transport {
        Transport::Web => {
            let cookies = cookies::list(headers, Name::Flow, app.config.cookies);
            Client::Browser(cookies.map(str::to_owned).collect())
        }
        Transport::Native => Client::Native,
    }
}

/// The answer to a sign-in or a reset that waits for a second factor.
pub(super) fn answer_waiting(app: &App, waiting: Waiting) -> Response {
    let code = if waiting.is_enrolment {
        Code::EnrolmentRequired
    } else {
        Code::SecondFactorRequired
    };
    let problem = Problem::from(code).next_step(NextStep {
        flow: Some(waiting.flow.id),
        factors: waiting.factors,
        expires_in: Some(waiting.flow.expires_in),
    });
    let cookies = match waiting.flow.cookie {
        Some(cookie) => {
            let lifetime = waiting.flow.expires_in;
            SetCookies::default().flow(cookie, lifetime, app.config.cookies)
        }
        None => SetCookies::default(),
    };
    (cookies, problem).into_response()
}

/// Removes the cookie of a flow that is over.
pub(super) fn no_flow(app: &App, transport: Transport) -> SetCookies {
    match transport {
        Transport::Web => SetCookies::default().no_flow(app.config.cookies),
        Transport::Native => SetCookies::default(),
    }
}

impl From<SecondFactorError> for Problem {
    fn from(error: SecondFactorError) -> Self {
        match error {
            SecondFactorError::FlowOver => Code::FlowExpired.into(),
            SecondFactorError::Wrong => Code::SecondFactorInvalid.into(),
            SecondFactorError::Passkey(refused) => refused.into(),
            SecondFactorError::Throttled { wait } => Self::from(Code::RateLimited)
                .detail(
                    "Too many wrong second factors. Use a passkey, or wait for the seconds in \
                     Retry-After.",
                )
                .retry_after(wait),
            SecondFactorError::Database(error) => error.into(),
        }
    }
}
