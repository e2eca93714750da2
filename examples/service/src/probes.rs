//! Is it alive, started, ready? Probes read a kept answer; two tasks keep it fresh, one for each thing that is checked.

use crate::{
    check::{Asker, Check},
    settings::{HealthSettings, Live},
    shutdown::{Phase, Shutdown},
};
use axum::body::Bytes;
use hyper::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use settings_core::{ProblemKind, live::Rejection};
use std::{
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

/// What the probes are told.
#[derive(Debug)]
pub struct Health {
    live: Live,
    shutdown: Arc<Shutdown>,
    known: Mutex<Known>,
    kept: RwLock<Kept>,
}

/// What is known of the parts.
#[derive(Debug, Default)]
struct Known {
    started: bool,
    checks: Vec<Checked>,
}

/// An answer, ready to be sent.
#[derive(Clone, Debug, Default)]
struct Kept {
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

/// The body of `/health/ready`, the same for 200 and 503.
#[derive(Debug, Serialize)]
struct Report<'a> {
    status: Status,
    timestamp: Timestamp,
    version: &'a str,
    settings: InForce,
    checks: &'a [Checked],
}

/// Which settings are in force. That a change was refused is no reason to send requests elsewhere.
#[derive(Debug, Serialize)]
struct InForce {
    revision: u64,
    warning: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Checked {
    name: &'static str,
    status: Status,
    latency_ms: f64,
    message: String,
}

/// How one part is checked.
struct Plan {
    name: &'static str,
    timeout: fn(&HealthSettings) -> Duration,
    /// The worst that its silence means for the service.
    worst: Status,
}

const LIFECYCLE: &str = "service";

impl Health {
    pub fn new(live: &Live, shutdown: Arc<Shutdown>) -> Self {
        let health = Self {
            live: live.clone(),
            shutdown,
            known: Mutex::default(),
            kept: RwLock::default(),
        };
        health.tell();
        health
    }

    /// The answer to a readiness probe.
    pub fn ready(&self) -> (StatusCode, Bytes) {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        (kept.status, kept.body.clone())
    }

    /// Whether initialisation is done.
    pub fn is_started(&self) -> bool {
        self.with_known(|known| known.started)
    }

    /// Initialisation is done.
    pub fn started(&self) {
        self.with_known(|known| known.started = true);
        self.tell();
    }

    /// Keeps asking. `worst` is what its silence means for the service.
    pub fn watch<C: Check>(
        self: &Arc<Self>,
        tasks: &mut JoinSet<()>,
        watch: C,
        timeout: fn(&HealthSettings) -> Duration,
        worst: Status,
    ) {
        let plan = Plan {
            name: C::NAME,
            timeout,
            worst,
        };
        self.set(Checked {
            name: plan.name,
            status: worst,
            latency_ms: 0.0,
            message: "not checked yet".into(),
        });
        let health = self.clone();
        tasks.spawn(async move {
            let (mut asker, mut changes) = (Asker::new(watch), health.live.subscribe_watch());
            loop {
                health.check(&plan, asker.ask()).await;
                // What became of a change is told at once, and may be a shorter pause.
                let _ = tokio::time::timeout(health.pause(), changes.changed()).await;
            }
        });
    }

    /// Turns unready when the service is on its way out.
    pub async fn leave(self: Arc<Self>) {
        self.shutdown.reached(Phase::Draining).await;
        self.tell();
    }

    /// Twice in the age that an answer may have.
    fn pause(&self) -> Duration {
        self.live.current().health.max_age / 2
    }

    /// Runs one check. While it takes its time, the answer says so, and stays fresh.
    async fn check(&self, plan: &Plan, check: impl Future<Output = Result<(), String>>) {
        let began = Instant::now();
        let settings = self.live.current().health.clone();
        let patience = (plan.timeout)(&settings);
        let mut answer = std::pin::pin!(timeout(patience, check));
        let mut pause = settings.degraded_after.min(self.pause());
        let answer = loop {
            tokio::select! {
                biased;
                answer = &mut answer => break answer,
                () = sleep(pause) => self.still_waiting(plan, &settings, began.elapsed()),
            }
            pause = self.pause();
        };
        let took = began.elapsed();
        let (status, message) = match &answer {
            Ok(Ok(())) if took <= settings.degraded_after => (Status::Healthy, "ok".into()),
            Ok(Ok(())) => (
                Status::Degraded,
                format!("slower than {:?}", settings.degraded_after),
            ),
            Ok(Err(reason)) => (plan.worst, reason.clone()),
            Err(_) => (plan.worst, format!("no answer within {patience:?}")),
        };
        self.set(Checked {
            name: plan.name,
            status,
            latency_ms: millis(took),
            message,
        });
    }

    fn still_waiting(&self, plan: &Plan, settings: &HealthSettings, waited: Duration) {
        let before = self.with_known(|known| {
            known
                .checks
                .iter()
                .find(|check| check.name == plan.name)
                .cloned()
        });
        match before {
            // What was bad stays bad until there is an answer.
            Some(before) if waited >= settings.degraded_after && before.status < plan.worst => {
                let patience = (plan.timeout)(settings);
                self.set(Checked {
                    status: Status::Degraded,
                    latency_ms: millis(waited),
                    message: format!("no answer yet, but for {patience:?} there is time"),
                    ..before
                });
            }
            _ => self.tell(),
        }
    }

    fn set(&self, check: Checked) {
        let before = self.with_known(|known| {
            match known
                .checks
                .iter_mut()
                .find(|known| known.name == check.name)
            {
                Some(known) => Some(std::mem::replace(known, check.clone()).status),
                None => {
                    known.checks.push(check.clone());
                    None
                }
            }
        });
        self.tell();
        if before.is_some_and(|before| before != check.status) {
            let Checked {
                name,
                status,
                message,
                latency_ms,
            } = check;
            match status {
                Status::Healthy => tracing::info!(name, reason = message, latency_ms, "healthy"),
                Status::Degraded => tracing::warn!(name, reason = message, latency_ms, "degraded"),
                Status::Unhealthy => {
                    tracing::warn!(name, reason = message, latency_ms, "unhealthy");
                }
            }
        }
    }

    /// Writes the answer anew.
    fn tell(&self) {
        let (started, mut checks) = self.with_known(|known| (known.started, known.checks.clone()));
        let lifecycle = match self.shutdown.phase() {
            Phase::Serving if started => None,
            Phase::Serving => Some("starting"),
            _ => Some("shutting down"),
        };
        if let Some(message) = lifecycle {
            checks.insert(
                0,
                Checked {
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
            settings: InForce::of(&self.live),
            checks: &checks,
        };
        let kept = Kept {
            status: if status == Status::Unhealthy {
                StatusCode::SERVICE_UNAVAILABLE
            } else {
                StatusCode::OK
            },
            body: serde_json::to_vec(&report).unwrap_or_default().into(),
        };
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = kept;
    }

    fn with_known<R>(&self, look: impl FnOnce(&mut Known) -> R) -> R {
        look(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl InForce {
    fn of(live: &Live) -> Self {
        let status = live.status();
        Self {
            revision: status.revision,
            warning: status.rejected.as_ref().map(warning),
        }
    }
}

/// How much is wrong, and at which keys. The rest, and what somebody may have typed, is in the log.
fn warning(rejected: &Rejection) -> String {
    let problems = rejected.error.problems();
    let known = problems
        .iter()
        .filter(|problem| problem.kind() != ProblemKind::Unknown);
    let keys: Vec<&str> = known.filter_map(|problem| problem.key()).collect();
    let mut warning = format!("a change was refused: {} problems", problems.len());
    if problems.len() == 1 {
        warning.pop();
    }
    if !keys.is_empty() {
        warning = format!("{warning}, at {}", keys.join(", "));
    }
    warning
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
