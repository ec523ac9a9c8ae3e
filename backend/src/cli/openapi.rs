//! `latchkey openapi`.

use std::io::{self, Write};

use super::Failure;
use crate::api::{self, openapi};

/// Prints the document.
pub fn run() -> Result<(), Failure> {
    let text = openapi::to_text(&api::document());
    match io::stdout().write_all(text.as_bytes()) {
        // The reader has seen enough, as `head` has.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
