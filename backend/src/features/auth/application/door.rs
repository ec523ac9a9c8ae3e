//! The only place that opens sessions: every way of signing in ends here.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;

use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::auth::application::Grant;
use crate::features::devices::application::{Remembered, SigningIn, remember};
use crate::features::devices::domain::Mark;
use crate::features::sessions::application::{Ended, Opening, note_device, open};
use crate::features::sessions::domain::{ClientType, Device, Session};
use crate::features::users::application::{Happened, notify};
use crate::features::users::domain::User;
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
}

/// A sign-in whose transaction has yet to commit.
#[must_use = "call `finish` after the transaction commits"]
pub struct Entered {
    user: User,
    session: Session,
    ended: Vec<Ended>,
    mark: Mark,
    now: DateTime<Utc>,
}

/// A completed sign-in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session's tokens.
    pub grant: Grant,
    /// The device's new mark.
    pub mark: Mark,
}

/// Opens a session for `user`, whose proof of identity was accepted in this transaction; `now` is
/// the database's time.
pub fn enter(
    conn: &mut PgConnection,
    app: &App,
    user: User,
    entrance: &Entrance,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<Entered> {
    let opening = Opening {
        id: random::uuid(),
        user_id: user.id,
        client_type: entrance.client_type,
        device: entrance.device.clone(),
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
    Ok(Entered {
        user,
        session,
        ended,
        mark,
        now,
    })
}

impl Entered {
    /// Signs the session's tokens. Call it after the commit.
    pub fn finish(self, app: &App) -> SignedIn {
        for sessions in self.ended {
            sessions.take_effect(app);
        }
        app.mail_wanted.notify_one();
        SignedIn {
            grant: Grant::new(app, self.user, &self.session, self.now),
            mark: self.mark,
        }
    }
}
