//! `/api/v1/auth`: sign-in, refresh and sign-out.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::code::Code;
use crate::api::input::cookies::{self, Name, SetCookies};
use crate::api::input::device_mark::{self, DeviceMark};
use crate::api::input::extract::{JsonBody, OptionalJsonBody};
use crate::api::input::fields::Fields;
use crate::api::input::source::RequestSource;
use crate::api::input::transport::Transport;
use crate::api::problem::Problem;
use crate::api::routes::second_factor::answer_waiting;
use crate::features::auth::application::{
    Admission, Entrance, Grant, RefreshError, SignedIn, Token, refresh, sessions_named, sign_in,
    sign_out,
};
use crate::features::sessions::domain::Device;
use crate::features::users::application::AuthenticateError;
use crate::features::users::domain::{Attempt, Email, User};
use crate::limits::Tier;
use crate::security::jwt::TokenError;
use crate::state::{App, AppState};

const MAX_DEVICE_NAME_CHARACTERS: usize = 100;

/// A sign-in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The email address, in upper or lower case.
    #[schema(format = "email", max_length = 254, example = "ada@example.com")]
    email: String,
    /// The password as typed.
    #[schema(value_type = String, format = "password", min_length = 1)]
    password: SecretString,
    /// The name of this device in the list of sessions; derived from the user agent by default.
    #[serde(default)]
    #[schema(
        max_length = 100,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$",
        example = "Ada's phone"
    )]
    device_name: Option<String>,
}

/// The response to a sign-in or refresh. Only that of a native client has `access_token`.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum Tokens {
    Native(NativeTokens),
    Web(WebTokens),
}

/// The response to a native client.
#[derive(Serialize, ToSchema)]
pub struct NativeTokens {
    /// For the `Authorization: Bearer` header.
    access_token: String,
    /// For the next refresh; at most 512 bytes.
    refresh_token: String,
    /// `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// The lifetime of the access token in seconds.
    #[schema(example = 900)]
    expires_in: i64,
    /// The lifetime of the refresh token in seconds.
    refresh_expires_in: i64,
    user: User,
    /// Only at sign-in: send it as `X-Device-Token` at the next sign-in. Keep it when the session
    /// ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_token: Option<String>,
    /// Only where a second factor was set up on the way: each works once, and they are never shown again.
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_codes: Option<Vec<String>>,
}

/// The response to a web client; the tokens are in cookies.
#[derive(Serialize, ToSchema)]
pub struct WebTokens {
    /// The lifetime of the access token in seconds.
    #[schema(example = 900)]
    expires_in: i64,
    user: User,
    /// Only at sign-in: the CSRF token to send from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf_token: Option<String>,
    /// Only where a second factor was set up on the way: each works once, and they are never shown again.
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_codes: Option<Vec<String>>,
}

/// Sign in
///
/// The response is the same, and takes as long, for an unknown address, a wrong password and a
/// deactivated account. A sign-in marks the device as known. Failed sign-ins on other devices
/// cannot lock out a known device.
#[utoipa::path(
    post, path = "/api/v1/auth/login", tag = "auth", operation_id = "logIn",
    params(("X-Device-Token" = Option<String>, Header, description = "From native clients: \
        `device_token` of the last sign-in on this device, whoever signed in.")),
    request_body = Login,
    extensions(("x-codes" = json!([Code::InvalidCredentials, Code::SecondFactorRequired, Code::EnrolmentRequired]))),
    responses(
        (status = 200, body = Tokens),
    ),
)]
pub async fn log_in(
    State(app): State<AppState>,
    transport: Transport,
    source: RequestSource,
    DeviceMark(mark): DeviceMark,
    JsonBody(login): JsonBody<Login>,
) -> Result<Response, Problem> {
    let (email, device) = parse_login(&login, &source)?;
    let entrance = Entrance {
        client_type: transport.client_type(),
        device,
        mark,
        trusts_device: false,
    };
    let password = Attempt::new(&login.password);
    let admission = sign_in(&app, email, password, entrance, source.anonymous()).await?;
    Ok(answer_admission(&app, transport, admission))
}

/// Responds to somebody who is signed in, or whose second factor is missing.
pub(super) fn answer_admission(app: &App, transport: Transport, admission: Admission) -> Response {
    match admission {
        Admission::SignedIn(signed_in) => answer_sign_in(app, transport, *signed_in),
        Admission::Waiting(waiting) => answer_waiting(app, waiting),
    }
}

/// Responds with the tokens of a new session, in the way of the transport.
pub(super) fn answer_sign_in(app: &App, transport: Transport, signed_in: SignedIn) -> Response {
    let SignedIn {
        grant,
        mark,
        recovery_codes,
    } = signed_in;
    let device_token = device_mark::sign(app, &mark);
    match transport {
        Transport::Web => {
            let csrf_token = app.csrf.issue();
            let cookies = SetCookies::default()
                .tokens(&grant, app.config.cookies)
                .csrf(csrf_token.clone(), app.config.cookies)
                .device(device_token, app.config.cookies);
            let body = web_tokens(grant, Some(csrf_token), recovery_codes);
            (cookies, Json(body)).into_response()
        }
        Transport::Native => {
            Json(native_tokens(grant, Some(device_token), recovery_codes)).into_response()
        }
    }
}

fn parse_login(login: &Login, source: &RequestSource) -> Result<(Email, Device), Problem> {
    let mut fields = Fields::default();
    let email = fields.read("email", Email::parse(&login.email));
    let device = read_device(&mut fields, login.device_name.as_deref(), source);
    match (email, device) {
        (Some(email), Some(device)) => Ok((email, device)),
        _ => Err(fields.into()),
    }
}

/// Reads the field `device_name`.
pub(super) fn read_device(
    fields: &mut Fields,
    device_name: Option<&str>,
    source: &RequestSource,
) -> Option<Device> {
    let given_name = device_name.map(str::trim).filter(|name| !name.is_empty());
    let is_bad_name = given_name.is_some_and(|name| {
        name.chars().count() > MAX_DEVICE_NAME_CHARACTERS || name.chars().any(char::is_control)
    });
    if is_bad_name {
        fields.refuse(
            "device_name",
            "A device name has at most 100 characters and no control characters.",
        );
        return None;
    }
    let (user_agent, ip) = (source.user_agent.clone(), source.ip());
    Some(Device::new(given_name.map(str::to_owned), user_agent, ip))
}

/// The body of a refresh.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshToken {
    /// The newest refresh token. Web clients send it as a cookie and leave the body empty.
    #[schema(value_type = Option<String>)]
    refresh_token: Option<SecretString>,
}

/// Refresh the tokens
///
/// Each refresh makes a new pair. If the response is lost, repeat the request to get the same pair
/// again. A token whose successor has been used ends the session.
#[utoipa::path(
    post, path = "/api/v1/auth/refresh", tag = "auth", operation_id = "refreshTokens",
    request_body = Option<RefreshToken>,
    extensions(("x-codes" = json!([Code::RefreshTokenMissing, Code::RefreshTokenInvalid, Code::RefreshTokenExpired, Code::RefreshTokenReused, Code::SessionRevoked]))),
    responses(
        (status = 200, body = Tokens),
    ),
)]
pub async fn refresh_tokens(
    State(app): State<AppState>,
    transport: Transport,
    source: RequestSource,
    Extension(auth_tier): Extension<Tier>,
    headers: HeaderMap,
    OptionalJsonBody(body): OptionalJsonBody<RefreshToken>,
) -> Result<Response, Problem> {
    let tokens = refresh_tokens_sent(&app, transport, &headers, &body);
    let token = tokens.first();
    let token = token.map(|token| app.jwt.read_refresh(token, app.clock.now()));
    match &token {
        Some(Ok(claims)) => auth_tier.check(claims.sid).await?,
        Some(Err(_)) | None => auth_tier.check(source.client_ip()).await?,
    }
    let token = token.ok_or(Code::RefreshTokenMissing)?;
    let grant = refresh(&app, token, source.anonymous()).await?;
    Ok(match transport {
        Transport::Web => {
            let cookies = SetCookies::default().tokens(&grant, app.config.cookies);
            (cookies, Json(web_tokens(grant, None, None))).into_response()
        }
        Transport::Native => Json(native_tokens(grant, None, None)).into_response(),
    })
}

/// Sign out
///
/// Ends the session of the token, even if the token has expired. It does nothing if the session has
/// already ended, so it can be repeated.
#[utoipa::path(
    post, path = "/api/v1/auth/logout", tag = "auth", operation_id = "logOut",
    request_body = Option<RefreshToken>,
    responses(
        (status = 204, description = "Signed out"),
    ),
)]
pub async fn log_out(
    State(app): State<AppState>,
    transport: Transport,
    source: RequestSource,
    Extension(auth_tier): Extension<Tier>,
    headers: HeaderMap,
    OptionalJsonBody(body): OptionalJsonBody<RefreshToken>,
) -> Result<Response, Problem> {
    let refresh = refresh_tokens_sent(&app, transport, &headers, &body);
    let access = transport.access_tokens(&headers, app.config.cookies);
    let tokens = refresh.into_iter().map(Token::Refresh);
    let named = sessions_named(&app, tokens.chain(access.map(Token::Access)));
    if named.is_empty() {
        auth_tier.check(source.client_ip()).await?;
    }
    for (session_id, _) in &named {
        auth_tier.check(*session_id).await?;
    }
    sign_out(&app, named, source.anonymous()).await?;
    Ok(match transport {
        Transport::Web => {
            let cookies = SetCookies::default()
                .no_tokens(app.config.cookies)
                .csrf(app.csrf.issue(), app.config.cookies);
            (cookies, StatusCode::NO_CONTENT).into_response()
        }
        Transport::Native => StatusCode::NO_CONTENT.into_response(),
    })
}

/// The refresh tokens of a request, in order of precedence: valid ones, then expired ones, then
/// those of other programs.
fn refresh_tokens_sent<'a>(
    app: &App,
    transport: Transport,
    headers: &'a HeaderMap,
    body: &'a RefreshToken,
) -> Vec<&'a str> {
    let mut tokens: Vec<_> = match transport {
        Transport::Web => cookies::list(headers, Name::Refresh, app.config.cookies).collect(),
        Transport::Native => body
            .refresh_token
            .iter()
            .map(secrecy::ExposeSecret::expose_secret)
            .filter(|token| !token.is_empty())
            .collect(),
    };
    if tokens.len() > 1 {
        let now = app.clock.now();
        tokens.sort_by_cached_key(|token| match app.jwt.read_refresh(token, now) {
            Ok(_) => 0,
            Err(TokenError::Expired) => 1,
            Err(TokenError::Invalid) => 2,
        });
    }
    tokens
}

fn web_tokens(
    grant: Grant,
    csrf_token: Option<String>,
    recovery_codes: Option<Vec<String>>,
) -> Tokens {
    Tokens::Web(WebTokens {
        expires_in: grant.access_expires_in.num_seconds(),
        user: grant.user,
        csrf_token,
        recovery_codes,
    })
}

fn native_tokens(
    grant: Grant,
    device_token: Option<String>,
    recovery_codes: Option<Vec<String>>,
) -> Tokens {
    Tokens::Native(NativeTokens {
        access_token: grant.access_token,
        refresh_token: grant.refresh_token,
        token_type: "Bearer",
        expires_in: grant.access_expires_in.num_seconds(),
        refresh_expires_in: grant.refresh_expires_in.num_seconds(),
        user: grant.user,
        device_token,
        recovery_codes,
    })
}

impl From<AuthenticateError> for Problem {
    fn from(error: AuthenticateError) -> Self {
        match error {
            AuthenticateError::InvalidCredentials => Code::InvalidCredentials.into(),
            AuthenticateError::Throttled { wait } => Self::from(Code::RateLimited)
                .detail("Too many failed sign-ins. Wait for the seconds in Retry-After.")
                .retry_after(wait),
            AuthenticateError::Hash(error) => error.into(),
            AuthenticateError::Database(error) => error.into(),
        }
    }
}

impl From<RefreshError> for Problem {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Invalid => Code::RefreshTokenInvalid.into(),
            RefreshError::Expired => Code::RefreshTokenExpired.into(),
            RefreshError::Revoked => Code::SessionRevoked.into(),
            RefreshError::Reused => Code::RefreshTokenReused.into(),
            RefreshError::Database(error) => error.into(),
        }
    }
}
