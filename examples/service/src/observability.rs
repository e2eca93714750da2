//! Logs; and traces and errors where the features `otel` and `sentry` are built in.

use crate::{
    output::Output,
    settings::{AppSettings, LogFormat, LogLevel},
};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    Layer, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

/// What is still to be sent when the service ends.
#[derive(Debug)]
pub struct Telemetry {}

/// Starts logging to this output.
pub fn start(settings: &AppSettings, output: Output) -> Telemetry {
    let level = match settings.observability.log_level {
        _ if settings.debug => LevelFilter::DEBUG,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    // Of what libraries tell, statements may hold what users sent.
    let targets = Targets::new()
        .with_default(level)
        .with_target("sqlx", LevelFilter::ERROR)
        .with_target("hyper", LevelFilter::WARN);
    let lines = fmt::layer().with_writer(output);
    let lines = match settings.observability.format(settings.is_production()) {
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
        LogFormat::Text => lines.with_ansi(false).boxed(),
    };
    tracing_subscriber::registry()
        .with(lines.with_filter(targets))
        .init();
    Telemetry {}
}

impl Telemetry {
    /// Sends it.
    pub fn flush(self) {
        drop(self);
    }
}
