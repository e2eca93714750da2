//! What happens at the turns of the service's life, as plain functions. Put yours here.

use crate::settings::AppSettings;
use settings_core::live::{Change, Event};
use std::{error::Error, fs, net::SocketAddr, process::ExitCode};

/// The service could not start, such as that the port is taken (`EX_OSERR`). Wrong settings end with 78 before this.
const NOT_STARTED: u8 = 71;
/// Requests were still in flight at the deadline (`EX_TEMPFAIL`).
const CUT: u8 = 75;

/// Before the listener opens.
pub fn on_starting(settings: &AppSettings) {
    if let Some(name) = &settings.server.proc_name {
        // What Linux calls the process is a file; elsewhere it keeps its name.
        let _ = fs::write("/proc/self/comm", name);
    }
    tracing::info!(
        app = settings.app_name,
        version = settings.version,
        environment = ?settings.environment,
        threads = settings.server.threads(),
        "starting"
    );
}

/// When the listener is open; nothing else is sure yet.
pub fn on_listening(address: SocketAddr) {
    tracing::info!(%address, "listening");
}

/// When initialisation is done.
pub fn on_ready() {
    tracing::info!("started");
}

/// When a change of the settings is in force, or was refused.
pub fn on_settings(event: &Event) {
    match event {
        Event::Applied {
            revision,
            changed,
            restart_required,
            ..
        } => {
            let changed: Vec<String> = changed.iter().map(Change::to_string).collect();
            tracing::info!(
                target: "settings",
                revision,
                changed = changed.join(", "),
                restart_required = restart_required.join(", "),
                "a change is in force"
            );
        }
        Event::Rejected {
            revision, error, ..
        } => tracing::warn!(target: "settings", revision, %error, "a change was refused"),
        _ => {}
    }
}

/// When nothing is left to do but to end: the exit code.
pub fn on_exit(ended: &Result<usize, Box<dyn Error>>) -> ExitCode {
    match ended {
        Ok(0) => {
            tracing::info!("exit: everything was finished");
            ExitCode::SUCCESS
        }
        Ok(cut) => {
            tracing::warn!(cut, "exit: requests were cut");
            ExitCode::from(CUT)
        }
        Err(error) => {
            tracing::error!(%error, "exit: not started");
            ExitCode::from(NOT_STARTED)
        }
    }
}
