//! State of the service, shared by all requests, and its background tasks.

use crate::{
    cache::Cache,
    database::Database,
    metrics::{Gauges, Metrics},
    probes::{Health, Status},
    rate_limit::LocalRateLimit,
    routes::RouteTable,
    settings::Live,
    shutdown::Shutdown,
    tokens::Tokens,
};
use axum::{
    body::Bytes,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{task::JoinSet, time::timeout};

/// State shared by all requests.
pub struct App {
    pub live: Live,
    pub database: Database,
    pub cache: Option<Cache>,
    pub tokens: Tokens,
    pub token_rate_limit: LocalRateLimit,
    pub health: Arc<Health>,
    pub routes: RouteTable,
    pub metrics: Metrics,
    pub shutdown: Arc<Shutdown>,
    pub connections: AtomicUsize,
}

impl App {
    /// Sets up everything without connecting.
    ///
    /// # Errors
    ///
    /// Returns an error if a URL is malformed, without quoting it.
    pub fn new(
        live: &Live,
        shutdown: Arc<Shutdown>,
        routes: RouteTable,
    ) -> Result<Self, &'static str> {
        let settings = live.current();
        let name = &settings.app_name;
        Ok(Self {
            live: live.clone(),
            database: Database::new(&settings.database, name)
                .map_err(|_| "DATABASE_URL is malformed")?,
            cache: Cache::new(&settings.redis, name).map_err(|_| "REDIS_URL is malformed")?,
            tokens: Tokens::new(&settings.auth, name),
            token_rate_limit: LocalRateLimit::default(),
            health: Arc::new(Health::new(live, shutdown.clone())),
            metrics: Metrics::new(&settings, &routes),
            routes,
            shutdown,
            connections: AtomicUsize::new(0),
        })
    }

    /// Starts the background tasks.
    pub fn start_tasks(&self, tasks: &mut JoinSet<()>) {
        self.health.monitor(
            tasks,
            self.database.check(),
            |settings| settings.database_timeout,
            Status::Unhealthy,
        );
        if let Some(cache) = &self.cache {
            let failure_status = if cache.required {
                Status::Unhealthy
            } else {
                Status::Degraded
            };
            self.health.monitor(
                tasks,
                cache.check(),
                |settings| settings.redis_timeout,
                failure_status,
            );
        }
        tasks.spawn(self.database.clone().trim());
        tasks.spawn(self.health.clone().watch_shutdown());
    }

    /// Returns the answer if the path is a health probe. Probes bypass all limits.
    pub fn probe(&self, path: &str) -> Option<Response> {
        const OK: Bytes = Bytes::from_static(br#"{"status":"ok"}"#);
        const READY: Bytes = Bytes::from_static(br#"{"status":"ready"}"#);
        let (status, body) = match path {
            "/health/live" => (StatusCode::OK, OK),
            "/health/startup" if self.health.is_started() => (StatusCode::OK, READY),
            // Until then the service is not ready either, so the body is the same.
            "/health/startup" | "/health/ready" => self.health.ready(),
            _ => return None,
        };
        let content_type = [(header::CONTENT_TYPE, "application/json")];
        Some((status, content_type, body).into_response())
    }

    /// Renders all metrics for Prometheus.
    pub fn render_metrics(&self) -> String {
        let (pool_open, pool_idle, pool_max) = self.database.usage();
        let settings = self.live.status();
        self.metrics.render(&Gauges {
            connections: self.connections.load(Ordering::Relaxed),
            in_flight: self.shutdown.in_flight(),
            pool_open,
            pool_idle,
            pool_max,
            ready: self.health.ready().0 == StatusCode::OK,
            settings_revision: settings.revision,
            settings_rejected: settings.rejections,
            settings_reverted: settings.probation.map_or(0, |probation| probation.reverts),
        })
    }

    /// Closes the connections to the database, with a timeout.
    pub async fn close(&self) {
        if timeout(Duration::from_secs(1), self.database.close())
            .await
            .is_err()
        {
            tracing::warn!("the database connections did not close in time");
        }
    }
}
