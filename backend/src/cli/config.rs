//! `latchkey config`.

use clap::Subcommand;

use super::Failure;
use crate::config::{Config, Environment};
use crate::security::jwt::Jwt;
use crate::security::password::PasswordHasher;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Tell everything that is wrong with the settings; start nothing.
    Check,
}

/// Checks the configuration.
pub fn run(Command::Check: Command) -> Result<(), Failure> {
    let config = Config::from_environment()?;
    // What only shows when it is used.
    Jwt::new(&config.tokens)?;
    PasswordHasher::new(&config.passwords)?;
    for name in &config.reserved {
        println!("{name} is set, but this version does not use it.");
    }
    match config.environment {
        Environment::Development => println!(
            "The configuration is good for development. \
             Set ENVIRONMENT=production to check it for production."
        ),
        Environment::Production => println!("The configuration is good for production."),
    }
    Ok(())
}
