//! Logs; traces and errors too, where the features `otel` and `sentry` are built in.

#[cfg(feature = "sentry")]
mod errors;
#[cfg(any(not(feature = "otel"), not(feature = "sentry")))]
mod off;
#[cfg(feature = "otel")]
mod traces;

#[cfg(not(feature = "sentry"))]
use self::off as errors;
#[cfg(not(feature = "otel"))]
use self::off as traces;

use crate::{
    hooks,
    output::Output,
    settings::{AppSettings, Live, LogFormat, LogLevel},
};
use hyper::Request;
use settings_core::live::Event;
use std::panic;
use tracing::{Span, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer, Registry, filter::Targets, fmt, layer::SubscriberExt, reload, util::SubscriberInitExt,
};

/// What is still to be sent when the service ends.
pub struct Telemetry {
    traces: Option<traces::Sender>,
    errors: Option<errors::Sender>,
}

type AnyLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// The target of the spans of requests. Where no layer wants them they cost nothing.
const REQUEST: &str = "request";

/// Starts logging to this output, at the level of the moment.
pub fn start(live: &Live, output: Output) -> Telemetry {
    panic::set_hook(Box::new(|panic| tracing::error!(%panic, "a bug")));
    let settings = live.current();
    let told = &settings.observability;
    let (wanted, level) = reload::Layer::new(wanted(&settings));
    let lines = fmt::layer().with_writer(output);
    let lines = match told.format(settings.is_production()) {
        LogFormat::Json => lines.json().flatten_event(true).with_filter(wanted).boxed(),
        LogFormat::Text => lines.with_ansi(false).with_filter(wanted).boxed(),
    };
    let (trace, traces) = traces::start(&settings).unzip();
    let (report, errors) = errors::start(&settings).unzip();
    let layers: Vec<AnyLayer> = [Some(lines), trace, report].into_iter().flatten().collect();
    tracing_subscriber::registry().with(layers).init();

    let now = live.clone();
    let follow = move |event: &Event| {
        // It fails only where there is no log any more.
        let _ = level.reload(self::wanted(&now.current()));
        hooks::on_settings(event);
    };
    live.subscribe(follow).detach();

    if told.otlp_endpoint.is_some() && traces.is_none() {
        tracing::warn!("no traces are sent: OTLP_ENDPOINT takes a URL and the feature `otel`");
    }
    if told.sentry_dsn.is_some() && errors.is_none() {
        tracing::warn!("no errors are reported: SENTRY_DSN takes a DSN and the feature `sentry`");
    }
    Telemetry { traces, errors }
}

fn wanted(settings: &AppSettings) -> Targets {
    let level = match settings.observability.log_level {
        _ if settings.debug => LevelFilter::DEBUG,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    Targets::new().with_default(level).with_targets([
        // sqlx tells of statements and addresses.
        ("sqlx", LevelFilter::OFF),
        ("hyper", LevelFilter::WARN),
        // What becomes of a change is told at any level, be it a change of the level.
        ("settings", LevelFilter::INFO),
        // `hooks::on_settings` tells it, once it is in force.
        ("settings::live", LevelFilter::OFF),
        (REQUEST, LevelFilter::OFF),
    ])
}

/// The span of a request, a part of the client's trace if it sent one along.
pub fn span<B>(request: &Request<B>) -> Span {
    let span = tracing::info_span!(
        target: REQUEST,
        "request",
        otel.kind = "server",
        http.request.method = %request.method(),
        url.path = request.uri().path(),
        http.response.status_code = tracing::field::Empty,
    );
    if !span.is_disabled() {
        traces::adopt(&span, request.headers());
    }
    span
}

impl Telemetry {
    /// Sends it, for at most two seconds each.
    pub fn flush(self) {
        if let Some(traces) = self.traces {
            traces.flush();
        }
        if let Some(errors) = self.errors {
            errors.flush();
        }
    }
}
