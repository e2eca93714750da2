//! A production-ready HTTP service: load the settings, start, serve, drain, exit.
//!
//! Run it with `cargo run` in this directory. README.md describes it.

#![expect(
    unreachable_pub,
    reason = "in a program, `pub` marks the items that other modules use"
)]

mod access_log;
mod api_error;
mod app;
mod cache;
mod check;
mod database;
mod deadlines;
mod docs_page;
mod healthcheck;
mod hooks;
mod management;
mod metrics;
mod observability;
mod open_files;
mod outage;
mod output;
mod probes;
mod process;
mod rate_limit;
mod reasons;
mod request_id;
mod routes;
mod server;
mod settings;
mod shutdown;
mod start;
mod tokens;

use crate::{
    access_log::AccessLog,
    app::App,
    output::Output,
    server::{Port, Server},
    settings::{AppSettings, Live},
    shutdown::{Shutdown, Signals},
};
use settings_core::{Settings, cli};
use std::{env, error::Error, process::ExitCode, sync::Arc, time::Duration};
use tokio::{runtime, task::JoinSet};

fn main() -> ExitCode {
    // `service settings …` inspects the settings, valid or not.
    if let Some(code) = cli::run::<AppSettings>() {
        return code;
    }
    let signals = Signals::catch();
    let mut arguments = env::args_os().skip(1).peekable();
    let probe = healthcheck::parse_arguments(&mut arguments);
    // Prints every problem in one report and exits with 78 if the settings are invalid.
    let live = AppSettings::loader()
        .args(arguments)
        .json_report(settings::is_log_json())
        .live_or_exit();
    if let Some(probe) = probe {
        return healthcheck::run(&live.current(), &probe);
    }

    let writer = Output::start();
    let telemetry = observability::start(&live, writer.output());
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(live.current().server.threads())
        .enable_all()
        .build();
    let result = runtime.map_err(Into::into).and_then(|runtime| {
        let result = runtime.block_on(serve(&live, signals, writer.output()));
        runtime.shutdown_background(); // does not wait for a pending DNS lookup
        result
    });
    let code = hooks::on_exit(&result);
    telemetry.flush();
    writer.close();
    code
}

/// Serves until the shutdown is complete. Returns the number of aborted requests.
async fn serve(live: &Live, mut signals: Signals, output: Output) -> Result<usize, Box<dyn Error>> {
    let settings = live.current(); // only used for settings that need a restart
    hooks::on_starting(&settings);
    let max_connections = open_files::fit_connections(&settings);
    let listen = |group, address| {
        server::listen(address, settings.server.backlog)
            .map_err(|error| hooks::listen_error(settings.loaded(), group, address, &error))
    };
    let listener = listen("server", settings.bind_address())?;
    hooks::on_listening(listener.local_addr()?);

    let shutdown = Arc::new(Shutdown::default());
    let (router, route_table) = routes::build(&settings);
    let app = Arc::new(App::new(live, shutdown.clone(), route_table)?);
    let server = Arc::new(Server::new(
        app.clone(),
        router,
        management::router(),
        max_connections,
        AccessLog::new(&settings.observability, settings.is_production(), output),
    ));
    let mut tasks = JoinSet::new();
    tasks.spawn(server.clone().accept(listener, Port::Public));
    if let Some(address) = settings.management.address() {
        let listener = listen("management", address)?;
        hooks::on_management_listening(listener.local_addr()?);
        tasks.spawn(server.clone().accept(listener, Port::Management));
    }
    app.start_tasks(&mut tasks);
    tasks.spawn(start::start(app.clone()));
    if !settings.settings_probation.is_zero() {
        let health = app.health.clone();
        let probation = live.probation(settings.settings_probation, move || health.is_healthy())?;
        probation.detach();
    }
    live.watch()?.detach();
    live.reload_on_sighup()?.detach();

    let by_signal = tokio::select! {
        () = signals.next() => true,
        () = server.max_requests_reached() => false,
    };
    let second_signal = async {
        if !by_signal {
            signals.next().await; // the first signal only requests the shutdown, which is already in progress
        }
        signals.next().await;
    };
    // No load balancer sends requests to a service that was never ready, so there is nothing to wait for.
    let drain_delay = if app.health.was_ready() {
        settings.shutdown.drain_delay
    } else {
        Duration::ZERO
    };
    let graceful_timeout = settings.shutdown.graceful_timeout;
    let aborted = shutdown
        .drain(drain_delay, graceful_timeout, second_signal)
        .await;
    tasks.shutdown().await;
    app.close().await;
    Ok(aborted)
}
