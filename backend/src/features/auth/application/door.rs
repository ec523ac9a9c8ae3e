//! The only place that opens sessions: every way of signing in ends here.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;

use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::auth::application::Grant;
use crate::features::devices::application::{
    Remembered, SigningIn, is_known, is_trusted, remember,
};
use crate::features::devices::domain::Mark;
use crate::features::factors::application::{Asked, Waiting, wait};
use crate::features::factors::domain::{Methods, Purpose};
use crate::features::sessions::application::{Ended, Opening, note_device, open};
use crate::features::sessions::domain::{ClientType, Device, Session};
use crate::features::users::application::{Happened, find_credentials, notify};
use crate::features::users::domain::{Role, User};
use crate::security::random;
use crate::state::App;

/// The client that signs in.
#[derive(Clone, Debug)]
pub struct Entrance {
    /// How the client carries tokens.
    pub client_type: ClientType,
    /// What the user recognises the session by.
    pub device: Device,
    /// The device's mark from earlier sign-ins.
    pub mark: Mark,
    /// Whether no second factor is to be asked for on this device for 30 days.
    pub trusts_device: bool,
}

/// What a sign-in came to, before its transaction commits.
#[must_use = "call `finish` after the transaction commits"]
pub enum Entering {
    /// A session was opened.
    Entered(Box<Entered>),
    /// A second factor is needed.
    Waiting(Waiting),
}

/// A session that was opened.
pub struct Entered {
    user: User,
    session: Session,
    ended: Vec<Ended>,
    mark: Mark,
    now: DateTime<Utc>,
}

/// What a sign-in came to.
#[derive(Clone, Debug)]
pub enum Admission {
    /// The user is signed in.
    SignedIn(Box<SignedIn>),
    /// A second factor is needed.
    Waiting(Waiting),
}

/// A completed sign-in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session's tokens.
    pub grant: Grant,
    /// The device's new mark.
    pub mark: Mark,
    /// The recovery codes of a second factor that was set up on the way.
    pub recovery_codes: Option<Vec<String>>,
}

/// Opens a session for `user`, who proved in this transaction who they are by `methods`, or asks for the
/// second factor that is missing, or that `SECOND_FACTOR` wants to be set up; `now` is the database's time.
pub fn enter(
    conn: &mut PgConnection,
    app: &App,
    user: User,
    methods: &Methods,
    entrance: &Entrance,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<Entering> {
    if let Some(purpose) = find_missing(conn, app, &user, methods, entrance, now)? {
        let credentials = find_credentials(conn, user.id)?.ok_or(diesel::NotFound)?;
        // Who only has the password sets up no factor of their own.
        let is_owner = purpose == Purpose::Enrolment
            && (methods.has_mailed_code() || is_known(conn, &entrance.mark, Some(user.id))?);
        let asked = Asked {
            purpose,
            user_id: user.id,
            credentials_version: credentials.credentials_version,
            amr: methods.amr(),
            device_name: &entrance.device.name,
            is_browser: entrance.client_type == ClientType::Web,
            is_owner,
        };
        return wait(conn, asked, now).map(Entering::Waiting);
    }
    let opening = Opening {
        id: random::uuid(),
        user_id: user.id,
        client_type: entrance.client_type,
        device: entrance.device.clone(),
        amr: methods.amr().to_owned(),
        has_second_factor: methods.has_second_factor(),
        last_end: app.revocations.last_end(user.id),
    };
    let event = Event {
        kind: Kind::SignedIn,
        user_id: Some(user.id),
        session_id: Some(opening.id),
        cause,
        at: now,
    };
    audit::record(conn, &event)?;
    let (session, ended) = open(conn, &opening, &app.config.tokens, cause, now)?;
    let device = SigningIn {
        user_id: user.id,
        session_id: opening.id,
        name: &opening.device.name,
        is_trusted: entrance.trusts_device && user.second_factor_at.is_some(),
        now,
    };
    let remembered = remember(conn, &entrance.mark, device)?;
    let Remembered {
        id,
        mark,
        is_another,
    } = remembered;
    // After the session's row: whoever ends a session locks it before its device.
    note_device(conn, opening.id, id)?;
    if is_another {
        notify(conn, app, &user, Happened::NewDevice, cause, now)?;
    }
    Ok(Entering::Entered(Box::new(Entered {
        user,
        session,
        ended,
        mark,
        now,
    })))
}

/// Finds what has to happen before somebody who proved who they are by `methods` is signed in.
fn find_missing(
    conn: &mut PgConnection,
    app: &App,
    user: &User,
    methods: &Methods,
    entrance: &Entrance,
    now: DateTime<Utc>,
) -> QueryResult<Option<Purpose>> {
    if methods.has_second_factor() {
        return Ok(None);
    }
    if user.second_factor_at.is_none() {
        let is_required = app
            .config
            .second_factor
            .is_required(user.role == Role::Admin);
        return Ok(is_required.then_some(Purpose::Enrolment));
    }
    let is_trusted = is_trusted(conn, &entrance.mark, user.id, now)?;
    Ok((!is_trusted).then_some(Purpose::SignIn))
}

impl Entering {
    /// Signs the session's tokens, if one was opened. Call it after the commit.
    pub fn finish(self, app: &App) -> Admission {
        match self {
            Self::Entered(entered) => Admission::SignedIn(Box::new(entered.finish(app))),
            Self::Waiting(waiting) => Admission::Waiting(waiting),
        }
    }
}

impl Entered {
    fn finish(self, app: &App) -> SignedIn {
        for sessions in self.ended {
            sessions.take_effect(app);
        }
        app.mail_wanted.notify_one();
        SignedIn {
            grant: Grant::new(app, self.user, &self.session, self.now),
            mark: self.mark,
            recovery_codes: None,
        }
    }
}
