//! `POST /api/v1/users`: new accounts, and the proof that one begins with.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::code::Code;
use crate::api::input::callers::Registrar;
use crate::api::input::device_mark::DeviceMark;
use crate::api::input::extract::JsonBody;
use crate::api::input::fields::Fields;
use crate::api::input::proofs::{CodeOrLink, Reader};
use crate::api::input::source::RequestSource;
use crate::api::input::transport::Transport;
use crate::api::problem::Problem;
use crate::api::routes::auth::{Tokens, answer_admission, read_device};
use crate::api::routes::recovery::{StartedFlow, require_mail, too_many_mails};
use crate::api::routes::users::email_taken;
use crate::config::Mail;
use crate::features::auth::application::{Entrance, VerifyError, verify};
use crate::features::proofs::domain::Presented;
use crate::features::recovery::application::invite;
use crate::features::users::application::{
    RegisterError, SignUpError, register, require_step_up, sign_up,
};
use crate::features::users::domain::{Email, NewPassword, Role, User};
use crate::state::AppState;

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// In upper or lower case; stored in lower case.
    #[schema(format = "email", max_length = 254, example = "ada@example.com")]
    email: String,
    /// Any characters. Common passwords, and those that contain the name in the address, are
    /// refused. If mail is on, an administrator may leave it out: the owner then chooses one with a
    /// link sent by mail.
    #[schema(value_type = Option<String>, format = "password", min_length = 8, max_length = 128)]
    password: Option<SecretString>,
}

/// Register an account
///
/// Open to anyone while `SIGNUP_ENABLED` is true. Otherwise only administrators may register
/// accounts, with their access token. If addresses must be verified first, everybody except
/// administrators gets 202, whether or not the address has an account; continue with
/// `verifySignUp`.
#[utoipa::path(
    post, path = "/api/v1/users", tag = "users", operation_id = "registerUser",
    request_body = Registration,
    extensions(("x-codes" = json!([Code::AccessTokenMissing, Code::AccessTokenExpired, Code::AccessTokenInvalid, Code::SessionRevoked, Code::Forbidden, Code::StepUpRequired, Code::EmailTaken]))),
    responses(
        (status = 201, body = User, headers(("Location", description = "The account's address"))),
        (status = 202, body = StartedFlow, description = "A mail goes to the address"),
    ),
)]
pub async fn register_user(
    State(app): State<AppState>,
    registrar: Registrar,
    source: RequestSource,
    Reader(locale): Reader,
    JsonBody(registration): JsonBody<Registration>,
) -> Result<Response, Problem> {
    let mail = &app.config.mail;
    let administrator = registrar.administrator();
    if let Some(admin) = administrator {
        admin.require_admin(&app).await?;
        require_step_up(&app, admin.asker()).await?;
    }
    let may_invite = administrator.is_some() && mail.is_on();
    let domains = administrator.is_none().then_some(mail);
    let (email, password) = parse_registration(&registration, may_invite, domains)?;
    let cause = registrar.cause(source);
    let user = match (password, administrator) {
        (Some(password), None) if mail.is_verification_required => {
            let begun = sign_up(&app, email, password, locale, cause).await?;
            let started = StartedFlow::from(begun);
            return Ok((StatusCode::ACCEPTED, Json(started)).into_response());
        }
        (Some(password), _) => register(&app, email, password, Role::User, cause).await?,
        (None, Some(admin)) => invite(&app, email, locale, admin.asker(), cause).await?,
        (None, None) => return Err(Code::ValidationFailed.into()),
    };
    let location = format!("/api/v1/users/{}", user.id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(user)).into_response())
}

/// Reads the address and the password, which may be absent for `may_invite`. Strangers' addresses are
/// of the domains that may register.
fn parse_registration(
    registration: &Registration,
    may_invite: bool,
    domains: Option<&Mail>,
) -> Result<(Email, Option<NewPassword>), Problem> {
    let mut fields = Fields::default();
    let email = fields.read("email", Email::parse(&registration.email));
    if let Some(mail) = domains {
        refuse_other_domains(&mut fields, email.as_ref(), mail);
    }
    // Even if the address is invalid, the other rules for the password are checked.
    let password = registration.password.as_ref();
    let password = password.map(|text| NewPassword::parse(text, email.as_ref()));
    let password = fields.read("password", password.transpose()).flatten();
    if registration.password.is_none() && !may_invite {
        fields.refuse("password", "This field is required.");
    }
    fields.finish()?;
    let email = email.ok_or_else(|| Problem::internal("an address that is not refused is read"))?;
    Ok((email, password))
}

/// Refuses an address of a domain whose addresses may not register.
pub(super) fn refuse_other_domains(fields: &mut Fields, email: Option<&Email>, mail: &Mail) {
    if email.is_some_and(|email| !mail.may_register(email.domain())) {
        fields.refuse(
            "email",
            "Only addresses of certain domains can be used here. Use your address there.",
        );
    }
}

/// The proof that a sign-up goes on with: `code` or `token`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// The flow that registering started.
    flow: Uuid,
    /// The code from the mail; blanks and hyphens do not count.
    #[schema(value_type = Option<String>, example = "1234 5678")]
    code: Option<SecretString>,
    /// What stands behind the `#` of the link.
    #[schema(value_type = Option<String>)]
    token: Option<SecretString>,
    /// What to call this device in the list of sessions; else it is named by its user agent.
    #[serde(default)]
    #[schema(
        max_length = 100,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$",
        example = "Ada's phone"
    )]
    device_name: Option<String>,
}

/// Complete a sign-up
///
/// Creates the account and signs in. Where `SECOND_FACTOR` asks for one, the answer is `enrolment_required`
/// instead: go on with `beginEnrolment`.
#[utoipa::path(
    post, path = "/api/v1/users/verify", tag = "users", operation_id = "verifySignUp",
    params(("X-Device-Token" = Option<String>, Header, description = "From native clients: \
        `device_token` of the last sign-in on this device, whoever signed in.")),
    request_body = Verification,
    extensions(("x-codes" = json!([Code::NotFound, Code::EmailTaken, Code::ProofInvalid, Code::ProofExpired, Code::EnrolmentRequired]))),
    responses((status = 200, body = Tokens)),
)]
pub async fn verify_sign_up(
    State(app): State<AppState>,
    transport: Transport,
    source: RequestSource,
    DeviceMark(mark): DeviceMark,
    JsonBody(body): JsonBody<Verification>,
) -> Result<Response, Problem> {
    require_mail(&app)?;
    let mut fields = Fields::default();
    let presented = CodeOrLink::read(&mut fields, body.code.as_ref(), body.token.as_ref());
    let device = read_device(&mut fields, body.device_name.as_deref(), &source);
    let (Some(presented), Some(device)) = (presented, device) else {
        return Err(fields.into());
    };
    let presented = match presented {
        CodeOrLink::Code(code) => Presented::Code(body.flow, code),
        CodeOrLink::Link(link) => Presented::LinkOf(body.flow, link),
    };
    let entrance = Entrance {
        client_type: transport.client_type(),
        device,
        mark,
        trusts_device: false,
    };
    let admission = verify(&app, presented, entrance, source.anonymous()).await?;
    Ok(answer_admission(&app, transport, admission))
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

impl From<SignUpError> for Problem {
    fn from(error: SignUpError) -> Self {
        match error {
            SignUpError::TooManyMails { wait } => too_many_mails(wait),
            SignUpError::Hash(error) => error.into(),
            SignUpError::Database(error) => error.into(),
        }
    }
}

impl From<VerifyError> for Problem {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Proof(error) => error.into(),
            VerifyError::Register(error) => error.into(),
        }
    }
}
