//! The service on its own database, called without a socket.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use latchkey::api::{self, Routes};
use latchkey::clock::Clock;
use latchkey::config::Config;
use latchkey::features::audit::domain::Cause;
use latchkey::features::users::application::register;
use latchkey::features::users::domain::{Email, NewPassword, Role, User};
use latchkey::state::{App, AppState};
use secrecy::SecretString;

use super::{AnyApi, Client, Database};

/// The password of every account.
pub const PASSWORD: &str = "correct horse battery staple";

/// The signing secret.
pub const SECRET: &str = "uM4tRk9-xQ7wZ2bL6vN0cE8yH3jS5pDfGaTi1oKq";

/// What mails are sealed with.
pub const DATA_KEY: &str = "Zq8-wR3nT6yU1iO9pA2sD5fG7hJ4kL0xC-vB";

/// The settings of a test: cheap hashes, few connections, no rate limits, no mail; `changed`
/// overrides them.
pub fn settings(changed: &[(&str, &str)]) -> HashMap<String, String> {
    let defaults = [
        ("ARGON2_ITERATIONS", "1"),
        ("ARGON2_MEMORY_KIB", "64"),
        ("DB_POOL_MAX_SIZE", "4"),
        ("DB_POOL_MIN_IDLE", "0"),
        ("DATA_KEY", DATA_KEY),
        ("JWT_SECRET", SECRET),
        ("LATCHKEY_WEB_DIR", "/nowhere"),
        ("RATE_LIMIT_AUTH_BURST", "0"),
        ("RATE_LIMIT_GENERAL_BURST", "0"),
        ("SMTP_URL", "off"),
    ];
    defaults
        .iter()
        .chain(changed)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// The service with its clock and database.
pub struct Service {
    pub app: AppState,
    pub clock: Clock,
    api: AnyApi,
    database: Option<Mutex<Database>>,
}

impl Service {
    /// Starts with the default settings.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// Starts with these settings changed.
    pub fn with(changed: &[(&str, &str)]) -> Self {
        Self::with_routes(changed, api::routes())
    }

    /// Starts with additional routes of the test.
    pub fn with_routes(changed: &[(&str, &str)], routes: Routes) -> Self {
        let mut database = Database::lease();
        let url = database.url();
        let service = Self::build(&url, Some(database), Clock::default(), changed, routes);
        service.app.db.open();
        service
    }

    /// Starts a second instance on the same database, with the same clock.
    pub fn beside(&self, changed: &[(&str, &str)]) -> Self {
        let url = self.database(Database::url);
        let other = Self::build(&url, None, self.clock.clone(), changed, api::routes());
        other.app.db.open();
        other
    }

    /// Starts a second instance on the same database, with a wrong clock.
    pub fn beside_with_clock_wrong_by(&self, seconds: i64) -> Self {
        let url = self.database(Database::url);
        let clock = self.clock.wrong_by(chrono::TimeDelta::seconds(seconds));
        let other = Self::build(&url, None, clock, &[], api::routes());
        other.app.db.open();
        other
    }

    /// Starts on any database, without allowing queries.
    pub fn on(url: &SecretString, changed: &[(&str, &str)]) -> Self {
        Self::build(url, None, Clock::default(), changed, api::routes())
    }

    fn build(
        url: &SecretString,
        database: Option<Database>,
        clock: Clock,
        changed: &[(&str, &str)],
        all: Routes,
    ) -> Self {
        let config = Config::from_variables(settings(changed)).unwrap();
        let app = App::new(config, url, clock.clone()).unwrap();
        let api = AnyApi::new(api::service(app.clone(), all, None));
        Self {
            app,
            clock,
            api,
            database: database.map(Mutex::new),
        }
    }

    /// Advances the clock of the service.
    pub fn advance(&self, seconds: i64) {
        self.clock.advance(chrono::TimeDelta::seconds(seconds));
    }

    /// Waits until this many connections of the service wait for a lock, or until it `is_over`.
    pub fn await_waiting(&self, connections: usize, is_over: impl Fn() -> bool) {
        let waiting = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        self.database(|it| {
            while it.text(waiting) != connections.to_string() && !is_over() {
                it.execute("SELECT pg_sleep(0.01); SELECT pg_stat_clear_snapshot()");
            }
        });
    }

    /// Uses the test's own connection to the database.
    pub fn database<T>(&self, work: impl FnOnce(&mut Database) -> T) -> T {
        let database = self
            .database
            .as_ref()
            .expect("this instance has a database of its own");
        work(&mut database.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A client that sends only what it is told to, and is therefore a web client.
    pub fn anonymous(&self) -> Client {
        Client::new(self.api.clone())
    }

    /// An app; not signed in.
    pub fn native(&self) -> Client {
        self.anonymous().native()
    }

    /// A page that has fetched its CSRF token; not signed in.
    pub async fn browser(&self) -> Client {
        let browser = self.anonymous();
        browser.fetch_csrf_token().await;
        browser
    }

    /// Creates an account with [`PASSWORD`].
    pub async fn account(&self, email: &str, role: Role) -> User {
        let email = Email::parse(email).unwrap();
        let password = NewPassword::parse(&PASSWORD.into(), Some(&email)).unwrap();
        register(&self.app, email, password, role, Cause::default())
            .await
            .unwrap()
    }

    /// A new user, signed in from an app.
    pub async fn user(&self, email: &str) -> Client {
        self.account(email, Role::User).await;
        self.signed_in(email).await
    }

    /// A new administrator, signed in from an app.
    pub async fn admin(&self, email: &str) -> Client {
        self.account(email, Role::Admin).await;
        self.signed_in(email).await
    }

    /// An existing account, signed in from an app.
    pub async fn signed_in(&self, email: &str) -> Client {
        let client = self.native();
        assert_eq!(client.log_in(email, PASSWORD).await.status, 200);
        client
    }

    /// A new user, signed in from a page.
    pub async fn browser_user(&self, email: &str) -> Client {
        self.account(email, Role::User).await;
        let client = self.browser().await;
        assert_eq!(client.log_in(email, PASSWORD).await.status, 200);
        client
    }
}
