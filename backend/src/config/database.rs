//! The database and the size of its connection pool.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::address::Address;
use super::reader::Reader;

/// The database to use.
#[derive(Clone, Debug)]
pub enum Location {
    /// The database at an address.
    Url {
        /// `DATABASE_URL`: the address for requests; it may lead through a pooling proxy.
        pooled: SecretString,
        /// `DATABASE_DIRECT_URL`: the address for migrations and for listening.
        direct: SecretString,
    },
    /// A private server that this process starts.
    Private {
        /// `LATCHKEY_POSTGRES_BIN`: the folder of `postgres` and `initdb`; `None` to search for it.
        binaries: Option<std::path::PathBuf>,
    },
}

/// The database and its pool.
#[derive(Clone, Debug)]
pub struct Database {
    /// `DATABASE_URL`, or a private PostgreSQL.
    pub location: Location,
    /// `DATABASE_REPLICA_URL`: a streaming replica, for reads that may be stale.
    pub replica: Option<SecretString>,
    /// `DB_POOL_MAX_SIZE`: the maximum number of connections.
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
        let may_be_plain = reader.flag("DATABASE_ALLOW_PLAINTEXT", false);
        let location = read_location(reader, may_be_plain);
        let replica = read_replica(reader, &location, may_be_plain);
        Self {
            location,
            replica,
            pool_max_size,
            pool_min_idle,
            pool_timeout: reader.seconds("DB_POOL_CONNECTION_TIMEOUT", 30, 1..=300),
            statement_timeout: reader.seconds("DB_STATEMENT_TIMEOUT_SECONDS", 10, 1..=300),
        }
    }
}

fn read_location(reader: &mut Reader, may_be_plain: bool) -> Location {
    const NAME: &str = "DATABASE_URL";
    const DIRECT: &str = "DATABASE_DIRECT_URL";
    let binaries = reader.text("LATCHKEY_POSTGRES_BIN").map(Into::into);
    let direct = read_address(reader, DIRECT, may_be_plain);
    let Some(pooled) = read_address(reader, NAME, may_be_plain) else {
        if direct.is_some() {
            reader.problem(DIRECT, "needs DATABASE_URL beside it");
        }
        if reader.is_production {
            reader.problem(
                NAME,
                "is required in production, for example \
                 postgres://user:password@host:5432/latchkey?sslmode=require",
            );
        }
        return Location::Private { binaries };
    };
    let direct = direct.unwrap_or_else(|| pooled.clone());
    Location::Url { pooled, direct }
}

fn read_replica(
    reader: &mut Reader,
    location: &Location,
    may_be_plain: bool,
) -> Option<SecretString> {
    const NAME: &str = "DATABASE_REPLICA_URL";
    let replica = read_address(reader, NAME, may_be_plain);
    if replica.is_some() && matches!(location, Location::Private { .. }) {
        reader.problem(NAME, "needs DATABASE_URL beside it");
    }
    replica
}

fn read_address(reader: &mut Reader, name: &str, may_be_plain: bool) -> Option<SecretString> {
    let text = SecretString::from(reader.text(name)?);
    match Address::parse(text.expose_secret()) {
        Ok(address) => {
            let is_safe = may_be_plain || address.is_local() || address.is_encrypted();
            if reader.is_production && !is_safe {
                reader.problem(
                    name,
                    "add sslmode=require (or verify-full): the connection leaves this machine \
                     unencrypted; DATABASE_ALLOW_PLAINTEXT=true accepts that",
                );
            }
        }
        Err(error) => reader.problem(name, error),
    }
    Some(text)
}
