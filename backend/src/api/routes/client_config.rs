//! `GET /api/v1/config`: what clients may offer.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::CACHE_CONTROL;
use serde::Serialize;
use utoipa::ToSchema;

use crate::config::{Brand, Delivery, SecondFactorPolicy};
use crate::features::mail::domain::Locale;
use crate::state::AppState;

const FOR_A_MINUTE: &str = "public, max-age=60";

/// What is on. A client shows this and nothing else.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is shown on its own")]
pub struct ClientConfig {
    /// Whether strangers may register.
    sign_up: bool,
    /// The domains whose addresses may register; any when empty.
    sign_up_domains: Vec<String>,
    /// Whether an account begins with a proof of its address.
    email_verification: EmailVerification,
    /// Whether mail can be sent: a forgotten password can be reset, an address proved.
    mail: bool,
    /// Whether mails go to the development mailbox at `/dev/mail`.
    mailbox: bool,
    /// Whether browsers can use passkeys here.
    passkeys: bool,
    /// Who needs a second factor.
    second_factor: SecondFactorPolicy,
    /// The languages of mails.
    languages: Vec<Locale>,
    brand: Brand,
}

/// Whether an account begins with a proof of its address.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum EmailVerification {
    /// It does.
    Required,
    /// It begins at once.
    Off,
}

/// Get what clients may offer
#[utoipa::path(
    get, path = "/api/v1/config", tag = "config", operation_id = "getConfig",
    responses((status = 200, body = ClientConfig)),
)]
pub async fn get_config(
    State(app): State<AppState>,
) -> ([(HeaderName, &'static str); 1], Json<ClientConfig>) {
    let mail = &app.config.mail;
    let config = ClientConfig {
        sign_up: app.config.is_signup_enabled,
        sign_up_domains: mail.signup_domains.clone(),
        email_verification: if mail.is_verification_required {
            EmailVerification::Required
        } else {
            EmailVerification::Off
        },
        mail: mail.is_on(),
        mailbox: matches!(mail.delivery, Delivery::Mailbox),
        passkeys: app.config.passkeys.is_on,
        second_factor: app.config.second_factor,
        languages: Locale::ALL.to_vec(),
        brand: app.config.brand.clone(),
    };
    ([(CACHE_CONTROL, FOR_A_MINUTE)], Json(config))
}
