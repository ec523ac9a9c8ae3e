//! The configuration: read once at the start, from the environment and nowhere else.
//!
//! Each concern has a struct of its own. Every problem is collected before any is reported.

mod cookies;
mod database;
mod http;
mod passwords;
mod rate_limits;
mod reader;
mod signing;
mod telemetry;
mod tokens;

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use ipnet::IpNet;

pub use cookies::{Cookies, SameSite};
pub use database::{Database, Location};
pub use http::Origin;
pub use passwords::Passwords;
pub use rate_limits::{RateLimits, Tier};
pub use reader::Invalid;
pub use signing::{KeyPair, KeyPairAlgorithm, Signing};
pub use telemetry::{LogFormat, Logs};
pub use tokens::{MAX_ACCESS_TTL, Tokens};

use reader::Reader;

/// Whether unsafe settings are tolerated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// A developer's machine or a test: secrets are made up, plain HTTP is fine.
    Development,
    /// Real users: anything unsafe refuses to start.
    Production,
}

/// All settings of one process.
#[derive(Clone, Debug)]
pub struct Config {
    /// `ENVIRONMENT`.
    pub environment: Environment,
    /// `BIND_ADDRESS`: where the public port listens.
    pub bind_address: SocketAddr,
    /// `LATCHKEY_DATA_DIR`: the private PostgreSQL and the development secret.
    pub data_dir: PathBuf,
    /// `LATCHKEY_WEB_DIR`: the exported web client.
    pub web_dir: PathBuf,
    /// `ALLOWED_ORIGINS`: which other origins may call the API from a browser.
    pub allowed_origins: Vec<Origin>,
    /// `TRUSTED_PROXIES`: peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// `SIGNUP_ENABLED`: whether strangers may create an account.
    pub is_signup_enabled: bool,
    /// `AUDIT_RETENTION_DAYS`: how long audit events are kept.
    pub audit_retention: TimeDelta,
    /// `SHUTDOWN_GRACE_SECONDS`: how long requests in flight may take to finish.
    pub shutdown_grace: Duration,
    /// The database and its pool.
    pub database: Database,
    /// Token signing and lifetimes.
    pub tokens: Tokens,
    /// Cookie attributes.
    pub cookies: Cookies,
    /// Password hashing.
    pub passwords: Passwords,
    /// The rate limits of both tiers.
    pub rate_limits: RateLimits,
    /// Logging.
    pub logs: Logs,
    /// Variables that are set but mean nothing to this version; said at the start.
    pub reserved: Vec<&'static str>,
}

/// Names that later versions will read: an operator who sets one must not believe it works.
const RESERVED: [&str; 5] = [
    "DATABASE_REPLICA_URL",
    "METRICS_ADDR",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "REDIS_URL",
    "SENTRY_DSN",
];

impl Config {
    /// Reads the process's environment, and `.env` of the working directory beneath it unless in
    /// production.
    ///
    /// # Errors
    ///
    /// Every variable that is missing, unparsable or unsafe, in one list.
    pub fn from_environment() -> Result<Self, Invalid> {
        let mut variables = HashMap::new();
        let mut garbled = HashSet::new();
        for (name, value) in std::env::vars_os() {
            // What has no readable name is no setting.
            let Ok(name) = name.into_string() else {
                continue;
            };
            match value.into_string() {
                Ok(value) => drop(variables.insert(name, value)),
                Err(_) => drop(garbled.insert(name)),
            }
        }
        if variables.get("ENVIRONMENT").map(String::as_str) != Some("production") {
            reader::add_dotenv(&mut variables)?;
        }
        Self::read(Reader::new(variables, garbled))
    }

    /// Reads the given variables.
    ///
    /// # Errors
    ///
    /// As [`Config::from_environment`].
    pub fn from_variables(variables: HashMap<String, String>) -> Result<Self, Invalid> {
        Self::read(Reader::new(variables, HashSet::new()))
    }

    fn read(mut reader: Reader) -> Result<Self, Invalid> {
        let environment = reader.choice(
            "ENVIRONMENT",
            &[
                ("development", Environment::Development),
                ("production", Environment::Production),
            ],
            Environment::Development,
        );
        reader.is_production = environment == Environment::Production;
        let mut path = |name, default: &str| {
            PathBuf::from(reader.text(name).unwrap_or_else(|| default.to_owned()))
        };
        let data_dir = path("LATCHKEY_DATA_DIR", ".data");
        let web_dir = path("LATCHKEY_WEB_DIR", "mobile/dist");

        let config = Self {
            environment,
            bind_address: reader.parsed("BIND_ADDRESS", SocketAddr::from(([127, 0, 0, 1], 8080))),
            allowed_origins: http::read_allowed_origins(&mut reader),
            trusted_proxies: http::read_trusted_proxies(&mut reader),
            is_signup_enabled: reader.flag("SIGNUP_ENABLED", true),
            audit_retention: TimeDelta::days(
                reader
                    .number("AUDIT_RETENTION_DAYS", 365, 1..=36_500)
                    .into(),
            ),
            shutdown_grace: reader.seconds("SHUTDOWN_GRACE_SECONDS", 30, 0..=3600),
            database: Database::read(&mut reader),
            tokens: Tokens::read(&mut reader, &data_dir),
            cookies: Cookies::read(&mut reader),
            passwords: Passwords::read(&mut reader),
            rate_limits: RateLimits::read(&mut reader),
            logs: Logs::read(&mut reader),
            reserved: RESERVED
                .into_iter()
                .filter(|name| reader.text(name).is_some())
                .collect(),
            web_dir,
            data_dir,
        };
        reader.finish().map(|()| config)
    }
}
