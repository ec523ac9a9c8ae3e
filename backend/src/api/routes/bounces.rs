//! `POST /api/v1/mail/bounces`: what the mail provider learned about an address.

use aws_lc_rs::constant_time;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::code::Code;
use crate::api::input::bearer::Bearer;
use crate::api::input::extract::JsonBody;
use crate::api::input::fields::Fields;
use crate::api::input::source::RequestSource;
use crate::api::problem::Problem;
use crate::features::users::application::note_bounce;
use crate::features::users::domain::Email;
use crate::state::{App, AppState};

/// A mail came back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bounce {
    /// Whom it was for.
    #[schema(format = "email", max_length = 254, example = "ada@example.com")]
    address: String,
    kind: BounceKind,
    /// When it came back.
    at: DateTime<Utc>,
}

/// Why a mail came back.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BounceKind {
    /// The address does not exist, or takes no mail.
    Hard,
    /// It may work another time, as with a full mailbox. Only logged.
    Soft,
    /// The recipient reported it as spam.
    Complaint,
}

/// Report a mail that came back
///
/// For the mail provider, or what translates its reports: send `MAIL_BOUNCE_TOKEN` as the bearer token.
/// Administrators and the owner see that the address does not work. It gets no more notices, and one mail
/// a day that somebody asked for.
#[utoipa::path(
    post, path = "/api/v1/mail/bounces", tag = "mail", operation_id = "reportBounce",
    request_body = Bounce,
    extensions(("x-codes" = json!([Code::InvalidCredentials, Code::NotFound]))),
    responses((status = 204, description = "Noted, whether or not an account has the address")),
)]
pub async fn report_bounce(
    State(app): State<AppState>,
    bearer: Bearer,
    source: RequestSource,
    JsonBody(bounce): JsonBody<Bounce>,
) -> Result<StatusCode, Problem> {
    check(&app, &bearer)?;
    let mut fields = Fields::default();
    let address = fields.read("address", Email::parse(&bounce.address));
    fields.finish()?;
    if bounce.kind == BounceKind::Soft {
        tracing::info!("a mail came back for now");
        return Ok(StatusCode::NO_CONTENT);
    }
    if let Some(address) = address {
        let at = bounce.at.min(app.clock.now());
        note_bounce(&app, address, at, source.anonymous()).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

fn check(app: &App, bearer: &Bearer) -> Result<(), Problem> {
    let Some(expected) = &app.config.mail.bounce_token else {
        return Err(Code::NotFound.into());
    };
    let expected = expected.expose_secret().as_bytes();
    let presented = bearer.0.as_deref().unwrap_or_default().as_bytes();
    constant_time::verify_slices_are_equal(presented, expected).map_err(|_| {
        let detail = "Send MAIL_BOUNCE_TOKEN in the header Authorization: Bearer.";
        Problem::from(Code::InvalidCredentials).detail(detail)
    })
}
