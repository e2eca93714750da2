//! Log lines with the ids of the request that is being processed, and of its trace.

use crate::request_id::RequestId;
use std::fmt::Result;
use tracing::{Event, Subscriber};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::{Format, Full, Json, Writer},
    },
    registry::LookupSpan,
};

/// Format that adds the ids to each line.
pub struct InRequest<F> {
    format: Format<F>,
    /// Writes a line and the ids.
    write: fn(&mut Writer<'_>, &str, &RequestId) -> Result,
}

impl InRequest<Full> {
    /// Text that ends with the ids.
    pub fn text(format: Format<Full>) -> Self {
        Self {
            format,
            write: write_text,
        }
    }
}

impl InRequest<Json> {
    /// JSON with the ids as fields.
    pub fn json(format: Format<Json>) -> Self {
        Self {
            format,
            write: write_json,
        }
    }
}

impl<S, N, F> FormatEvent<S, N> for InRequest<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    Format<F>: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> Result {
        let Some(request) = RequestId::current() else {
            return self.format.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.format
            .format_event(context, Writer::new(&mut line), event)?;
        (self.write)(&mut writer, line.trim_end_matches('\n'), &request)
    }
}

fn write_text(writer: &mut Writer<'_>, line: &str, request: &RequestId) -> Result {
    write!(writer, "{line} request_id={}", request.as_str())?;
    if let Some(trace) = request.trace() {
        write!(writer, " trace_id={trace}")?;
    }
    writeln!(writer)
}

fn write_json(writer: &mut Writer<'_>, line: &str, request: &RequestId) -> Result {
    // The event is one JSON object, to which the ids are appended.
    let fields = line.strip_suffix('}').unwrap_or(line);
    write!(writer, r#"{fields},"request_id":"{}""#, request.as_str())?;
    if let Some(trace) = request.trace() {
        write!(writer, r#","trace_id":"{trace}""#)?;
    }
    writeln!(writer, "}}")
}
