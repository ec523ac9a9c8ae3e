//! Accounts that an administrator makes for somebody who then chooses a password.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;

use crate::db::{DbError, time};
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::mail::application::post;
use crate::features::mail::domain::{Letter, Locale, Outgoing};
use crate::features::proofs::application::{New, begin, end_all};
use crate::features::proofs::domain::Purpose;
use crate::features::sessions::application::Asker;
use crate::features::users::application::{
    AuthorError, RegisterError, create_invited, delete_invited, find_for_update, judge, mail_locale,
};
use crate::features::users::domain::{Email, User};
use crate::state::{App, AppState};

/// Why an invitation was neither sent nor taken back.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// Nobody is invited with this id.
    #[error("nobody is invited with this id")]
    NotFound,
    /// The session that asks may not do it.
    #[error(transparent)]
    Author(#[from] AuthorError),
    /// The account was not created.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The database gave no answer.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DieselError> for InviteError {
    fn from(error: DieselError) -> Self {
        Self::Database(error.into())
    }
}

/// Creates an account without a password, and mails a link to choose one.
pub async fn invite(
    app: &AppState,
    email: Email,
    locale: Locale,
    asker: Asker,
    cause: Cause,
) -> Result<User, InviteError> {
    let turn = app.turns.take(email.as_str()).await;
    let turn = turn.map_err(DbError::from)?;
    let state = app.clone();
    let user = app
        .db
        .transaction(move |conn| {
            let _held = &turn;
            let now = start(conn, &state, asker)?;
            let user = create_invited(conn, &email, locale, &cause, now)?;
            send(conn, &state, &user, &cause, now)?;
            Ok::<_, InviteError>(user)
        })
        .await?;
    app.mail_wanted.notify_one();
    app.db.catch_up().await;
    Ok(user)
}

/// Sends the invitation again; the link that was sent before is of no use any more.
pub async fn invite_again(
    app: &AppState,
    id: i64,
    asker: Asker,
    cause: Cause,
) -> Result<(), InviteError> {
    let state = app.clone();
    app.db
        .transaction(move |conn| {
            let now = start(conn, &state, asker)?;
            let user = find_invited(conn, id)?;
            end_all(conn, id, &[Purpose::Invitation], now)?;
            send(conn, &state, &user, &cause, now).map_err(InviteError::from)
        })
        .await?;
    app.mail_wanted.notify_one();
    Ok(())
}

/// Takes an invitation back and deletes the account, which nobody has used: its address is free again.
pub async fn withdraw(
    app: &AppState,
    id: i64,
    asker: Asker,
    cause: Cause,
) -> Result<(), InviteError> {
    let state = app.clone();
    app.db
        .transaction(move |conn| {
            let now = start(conn, &state, asker)?;
            find_invited(conn, id)?;
            delete_invited(conn, id)?;
            record(conn, Kind::InvitationWithdrawn, id, &cause, now).map_err(InviteError::from)
        })
        .await?;
    app.db.catch_up().await;
    Ok(())
}

/// Makes sure that the administrator proved lately who they are, and returns the database's time.
fn start(conn: &mut PgConnection, app: &App, asker: Asker) -> Result<DateTime<Utc>, InviteError> {
    let now = time::now(conn, &app.clock)?;
    judge(conn, asker, now)?.require()?;
    Ok(now)
}

fn find_invited(conn: &mut PgConnection, id: i64) -> Result<User, InviteError> {
    let found = find_for_update(conn, id)?;
    let invited = found.filter(|user| user.is_active && user.invited_at.is_some());
    invited.ok_or(InviteError::NotFound)
}

fn send(
    conn: &mut PgConnection,
    app: &App,
    user: &User,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let locale = mail_locale(user);
    let new = New {
        purpose: Purpose::Invitation,
        user_id: Some(user.id),
        address: &user.email,
        is_decoy: false,
        password_hash: None,
        locale: locale.as_str(),
    };
    let (begun, secrets) = begin(conn, app, &new, now)?;
    record(conn, Kind::Invited, user.id, cause, now)?;
    let outgoing = Outgoing {
        recipient: user.email.clone(),
        locale,
        letter: Letter::Invitation(secrets),
        is_decoy: false,
        proof: Some((begun.flow, 1)),
        expires_at: now + Purpose::Invitation.lifetime(),
    };
    post(conn, app, &outgoing, now)
}

fn record(
    conn: &mut PgConnection,
    kind: Kind,
    user_id: i64,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let event = Event {
        kind,
        user_id: Some(user_id),
        session_id: None,
        cause,
        at: now,
    };
    audit::record(conn, &event)
}
