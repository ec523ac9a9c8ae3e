//! The background tasks: start-up, batches and cleaning up.

use std::time::Duration;

use chrono::TimeDelta;
use secrecy::SecretString;

use super::retention;
use super::supervision::{Task, supervise};
use crate::db::migrations::{self, MigrationError};
use crate::db::search_indexes;
use crate::features::{enrolment, mail, passkeys, sealed, sessions, users};
use crate::state::AppState;

/// How long to wait before trying the database again at startup.
const RETRY: Duration = Duration::from_millis(500);
const RESET_EVERY: Duration = Duration::from_mins(1);
const CONFIRM_EVERY: Duration = Duration::from_millis(500);
const FORGET_EVERY: Duration = Duration::from_mins(1);
const COUNT_EVERY: Duration = Duration::from_mins(1);

/// A session that is not used for this long is removed from memory; its next use is noted again.
const QUIET: TimeDelta = TimeDelta::minutes(2);

/// Starts all background tasks, which run until the runtime ends. This is the list of them.
pub fn start(app: &AppState, direct: SecretString) {
    let with_app = |task: fn(AppState) -> Task| {
        let app = app.clone();
        move || task(app.clone())
    };
    let (opening, opened) = (app.clone(), direct.clone());
    supervise(app, "open", move || open(opening.clone(), opened.clone()));
    let (listening, heard) = (app.clone(), direct.clone());
    supervise(app, "listen", move || {
        listen(listening.clone(), heard.clone())
    });
    supervise(
        app,
        "look out",
        with_app(|app| Box::pin(sessions::application::look_out(app))),
    );
    let (indexed, url) = (app.clone(), direct);
    supervise(app, "index", move || index(indexed.clone(), url.clone()));
    supervise(app, "count", with_app(|app| Box::pin(count(app))));
    supervise(app, "confirm", with_app(|app| Box::pin(confirm(app))));
    supervise(
        app,
        "watch the replica",
        with_app(|app| Box::pin(watch_replica(app))),
    );
    supervise(
        app,
        "share limits",
        with_app(|app| Box::pin(async move { app.limits.keep_shared().await })),
    );
    supervise(app, "forget", with_app(|app| Box::pin(forget(app))));
    supervise(app, "deliver", with_app(|app| Box::pin(deliver(app))));
    supervise(
        app,
        "watch mail",
        with_app(|app| Box::pin(mail::application::watch(app))),
    );
    supervise(app, "reset", with_app(|app| Box::pin(reset_factors(app))));
    supervise(
        app,
        "delete",
        with_app(|app| Box::pin(retention::delete(app))),
    );
}

/// Runs pending migrations, loads recently ended sessions and counts the costs of password hashes,
/// then allows queries. It waits for the database as long as necessary. An unusable database ends
/// the process.
async fn open(app: AppState, direct: SecretString) {
    while let Err(error) = migrate(direct.clone()).await {
        if let MigrationError::Encoding(_) = error {
            let _ = app.failure.set(error.to_string());
            return;
        }
        tracing::warn!(%error, "not ready: the migrations have not run");
        tokio::time::sleep(RETRY).await;
    }
    convert_domains(&app).await;
    while let Err(error) = sessions::application::look(&app).await {
        tracing::warn!(%error, "not ready: the sessions that ended lately are not loaded");
        tokio::time::sleep(RETRY).await;
    }
    match sealed::application::find_lost_keys(&app).await {
        Ok(None) => {}
        Ok(Some(what)) => {
            let lost = format!(
                "{what}s were sealed under a key that is neither DATA_KEY nor in DATA_KEYS_PREVIOUS: put \
                 the former DATA_KEY into DATA_KEYS_PREVIOUS"
            );
            let _ = app.failure.set(lost);
            return;
        }
        Err(error) => tracing::warn!(%error, "the keys of what is sealed are not checked"),
    }
    match passkeys::application::check_rp_id(&app).await {
        Ok(None) => {}
        Ok(Some(other)) => {
            let rp_id = &app.config.passkeys.rp_id;
            let lost = format!(
                "there are passkeys of {other}, which do not work with PASSKEY_RP_ID={rp_id}: set \
                 PASSKEY_RP_ID={other}, or remove them with DELETE FROM passkeys WHERE rp_id = \
                 '{other}'"
            );
            let _ = app.failure.set(lost);
            return;
        }
        Err(error) => tracing::warn!(%error, "the domain of the passkeys is not checked"),
    }
    if let Err(error) = users::application::count_costs_first(&app).await {
        tracing::warn!(%error, "what password hashes cost is not counted yet");
    }
    app.db.open();
    app.awareness.look_wanted.notify_one();
}

async fn migrate(direct: SecretString) -> Result<(), MigrationError> {
    blocking(move || migrations::run(&direct)).await.map(drop)
}

/// Converts addresses of earlier releases, also those that an instance of such a release wrote since the
/// last start.
async fn convert_domains(app: &AppState) {
    let clock = app.clock.clone();
    let converting = app
        .db
        .beside(move |conn| users::application::convert_domains(conn, &clock));
    match converting.await {
        Ok(done) => {
            if !done.converted.is_empty() {
                let count = done.converted.len();
                tracing::info!(count, "converted the domains of addresses to ASCII");
            }
            for (user_id, reason) in done.left {
                tracing::warn!(
                    user_id,
                    %reason,
                    "nobody can sign in to an account: its address is not in ASCII; see latchkey doctor"
                );
            }
        }
        Err(error) => tracing::warn!(%error, "addresses of earlier releases are not converted"),
    }
}

async fn listen(app: AppState, direct: SecretString) {
    while !app.db.is_open() && !app.is_stopping() {
        tokio::time::sleep(CONFIRM_EVERY).await;
    }
    blocking(move || sessions::application::listen(&app, &direct)).await;
}

/// Builds the indexes for searches in the background, which may take minutes.
async fn index(app: AppState, direct: SecretString) {
    while !app.db.is_open() {
        tokio::time::sleep(CONFIRM_EVERY).await;
    }
    if let Err(error) = blocking(move || search_indexes::build(&direct)).await {
        tracing::warn!(%error, "searching accounts stays slow; tried again at the next start");
    }
}

/// Removes factors whose owners have not cancelled that within 24 hours.
async fn reset_factors(app: AppState) {
    while !app.db.is_open() {
        tokio::time::sleep(CONFIRM_EVERY).await;
    }
    loop {
        match enrolment::application::complete_due_resets(&app).await {
            Ok(count) => {
                app.note_success("reset");
                if count > 0 {
                    tracing::info!(count, "removed the factors of accounts");
                }
            }
            Err(error) => tracing::warn!(%error, "factors that are due to go stay a minute longer"),
        }
        tokio::time::sleep(RESET_EVERY).await;
    }
}

/// Keeps the costs of unknown addresses like those of accounts. Most of the time another instance
/// has just counted, or it is too early.
async fn count(app: AppState) {
    while !app.db.is_open() {
        tokio::time::sleep(CONFIRM_EVERY).await;
    }
    loop {
        match users::application::count_costs(&app).await {
            Ok(_) => app.note_success("count"),
            Err(error) => {
                tracing::warn!(%error, "what password hashes cost is not counted; tried again in a minute");
            }
        }
        tokio::time::sleep(COUNT_EVERY).await;
    }
}

/// Sends the mails that wait.
async fn deliver(app: AppState) {
    let patience = mail::application::PATIENCE;
    mail::application::deliver(app, patience, users::application::has_bounced).await;
}

/// Runs `work` on a blocking thread, and panics if it panics.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

/// Writes the uses of access tokens.
async fn confirm(app: AppState) {
    loop {
        tokio::time::sleep(CONFIRM_EVERY).await;
        match sessions::application::confirm(&app).await {
            Ok(()) => app.note_success("confirm"),
            Err(error) => tracing::debug!(%error, "sightings wait for the next batch"),
        }
    }
}

/// Reads how far behind the replica is, if there is one.
async fn watch_replica(app: AppState) {
    while app.config.database.replica.is_some() {
        tokio::time::sleep(CONFIRM_EVERY).await;
        if app.db.is_open() {
            app.db.watch_replica().await;
        }
    }
}

/// Removes what is no longer needed, so that memory does not grow.
async fn forget(app: AppState) {
    loop {
        tokio::time::sleep(FORGET_EVERY).await;
        app.limits.forget_quiet();
        let now = app.clock.now();
        app.revocations.forget_before(now);
        app.sightings.forget_before(now - QUIET);
        app.note_success("forget");
    }
}
