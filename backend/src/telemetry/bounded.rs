//! Limits how much one value may add to a line, because clients choose some of them.

use std::fmt::{self, Write};

use tracing::field::Field;

/// How many bytes of a value are kept.
const MAX_BYTES: usize = 2 * 1024;

/// How many bytes of a backtrace are kept. Clients do not choose it, and it is useless without its
/// end.
const MAX_BACKTRACE_BYTES: usize = 32 * 1024;

/// Passes on a text up to the limit, and counts the rest.
pub struct Bounded<W> {
    writer: W,
    left: usize,
    cut: usize,
}

impl<W: Write> Bounded<W> {
    /// Prepares the limit for a field.
    pub fn new(writer: W, field: &Field) -> Self {
        let is_backtrace = field.name() == super::panics::BACKTRACE;
        Self {
            writer,
            left: if is_backtrace {
                MAX_BACKTRACE_BYTES
            } else {
                MAX_BYTES
            },
            cut: 0,
        }
    }

    /// Writes how much was cut, if anything.
    pub fn finish(mut self) -> fmt::Result {
        match self.cut {
            0 => Ok(()),
            cut => write!(self.writer, "… ({cut} bytes more)"),
        }
    }
}

impl<W: Write> Write for Bounded<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.len() <= self.left {
            self.left -= text.len();
            return self.writer.write_str(text);
        }
        let kept = text.floor_char_boundary(self.left);
        self.left = 0;
        self.cut += text.len() - kept;
        self.writer.write_str(&text[..kept])
    }
}
