//! `POST /api/v1/users`: new accounts.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::code::Code;
use crate::api::input::callers::Registrar;
use crate::api::input::extract::JsonBody;
use crate::api::input::fields::Fields;
use crate::api::input::source::RequestSource;
use crate::api::problem::Problem;
use crate::api::routes::users::email_taken;
use crate::features::users::application::{RegisterError, register};
use crate::features::users::domain::{Email, NewPassword, Role, User};
use crate::state::AppState;

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// In any case; kept in lower case.
    #[schema(format = "email", max_length = 254, example = "ada@example.com")]
    email: String,
    /// Any characters; not a common password, and not with the name of the address in it.
    #[schema(value_type = String, format = "password", min_length = 8, max_length = 128)]
    password: SecretString,
}

/// Register an account
///
/// Open to anyone while `SIGNUP_ENABLED` is true, else to administrators: they send their access
/// token, which no other caller needs.
#[utoipa::path(
    post, path = "/api/v1/users", tag = "users", operation_id = "registerUser",
    request_body = Registration,
    extensions(("x-codes" = json!([Code::AccessTokenMissing, Code::AccessTokenExpired, Code::AccessTokenInvalid, Code::SessionRevoked, Code::Forbidden, Code::EmailTaken]))),
    responses(
        (status = 201, body = User, headers(("Location", description = "The account's address"))),
    ),
)]
pub async fn register_user(
    State(app): State<AppState>,
    registrar: Registrar,
    source: RequestSource,
    JsonBody(registration): JsonBody<Registration>,
) -> Result<impl IntoResponse, Problem> {
    let (email, password) = parse_registration(&registration)?;
    let cause = registrar.cause(source);
    let user = register(&app, email, password, Role::User, cause).await?;
    let location = format!("/api/v1/users/{}", user.id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(user)))
}

fn parse_registration(registration: &Registration) -> Result<(Email, NewPassword), Problem> {
    let mut fields = Fields::default();
    let email = fields.read("email", Email::parse(&registration.email));
    // With a bad address the password's own rules are still told.
    let password = NewPassword::parse(&registration.password, email.as_ref());
    let password = fields.read("password", password);
    match (email, password) {
        (Some(email), Some(password)) => Ok((email, password)),
        _ => Err(fields.into()),
    }
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::EmailTaken => email_taken(),
            RegisterError::Hash(error) => error.into(),
            RegisterError::Database(error) => error.into(),
        }
    }
}
