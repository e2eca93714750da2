//! Hooks: functions that run at fixed points in the life of the service. Add your own code to them.

use crate::settings::AppSettings;
use settings_core::{
    Failure, Loaded, Problem,
    live::{Change, Event},
};
use std::{error::Error, fs, io, net::SocketAddr, process::ExitCode};

/// Exit code if the service could not start, for example because the port is in use (`EX_OSERR`). Invalid settings exit with 78.
const START_FAILED: u8 = 71;
/// Exit code if requests were aborted during the shutdown (`EX_TEMPFAIL`).
const REQUESTS_ABORTED: u8 = 75;

/// Runs before the listener opens.
pub fn on_starting(settings: &AppSettings) {
    if let Some(name) = &settings.server.proc_name {
        // Only Linux has this file; elsewhere the process keeps its name.
        let _ = fs::write("/proc/self/comm", name);
    }
    tracing::info!(
        app = settings.app_name,
        version = settings.version,
        environment = %settings.environment,
        threads = settings.server.threads(),
        "starting"
    );
}

/// Runs when the listener is open. The service is not initialized yet.
pub fn on_listening(address: SocketAddr) {
    tracing::info!(%address, "listening");
}

/// Runs when the listener of the management port is open.
pub fn on_management_listening(address: SocketAddr) {
    tracing::info!(management_address = %address, "listening on the management port");
}

/// Describes why the address of a group (`server`, `management`) cannot be used, by its port or host.
pub fn listen_error(
    settings: &Loaded<AppSettings>,
    group: &str,
    address: SocketAddr,
    error: &io::Error,
) -> Failure {
    let (setting, reason) = match error.kind() {
        io::ErrorKind::AddrInUse
            if group == "management" && address.port() == settings.server.port =>
        {
            ("port", "the service itself listens on this port".to_owned())
        }
        io::ErrorKind::AddrInUse => ("port", "address already in use".to_owned()),
        io::ErrorKind::AddrNotAvailable => ("host", "no such address on this machine".to_owned()),
        io::ErrorKind::PermissionDenied => ("port", "permission denied".to_owned()),
        _ => ("port", error.to_string()),
    };
    let what = format!("cannot listen on {address}");
    settings.failure(&format!("{group}.{setting}"), what, reason)
}

/// Runs when the initialization is complete.
pub fn on_ready() {
    tracing::info!("initialization complete");
}

/// Runs when a change of the settings took effect, was taken back, or was rejected.
pub fn on_settings(event: &Event) {
    match event {
        Event::Applied {
            revision,
            changed,
            restart_required,
            ..
        } => {
            tracing::info!(
                target: "settings",
                revision,
                changed = joined(changed),
                restart_required = listed(restart_required),
                "settings changed"
            );
        }
        Event::Reverted {
            revision,
            reason,
            changed,
            ..
        } => {
            tracing::warn!(
                target: "settings",
                revision,
                reason,
                changed = joined(changed),
                "settings change taken back"
            );
        }
        Event::Rejected {
            revision, error, ..
        } => {
            let problems = error.problems();
            let keys: Vec<&str> = problems.iter().filter_map(Problem::key).collect();
            let origins = problems.iter().filter_map(Problem::origin);
            let origins: Vec<String> = origins.map(ToString::to_string).collect();
            tracing::warn!(
                target: "settings",
                revision,
                problems = problems.len(),
                key = listed(&keys),
                origin = listed(&origins),
                %error,
                "settings change rejected"
            );
        }
        _ => {}
    }
}

fn joined(changed: &[Change]) -> Option<String> {
    let changed: Vec<String> = changed.iter().map(Change::to_string).collect();
    listed(&changed)
}

/// A list as one field of a log entry, which has no empty fields.
fn listed<T: AsRef<str>>(items: &[T]) -> Option<String> {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    (!items.is_empty()).then(|| items.join(", "))
}

/// Runs last and returns the exit code.
pub fn on_exit(result: &Result<usize, Box<dyn Error>>) -> ExitCode {
    match result {
        Ok(0) => {
            tracing::info!("exit: all requests completed");
            ExitCode::SUCCESS
        }
        Ok(aborted) => {
            tracing::warn!(aborted, "exit: requests were aborted");
            ExitCode::from(REQUESTS_ABORTED)
        }
        Err(error) => {
            tracing::error!(%error, "exit: start failed");
            ExitCode::from(START_FAILED)
        }
    }
}
