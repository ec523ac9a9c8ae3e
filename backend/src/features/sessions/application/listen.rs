//! Hearing which sessions other instances have ended, by PostgreSQL's `LISTEN` and `NOTIFY`.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use secrecy::SecretString;
use tokio::sync::oneshot;

use crate::db::{self, DbError, time};
use crate::features::sessions::domain::Session;
use crate::features::sessions::infrastructure::announcements::{self, CHANNEL};
use crate::features::sessions::infrastructure::{epochs, sessions};
use crate::security::random;
use crate::state::{App, AppState};

/// How often the connection is looked at; a session lives on for at most about this long.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How often the server is asked for a sign of life: a cable that was pulled says nothing.
const PROBE_EVERY: Duration = Duration::from_millis(500);

/// The longest pause before the next attempt to connect, but for the jitter: an instance that can
/// reach the database again has caught up well within the second that is promised.
const LONGEST_PAUSE: Duration = Duration::from_millis(300);

/// How far this instance's clock may be behind the database's, and then some.
const TOLERANCE: TimeDelta = TimeDelta::minutes(2);

/// What the connection is called in `pg_stat_activity`.
const NAME: &str = "latchkey-listener";

/// Listens on a thread of its own until the process stops. The receiver resolves once the sessions
/// that ended before have been loaded; from then on this instance turns their tokens away.
pub fn listen(app: AppState, url: SecretString) -> oneshot::Receiver<()> {
    let (loaded, is_loaded) = oneshot::channel();
    let mut loaded = Some(loaded);
    thread::spawn(move || {
        let mut pause = LOOK_EVERY;
        while !app.is_stopping() {
            let heard = hear(&app, &url, || {
                pause = LOOK_EVERY;
                loaded.take().map(|loaded| loaded.send(()))
            });
            app.is_listening.store(false, Ordering::Relaxed);
            if let Err(error) = heard {
                tracing::warn!(%error, "not hearing of sessions that other instances end");
            }
            // Instances that lost the same database must not all come back at the same moment.
            let jitter = u32::from(random::bytes::<1>()[0]) + 128;
            thread::sleep(pause * jitter / 256);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    });
    is_loaded
}

/// Connects, loads what ended before, and listens until the process stops or the connection breaks.
fn hear<T>(app: &App, url: &SecretString, has_loaded: impl FnOnce() -> T) -> Result<(), DbError> {
    let mut conn = db::connect(url)?;
    conn.batch_execute(&format!(
        "SET application_name = '{NAME}'; LISTEN {CHANNEL}"
    ))?;
    load(app, &mut conn)?;
    app.is_listening.store(true, Ordering::Relaxed);
    has_loaded();
    let mut probed = Instant::now();
    while !app.is_stopping() {
        for notification in conn.notifications_iter() {
            for end in announcements::read(&notification?.payload) {
                app.revocations.insert(end);
            }
        }
        if probed.elapsed() > PROBE_EVERY {
            conn.batch_execute("SELECT 1")?;
            probed = Instant::now();
        }
        thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

/// After `LISTEN`, so that nothing falls between the two.
fn load(app: &App, conn: &mut PgConnection) -> Result<(), DbError> {
    let now = time::now(conn, &app.clock)?;
    let since = Session::access_alive_since(now);
    // A token is accepted for a little longer than it lives, and by a clock that may be behind.
    let alive_at = now - TOLERANCE;
    for end in sessions::list_ended(conn, since, alive_at)? {
        app.revocations.insert(end);
    }
    for end in epochs::list_ended(conn, since, alive_at)? {
        app.revocations.insert(end);
    }
    Ok(())
}
