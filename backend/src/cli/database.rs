//! Reaching the database that the configuration names.

use std::path::PathBuf;

use secrecy::SecretString;

use super::Failure;
use crate::config::{Config, Location};
use crate::postgres::{self, Durability, PrivatePostgres, Settings};

/// Where the database is, and the private server behind it if this process runs one.
pub struct Reached {
    /// What libpq connects with.
    pub url: SecretString,
    /// Stops when dropped.
    pub _server: Option<PrivatePostgres>,
}

/// Starts the private PostgreSQL if the configuration names no other.
pub fn start(config: &Config) -> Result<Reached, Failure> {
    let binaries = match &config.database.location {
        Location::Url(url) => {
            return Ok(Reached {
                url: url.clone(),
                _server: None,
            });
        }
        Location::Private { binaries } => binaries.clone(),
    };
    let server = PrivatePostgres::start(&private(config, binaries))?;
    Ok(Reached {
        url: server.database_url().clone(),
        _server: Some(server),
    })
}

/// As [`start`], but uses the private PostgreSQL of a running service if there is one.
pub fn attach(config: &Config) -> Result<Reached, Failure> {
    if let Location::Private { .. } = config.database.location
        && let Some(url) = PrivatePostgres::running(&config.data_dir)?
    {
        return Ok(Reached { url, _server: None });
    }
    start(config)
}

/// Prints the folder of the programs that [`start`] would run, or nothing when it would run none.
pub fn locate(config: &Config) -> Result<(), Failure> {
    if let Location::Private { binaries } = &config.database.location {
        let found = postgres::locate(&private(config, binaries.clone()))?;
        println!("{}", found.folder.display());
    }
    Ok(())
}

fn private(config: &Config, binaries: Option<PathBuf>) -> Settings {
    Settings {
        data_dir: config.data_dir.clone(),
        binaries,
        durability: Durability::Full,
    }
}
