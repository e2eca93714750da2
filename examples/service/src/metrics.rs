//! Metrics in the text format of Prometheus.

use hyper::{Method, StatusCode};
use std::{
    fmt::Write,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// Paths that have a label. All others are counted as `other`, so that clients cannot create labels.
const ROUTES: [&str; 9] = [
    "/health/live",
    "/health/ready",
    "/health/startup",
    "/notes",
    "/token",
    "/slow",
    "/metrics",
    "/",
    "other",
];
const METHODS: [&str; 3] = ["GET", "POST", "other"];
const STATUSES: [u16; 15] = [
    200, 201, 400, 401, 404, 405, 408, 411, 413, 415, 422, 429, 500, 503, 504,
];
const OTHER_STATUS: usize = STATUSES.len();
/// Upper bounds of the latency buckets in microseconds, without the last bucket, which is unbounded.
const BOUNDS: [u64; 12] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000,
    30_000_000,
];

/// Counters of requests.
#[derive(Debug, Default)]
pub struct Metrics {
    routes: [RouteMetrics; ROUTES.len()],
}

#[derive(Debug, Default)]
struct RouteMetrics {
    requests: [[AtomicU64; OTHER_STATUS + 1]; METHODS.len()],
    latencies: [AtomicU64; BOUNDS.len() + 1],
    total_micros: AtomicU64,
}

/// Values that are read when metrics are requested.
#[derive(Clone, Copy, Debug)]
pub struct Gauges {
    pub connections: usize,
    pub in_flight: usize,
    pub pool_open: u32,
    pub pool_idle: usize,
    pub pool_max: u32,
    pub ready: bool,
    pub settings_revision: u64,
    pub settings_rejected: u64,
}

impl Metrics {
    pub fn count(&self, path: &str, method: &Method, status: StatusCode, duration: Duration) {
        let position = |list: &[&str], value: &str| {
            list.iter()
                .position(|entry| *entry == value)
                .unwrap_or(list.len() - 1)
        };
        let route = &self.routes[position(&ROUTES, path)];
        let status = STATUSES
            .iter()
            .position(|entry| *entry == status.as_u16())
            .unwrap_or(OTHER_STATUS);
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let latency = BOUNDS
            .iter()
            .position(|bound| micros <= *bound)
            .unwrap_or(BOUNDS.len());
        route.requests[position(&METHODS, method.as_str())][status].fetch_add(1, Relaxed);
        route.latencies[latency].fetch_add(1, Relaxed);
        route.total_micros.fetch_add(micros, Relaxed);
    }

    /// Renders all metrics. Every sample has the label `app`.
    pub fn render(&self, app: &str, gauges: Gauges) -> String {
        let mut page = String::with_capacity(4096);
        let app = app
            .replace('\\', r"\\")
            .replace('"', "\\\"")
            .replace('\n', r"\n");
        // Writing to a `String` cannot fail.
        let _ = self
            .write(&mut page, &app)
            .and_then(|()| gauges.write(&mut page, &app));
        page
    }

    fn write(&self, page: &mut String, app: &str) -> std::fmt::Result {
        write_header(page, "http_requests_total", "counter", "Answered requests.")?;
        for (route, path) in self.routes.iter().zip(ROUTES) {
            for (statuses, method) in route.requests.iter().zip(METHODS) {
                for (index, count) in statuses.iter().enumerate() {
                    let count = count.load(Relaxed);
                    if count == 0 {
                        continue;
                    }
                    let status = STATUSES
                        .get(index)
                        .map_or_else(|| "other".into(), u16::to_string);
                    writeln!(
                        page,
                        r#"http_requests_total{{app="{app}",method="{method}",path="{path}",status="{status}"}} {count}"#
                    )?;
                }
            }
        }
        write_header(
            page,
            "http_request_duration_seconds",
            "histogram",
            "Time from the head of a request to its answer.",
        )?;
        for (route, path) in self.routes.iter().zip(ROUTES) {
            let mut cumulative = 0;
            let labels = format!(r#"app="{app}",path="{path}""#);
            for (count, bound) in route
                .latencies
                .iter()
                .zip(BOUNDS.map(Some).into_iter().chain([None]))
            {
                cumulative += count.load(Relaxed);
                let bound =
                    bound.map_or_else(|| "+Inf".into(), |micros| seconds(micros).to_string());
                writeln!(
                    page,
                    r#"http_request_duration_seconds_bucket{{{labels},le="{bound}"}} {cumulative}"#
                )?;
            }
            let total = seconds(route.total_micros.load(Relaxed));
            writeln!(
                page,
                "http_request_duration_seconds_sum{{{labels}}} {total}"
            )?;
            writeln!(
                page,
                "http_request_duration_seconds_count{{{labels}}} {cumulative}"
            )?;
        }
        Ok(())
    }
}

impl Gauges {
    fn write(self, page: &mut String, app: &str) -> std::fmt::Result {
        let gauges = [
            (
                "http_connections",
                "Open client connections.",
                self.connections,
            ),
            (
                "http_requests_in_flight",
                "Requests being processed.",
                self.in_flight,
            ),
            (
                "db_pool_connections",
                "Open database connections in the pool.",
                self.pool_open as usize,
            ),
            (
                "db_pool_idle_connections",
                "Idle database connections in the pool.",
                self.pool_idle,
            ),
            (
                "db_pool_max_connections",
                "Maximum size of the database pool.",
                self.pool_max as usize,
            ),
            (
                "service_ready",
                "Whether the service is ready (1) or not (0).",
                usize::from(self.ready),
            ),
        ];
        for (name, help, value) in gauges {
            write_header(page, name, "gauge", help)?;
            writeln!(page, r#"{name}{{app="{app}"}} {value}"#)?;
        }
        for (name, kind, help, value) in [
            (
                "settings_revision",
                "gauge",
                "Revision of the settings in force.",
                self.settings_revision,
            ),
            (
                "settings_rejected_total",
                "counter",
                "Rejected changes of the settings.",
                self.settings_rejected,
            ),
        ] {
            write_header(page, name, kind, help)?;
            writeln!(page, r#"{name}{{app="{app}"}} {value}"#)?;
        }
        Ok(())
    }
}

fn write_header(page: &mut String, name: &str, kind: &str, help: &str) -> std::fmt::Result {
    write!(page, "# HELP {name} {help}\n# TYPE {name} {kind}\n")
}

fn seconds(micros: u64) -> f64 {
    Duration::from_micros(micros).as_secs_f64()
}
