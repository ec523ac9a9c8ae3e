//! Looking how the queue stands, for metrics and probes.

use std::time::Duration;

use chrono::TimeDelta;

use crate::db::{DbError, time};
use crate::features::mail::infrastructure::outbox;
use crate::state::AppState;

const LOOK_EVERY: Duration = Duration::from_secs(5);

/// After this the queue counts as stuck.
const MAX_DELAY: TimeDelta = TimeDelta::minutes(5);

/// Looks every few seconds, while mail is on.
pub async fn watch(app: AppState) {
    while app.config.mail.is_on() {
        if app.db.is_open() {
            match look_at_queue(&app).await {
                Ok(()) => app.note_success("watch_mail"),
                Err(error) => tracing::debug!(%error, "the queue of mails is not counted"),
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Notes how the queue stands. It is stuck when a mail is due for five minutes, or when one waits for as
/// long and none was sent meanwhile.
pub async fn look_at_queue(app: &AppState) -> Result<(), DbError> {
    let clock = app.clock.clone();
    let (now, standing) = app
        .db
        .beside(move |conn| Ok((time::now(conn, &clock)?, outbox::standing(conn)?)))
        .await?;
    let age = standing.oldest.map_or(TimeDelta::zero(), |at| now - at);
    let is_late = |at| now - at > MAX_DELAY;
    let is_idle = standing.last_sent.is_none_or(is_late);
    let is_stuck = standing.first_due.is_some_and(is_late) || (age > MAX_DELAY && is_idle);
    app.mail_queue
        .note(standing.waiting, age.num_seconds().max(0), is_stuck);
    Ok(())
}
