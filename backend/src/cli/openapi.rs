//! `latchkey openapi`.

use super::{Failure, output};
use crate::api::{self, openapi};

/// Prints the document.
pub fn run() -> Result<(), Failure> {
    output::print(openapi::to_text(&api::document()).trim_end())
}
