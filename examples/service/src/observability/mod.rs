//! Logs, and with the features `otel` and `sentry` also traces and error reports.

#[cfg(any(not(feature = "otel"), not(feature = "sentry")))]
mod disabled;
#[cfg(feature = "sentry")]
mod errors;
mod in_request;
#[cfg(feature = "otel")]
mod traces;

#[cfg(not(feature = "sentry"))]
use self::disabled as errors;
#[cfg(not(feature = "otel"))]
use self::disabled as traces;

use self::in_request::InRequest;

use crate::{
    hooks,
    output::Output,
    request_id::TraceId,
    settings::{AppSettings, Live, LogFormat, LogLevel},
};
use hyper::{HeaderMap, Request};
use settings_core::live::Event;
use std::panic;
use tracing::{Span, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer, Registry, filter::Targets, fmt, layer::SubscriberExt, reload, util::SubscriberInitExt,
};

/// Traces and error reports that are sent when the service ends.
pub struct Telemetry {
    traces: Option<traces::Sender>,
    errors: Option<errors::Sender>,
}

type AnyLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Target of the spans of requests. They cost nothing unless a layer enables them.
const REQUEST: &str = "request";

/// Starts logging to this output. The level follows the live settings.
pub fn start(live: &Live, output: Output) -> Telemetry {
    panic::set_hook(Box::new(|panic| tracing::error!(%panic, "panic")));
    let settings = live.current();
    let config = &settings.observability;
    let (filter, filter_handle) = reload::Layer::new(level_filter(&settings));
    let lines = fmt::layer().with_writer(output);
    let lines = match config.format(settings.is_production()) {
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .map_event_format(InRequest::json)
            .with_filter(filter)
            .boxed(),
        LogFormat::Text => lines
            .with_ansi(false)
            .map_event_format(InRequest::text)
            .with_filter(filter)
            .boxed(),
    };
    let (trace, traces) = traces::start(settings.loaded()).unzip();
    let (report, errors) = errors::start(settings.loaded()).unzip();
    let layers: Vec<AnyLayer> = [Some(lines), trace, report].into_iter().flatten().collect();
    tracing_subscriber::registry().with(layers).init();

    let live_settings = live.clone();
    let on_event = move |event: &Event| {
        // It only fails after the subscriber is gone.
        let _ = filter_handle.reload(level_filter(&live_settings.current()));
        hooks::on_settings(event);
    };
    live.subscribe(on_event).detach();

    if config.otlp_endpoint.is_some() && traces.is_none() {
        tracing::warn!(
            "OTLP_ENDPOINT has no effect: it requires the feature `otel` and a valid URL"
        );
    }
    if config.sentry_dsn.is_some() && errors.is_none() {
        tracing::warn!(
            "SENTRY_DSN has no effect: it requires the feature `sentry` and a valid DSN"
        );
    }
    Telemetry { traces, errors }
}

fn level_filter(settings: &AppSettings) -> Targets {
    let level = match settings.observability.log_level {
        _ if settings.debug => LevelFilter::DEBUG,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    Targets::new().with_default(level).with_targets([
        // sqlx logs statements and addresses.
        ("sqlx", LevelFilter::OFF),
        ("hyper", LevelFilter::WARN),
        // Changes of the settings are logged at any level.
        ("settings", LevelFilter::INFO),
        // `hooks::on_settings` logs them once they are in force.
        ("settings::live", LevelFilter::OFF),
        (REQUEST, LevelFilter::OFF),
    ])
}

/// Returns the span of a request, as a child of the one in its header `traceparent`. Health probes have none.
pub fn span<B>(request: &Request<B>) -> Span {
    if request.uri().path().starts_with("/health/") {
        return Span::none();
    }
    let span = tracing::info_span!(
        target: REQUEST,
        "request",
        otel.kind = "server",
        http.request.method = %request.method(),
        url.path = request.uri().path(),
        http.response.status_code = tracing::field::Empty,
    );
    if !span.is_disabled() {
        traces::set_parent(&span, request.headers());
    }
    span
}

/// Returns the id of the trace that a request belongs to: of its span, or of its header `traceparent`.
pub fn trace_id(span: &Span, headers: &HeaderMap) -> Option<TraceId> {
    traces::trace_id(span).or_else(|| TraceId::from_headers(headers))
}

impl Telemetry {
    /// Sends them, and waits at most two seconds for each kind.
    pub fn flush(self) {
        if let Some(traces) = self.traces {
            traces.flush();
        }
        if let Some(errors) = self.errors {
            errors.flush();
        }
    }
}
