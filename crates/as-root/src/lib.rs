//! Runs tests that need root, such as those that change the owner of folders.
//!
//! Started by root, such a test just runs. Started by another user, it runs once more through
//! `sudo`, if `CI` is set or `LATCHKEY_TEST_SUDO=1`. Otherwise it is not run and says so, whatever
//! the test runner captures: a developer's tests must not use root's rights unasked.

use std::env;
use std::io::{self, Write};
use std::process::Command;
use std::thread;

use nix::unistd::geteuid;

/// What the second run needs of the environment, from which `sudo` removes nearly everything.
const PASSED_ON: [&str; 3] = ["PATH", "LATCHKEY_POSTGRES_BIN", "RUST_BACKTRACE"];

/// Whether the test with this name goes on, since root runs it. The name is the one that
/// `cargo test -- --list` prints.
///
/// # Panics
///
/// If the test has another name, or if the run through `sudo` fails, or does not run the test.
pub fn as_root(test: &str) -> bool {
    // With one thread for all tests, their names are not known.
    let current = thread::current();
    let name = current.name().filter(|name| *name != "main");
    assert!(name.is_none_or(|name| name == test), "not {test}");
    if !geteuid().is_root() {
        if is_sudo_wanted() {
            run_through_sudo(test);
        } else {
            report(test);
        }
    }
    geteuid().is_root()
}

fn is_sudo_wanted() -> bool {
    env::var_os("CI").is_some() || env::var_os("LATCHKEY_TEST_SUDO").is_some_and(|it| it == "1")
}

fn run_through_sudo(test: &str) {
    let program = env::current_exe().expect("the test's program has a path");
    let variables = PASSED_ON.iter().filter_map(|name| {
        let value = env::var(name).ok()?;
        Some(format!("{name}={value}"))
    });
    let ran = Command::new("sudo")
        .args(["-n", "--", "env"])
        .args(variables)
        .arg(program)
        .args(["--exact", test])
        .output();
    let ran = ran.unwrap_or_else(|error| panic!("{test} needs root or sudo: {error}"));
    let told = String::from_utf8_lossy(&ran.stdout);
    // A name that fits no test would run none, and succeed.
    let has_run = ran.status.success() && told.contains("1 passed");
    let errors = String::from_utf8_lossy(&ran.stderr);
    assert!(has_run, "{test}, through sudo: {told}{errors}");
}

/// Writes to standard error itself, because what the print macros say is shown of failed tests only.
fn report(test: &str) {
    let told = writeln!(
        io::stderr(),
        "NOT RUN, needs root: {test} (LATCHKEY_TEST_SUDO=1 runs it through sudo)"
    );
    told.expect("standard error is open");
}
