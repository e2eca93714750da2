//! Traces: the spans of requests are sent to a collector, by OTLP over HTTP.

use super::{AnyLayer, REQUEST};
use crate::{outage::Outage, request_id::TraceId, settings::AppSettings};
use hyper::{HeaderMap, Uri, header::HeaderName};
use opentelemetry::{
    propagation::{Extractor, TextMapPropagator},
    trace::{TraceContextExt, TracerProvider},
};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    propagation::TraceContextPropagator,
    trace::{self, SdkTracerProvider, SpanData},
};
use settings_core::{Loaded, Origin};
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use tracing::{Span, level_filters::LevelFilter};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, filter::Targets};

pub struct Sender(SdkTracerProvider);

struct Headers<'a>(&'a HeaderMap);

pub fn start(settings: &Loaded<AppSettings>) -> Option<(AnyLayer, Sender)> {
    let endpoint = settings.observability.otlp_endpoint.as_ref()?;
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(endpoint)
        .build()
        .ok()?;
    let resource = Resource::builder()
        .with_service_name(settings.app_name.clone())
        .build();
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(LoggedExporter::new(exporter, settings, endpoint))
        .with_resource(resource)
        .build();
    let requests = Targets::new().with_target(REQUEST, LevelFilter::INFO);
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("service"));
    Some((layer.with_filter(requests).boxed(), Sender(provider)))
}

/// Exporter that logs failures, with the setting of the endpoint.
#[derive(Debug)]
struct LoggedExporter {
    exporter: SpanExporter,
    origin: Option<Origin>,
    host: String,
    outage: Mutex<Outage>,
}

impl LoggedExporter {
    fn new(exporter: SpanExporter, settings: &Loaded<AppSettings>, endpoint: &str) -> Self {
        // The rest of the URL may contain a key.
        let uri = endpoint.parse::<Uri>().unwrap_or_default();
        let host = uri.host().unwrap_or_default();
        Self {
            exporter,
            origin: settings.origin("otlp_endpoint"),
            host: match uri.port() {
                Some(port) => format!("{host}:{port}"),
                None => host.to_owned(),
            },
            outage: Mutex::default(),
        }
    }

    fn log(&self, result: &OTelSdkResult) {
        let mut outage = self.outage.lock().unwrap_or_else(PoisonError::into_inner);
        let setting = "otlp_endpoint";
        let reason = match result {
            Ok(()) => {
                if let Some(after) = outage.end(Instant::now()) {
                    tracing::info!(%setting, %after, "traces are sent again");
                }
                return;
            }
            Err(OTelSdkError::InternalFailure(reason)) => reason.clone(),
            Err(OTelSdkError::Timeout(_)) => "timed out".to_owned(),
            Err(OTelSdkError::AlreadyShutdown) => return,
        };
        outage.fail(&reason, Instant::now(), |attempt, since| {
            tracing::warn!(
                %setting,
                origin = self.origin.as_ref().map(tracing::field::display),
                host = %self.host,
                attempt,
                %since,
                reason,
                "cannot send traces; this batch is lost"
            );
        });
    }
}

impl trace::SpanExporter for LoggedExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let result = self.exporter.export(batch).await;
        self.log(&result);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// Makes the span a child of the one in the header `traceparent`.
pub fn set_parent(span: &Span, headers: &HeaderMap) {
    let _ = span.set_parent(TraceContextPropagator::new().extract(&Headers(headers)));
}

/// Returns the id of the trace that the span belongs to.
pub fn trace_id(span: &Span) -> Option<TraceId> {
    if span.is_disabled() {
        return None;
    }
    let id = span.context().span().span_context().trace_id();
    TraceId::parse(id.to_string().as_bytes())
}

impl Sender {
    pub fn flush(self) {
        let _ = self.0.shutdown_with_timeout(Duration::from_secs(2));
    }
}

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}
