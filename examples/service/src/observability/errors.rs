//! Error reports to Sentry: log events of level ERROR, which include panics.

use super::AnyLayer;
use crate::settings::AppSettings;
use sentry::{ClientInitGuard, ClientOptions, integrations};
use settings_core::{ExposeSecret, Loaded};
use std::time::Duration;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;

pub struct Sender(ClientInitGuard);

pub fn start(settings: &Loaded<AppSettings>) -> Option<(AnyLayer, Sender)> {
    let dsn = settings.observability.sentry_dsn.as_ref()?;
    let mut options = ClientOptions::new()
        .release(format!("{}@{}", settings.app_name, settings.version))
        .environment(settings.environment.to_string());
    options.dsn = Some(dsn.expose_secret().parse().ok()?);
    let sender = Sender(sentry::init(options));
    let layer = integrations::tracing::ErrorLayer::new().with_filter(LevelFilter::ERROR);
    Some((layer.boxed(), sender))
}

impl Sender {
    pub fn flush(self) {
        self.0.close(Some(Duration::from_secs(2)));
    }
}
