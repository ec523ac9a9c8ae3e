//! The command line.

mod config;
mod database;
mod doctor;
mod environment;
mod healthcheck;
mod keys;
mod mail;
mod migrate;
mod openapi;
mod output;
mod serve;
mod signals;
mod users;

use std::fmt::Display;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, Invalid, Storage};
use crate::db;

/// Accounts for web and mobile products, self-hosted.
#[derive(Debug, Parser)]
#[command(
    version = env!("LATCHKEY_VERSION"),
    about,
    after_help = "Settings are environment variables: see docs/CONFIGURATION.md."
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service; the same as no command.
    Serve,
    /// Run pending migrations.
    Migrate(migrate::Arguments),
    /// Manage accounts.
    #[command(subcommand)]
    Users(users::Command),
    /// Print the OpenAPI document; needs no database.
    Openapi,
    /// Check the configuration.
    #[command(subcommand)]
    Config(config::Command),
    /// Manage signing keys.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Check mail.
    #[command(subcommand)]
    Mail(mail::Command),
    /// Check whether a running service is ready; for container probes.
    Healthcheck,
    /// Check whether settings, database and public address are ready for production; changes
    /// nothing.
    Doctor(doctor::Arguments),
    /// Print the folder of the PostgreSQL that `serve` would start; for `make run`.
    #[command(hide = true)]
    LocatePostgres,
}

/// The error message of a failed command.
#[derive(Debug)]
struct Failure(String);

impl<E: Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Runs the command of the command line.
#[must_use]
pub fn main() -> ExitCode {
    match signals::block().map_err(Failure::from).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(text)) => {
            output::complain(text);
            ExitCode::FAILURE
        }
    }
}

fn run(signals: signals::Blocked) -> Result<(), Failure> {
    environment::shed_libpq_variables()
        .map_err(|error| format!("unset the variables whose names begin with PG: {error}"))?;
    db::prepare();
    let command = Arguments::parse().command.unwrap_or(Command::Serve);
    if let Command::Serve = command {
        return serve::run(settings()?, signals);
    }
    signals.obey();
    match command {
        Command::Serve => Ok(()),
        Command::Migrate(arguments) => migrate::run(&storage()?, &arguments),
        Command::Users(command) => users::run(settings()?, command),
        Command::Openapi => openapi::run(),
        Command::Config(command) => config::run(command),
        Command::Keys(command) => keys::run(command),
        Command::Mail(command) => mail::run(&settings()?, &command),
        Command::Healthcheck => healthcheck::run(),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::LocatePostgres => database::locate(&storage()?),
    }
}

fn settings() -> Result<Config, Failure> {
    Config::from_environment().map_err(|error: Invalid| error.into())
}

/// Reads the settings of commands that need only the database.
fn storage() -> Result<Storage, Failure> {
    Storage::from_environment().map_err(|error: Invalid| error.into())
}
