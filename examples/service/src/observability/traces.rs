//! Traces: the spans of requests are sent to a collector, by OTLP over HTTP.

use super::{AnyLayer, REQUEST};
use crate::{request_id::TraceId, settings::AppSettings};
use hyper::{HeaderMap, header::HeaderName};
use opentelemetry::{
    propagation::{Extractor, TextMapPropagator},
    trace::{TraceContextExt, TracerProvider},
};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{Resource, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use std::time::Duration;
use tracing::{Span, level_filters::LevelFilter};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, filter::Targets};

pub struct Sender(SdkTracerProvider);

struct Headers<'a>(&'a HeaderMap);

pub fn start(settings: &AppSettings) -> Option<(AnyLayer, Sender)> {
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
        .with_batch_exporter(exporter)
        .with_resource(resource)
        .build();
    let requests = Targets::new().with_target(REQUEST, LevelFilter::INFO);
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("service"));
    Some((layer.with_filter(requests).boxed(), Sender(provider)))
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
