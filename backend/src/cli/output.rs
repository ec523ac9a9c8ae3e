//! Writes to standard output and error, whose reader may be gone or may never read.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::Failure;

/// How much a writable pipe accepts at once (`PIPE_BUF`).
const CHUNK: usize = 4096;

/// How long a message waits for its reader, in milliseconds.
const PATIENCE: u16 = 1000;

/// Prints a line. A closed pipe, such as that of `head`, is not an error.
pub fn print(line: impl Display) -> Result<(), Failure> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Prints a line to standard output, if the reader accepts it.
pub fn offer(line: impl Display) {
    write(io::stdout(), &format!("{line}\n"));
}

/// Prints an error to standard error, if the reader accepts it.
pub fn complain(what: impl Display) {
    write(io::stderr(), &format!("latchkey: {what}\n"));
}

fn write(mut output: impl AsFd + Write, text: &str) {
    for chunk in text.as_bytes().chunks(CHUNK) {
        let mut handles = [PollFd::new(output.as_fd(), PollFlags::POLLOUT)];
        let is_taken = poll(&mut handles, PollTimeout::from(PATIENCE)).is_ok_and(|count| count > 0);
        if !is_taken || output.write_all(chunk).is_err() {
            return;
        }
    }
    let _ = output.flush();
}
