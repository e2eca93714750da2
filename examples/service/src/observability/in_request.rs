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

/// Text format that ends each line with the ids.
pub struct TextInRequest(pub Format<Full>);

/// JSON format that adds the ids as fields.
pub struct JsonInRequest(pub Format<Json>);

impl<S, N> FormatEvent<S, N> for TextInRequest
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> Result {
        let Some(request) = RequestId::current() else {
            return self.0.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.0
            .format_event(context, Writer::new(&mut line), event)?;
        let (line, id) = (line.trim_end_matches('\n'), request.as_str());
        write!(writer, "{line} request_id={id}")?;
        if let Some(trace) = request.trace() {
            write!(writer, " trace_id={trace}")?;
        }
        writeln!(writer)
    }
}

impl<S, N> FormatEvent<S, N> for JsonInRequest
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> Result {
        let Some(request) = RequestId::current() else {
            return self.0.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.0
            .format_event(context, Writer::new(&mut line), event)?;
        // The event is one JSON object, to which the ids are appended.
        let object = line.trim_end();
        let (fields, id) = (object.strip_suffix('}').unwrap_or(object), request.as_str());
        write!(writer, r#"{fields},"request_id":"{id}""#)?;
        if let Some(trace) = request.trace() {
            write!(writer, r#","trace_id":"{trace}""#)?;
        }
        writeln!(writer, "}}")
    }
}
