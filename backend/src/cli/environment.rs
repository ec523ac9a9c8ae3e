//! Removes environment variables that must not reach libpq.

use std::env;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Executes this program again with the same process id, without the `PG*` variables. With them,
/// libpq could change where an address leads and whether the connection is encrypted, and so could
/// the private PostgreSQL.
pub fn shed_libpq_variables() -> io::Result<()> {
    let theirs: Vec<_> = env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| name.as_encoded_bytes().starts_with(b"PG"))
        .collect();
    if theirs.is_empty() {
        return Ok(());
    }
    let mut again = Command::new(env::current_exe()?);
    for name in theirs {
        again.env_remove(name);
    }
    let mut arguments = env::args_os();
    if let Some(name) = arguments.next() {
        again.arg0(name);
    }
    Err(again.args(arguments).exec())
}
