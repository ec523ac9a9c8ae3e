//! `latchkey doctor`: checks whether a deployment is ready for production. It changes nothing.

mod database;
mod limits;
mod passkeys;
mod public;
mod report;
mod settings;
mod visitor;

use std::path::PathBuf;

use clap::Args;
use url::Url;

use super::{Failure, output};
use crate::config::{Config, Location};
use report::Report;
use visitor::Visitor;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Also check the service at this address, as browsers and apps reach it
    #[arg(long, value_name = "URL")]
    public_url: Option<Url>,
    /// Also trust the certificates of this PEM file.
    #[arg(long, value_name = "FILE", requires = "public_url")]
    ca: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs all checks, prints the results, and fails if one is bad.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let visitor = (arguments.public_url.as_ref())
        .map(|url| Visitor::new(url, arguments.ca.as_deref()))
        .transpose()?;
    let (config, problems) = Config::check_for_production()?;
    let mut report = Report::default();
    settings::check(&mut report, &config, &problems);
    match &config.database.location {
        Location::Url { pooled, direct } => {
            database::check(&mut report, &config.database, pooled, direct);
        }
        Location::Private { .. } => report.group("Database").warning(
            "DATABASE_URL",
            "not set, so no database was looked at",
            "Set DATABASE_URL and run latchkey doctor again.",
        ),
    }
    match &visitor {
        Some(visitor) => public::check(&mut report, visitor, &config),
        None => report.group("Public URL").warning(
            "--public-url",
            "not given, so TLS, cookies, CSRF protection and rate limits were not tried",
            "Run latchkey doctor --public-url https://your.domain",
        ),
    }
    output::print(if arguments.json {
        report.to_json()?
    } else {
        report.to_table()
    })?;
    match report.bad_count() {
        0 => Ok(()),
        1 => Err("1 check is bad".into()),
        count => Err(format!("{count} checks are bad").into()),
    }
}
