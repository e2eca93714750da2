//! Metrics in the text format of Prometheus.

use crate::{process::ProcessStats, routes::RouteTable, settings::AppSettings};
use hyper::{Method, StatusCode};
use std::{
    fmt::{Display, Result, Write},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

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

/// Counters of requests, and labels that do not change.
#[derive(Debug)]
pub struct Metrics {
    /// One for each route, and one for all other paths, so that clients cannot create labels.
    routes: Vec<RouteMetrics>,
    app: String,
    version: String,
    started: f64,
}

#[derive(Debug)]
struct RouteMetrics {
    path: String,
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
    pub settings_reverted: u64,
}

impl Metrics {
    pub fn new(settings: &AppSettings, routes: &RouteTable) -> Self {
        let paths = routes.iter().map(|route| &*route.path);
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            routes: paths.chain(["other"]).map(RouteMetrics::new).collect(),
            app: escape_label(&settings.app_name),
            version: escape_label(&settings.version),
            started: now.unwrap_or_default().as_secs_f64(),
        }
    }

    /// Counts an answered request. `route` is its index in the table of routes.
    pub fn count(
        &self,
        route: Option<usize>,
        method: &Method,
        status: StatusCode,
        duration: Duration,
    ) {
        let Some(route) = route
            .and_then(|index| self.routes.get(index))
            .or(self.routes.last())
        else {
            return;
        };
        let method = METHODS.iter().position(|known| *known == method.as_str());
        let method = method.unwrap_or(METHODS.len() - 1);
        let status = STATUSES
            .iter()
            .position(|known| *known == status.as_u16())
            .unwrap_or(OTHER_STATUS);
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let latency = BOUNDS.iter().position(|bound| micros <= *bound);
        route.requests[method][status].fetch_add(1, Relaxed);
        route.latencies[latency.unwrap_or(BOUNDS.len())].fetch_add(1, Relaxed);
        route.total_micros.fetch_add(micros, Relaxed);
    }

    /// Renders all metrics. Every sample has the label `app`.
    pub fn render(&self, gauges: &Gauges) -> String {
        let mut page = String::with_capacity(16 * 1024);
        // Writing to a `String` cannot fail.
        let _ = self.write(&mut page, gauges);
        page
    }

    fn write(&self, page: &mut String, gauges: &Gauges) -> Result {
        let Self { app, version, .. } = self;
        write_header(
            page,
            "build_info",
            "gauge",
            "Version of the service; the value is always 1.",
        )?;
        writeln!(page, r#"build_info{{app="{app}",version="{version}"}} 1"#)?;
        self.write_requests(page)?;
        let mut sample = |name: &str, kind: &str, help: &str, value: &dyn Display| {
            write_header(page, name, kind, help)?;
            writeln!(page, r#"{name}{{app="{app}"}} {value}"#)
        };
        sample(
            "http_connections",
            "gauge",
            "Open client connections.",
            &gauges.connections,
        )?;
        sample(
            "http_requests_in_flight",
            "gauge",
            "Requests being processed.",
            &gauges.in_flight,
        )?;
        sample(
            "db_pool_connections",
            "gauge",
            "Open database connections in the pool.",
            &gauges.pool_open,
        )?;
        sample(
            "db_pool_idle_connections",
            "gauge",
            "Idle database connections in the pool.",
            &gauges.pool_idle,
        )?;
        sample(
            "db_pool_max_connections",
            "gauge",
            "Maximum size of the database pool.",
            &gauges.pool_max,
        )?;
        sample(
            "service_ready",
            "gauge",
            "Whether the service is ready (1) or not (0).",
            &u8::from(gauges.ready),
        )?;
        sample(
            "settings_revision",
            "gauge",
            "Revision of the settings in force.",
            &gauges.settings_revision,
        )?;
        sample(
            "settings_rejected_total",
            "counter",
            "Rejected changes of the settings.",
            &gauges.settings_rejected,
        )?;
        sample(
            "settings_reverted_total",
            "counter",
            "Changes of the settings that were taken back because the service became unready.",
            &gauges.settings_reverted,
        )?;
        sample(
            "process_start_time_seconds",
            "gauge",
            "Start of the process, in seconds since 1970.",
            &self.started,
        )?;
        let Some(process) = ProcessStats::read() else {
            return Ok(());
        };
        sample(
            "process_cpu_seconds_total",
            "counter",
            "CPU time of the process in seconds.",
            &process.cpu_seconds,
        )?;
        sample(
            "process_resident_memory_bytes",
            "gauge",
            "Resident memory of the process.",
            &process.resident_memory_bytes,
        )?;
        sample(
            "process_virtual_memory_bytes",
            "gauge",
            "Virtual memory of the process.",
            &process.virtual_memory_bytes,
        )?;
        sample(
            "process_threads",
            "gauge",
            "Threads of the process.",
            &process.threads,
        )?;
        sample(
            "process_open_fds",
            "gauge",
            "Open file descriptors.",
            &process.open_fds,
        )?;
        sample(
            "process_max_fds",
            "gauge",
            "Maximum number of open file descriptors.",
            &process.max_fds,
        )
    }

    fn write_requests(&self, page: &mut String) -> Result {
        let app = &self.app;
        write_header(page, "http_requests_total", "counter", "Answered requests.")?;
        for route in &self.routes {
            let path = &route.path;
            for (statuses, method) in route.requests.iter().zip(METHODS) {
                for (index, count) in statuses.iter().enumerate() {
                    let count = count.load(Relaxed);
                    if count == 0 {
                        continue;
                    }
                    let status = STATUSES.get(index);
                    let status = status.map_or_else(|| "other".into(), u16::to_string);
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
        for route in &self.routes {
            let mut cumulative = 0;
            let labels = format!(r#"app="{app}",path="{}""#, route.path);
            let bounds = BOUNDS.map(Some).into_iter().chain([None]);
            for (count, bound) in route.latencies.iter().zip(bounds) {
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

impl RouteMetrics {
    fn new(path: &str) -> Self {
        Self {
            path: escape_label(path),
            requests: Default::default(),
            latencies: Default::default(),
            total_micros: AtomicU64::default(),
        }
    }
}

fn escape_label(value: &str) -> String {
    value
        .replace('\\', r"\\")
        .replace('"', "\\\"")
        .replace('\n', r"\n")
}

fn write_header(page: &mut String, name: &str, kind: &str, help: &str) -> Result {
    write!(page, "# HELP {name} {help}\n# TYPE {name} {kind}\n")
}

fn seconds(micros: u64) -> f64 {
    Duration::from_micros(micros).as_secs_f64()
}
