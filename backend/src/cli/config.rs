//! `latchkey config`.

use clap::Subcommand;

use super::{Failure, output};
use crate::config::{Config, Environment, Location};
use crate::features::mail::memory::templates::Templates;
use crate::security::jwt::Jwt;
use crate::security::password::PasswordHasher;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List all problems of the settings; start nothing.
    Check,
}

/// Checks the configuration, and reports what a start would create.
pub fn run(Command::Check: Command) -> Result<(), Failure> {
    let (config, mut would_make) = Config::check_environment()?;
    // Problems that only show in use.
    Jwt::new(&config.tokens)?;
    PasswordHasher::new(&config.passwords)?;
    Templates::load(config.mail.templates_dir.as_deref())
        .map_err(|error| format!("MAIL_TEMPLATES_DIR: {error}"))?;
    if let Location::Private { .. } = config.database.location {
        let folder = config.data_dir.display();
        would_make.push(format!(
            "a private PostgreSQL in {folder}, unless it is there"
        ));
    }
    for thing in would_make {
        output::print(format_args!("The start would make {thing}."))?;
    }
    output::print(match config.environment {
        Environment::Development => {
            "The configuration is good for development. \
             Set ENVIRONMENT=production to check it for production."
        }
        Environment::Production => "The configuration is good for production.",
    })
}
