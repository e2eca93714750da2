//! A service ready for production: load the settings, start, wait, drain, exit.
//!
//! `cargo run -p service` runs it; its README.md tells the rest.

#![expect(
    unreachable_pub,
    reason = "in a program `pub` says what a file offers to the others"
)]

mod access_log;
mod app;
mod cache;
mod check;
mod database;
mod healthcheck;
mod hooks;
mod metrics;
mod observability;
mod output;
mod probes;
mod server;
mod settings;
mod shutdown;
mod start;
mod tokens;

use crate::{
    access_log::AccessLog,
    app::App,
    output::Output,
    server::Server,
    settings::{AppSettings, Live},
    shutdown::{Shutdown, Signals},
};
use settings_core::{Settings, cli};
use std::{env, error::Error, process::ExitCode, sync::Arc};
use tokio::{runtime, task::JoinSet};

fn main() -> ExitCode {
    // `service settings …` looks at the settings, also at those that are wrong.
    if let Some(code) = cli::run::<AppSettings>() {
        return code;
    }
    let signals = Signals::catch();
    let mut arguments = env::args_os().skip(1).peekable();
    let probe = healthcheck::asked(&mut arguments);
    // Whatever is wrong is told on one page, and ends it with 78.
    let live = AppSettings::loader().args(arguments).live_or_exit();
    if let Some(probe) = probe {
        return healthcheck::run(&live.current(), &probe);
    }

    let writer = Output::start();
    let telemetry = observability::start(&live, writer.output());
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(live.current().server.threads())
        .enable_all()
        .build();
    let ended = runtime.map_err(Into::into).and_then(|runtime| {
        let ended = runtime.block_on(serve(&live, signals, writer.output()));
        runtime.shutdown_background(); // a name that is still being looked up holds up nobody
        ended
    });
    let code = hooks::on_exit(&ended);
    telemetry.flush();
    writer.close();
    code
}

/// From the first connection to the last. Gives how many requests were cut.
async fn serve(live: &Live, mut signals: Signals, output: Output) -> Result<usize, Box<dyn Error>> {
    let settings = live.current(); // what is not live in them stays as it is
    hooks::on_starting(&settings);
    let listener = server::listen(settings.bind_address(), settings.server.backlog)?;
    hooks::on_listening(listener.local_addr()?);

    let shutdown = Arc::new(Shutdown::default());
    let app = Arc::new(App::new(live, shutdown.clone())?);
    let access_log = AccessLog::new(&settings.observability, settings.is_production(), output);
    let server = Arc::new(Server::new(app.clone(), access_log));
    let mut tasks = JoinSet::new();
    tasks.spawn(server.clone().accept(listener));
    app.watch(&mut tasks);
    tasks.spawn(start::start(app.clone()));
    live.watch()?.detach();
    live.reload_on_sighup()?.detach();

    let is_told = tokio::select! {
        () = signals.next() => true,
        () = server.worn_out() => false,
    };
    let hurry = async {
        if !is_told {
            signals.next().await; // it asks for what is under way
        }
        signals.next().await;
    };
    let cut = shutdown.drain(&settings.shutdown, hurry).await;
    tasks.shutdown().await;
    app.close().await;
    Ok(cut)
}
