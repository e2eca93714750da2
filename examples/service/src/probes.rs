//! Health probes. They read a cached answer, which one task per health check keeps up to date.

use crate::{
    check::{Check, Checker, Endpoint},
    outage::Outage,
    settings::{HealthSettings, Live},
    shutdown::{Phase, Shutdown},
};
use axum::body::Bytes;
use hyper::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use settings_core::{ProblemKind, live::Rejection};
use std::{
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

/// Health of the service.
#[derive(Debug)]
pub struct Health {
    live: Live,
    shutdown: Arc<Shutdown>,
    state: Mutex<State>,
    was_ready: AtomicBool,
    answer: RwLock<Answer>,
}

/// Progress of the initialization, and the latest results of the checks.
#[derive(Debug, Default)]
struct State {
    started: bool,
    checks: Vec<CheckResult>,
}

/// Cached answer to readiness probes.
#[derive(Clone, Debug, Default)]
struct Answer {
    status: StatusCode,
    body: Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Healthy,
    Degraded,
    Unhealthy,
}

/// Body of `/health/ready`, for 200 and 503 alike.
#[derive(Debug, Serialize)]
struct Report<'a> {
    status: Status,
    timestamp: Timestamp,
    version: &'a str,
    settings: SettingsState,
    checks: &'a [CheckResult],
}

/// Settings in force. A rejected change does not make the service unready.
#[derive(Debug, Serialize)]
struct SettingsState {
    revision: u64,
    warning: Option<String>,
}

/// Result of one check.
#[derive(Clone, Debug, Serialize)]
struct CheckResult {
    name: &'static str,
    status: Status,
    latency_ms: f64,
    message: String,
}

/// Parameters of one check.
struct CheckConfig {
    name: &'static str,
    timeout: fn(&HealthSettings) -> Duration,
    /// Status of the service if the check fails.
    failure_status: Status,
}

/// Name of the entry that reports that the service is starting or shutting down.
const LIFECYCLE: &str = "service";

impl Health {
    pub fn new(live: &Live, shutdown: Arc<Shutdown>) -> Self {
        let health = Self {
            live: live.clone(),
            shutdown,
            state: Mutex::default(),
            was_ready: AtomicBool::new(false),
            answer: RwLock::default(),
        };
        health.refresh();
        health
    }

    /// The answer to a readiness probe.
    pub fn ready(&self) -> (StatusCode, Bytes) {
        let answer = self.answer.read().unwrap_or_else(PoisonError::into_inner);
        (answer.status, answer.body.clone())
    }

    /// Whether the service is as it should be: ready, or shutting down.
    pub fn is_healthy(&self) -> bool {
        self.ready().0 == StatusCode::OK || self.shutdown.phase() != Phase::Serving
    }

    /// Whether the initialization is complete.
    pub fn is_started(&self) -> bool {
        self.with_state(|state| state.started)
    }

    /// Whether readiness has ever been 200.
    pub fn was_ready(&self) -> bool {
        self.was_ready.load(Ordering::Relaxed)
    }

    /// Marks the initialization as complete.
    pub fn set_started(&self) {
        self.with_state(|state| state.started = true);
        self.refresh();
    }

    /// Runs a check repeatedly. `failure_status` is the status of the service if it fails.
    pub fn monitor<C: Check>(
        self: &Arc<Self>,
        tasks: &mut JoinSet<()>,
        check: C,
        timeout: fn(&HealthSettings) -> Duration,
        failure_status: Status,
    ) {
        let config = CheckConfig {
            name: C::NAME,
            timeout,
            failure_status,
        };
        self.set(CheckResult {
            name: config.name,
            status: failure_status,
            latency_ms: 0.0,
            message: "not checked yet".into(),
        });
        let health = self.clone();
        tasks.spawn(async move {
            let endpoint = check.endpoint();
            let (mut checker, mut changes) = (Checker::new(check), health.live.subscribe_watch());
            let mut outage = Outage::default();
            loop {
                let result = health.run_check(&config, checker.check()).await;
                health.log_outage::<C>(&mut outage, &endpoint, result);
                // A change of the settings is reported at once, and may shorten the pause.
                let _ = tokio::time::timeout(health.pause(), changes.changed()).await;
            }
        });
    }

    /// Turns readiness to 503 when the shutdown begins.
    pub async fn watch_shutdown(self: Arc<Self>) {
        self.shutdown.reached(Phase::Draining).await;
        self.refresh();
    }

    /// Pause between two checks: half the maximum age of an answer.
    fn pause(&self) -> Duration {
        self.live.current().health.max_age / 2
    }

    /// Runs one check. While it waits, the cached answer is kept up to date.
    async fn run_check(
        &self,
        config: &CheckConfig,
        check: impl Future<Output = Result<(), String>>,
    ) -> Result<(), String> {
        let start = Instant::now();
        let settings = self.live.current().health.clone();
        let limit = (config.timeout)(&settings);
        let mut check = std::pin::pin!(timeout(limit, check));
        let mut pause = settings.degraded_after.min(self.pause());
        let result = loop {
            tokio::select! {
                biased;
                result = &mut check => break result,
                () = sleep(pause) => self.report_pending(config, &settings, start.elapsed()),
            }
            pause = self.pause();
        };
        let latency = start.elapsed();
        let result = result.unwrap_or_else(|_| Err(format!("no answer within {limit:?}")));
        let (status, message) = match &result {
            Ok(()) if latency <= settings.degraded_after => (Status::Healthy, "ok".into()),
            Ok(()) => (
                Status::Degraded,
                format!("slower than {:?}", settings.degraded_after),
            ),
            Err(reason) => (config.failure_status, reason.clone()),
        };
        let check = CheckResult {
            name: config.name,
            status,
            latency_ms: millis(latency),
            message,
        };
        if result.is_ok() {
            self.set_and_log(check);
        } else {
            self.set(check);
        }
        result
    }

    /// Logs the failures of a check repeatedly, and its recovery.
    fn log_outage<C: Check>(
        &self,
        outage: &mut Outage,
        endpoint: &Endpoint,
        result: Result<(), String>,
    ) {
        let (dependency, setting) = (C::DESCRIPTION, C::SETTING);
        let Err(reason) = result else {
            if let Some(after) = outage.end(Instant::now()) {
                tracing::info!(%setting, %after, "{dependency} is available again");
            }
            return;
        };
        let message = format!("cannot connect to {dependency}; retrying");
        self.log_failure(outage, setting, endpoint, &message, &reason);
    }

    /// Logs a failure that repeats: what failed, the setting behind it with its origin, the address and the reason.
    pub fn log_failure(
        &self,
        outage: &mut Outage,
        setting: &str,
        endpoint: &Endpoint,
        message: &str,
        reason: &str,
    ) {
        outage.fail(reason, Instant::now(), |attempt, since| {
            let settings = self.live.current();
            let failure = settings.loaded().failure(setting, message, reason);
            tracing::warn!(
                %setting,
                origin = failure.origin().map(tracing::field::display),
                host = endpoint.address.host().map(tracing::field::display),
                file = endpoint.address.file().map(|path| tracing::field::display(path.display())),
                user = endpoint.user.as_ref().map(tracing::field::display),
                attempt,
                %since,
                reason = failure.reason(),
                "{message}"
            );
        });
    }

    fn report_pending(&self, config: &CheckConfig, settings: &HealthSettings, elapsed: Duration) {
        let before = self.with_state(|state| {
            state
                .checks
                .iter()
                .find(|check| check.name == config.name)
                .cloned()
        });
        match before {
            // A failed check stays failed until there is an answer.
            Some(before)
                if elapsed >= settings.degraded_after && before.status < config.failure_status =>
            {
                let limit = (config.timeout)(settings);
                self.set_and_log(CheckResult {
                    status: Status::Degraded,
                    latency_ms: millis(elapsed),
                    message: format!("no answer yet; the timeout is {limit:?}"),
                    ..before
                });
            }
            _ => self.refresh(),
        }
    }

    /// Stores the result of a check that answers or is pending, and logs a change of its status.
    fn set_and_log(&self, check: CheckResult) {
        let before = self.set(check.clone());
        let CheckResult {
            name,
            status,
            message,
            latency_ms,
        } = check;
        match (before, status) {
            (Some(Status::Degraded), Status::Healthy) => {
                tracing::info!(name, reason = message, latency_ms, "healthy");
            }
            (Some(Status::Healthy | Status::Unhealthy), Status::Degraded) => {
                tracing::warn!(name, reason = message, latency_ms, "degraded");
            }
            _ => {}
        }
    }

    /// Stores the result of a check, and returns its previous status.
    fn set(&self, check: CheckResult) -> Option<Status> {
        let before = self.with_state(|state| {
            let mut results = state.checks.iter_mut();
            match results.find(|result| result.name == check.name) {
                Some(result) => Some(std::mem::replace(result, check).status),
                None => {
                    state.checks.push(check);
                    None
                }
            }
        });
        self.refresh();
        before
    }

    /// Renders the cached answer.
    fn refresh(&self) {
        let (started, mut checks) = self.with_state(|state| (state.started, state.checks.clone()));
        let lifecycle = match self.shutdown.phase() {
            Phase::Serving if started => None,
            Phase::Serving => Some("starting"),
            _ => Some("shutting down"),
        };
        if let Some(message) = lifecycle {
            checks.insert(
                0,
                CheckResult {
                    name: LIFECYCLE,
                    status: Status::Unhealthy,
                    latency_ms: 0.0,
                    message: message.into(),
                },
            );
        }
        let status = checks
            .iter()
            .map(|check| check.status)
            .max()
            .unwrap_or(Status::Healthy);
        let report = Report {
            status,
            timestamp: Timestamp::from_millisecond(Timestamp::now().as_millisecond())
                .unwrap_or_default(),
            version: &self.live.current().version,
            settings: SettingsState::of(&self.live),
            checks: &checks,
        };
        let answer = Answer {
            status: if status == Status::Unhealthy {
                StatusCode::SERVICE_UNAVAILABLE
            } else {
                StatusCode::OK
            },
            body: serde_json::to_vec(&report).unwrap_or_default().into(),
        };
        if answer.status == StatusCode::OK {
            self.was_ready.store(true, Ordering::Relaxed);
        }
        *self.answer.write().unwrap_or_else(PoisonError::into_inner) = answer;
    }

    fn with_state<R>(&self, f: impl FnOnce(&mut State) -> R) -> R {
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl SettingsState {
    fn of(live: &Live) -> Self {
        let status = live.status();
        Self {
            revision: status.revision,
            warning: status.rejected.as_ref().map(warning),
        }
    }
}

/// Number of problems and their keys. The full report, which quotes values, is only in the log.
fn warning(rejected: &Rejection) -> String {
    let problems = rejected.error.problems();
    let in_settings = problems
        .iter()
        .filter(|problem| problem.kind() != ProblemKind::Unknown);
    let keys: Vec<&str> = in_settings.filter_map(|problem| problem.key()).collect();
    let mut warning = format!("settings change rejected: {} problems", problems.len());
    if problems.len() == 1 {
        warning.pop();
    }
    if !keys.is_empty() {
        warning = format!("{warning}: {}", keys.join(", "));
    }
    warning
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
