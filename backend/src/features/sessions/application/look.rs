//! Finds sessions that other instances ended by polling: at startup, and twice a second in case
//! announcements do not arrive.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::sql_types::{Bool, Text};
use diesel::{QueryResult, RunQueryDsl};

use crate::db::{DbError, time};
use crate::features::sessions::domain::Session;
use crate::features::sessions::infrastructure::{epochs, sessions};
use crate::features::sessions::memory::awareness::Standing;
use crate::state::{App, AppState};

const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How far each poll overlaps the previous one, by the database's time. The time of an end is when
/// its transaction begins, but it becomes visible when it commits, and clocks of instances differ
/// by up to 30 s.
const OVERLAP: TimeDelta = TimeDelta::seconds(60);

/// Tokens are accepted slightly beyond their expiry, and the clock that checks them may be slow.
const TOLERANCE: TimeDelta = TimeDelta::minutes(2);

/// Polls twice a second until the process stops, sends the instance's own announcement, and logs
/// when the way it learns of ended sessions changes.
pub async fn look_out(app: AppState) {
    let mut told = Standing::Unaware;
    while !app.is_stopping() {
        if app.db.is_open() {
            if let Err(error) = look(&app).await {
                tracing::debug!(%error, "could not poll for ended sessions");
            } else if let Err(error) = announce_self(&app).await {
                tracing::debug!(%error, "could not announce this instance");
            } else {
                app.note_success("look_out");
            }
            tell(&app, &mut told);
        }
        let pause = tokio::time::sleep(LOOK_EVERY);
        tokio::select! {
            () = pause => {}
            () = app.awareness.look_wanted.notified() => {}
        }
    }
}

/// Refuses the access tokens of sessions that ended since the last poll. The first poll covers all
/// that ended within the lifetime of an access token.
pub async fn look(app: &AppState) -> Result<(), DbError> {
    let (shared, last) = (Arc::clone(app), app.awareness.looked_at());
    let at = app
        .db
        .beside(move |conn| {
            let at = time::now(conn, &shared.clock)?;
            let since = last.map_or_else(|| Session::access_alive_since(at), |last| last - OVERLAP);
            load(&shared, conn, since, at)?;
            Ok(at)
        })
        .await?;
    app.awareness.note_looked(at);
    Ok(())
}

/// Loads the ends after `since` for which an access token may still be valid.
fn load(
    app: &App,
    conn: &mut PgConnection,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let alive_at = now - TOLERANCE;
    for end in sessions::list_ended(conn, since, alive_at)? {
        app.revocations.insert(end);
    }
    for end in epochs::list_ended(conn, since, alive_at)? {
        app.revocations.insert(end);
    }
    Ok(())
}

async fn announce_self(app: &App) -> Result<(), DbError> {
    let awareness = Arc::clone(&app.awareness);
    let announced = app.db.beside(move |conn| {
        let notify = sql::<Bool>("pg_notify(").bind::<Text, _>(&awareness.echo_channel);
        let notify = notify.sql(", ").bind::<Text, _>(awareness.stamp());
        diesel::select(notify.sql(") IS NULL")).execute(conn)
    });
    announced.await.map(drop)
}

fn tell(app: &App, told: &mut Standing) {
    let standing = app.awareness.standing();
    if standing == *told {
        return;
    }
    *told = standing;
    match standing {
        Standing::Hearing => tracing::info!("listening for sessions that other instances end"),
        Standing::Looking => {
            tracing::info!("polling twice a second for sessions that other instances end");
        }
        Standing::Unaware => {
            let is_strict = app.config.is_revocation_strict;
            tracing::error!(
                is_strict,
                "neither hearing nor finding which sessions other instances end; access tokens of \
                 ended sessions pass unless REVOCATION_STRICT=true"
            );
        }
    }
}
