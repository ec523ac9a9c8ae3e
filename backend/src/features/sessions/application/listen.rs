//! Learns of sessions that other instances ended, by PostgreSQL's `LISTEN` and `NOTIFY`.

use std::thread;
use std::time::{Duration, Instant};

use diesel::QueryResult;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use secrecy::SecretString;

use crate::db::{self, DbError, REPLICA_CHANNEL};
use crate::features::sessions::infrastructure::announcements::{self, CHANNEL};
use crate::features::sessions::infrastructure::{epochs, sessions};
use crate::features::sessions::memory::revocations::End;
use crate::security::random;
use crate::state::App;

/// How often the connection is read. An ended session stays alive for at most about this long.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How long the instance may miss its own announcements before it treats the connection as dead. A
/// pulled cable gives no error.
const LONGEST_SILENCE: Duration = Duration::from_millis(2500);

/// The longest pause before the next attempt to connect, without jitter. It is short enough that an
/// instance that can reach the database again catches up within the promised second.
const LONGEST_PAUSE: Duration = Duration::from_millis(300);

/// The suffix of the instance's name in `pg_stat_activity`, which truncates names to 63 bytes.
const SUFFIX: &str = " listener";

/// Listens until the process stops; blocks its thread. If it cannot, [`super::look_out`] finds
/// ended sessions by polling.
pub fn listen(app: &App, url: &SecretString) {
    let mut pause = LOOK_EVERY;
    let mut is_told = false;
    while !app.is_stopping() {
        let mut has_heard = false;
        let heard = hear(app, url, || has_heard = true);
        app.awareness.note_deaf();
        app.db.note_listening(false);
        if has_heard {
            (pause, is_told) = (LOOK_EVERY, false);
        }
        if let Err(error) = heard
            && !is_told
        {
            tracing::warn!(%error, "cannot listen for sessions that other instances end; polling for them");
            is_told = true;
        }
        // Jitter, so that instances that lost the same database do not all reconnect at once.
        let jitter = u32::from(random::bytes::<1>()[0]) + 128;
        thread::sleep(pause * jitter / 256);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Connects and listens until the process stops, the connection breaks or nothing is heard for too
/// long.
fn hear(app: &App, url: &SecretString, mut note_first: impl FnMut()) -> Result<(), DbError> {
    let mut conn = db::connect_directly(url)?;
    let echo = &app.awareness.echo_channel;
    conn.batch_execute(&format!(
        "SELECT set_config('application_name',
            left(current_setting('application_name'), 54) || '{SUFFIX}', false); LISTEN {CHANNEL}; LISTEN {echo}; \
         LISTEN {REPLICA_CHANNEL}"
    ))?;
    // This instance missed what was announced since the last poll. Polling also sends the echo.
    app.awareness.look_wanted.notify_one();
    let (mut heard, mut announced) = (Instant::now(), Vec::new());
    while !app.is_stopping() {
        for notification in conn.notifications_iter() {
            let notification = notification?;
            if notification.channel == *echo {
                app.awareness.note_heard();
                if let Some(lag) = app.awareness.age_of(&notification.payload) {
                    app.metrics.revocation_lag.observe(lag.as_secs_f64());
                }
                app.db.note_listening(true);
                note_first();
                heard = Instant::now();
            } else if notification.channel == REPLICA_CHANNEL {
                if let Ok(position) = notification.payload.parse() {
                    app.db.require_position(position);
                }
            } else {
                announced.extend(announcements::read(&notification.payload));
            }
        }
        heed(app, &mut conn, std::mem::take(&mut announced))?;
        if heard.elapsed() > LONGEST_SILENCE {
            let silence = "the instance does not hear its own announcements";
            return Err(DbError::Unavailable(silence.into()));
        }
        thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

/// Refuses the access tokens of announced sessions, after checking the tables: every role that may
/// connect can send an announcement.
fn heed(app: &App, conn: &mut PgConnection, announced: Vec<End>) -> QueryResult<()> {
    let (mut ids, mut user_ids) = (Vec::new(), Vec::new());
    for end in announced {
        match end {
            End::Session { id, .. } => ids.push(id),
            End::Account { user_id, .. } => user_ids.push(user_id),
        }
    }
    let mut ended = Vec::new();
    if !ids.is_empty() {
        ended.extend(sessions::list_ended_among(conn, &ids)?);
    }
    if !user_ids.is_empty() {
        ended.extend(epochs::list_ended_among(conn, &user_ids)?);
    }
    for end in ended {
        app.revocations.insert(end);
    }
    Ok(())
}
