//! The configuration: read once at startup, only from the environment.
//!
//! Each concern has a struct of its own. All problems are collected and reported together.

mod address;
mod brand;
mod cookies;
mod data_keys;
mod database;
mod http;
mod mail;
mod passkeys;
mod passwords;
mod rate_limits;
mod reader;
mod second_factor;
mod secrets;
mod signing;
mod telemetry;
mod tokens;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use ipnet::IpNet;

pub use address::{Address, Unreadable};
pub use brand::Brand;
pub use cookies::{Cookies, SameSite};
pub use data_keys::DataKeySettings;
pub use database::{Database, Location};
pub use http::{ConnectionBounds, Origin, Reports};
pub use mail::{Delivery, Mail, Protection, Smtp};
pub use passkeys::{AndroidApp, Passkeys};
pub use passwords::Passwords;
pub use rate_limits::{Rate, RateLimits};
pub use reader::Invalid;
pub use second_factor::SecondFactorPolicy;
pub use signing::{KeyPair, KeyPairAlgorithm, Signing};
pub use telemetry::{LogFormat, Logs, Traces};
pub use tokens::{MAX_ACCESS_TTL, TokenSettings};

use reader::Reader;

/// Whether unsafe settings are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// A developer's machine or a test: secrets are generated, and plain HTTP is allowed.
    Development,
    /// Real users: unsafe settings prevent the start.
    Production,
}

/// All settings of one process.
#[derive(Clone, Debug)]
pub struct Config {
    /// `ENVIRONMENT`.
    pub environment: Environment,
    /// `BIND_ADDRESS`: the address to listen on.
    pub bind_address: SocketAddr,
    /// `PUBLIC_URL`: where people reach the service; what mails link to.
    pub public_url: Origin,
    /// `METRICS_ADDR`: the address of the metrics, if any.
    pub metrics_address: Option<SocketAddr>,
    /// `LATCHKEY_DATA_DIR`: the folder of the private PostgreSQL and the development secret.
    pub data_dir: PathBuf,
    /// `LATCHKEY_WEB_DIR`: the folder of the exported web client.
    pub web_dir: PathBuf,
    /// `ALLOWED_ORIGINS`: the other origins whose pages may call the API.
    pub allowed_origins: Vec<Origin>,
    /// `TRUSTED_PROXIES`: peers whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// `SIGNUP_ENABLED`: whether anyone may create an account.
    pub is_signup_enabled: bool,
    /// `AUDIT_RETENTION_DAYS`: how long audit events are kept.
    pub audit_retention: TimeDelta,
    /// How many connections may be open.
    pub connections: ConnectionBounds,
    /// `SHUTDOWN_DELAY_SECONDS`: how long the service accepts requests after the signal to stop.
    pub shutdown_delay: Duration,
    /// `SHUTDOWN_GRACE_SECONDS`: how long requests in flight may take to finish.
    pub shutdown_grace: Duration,
    /// The database and its pool.
    pub database: Database,
    /// `REVOCATION_STRICT`: whether access tokens are refused while ended sessions cannot be known.
    pub is_revocation_strict: bool,
    /// Token signing and lifetimes.
    pub tokens: TokenSettings,
    /// Keys for what is sealed in the database, and for one-time secrets.
    pub data_keys: DataKeySettings,
    /// Mail, and what depends on it.
    pub mail: Mail,
    /// How the product presents itself.
    pub brand: Brand,
    /// Cookie attributes.
    pub cookies: Cookies,
    /// Where passkeys work.
    pub passkeys: Passkeys,
    /// `SECOND_FACTOR`: who needs a second factor.
    pub second_factor: SecondFactorPolicy,
    /// Password hashing.
    pub passwords: Passwords,
    /// The rate limits of both tiers.
    pub rate_limits: RateLimits,
    /// Logging.
    pub logs: Logs,
    /// `SENTRY_DSN`: where the service and its pages report errors.
    pub reports: Option<Reports>,
    /// Where traces are sent, if anywhere.
    pub traces: Option<Traces>,
}

impl Config {
    /// Reads the environment, and outside production also `.env` in the working directory. In
    /// development, generates and stores the secret if it is missing.
    ///
    /// # Errors
    ///
    /// Every variable that is missing, invalid or unsafe, in one list.
    pub fn from_environment() -> Result<Self, Invalid> {
        let (config, reader) = Self::read(Reader::from_environment()?);
        reader.finish().map(|()| config)
    }

    /// Reads like [`Config::from_environment`], but writes nothing. Also returns what a start would
    /// create.
    pub fn check_environment() -> Result<(Self, Vec<String>), Invalid> {
        let mut reader = Reader::from_environment()?;
        reader.is_dry = true;
        let (config, mut reader) = Self::read(reader);
        let would_make = std::mem::take(&mut reader.would_make);
        reader.finish().map(|()| (config, would_make))
    }

    /// Reads the settings like a start in production, in any environment, and writes nothing.
    /// Returns the settings, with defaults for what is missing, and every problem. Fails if `.env`
    /// cannot be read.
    pub fn check_for_production() -> Result<(Self, Vec<String>), Invalid> {
        let mut reader = Reader::from_environment()?;
        reader.is_dry = true;
        if read_environment(&mut reader) == Environment::Development {
            reader.problem("ENVIRONMENT", "is not production");
            reader.set("ENVIRONMENT", "production");
        }
        let (config, reader) = Self::read(reader);
        let problems = reader.finish().err();
        Ok((
            config,
            problems.map_or_else(Vec::new, |Invalid(lines)| lines),
        ))
    }

    /// Parses the given variables.
    pub fn from_variables(variables: HashMap<String, String>) -> Result<Self, Invalid> {
        let (config, reader) = Self::read(Reader::new(variables));
        reader.finish().map(|()| config)
    }

    /// Returns the settings that lead to the database.
    pub fn storage(&self) -> Storage {
        Storage {
            data_dir: self.data_dir.clone(),
            database: self.database.clone(),
            logs: self.logs.clone(),
        }
    }

    fn read(mut reader: Reader) -> (Self, Reader) {
        let environment = read_environment(&mut reader);
        let data_dir = read_data_dir(&mut reader);
        let web_dir = reader.text("LATCHKEY_WEB_DIR");
        let bind_address = http::read_bind_address(&mut reader);
        let public_url = http::read_public_url(&mut reader, bind_address);
        let allowed_origins = http::read_allowed_origins(&mut reader);
        let around = mail::Surroundings {
            is_bound_to_loopback: bind_address.ip().to_canonical().is_loopback(),
            public_url: &public_url,
            allowed_origins: &allowed_origins,
        };
        let config = Self {
            environment,
            mail: Mail::read(&mut reader, &around),
            passkeys: Passkeys::read(&mut reader, &public_url),
            bind_address,
            public_url,
            metrics_address: http::read_metrics_address(&mut reader),
            allowed_origins,
            trusted_proxies: http::read_trusted_proxies(&mut reader),
            is_signup_enabled: reader.flag("SIGNUP_ENABLED", true),
            audit_retention: TimeDelta::days(
                reader
                    .number("AUDIT_RETENTION_DAYS", 365, 1..=36_500)
                    .into(),
            ),
            second_factor: SecondFactorPolicy::read(&mut reader),
            connections: ConnectionBounds::read(&mut reader),
            shutdown_delay: reader.seconds(
                "SHUTDOWN_DELAY_SECONDS",
                if reader.is_production { 5 } else { 0 },
                0..=300,
            ),
            shutdown_grace: reader.seconds("SHUTDOWN_GRACE_SECONDS", 30, 0..=3600),
            database: Database::read(&mut reader),
            is_revocation_strict: reader.flag("REVOCATION_STRICT", false),
            tokens: TokenSettings::read(&mut reader, &data_dir),
            data_keys: DataKeySettings::read(&mut reader, &data_dir),
            brand: Brand::read(&mut reader),
            cookies: Cookies::read(&mut reader),
            passwords: Passwords::read(&mut reader),
            rate_limits: RateLimits::read(&mut reader),
            logs: Logs::read(&mut reader),
            reports: Reports::read(&mut reader),
            traces: Traces::read(&mut reader),
            web_dir: web_dir.unwrap_or("mobile/dist".into()).into(),
            data_dir,
        };
        (config, reader)
    }
}

/// The settings of commands that need only the database.
#[derive(Clone, Debug)]
pub struct Storage {
    /// `LATCHKEY_DATA_DIR`: the folder of the private PostgreSQL.
    pub data_dir: PathBuf,
    /// The database and its pool.
    pub database: Database,
    /// Logging.
    pub logs: Logs,
}

impl Storage {
    /// Reads the settings of the database connection, and writes nothing.
    pub fn from_environment() -> Result<Self, Invalid> {
        let mut reader = Reader::from_environment()?;
        read_environment(&mut reader);
        let storage = Self {
            data_dir: read_data_dir(&mut reader),
            database: Database::read(&mut reader),
            logs: Logs::read(&mut reader),
        };
        reader.finish().map(|()| storage)
    }
}

/// Reads only `BIND_ADDRESS`, to reach a running service.
pub fn bind_address_from_environment() -> Result<SocketAddr, Invalid> {
    let mut reader = Reader::from_environment()?;
    let address = http::read_bind_address(&mut reader);
    reader.finish().map(|()| address)
}

fn read_environment(reader: &mut Reader) -> Environment {
    let choices = [
        ("development", Environment::Development),
        ("production", Environment::Production),
    ];
    let environment = reader.choice("ENVIRONMENT", &choices, Environment::Development);
    reader.is_production = environment == Environment::Production;
    environment
}

fn read_data_dir(reader: &mut Reader) -> PathBuf {
    let path = reader.text("LATCHKEY_DATA_DIR");
    path.unwrap_or(".data".into()).into()
}
