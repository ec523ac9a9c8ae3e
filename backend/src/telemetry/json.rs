//! Log lines as flat JSON objects.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// One object a line: the event's fields, then its spans'. The fields of a span are formatted once
/// and spliced in as they are; the formatter that comes with `tracing-subscriber` parses them anew
/// for every event, which costs more than all layers of a request together.
pub struct Flat;

impl<S> FormatEvent<S, JsonFields> for Flat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        writer.write_str("{\"timestamp\":\"")?;
        SystemTime.format_time(&mut writer)?;
        write!(writer, "\",\"level\":\"{}\"", event.metadata().level())?;
        let mut fields = String::with_capacity(256);
        context.format_fields(Writer::new(&mut fields), event)?;
        splice(&mut writer, &fields)?;
        for span in context.event_scope().into_iter().flatten() {
            if let Some(fields) = span.extensions().get::<FormattedFields<JsonFields>>() {
                splice(&mut writer, fields)?;
            }
        }
        writer.write_str("}\n")
    }
}

/// Writes what is between an object's braces.
fn splice(writer: &mut Writer<'_>, object: &str) -> fmt::Result {
    let inner = object
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    match inner {
        None | Some("") => Ok(()),
        Some(inner) => write!(writer, ",{inner}"),
    }
}
