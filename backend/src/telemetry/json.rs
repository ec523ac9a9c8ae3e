//! Log lines as flat JSON objects, each written in one pass. The formatter of `tracing-subscriber`
//! first builds a tree of every event and span, which costs more than all layers of a request
//! together.

use std::fmt::{self, Debug, Display, Write};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use super::bounded::Bounded;

/// One object per line: the fields of the event, then those of its spans.
pub struct Flat;

impl<S> FormatEvent<S, Members> for Flat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, Members>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        writer.write_str("{\"timestamp\":\"")?;
        SystemTime.format_time(&mut writer)?;
        write!(writer, "\",\"level\":\"{}\"", event.metadata().level())?;
        visit(writer.by_ref(), event)?;
        for span in context.event_scope().into_iter().flatten() {
            if let Some(members) = span.extensions().get::<FormattedFields<Members>>() {
                writer.write_str(members)?;
            }
        }
        writer.write_str("}\n")
    }
}

/// Fields as members of an object, with a comma before each.
pub struct Members;

impl<'writer> FormatFields<'writer> for Members {
    fn format_fields<R: RecordFields>(
        &self,
        mut writer: Writer<'writer>,
        fields: R,
    ) -> fmt::Result {
        // The writer's buffer starts empty and would grow in steps.
        let mut members = String::with_capacity(256);
        visit(Writer::new(&mut members), fields)?;
        writer.write_str(&members)
    }
}

fn visit(writer: Writer<'_>, fields: impl RecordFields) -> fmt::Result {
    let mut visitor = Visitor {
        writer,
        result: Ok(()),
    };
    fields.record(&mut visitor);
    visitor.result
}

struct Visitor<'writer> {
    writer: Writer<'writer>,
    result: fmt::Result,
}

impl Visitor<'_> {
    /// Writes a member whose value needs no quotes.
    fn bare(&mut self, field: &Field, value: impl Display) {
        self.member(field, |writer| write!(writer, "{value}"));
    }

    fn quoted(&mut self, field: &Field, write: impl FnOnce(&mut dyn Write) -> fmt::Result) {
        self.member(field, |writer| {
            writer.write_char('"')?;
            let mut bounded = Bounded::new(Escaped(writer), field);
            write(&mut bounded)?;
            bounded.finish()?;
            writer.write_char('"')
        });
    }

    fn member(&mut self, field: &Field, write: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        self.result = self.result.and_then(|()| {
            self.writer.write_str(",\"")?;
            self.writer.write_str(field.name())?;
            self.writer.write_str("\":")?;
            write(&mut self.writer)
        });
    }
}

impl Visit for Visitor<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has neither NaN nor infinity.
        if value.is_finite() {
            self.bare(field, value);
        } else {
            self.bare(field, "null");
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.bare(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.bare(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.bare(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.quoted(field, |escaped| escaped.write_str(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.quoted(field, |escaped| write!(escaped, "{value:?}"));
    }
}

/// Escapes the content of a JSON string (RFC 8259, section 7), and also what could control the
/// reader's terminal.
struct Escaped<'a, 'writer>(&'a mut Writer<'writer>);

impl Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // 0xC2 begins U+0080 to U+00BF; the first half of these are control characters.
        let may_need = |byte: u8| matches!(byte, ..b' ' | b'"' | b'\\' | 0x7F | 0xC2);
        let mut rest = text;
        while let Some(at) = rest.bytes().position(may_need) {
            let (plain, tail) = rest.split_at(at);
            self.0.write_str(plain)?;
            let mut characters = tail.chars();
            match characters.next() {
                Some(one) if one.is_control() || matches!(one, '"' | '\\') => {
                    write!(self.0, "\\u{:04x}", u32::from(one))?;
                }
                Some(other) => self.0.write_char(other)?,
                None => {}
            }
            rest = characters.as_str();
        }
        self.0.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};
    use tracing::{info, info_span, subscriber::with_default, warn};

    use super::*;

    /// The lines logged while `log` runs, without their time.
    fn logged(log: impl FnOnce()) -> Vec<Value> {
        #[derive(Clone, Default)]
        struct Lines(Arc<Mutex<Vec<u8>>>);
        impl io::Write for Lines {
            fn write(&mut self, line: &[u8]) -> io::Result<usize> {
                self.0.lock().unwrap().write(line)
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .fmt_fields(Members)
            .event_format(Flat)
            .with_writer(move || writer.clone())
            .finish();
        with_default(subscriber, log);
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        text.lines()
            .map(|line| {
                let mut line: Value = serde_json::from_str(line).unwrap();
                let time = line.as_object_mut().unwrap().remove("timestamp").unwrap();
                chrono::DateTime::parse_from_rfc3339(time.as_str().unwrap()).unwrap();
                line
            })
            .collect()
    }

    #[test]
    fn a_line_holds_the_events_fields_and_those_of_all_its_spans() {
        let lines = logged(|| {
            let outer = info_span!("outer", path = "/a", id = tracing::field::Empty);
            let _outer = outer.enter();
            outer.record("id", 7);
            let _inner = info_span!("inner", ip = %"192.0.2.1").entered();
            info!(
                status = 200_u16,
                ms = 0.25,
                ok = true,
                none = None::<i64>,
                "answered"
            );
            warn!(below = -1, bad = f64::NAN);
        });
        assert_eq!(
            lines,
            [
                json!({"level": "INFO", "message": "answered", "status": 200, "ms": 0.25, "ok": true,
                    "ip": "192.0.2.1", "path": "/a", "id": 7}),
                json!({"level": "WARN", "below": -1, "bad": null, "ip": "192.0.2.1", "path": "/a",
                    "id": 7}),
            ]
        );
    }

    #[test]
    fn no_value_can_break_out_of_its_string_or_its_line() {
        let evil = "\",\"level\":\"INFO\"}\n{\"a\\\u{0}\t\u{1f}\u{7f}\u{9b}\u{a9}\u{2028}ü€𝄞\"";
        let lines = logged(|| info!(text = evil, shown = %evil, debugged = ?evil, "{evil}"));
        assert_eq!(
            lines,
            [json!({
                "level": "INFO",
                "message": evil,
                "text": evil,
                "shown": evil,
                "debugged": format!("{evil:?}"),
            })]
        );
    }

    #[test]
    fn a_value_ends_at_its_bound_and_says_what_is_missing() {
        // The limit falls inside a character.
        let long = format!("a{}", "ü".repeat(5000));
        let lines = logged(|| info!(shown = %long, debugged = ?long, text = long));
        let cut = format!("a{}… (7954 bytes more)", "ü".repeat(1023));
        assert_eq!(lines[0]["text"], cut);
        assert_eq!(lines[0]["shown"], cut);
        let debugged = lines[0]["debugged"].as_str().unwrap();
        assert!(
            debugged.ends_with("bytes more)") && debugged.len() < 2100,
            "{debugged}"
        );
    }
}
