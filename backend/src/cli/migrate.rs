//! `latchkey migrate`.

use clap::Args;

use super::{Failure, database, output};
use crate::clock::Clock;
use crate::config::Storage;
use crate::db::{self, migrations, search_indexes};
use crate::features::users::application::convert_domains;
use crate::telemetry;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Change nothing; fail if migrations are pending.
    #[arg(long)]
    check: bool,
}

/// Runs pending migrations, or lists them.
pub fn run(storage: &Storage, arguments: &Arguments) -> Result<(), Failure> {
    let reached = database::attach(storage)?;
    if arguments.check {
        let pending = migrations::pending(&reached.direct)?;
        if pending.is_empty() {
            return output::print("The database is up to date.");
        }
        let names = pending.join("\n  ");
        return Err(
            format!("these migrations are pending; run latchkey migrate:\n  {names}").into(),
        );
    }
    // Logs to standard error what it waits for and what it ran.
    let _logs = telemetry::init(&storage.logs, None);
    for name in migrations::run(&reached.direct)? {
        output::print(format_args!("Ran {name}"))?;
    }
    let done = convert_domains(&mut db::connect(&reached.direct)?, &Clock::default())?;
    for id in done.converted {
        output::print(format_args!(
            "Converted the address of account {id} to ASCII"
        ))?;
    }
    for (id, reason) in done.left {
        output::print(format_args!(
            "Nobody can sign in to account {id}, whose address is not in ASCII: {reason}"
        ))?;
    }
    search_indexes::build(&reached.direct)?;
    output::print("The database is up to date.")
}
