//! `latchkey migrate`.

use clap::Args;

use super::{Failure, database};
use crate::config::Config;
use crate::db::migrations;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Change nothing; fail when migrations are pending.
    #[arg(long)]
    check: bool,
}

/// Runs pending migrations, or names them.
pub fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let reached = database::attach(config)?;
    if arguments.check {
        let pending = migrations::pending(&reached.url)?;
        if pending.is_empty() {
            println!("The database is up to date.");
            return Ok(());
        }
        let names = pending.join("\n  ");
        return Err(
            format!("these migrations are pending; run latchkey migrate:\n  {names}").into(),
        );
    }
    for name in migrations::run(&reached.url)? {
        println!("Ran {name}");
    }
    println!("The database is up to date.");
    Ok(())
}
