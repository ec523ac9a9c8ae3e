//! Connects to the configured database.

use std::path::PathBuf;

use private_postgres::{Durability, PrivatePostgres, Settings, StartError};
use secrecy::SecretString;

use super::{Failure, output};
use crate::config::{Location, Storage};

/// The addresses of the database, and the private server if this process runs one.
pub struct Reached {
    /// The address for requests.
    pub url: SecretString,
    /// The address for migrations and for listening.
    pub direct: SecretString,
    /// Stops when dropped.
    pub _server: Option<PrivatePostgres>,
}

/// Starts the private PostgreSQL unless `DATABASE_URL` is set.
pub fn start(storage: &Storage) -> Result<Reached, Failure> {
    let binaries = match &storage.database.location {
        Location::Url { pooled, direct } => {
            return Ok(Reached {
                url: pooled.clone(),
                direct: direct.clone(),
                _server: None,
            });
        }
        Location::Private { binaries } => binaries.clone(),
    };
    let server = PrivatePostgres::start(&private(storage, binaries)).map_err(|it| name(&it))?;
    Ok(Reached {
        url: server.database_url().clone(),
        direct: server.database_url().clone(),
        _server: Some(server),
    })
}

/// Does the same as [`start`], but uses the private PostgreSQL of a running service if there is
/// one.
pub fn attach(storage: &Storage) -> Result<Reached, Failure> {
    if let Location::Private { .. } = storage.database.location
        && let Some(url) = PrivatePostgres::running(&storage.data_dir).map_err(|it| name(&it))?
    {
        return Ok(Reached {
            direct: url.clone(),
            url,
            _server: None,
        });
    }
    start(storage)
}

/// Prints the folder of the PostgreSQL programs that [`start`] would run, or nothing if it would
/// run none.
pub fn locate(storage: &Storage) -> Result<(), Failure> {
    if let Location::Private { binaries } = &storage.database.location {
        let found = private_postgres::locate(&private(storage, binaries.clone()));
        let found = found.map_err(|it| name(&it))?;
        output::print(found.folder.display())?;
    }
    Ok(())
}

fn private(storage: &Storage, binaries: Option<PathBuf>) -> Settings {
    Settings {
        data_dir: storage.data_dir.clone(),
        binaries,
        durability: Durability::Full,
    }
}

/// Adds to an error the settings that can fix it.
fn name(error: &StartError) -> Failure {
    format!(
        "{error}\nLATCHKEY_DATA_DIR names the data directory, LATCHKEY_POSTGRES_BIN the folder of \
         PostgreSQL's programs, DATABASE_URL a server that runs already. `make run` fetches PostgreSQL \
         if there is none."
    )
    .into()
}
