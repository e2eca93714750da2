//! The limit on open files (`ulimit -n`), compared with what the settings require.

use crate::{
    server::{EXCESS_CONNECTIONS, MANAGEMENT_CONNECTIONS},
    settings::AppSettings,
};
use rustix::process::{Resource, getrlimit, setrlimit};

/// Open files besides connections and pools: the log, signals, watched directories, libraries.
const RESERVED: u64 = 24;

/// Raises the soft limit if the settings require more open files than it allows. Returns the number of client connections
/// that fit: `worker_connections`, or fewer, with a warning, if the hard limit is too low.
pub fn fit_connections(settings: &AppSettings) -> usize {
    let wanted = settings.server.worker_connections;
    let others = RESERVED
        + (EXCESS_CONNECTIONS + MANAGEMENT_CONNECTIONS) as u64
        + settings.database.max_open_files();
    let required = others.saturating_add(wanted as u64);
    let limit = raise_limit(required);
    let fitting = usize::try_from(limit.saturating_sub(others)).unwrap_or(usize::MAX);
    let fitting = fitting.clamp(1, wanted);
    if fitting < wanted {
        tracing::warn!(
            setting = "server.worker_connections",
            configured = wanted,
            effective = fitting,
            open_files_limit = limit,
            open_files_required = required,
            "fewer client connections than configured: the limit of open files (ulimit -n) is too low"
        );
    }
    fitting
}

/// Returns the soft limit, after raising it to `required` as far as the hard limit allows.
fn raise_limit(required: u64) -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let soft = limit.current.unwrap_or(u64::MAX);
    let raised = required.min(limit.maximum.unwrap_or(u64::MAX));
    if soft >= raised {
        return soft;
    }
    let new = rustix::process::Rlimit {
        current: Some(raised),
        ..limit
    };
    setrlimit(Resource::Nofile, new).map_or(soft, |()| raised)
}
