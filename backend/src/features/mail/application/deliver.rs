//! Sending the mails that wait.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::write::{Written, message_id, write};
use crate::config::Delivery;
use crate::db::{DbError, time};
use crate::features::mail::domain::{Letter, Locale, is_asked_for};
use crate::features::mail::infrastructure::outbox::{self, Claimed};
use crate::features::mail::infrastructure::smtp::{Courier, Parcel};
use crate::features::mail::memory::mailbox::Mail;
use crate::features::proofs::application::{find, note_taken};
use crate::security::random;
use crate::security::sealing::OpenError;
use crate::state::AppState;

/// How long one mail may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long an instance has to send a mail that it claimed: longer than [`PATIENCE`] and what it takes
/// to note the end.
const LEASE: TimeDelta = TimeDelta::minutes(2);

/// How long until the second attempt; each further one waits twice as long.
const FIRST_RETRY: TimeDelta = TimeDelta::seconds(10);
const MAX_RETRY: TimeDelta = TimeDelta::minutes(10);

/// How often the end of a mail is noted before the lease decides.
const NOTE_ATTEMPTS: usize = 30;

/// Tells whether mails to an address have come back. Another slice knows.
pub type HasBounced = fn(&mut PgConnection, &str) -> QueryResult<bool>;

/// What became of a mail.
enum Outcome {
    Sent,
    Failed(String),
    Waiting(String),
}

/// Sends mails as they become due, until the process leaves.
pub async fn deliver(app: AppState, patience: Duration, has_bounced: HasBounced) {
    if !app.config.mail.is_on() {
        return;
    }
    let courier = match &app.config.mail.delivery {
        Delivery::Smtp(server) => Some(Arc::new(Courier::new(&app.config, server, patience))),
        Delivery::Off | Delivery::Mailbox => None,
    };
    while let Some(slot) = app.sending.slot().await {
        // What was claimed is finished; more is left to other instances.
        if app.is_leaving() {
            return;
        }
        match claim(&app, has_bounced).await {
            Ok(Some(mail)) => {
                let (app, courier) = (app.clone(), courier.clone());
                tokio::spawn(async move {
                    let _held = slot;
                    finish(&app, courier.as_deref(), mail).await;
                });
                continue;
            }
            Ok(None) => app.note_success("deliver"),
            Err(error) => tracing::debug!(%error, "mails wait for the database"),
        }
        drop(slot);
        tokio::select! {
            () = app.mail_wanted.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Claims the next mail that may be sent, and ends those that may not.
async fn claim(app: &AppState, has_bounced: HasBounced) -> Result<Option<Claimed>, DbError> {
    if !app.db.is_open() {
        return Ok(None);
    }
    let clock = app.clock.clone();
    let is_due = app.db.read(move |conn| {
        let now = time::now(conn, &clock)?;
        outbox::has_due(conn, now)
    });
    if !is_due.await? {
        return Ok(None);
    }
    let state = app.clone();
    app.db
        .transaction(move |conn| {
            outbox::lock(conn)?;
            let now = time::now(conn, &state.clock)?;
            outbox::delete_decoys(conn, now)?;
            for kind in outbox::drop_expired(conn, now)? {
                state.metrics.mails.count(known(&kind), "expired");
            }
            let max = i64::from(state.config.mail.per_hour_max);
            while let Some(mail) = claim_next(conn, max, now)? {
                let outcome = if is_over(conn, &mail)? {
                    "expired"
                } else if may_reach(conn, &mail, has_bounced, now)? {
                    return Ok(Some(mail));
                } else {
                    "bounced"
                };
                outbox::update_failed(conn, &mail, outcome, now)?;
                state.metrics.mails.count(known(&mail.kind), outcome);
            }
            Ok(None)
        })
        .await
}

/// Claims the next mail, as long as fewer than `max` were sent in the last hour. A flood of mails that
/// strangers have sent to any address goes last, and leaves the others a quarter of the hour.
fn claim_next(
    conn: &mut PgConnection,
    max: i64,
    now: DateTime<Utc>,
) -> QueryResult<Option<Claimed>> {
    let recent = outbox::count_recent(conn, now)?;
    for (is_to_anybody, max) in [(false, max), (true, max - max / 4)] {
        if recent < max
            && let Some(mail) = outbox::claim(conn, is_to_anybody, now, now + LEASE)?
        {
            return Ok(Some(mail));
        }
    }
    Ok(None)
}

/// Tells whether what a mail was asked for was done, ended or taken back meanwhile.
fn is_over(conn: &mut PgConnection, mail: &Claimed) -> QueryResult<bool> {
    let Some(proof) = mail.proof_id.filter(|_| is_asked_for(&mail.kind)) else {
        return Ok(false);
    };
    let proof = find(conn, proof)?;
    Ok(proof.is_none_or(|proof| proof.consumed_at.is_some()))
}

/// Decides about an address whose mails came back: it gets no notices, and one mail a day that somebody
/// asked for, since it may work again.
fn may_reach(
    conn: &mut PgConnection,
    mail: &Claimed,
    has_bounced: HasBounced,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    if !has_bounced(conn, &mail.recipient)? {
        return Ok(true);
    }
    let lately = outbox::count_sent_to(conn, &mail.recipient, now - TimeDelta::days(1))?;
    Ok(is_asked_for(&mail.kind) && lately == 0)
}

/// Sends a mail and notes the end.
async fn finish(app: &AppState, courier: Option<&Courier>, mail: Claimed) {
    let outcome = send(app, courier, &mail).await;
    let (kind, id) = (known(&mail.kind), mail.id);
    match &outcome {
        Outcome::Sent => {
            app.metrics.mails.count(kind, "sent");
            tracing::info!(kind, %id, "mail sent");
        }
        Outcome::Failed(failure) => {
            app.metrics.mails.count(kind, "failed");
            tracing::warn!(kind, %id, %failure, "mail given up");
        }
        Outcome::Waiting(failure) => {
            app.metrics.mails.count(kind, "delayed");
            tracing::warn!(kind, %id, %failure, attempt = mail.attempts, "mail delayed");
        }
    }
    // Whatever is not noted is sent once more.
    for _ in 0..NOTE_ATTEMPTS {
        match note(app, &mail, &outcome).await {
            Ok(()) => return,
            Err(error) => tracing::warn!(%error, %id, "the end of a mail is not noted yet"),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn send(app: &AppState, courier: Option<&Courier>, mail: &Claimed) -> Outcome {
    let written = match open(app, mail) {
        Ok(written) => written,
        Err(outcome) => return outcome,
    };
    let Some(courier) = courier else {
        app.mailbox.keep(Mail {
            id: mail.id,
            at: mail.created_at,
            recipient: mail.recipient.clone(),
            subject: written.rendered.subject,
            kind: mail.kind.clone(),
            locale: mail.locale.clone(),
            text: written.rendered.text,
            html: written.rendered.html,
            code: written.code,
            link: written.link,
        });
        return Outcome::Sent;
    };
    let parcel = Parcel {
        message_id: message_id(&app.config, mail.id),
        at: mail.created_at,
        recipient: &mail.recipient,
        rendered: &written.rendered,
    };
    match courier.send(&parcel).await {
        Ok(_) => Outcome::Sent,
        Err(error) if error.is_final => Outcome::Failed(error.failure),
        Err(error) => Outcome::Waiting(error.failure),
    }
}

/// Opens a mail and puts it into words. What this instance does not know, another one may.
fn open(app: &AppState, mail: &Claimed) -> Result<Written, Outcome> {
    let waiting = |failure: &str| Outcome::Waiting(failure.to_owned());
    let sealed = mail.sealed.as_deref().unwrap_or_default();
    let letter = match app.sealer.open(&outbox::place(mail.id), sealed) {
        Ok(letter) => letter,
        Err(OpenError::UnknownKey) => return Err(waiting("unknown key")),
        Err(OpenError::Damaged) => return Err(Outcome::Failed("damaged".into())),
    };
    let letter: Letter = serde_json::from_slice(&letter).map_err(|_| waiting("unknown kind"))?;
    let locale = Locale::read(&mail.locale).unwrap_or_default();
    write(&app.templates, &app.config, &letter, locale).map_err(|error| {
        tracing::error!(
            kind = letter.kind(),
            line = error.line(),
            template = error.name(),
            "a mail cannot be written"
        );
        waiting("template")
    })
}

async fn note(app: &AppState, mail: &Claimed, outcome: &Outcome) -> Result<(), DbError> {
    let (app, mail) = (app.clone(), mail.clone());
    let (is_sent, failure) = match outcome {
        Outcome::Sent => (true, None),
        Outcome::Failed(failure) => (false, Some((failure.clone(), true))),
        Outcome::Waiting(failure) => (false, Some((failure.clone(), false))),
    };
    app.clone()
        .db
        .transaction(move |conn| {
            let now = time::now(conn, &app.clock)?;
            if is_sent && outbox::update_sent(conn, mail.id, now)? {
                if let (Some(proof), Some(number)) = (mail.proof_id, mail.proof_mail) {
                    note_taken(conn, proof, number, now)?;
                }
                return Ok(());
            }
            match &failure {
                Some((failure, true)) => outbox::update_failed(conn, &mail, failure, now)?,
                Some((failure, false)) => {
                    let due_at = (now + pause(mail.attempts)).min(mail.expires_at);
                    outbox::update_waiting(conn, &mail, failure, due_at)?;
                }
                None => {}
            }
            Ok(())
        })
        .await
}

/// Returns how long a mail waits after so many attempts, a quarter more or less, so that those that
/// failed together do not come back together.
fn pause(attempts: i16) -> TimeDelta {
    let doublings = attempts.clamp(1, 10) - 1;
    let pause = (FIRST_RETRY * (1 << doublings)).min(MAX_RETRY);
    let [byte] = random::bytes();
    pause * (192 + i32::from(byte) / 2) / 256
}

/// Returns a kind's name for metrics.
fn known(kind: &str) -> &'static str {
    let known = Letter::KINDS.into_iter().find(|known| *known == kind);
    known.unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_attempt_waits_longer_than_the_one_before_but_no_longer_than_ten_minutes() {
        for attempts in 1..=100 {
            let expected = (10 << (attempts - 1).min(9)).min(600);
            let pause = pause(attempts).num_milliseconds();
            assert!(
                pause >= expected * 750 && pause <= expected * 1250,
                "{attempts}: {pause}"
            );
        }
    }
}
