//! Formats fields for a terminal. `tracing-subscriber` formats the event around them, but does not
//! limit the length of its fields.

use std::fmt::{self, Debug, Write};

use tracing::field::{Field, Visit};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;

use super::bounded::Bounded;
use super::panics::BACKTRACE;

/// The message, then `name=value` for every other field.
pub struct Fields;

impl<'writer> FormatFields<'writer> for Fields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut visitor = Visitor {
            writer,
            is_first: true,
            result: Ok(()),
        };
        fields.record(&mut visitor);
        visitor.result
    }
}

struct Visitor<'writer> {
    writer: Writer<'writer>,
    is_first: bool,
    result: fmt::Result,
}

impl Visitor<'_> {
    fn write(&mut self, field: &Field, value: &dyn Debug) -> fmt::Result {
        if !self.is_first {
            self.writer.write_char(' ')?;
        }
        self.is_first = false;
        let name = field.name();
        if name != "message" && self.writer.has_ansi_escapes() {
            write!(self.writer, "\x1b[3m{name}\x1b[0;2m=\x1b[0m")?;
        } else if name != "message" {
            write!(self.writer, "{name}=")?;
        }
        let has_lines = name == BACKTRACE;
        let mut bounded = Bounded::new(Visible(&mut self.writer, has_lines), field);
        write!(bounded, "{value:?}")?;
        bounded.finish()
    }
}

impl Visit for Visitor<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.result = self.result.and_then(|()| self.write(field, value));
    }
}

/// Escapes what could control a terminal or begin a line; may keep line breaks.
struct Visible<'a, 'writer>(&'a mut Writer<'writer>, bool);

impl Write for Visible<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let has_lines = self.1;
        let steers = |character: char| character.is_control() && !(has_lines && character == '\n');
        let mut rest = text;
        while let Some(at) = rest.find(steers) {
            let (plain, tail) = rest.split_at(at);
            self.0.write_str(plain)?;
            let mut characters = tail.chars();
            if let Some(character) = characters.next() {
                write!(self.0, "{}", character.escape_default())?;
            }
            rest = characters.as_str();
        }
        self.0.write_str(rest)
    }
}
