//! Where the database is, and how large the pool of connections to it.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::reader::Reader;

/// Which database to use.
#[derive(Clone, Debug)]
pub enum Location {
    /// The one at this libpq URL.
    Url(SecretString),
    /// A private one that this process starts; `binaries` is `LATCHKEY_POSTGRES_BIN`.
    Private {
        /// The folder of `postgres` and `initdb`, when it is not left to be found.
        binaries: Option<std::path::PathBuf>,
    },
}

/// The database and its pool.
#[derive(Clone, Debug)]
pub struct Database {
    /// `DATABASE_URL`, or a private PostgreSQL.
    pub location: Location,
    /// `DB_POOL_MAX_SIZE`: connections at most.
    pub pool_max_size: u32,
    /// `DB_POOL_MIN_IDLE`: connections kept open when idle.
    pub pool_min_idle: u32,
    /// `DB_POOL_CONNECTION_TIMEOUT`: how long a request waits for a free connection.
    pub pool_timeout: Duration,
    /// `DB_STATEMENT_TIMEOUT_SECONDS`: how long one statement may run.
    pub statement_timeout: Duration,
}

impl Database {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let pool_max_size = reader.number("DB_POOL_MAX_SIZE", 20, 1..=1000);
        let pool_min_idle = reader.number("DB_POOL_MIN_IDLE", pool_max_size.min(5), 0..=1000);
        if pool_min_idle > pool_max_size {
            reader.problem(
                "DB_POOL_MIN_IDLE",
                format_args!("must not exceed DB_POOL_MAX_SIZE ({pool_max_size})"),
            );
        }
        Self {
            location: read_location(reader),
            pool_max_size,
            pool_min_idle,
            pool_timeout: reader.seconds("DB_POOL_CONNECTION_TIMEOUT", 30, 1..=300),
            statement_timeout: reader.seconds("DB_STATEMENT_TIMEOUT_SECONDS", 10, 1..=300),
        }
    }
}

fn read_location(reader: &mut Reader) -> Location {
    const NAME: &str = "DATABASE_URL";
    let may_be_plain = reader.flag("DATABASE_ALLOW_PLAINTEXT", false);
    let binaries = reader.text("LATCHKEY_POSTGRES_BIN").map(Into::into);
    let Some(text) = reader.text(NAME) else {
        if reader.is_production {
            reader.problem(
                NAME,
                "is required in production, for example \
                 postgres://user:password@host:5432/latchkey?sslmode=require",
            );
        }
        return Location::Private { binaries };
    };
    let secret = SecretString::from(text);
    match Url::parse(secret.expose_secret()) {
        Ok(url) if matches!(url.scheme(), "postgres" | "postgresql") => {
            if reader.is_production && !may_be_plain && !is_local(&url) && !is_encrypted(&url) {
                reader.problem(
                    NAME,
                    "add sslmode=require (or verify-full): the connection leaves this machine \
                     unencrypted; DATABASE_ALLOW_PLAINTEXT=true accepts that",
                );
            }
        }
        // The parser's message is left out: it could quote the password.
        _ => reader.problem(
            NAME,
            "not a PostgreSQL URL; write postgres://user:password@host:5432/name",
        ),
    }
    Location::Url(secret)
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
        .last()
}

fn is_encrypted(url: &Url) -> bool {
    let mode = parameter(url, "sslmode");
    matches!(
        mode.as_deref(),
        Some("require" | "verify-ca" | "verify-full")
    )
}

/// Whether every host named is a socket or this machine; libpq lets `host=` override the authority.
fn is_local(url: &Url) -> bool {
    let hosts = parameter(url, "hostaddr")
        .filter(|address| !address.is_empty())
        .or_else(|| parameter(url, "host"))
        .unwrap_or_else(|| url.host_str().unwrap_or_default().to_owned());
    hosts.split(',').all(|host| {
        host.is_empty()
            || host.starts_with('/')
            || host.to_ascii_lowercase().starts_with("%2f")
            || host == "localhost"
            || host
                .trim_matches(['[', ']'])
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    })
}
