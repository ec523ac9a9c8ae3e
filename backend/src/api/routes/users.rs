//! `/api/v1/users`: accounts.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::api::code::Code;
use crate::api::input::callers::{Administrator, CurrentUser};
use crate::api::input::device_mark::DeviceMark;
use crate::api::input::extract::{JsonBody, OptionalJsonBody, PathParam, QueryParams};
use crate::api::input::fields::Fields;
use crate::api::input::pages::{Page, Window};
use crate::api::input::source::RequestSource;
use crate::api::problem::{NextStep, Problem};
use crate::api::routes::recovery::too_many_mails;
use crate::api::routes::registration::refuse_other_domains;
use crate::config::Mail;
use crate::features::devices::domain::Mark;
use crate::features::users::application::{
    self as users, AuthenticateError, Author, AuthorError, Filter, Requested, UpdateError, update,
};
use crate::features::users::domain::{Attempt, Email, NewPassword, Role, User};
use crate::limits::Tier;
use crate::state::AppState;

const MAX_ADDRESS_CHARACTERS: usize = 254;

/// A page of accounts.
type UserPage = Page<User>;

/// Selects the accounts to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// The number of items; 20 by default.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
    /// Only addresses that contain this text, in upper or lower case; of an international domain,
    /// whole labels.
    #[param(max_length = 254)]
    email_contains: Option<String>,
    /// Only active, or only deactivated accounts.
    is_active: Option<bool>,
    /// Only accounts with this role.
    role: Option<Role>,
}

/// List accounts
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/users", tag = "users", operation_id = "listUsers", params(ListQuery),
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::Forbidden, Code::StepUpRequired, Code::ValidationFailed]))),
    responses(
        (status = 200, body = UserPage),
    ),
)]
pub async fn list_users(
    State(app): State<AppState>,
    _: Administrator,
    QueryParams(query): QueryParams<ListQuery>,
) -> Result<Json<UserPage>, Problem> {
    let window = Window::parse(query.limit, query.cursor.as_deref())?;
    let email_contains = query
        .email_contains
        .as_deref()
        .map(parse_part)
        .transpose()?;
    let filter = Filter {
        before: window.before,
        email_contains,
        is_active: query.is_active,
        role: query.role,
    };
    let found = app
        .db
        .read_stale(
            move |conn| users::list(conn, &filter, window.rows()),
            |_| true,
        )
        .await?;
    Ok(Json(window.page(found, |user| user.id)))
}

/// Converts a part of an address to the stored form.
fn parse_part(text: &str) -> Result<String, Problem> {
    if text.chars().count() > MAX_ADDRESS_CHARACTERS || text.contains('\0') {
        return Err(Problem::from(Code::ValidationFailed).field(
            "email_contains",
            "Shorten this text, and remove invalid characters: no address contains it.",
        ));
    }
    Ok(Email::fold_part(text))
}

/// Get your own account
#[utoipa::path(
    get, path = "/api/v1/users/me", tag = "users", operation_id = "getOwnUser",
    security(("bearer_token" = []), ("access_cookie" = [])),
    responses((status = 200, body = User)),
)]
pub async fn get_own_user(
    State(app): State<AppState>,
    user: CurrentUser,
) -> Result<Json<User>, Problem> {
    let is_active = |own: &Option<User>| own.as_ref().is_some_and(|own| own.is_active);
    let found = app
        .db
        .read_stale(move |conn| users::find(conn, user.id), is_active)
        .await?;
    let own = found.filter(|own| own.is_active);
    own.map(Json).ok_or(Code::SessionRevoked.into())
}

/// Get an account
///
/// Your own, or any account as an administrator. Other accounts are reported as not found.
#[utoipa::path(
    get, path = "/api/v1/users/{id}", tag = "users", operation_id = "getUser",
    params(("id" = i64, Path)),
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::StepUpRequired, Code::NotFound]))),
    responses(
        (status = 200, body = User),
    ),
)]
pub async fn get_user(
    State(app): State<AppState>,
    user: CurrentUser,
    PathParam(id): PathParam<i64>,
) -> Result<Json<User>, Problem> {
    see(&app, user, id).await?;
    let found = app
        .db
        .read_stale(move |conn| users::find(conn, id), Option::is_some)
        .await?;
    found.map(Json).ok_or_else(no_such_user)
}

/// The changes to make. Fields that are left out do not change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// In upper or lower case; stored in lower case, with its domain in ASCII.
    #[schema(format = "email", max_length = 254)]
    email: Option<String>,
    /// The rules of registration apply. Ends the other sessions of the account.
    #[schema(value_type = Option<String>, format = "password", min_length = 8, max_length = 128)]
    password: Option<SecretString>,
    /// Required to change your own address or password, and to deactivate your own account.
    #[schema(value_type = Option<String>, format = "password")]
    current_password: Option<SecretString>,
    /// Administrators only. Ends the sessions of the account.
    role: Option<Role>,
    /// Administrators only. `false` ends the sessions of the account.
    is_active: Option<bool>,
}

/// Change an account
#[utoipa::path(
    put, path = "/api/v1/users/{id}", tag = "users", operation_id = "updateUser",
    params(
        ("id" = i64, Path),
        ("X-Device-Token" = Option<String>, Header, description = "From native clients that send \
            `current_password`: `device_token` of the last sign-in on this device."),
    ),
    request_body = Changes,
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::InvalidCredentials, Code::StepUpRequired, Code::NotFound, Code::EmailTaken, Code::LastAdmin]))),
    responses(
        (status = 200, body = User),
        (status = 202, body = User, description = "A mail goes to the address that the owner asked for: it is the account's once that is proved"),
    ),
)]
pub async fn update_user(
    State(app): State<AppState>,
    user: CurrentUser,
    PathParam(id): PathParam<i64>,
    Extension(auth_tier): Extension<Tier>,
    source: RequestSource,
    DeviceMark(mark): DeviceMark,
    JsonBody(changes): JsonBody<Changes>,
) -> Result<(StatusCode, Json<User>), Problem> {
    see(&app, user, id).await?;
    let before = app.db.read(move |conn| users::find(conn, id)).await?;
    let before = before.ok_or_else(no_such_user)?;
    let requested = parse_changes(&changes, user, &before, &app.config.mail)?;
    if user.id == id && requested.is_costly() {
        auth_tier.check(source.client_ip()).await?;
    }
    let author = author(user, id, changes.current_password.as_ref(), mark);
    let user = update(&app, id, requested, author, source.by(user)).await?;
    let is_mailed = user.pending_email_flow != before.pending_email_flow;
    let status = if is_mailed && user.pending_email.is_some() {
        StatusCode::ACCEPTED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(user)))
}

fn parse_changes(
    changes: &Changes,
    user: CurrentUser,
    before: &User,
    mail: &Mail,
) -> Result<Requested, Problem> {
    let mut fields = Fields::default();
    if !user.is_admin() {
        let forbidden = [
            ("role", changes.role.is_some()),
            ("is_active", changes.is_active.is_some()),
        ];
        for (name, _) in forbidden.into_iter().filter(|(_, is_given)| *is_given) {
            fields.refuse(name, "Only an administrator may set this.");
        }
    }
    let email = changes.email.as_deref().map(Email::parse).transpose();
    let email = fields.read("email", email).flatten();
    let kept = Email::parse(&before.email).ok();
    // Else registering at one of the domains would be the way to an account at any other.
    if !user.is_admin() && email != kept {
        refuse_other_domains(&mut fields, email.as_ref(), mail);
    }
    let name_of = email.as_ref().or(kept.as_ref());
    let password = changes.password.as_ref();
    let password = password.map(|text| NewPassword::parse(text, name_of));
    let password = fields.read("password", password.transpose()).flatten();
    fields.finish()?;
    // The own address again asks for its proof, which needs none of its own.
    let proves_email = email.as_ref() == kept.as_ref() && email.is_some();
    Ok(Requested {
        email: email.filter(|_| !proves_email),
        proves_email,
        password,
        role: changes.role,
        is_active: changes.is_active,
    })
}

/// The author of a change that `user` makes to the account `id`.
pub(super) fn author(
    user: CurrentUser,
    id: i64,
    current_password: Option<&SecretString>,
    mark: Mark,
) -> Author {
    if user.id != id {
        return Author::Administrator(user.asker());
    }
    Author::Owner {
        password: current_password.map(Attempt::new),
        session_id: user.session_id,
        mark,
    }
}

/// The body of a deactivation.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deactivation {
    /// Required to deactivate your own account; administrators leave it out for other accounts.
    #[schema(value_type = Option<String>, format = "password")]
    current_password: Option<SecretString>,
}

/// Deactivate an account
///
/// Ends all its sessions. The address remains taken, and an administrator can reactivate the
/// account.
#[utoipa::path(
    delete, path = "/api/v1/users/{id}", tag = "users", operation_id = "deactivateUser",
    params(
        ("id" = i64, Path),
        ("X-Device-Token" = Option<String>, Header, description = "From native clients that send \
            `current_password`: `device_token` of the last sign-in on this device."),
    ),
    request_body = Option<Deactivation>,
    security(("bearer_token" = []), ("access_cookie" = [])),
    extensions(("x-codes" = json!([Code::InvalidCredentials, Code::StepUpRequired, Code::NotFound, Code::LastAdmin]))),
    responses(
        (status = 204, description = "Deactivated"),
    ),
)]
pub async fn deactivate_user(
    State(app): State<AppState>,
    user: CurrentUser,
    PathParam(id): PathParam<i64>,
    Extension(auth_tier): Extension<Tier>,
    source: RequestSource,
    DeviceMark(mark): DeviceMark,
    OptionalJsonBody(body): OptionalJsonBody<Deactivation>,
) -> Result<StatusCode, Problem> {
    see(&app, user, id).await?;
    if user.id == id {
        auth_tier.check(source.client_ip()).await?;
    }
    let requested = Requested {
        is_active: Some(false),
        ..Requested::default()
    };
    let author = author(user, id, body.current_password.as_ref(), mark);
    update(&app, id, requested, author, source.by(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Fails with `not_found` unless `user` may see the account, to hide whether it exists.
pub(super) async fn see(app: &AppState, user: CurrentUser, id: i64) -> Result<(), Problem> {
    match (user.id == id, user.is_admin()) {
        (true, _) => Ok(()),
        (false, true) => user.require_admin(app).await,
        (false, false) => Err(no_such_user()),
    }
}

/// The response for an account that does not exist, or that the caller may not see.
pub(super) fn no_such_user() -> Problem {
    Problem::from(Code::NotFound).detail("There is no such account. Check its id.")
}

impl From<AuthorError> for Problem {
    fn from(error: AuthorError) -> Self {
        match error {
            AuthorError::SignedOut => Code::SessionRevoked.into(),
            AuthorError::StepUpNeeded { factors } => {
                let problem = if factors.is_empty() {
                    Self::from(Code::StepUpRequired).detail(
                        "Set up a second factor in your account first, then repeat the request.",
                    )
                } else {
                    Code::StepUpRequired.into()
                };
                problem.next_step(NextStep {
                    factors,
                    ..NextStep::default()
                })
            }
            AuthorError::Database(error) => error.into(),
        }
    }
}

impl From<UpdateError> for Problem {
    fn from(error: UpdateError) -> Self {
        const NAME: &str = "current_password";
        match error {
            UpdateError::NotFound => no_such_user(),
            UpdateError::EmailTaken => email_taken(),
            UpdateError::LastAdmin => Code::LastAdmin.into(),
            UpdateError::Author(error) => error.into(),
            UpdateError::TooManyMails { wait } => too_many_mails(wait),
            UpdateError::Authenticate(AuthenticateError::InvalidCredentials) => {
                Self::from(Code::InvalidCredentials)
                    .detail("The current password is wrong. Check it and try again.")
                    .field(NAME, "This is not your current password.")
            }
            UpdateError::Authenticate(error) => error.into(),
            UpdateError::Hash(error) => error.into(),
            UpdateError::Database(error) => error.into(),
        }
    }
}

/// The response for an address that another account has.
pub(super) fn email_taken() -> Problem {
    Problem::from(Code::EmailTaken).field("email", "An account with this address exists.")
}
