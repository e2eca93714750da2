//! Errors, warnings and panics go to Sentry.

use super::AnyLayer;
use crate::settings::AppSettings;
use sentry::{ClientInitGuard, ClientOptions, integrations};
use settings_core::ExposeSecret;
use std::time::Duration;
use tracing_subscriber::Layer;

pub struct Sender(ClientInitGuard);

pub fn start(settings: &AppSettings) -> Option<(AnyLayer, Sender)> {
    let dsn = settings.observability.sentry_dsn.as_ref()?;
    let options = ClientOptions {
        dsn: Some(dsn.expose_secret().parse().ok()?),
        release: Some(format!("{}@{}", settings.app_name, settings.version).into()),
        environment: Some(format!("{:?}", settings.environment).to_lowercase().into()),
        ..ClientOptions::default()
    };
    let sender = Sender(sentry::init(options));
    Some((integrations::tracing::layer().boxed(), sender))
}

impl Sender {
    pub fn flush(self) {
        self.0.close(Some(Duration::from_secs(2)));
    }
}
