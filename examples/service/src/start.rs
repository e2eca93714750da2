//! Initialization: wait for the database and Redis, and migrate the tables. Every step is retried until it succeeds.

use crate::{
    app::App,
    cache::Cache,
    check::{Check, Checker},
    database::{self, DatabaseCheck},
    hooks,
    outage::Outage,
};
use std::{sync::Arc, time::Duration};
use tokio::time::{sleep, timeout};

/// Timeout of one attempt.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// Pause after the first attempt.
const MIN_PAUSE: Duration = Duration::from_millis(50);
/// Longest pause, short enough that the service is ready within a second after the database is.
const MAX_PAUSE: Duration = Duration::from_millis(400);

/// Waits for the database and Redis concurrently.
pub async fn start(app: Arc<App>) {
    tokio::join!(database(&app), redis(app.cache.as_ref()));
    app.health.set_started();
    hooks::on_ready();
}

async fn database(app: &App) {
    // A migration has no timeout, so it only begins once the database answers.
    until_available(app.database.check()).await;
    let (endpoint, setting) = (app.database.check().endpoint(), DatabaseCheck::SETTING);
    let (mut pause, mut outage) = (MIN_PAUSE, Outage::default());
    while let Err(error) = app.database.migrate().await {
        let reason = database::migration_reason(&error);
        let message = "cannot migrate the tables; retrying";
        app.health
            .log_failure(&mut outage, setting, &endpoint, message, &reason);
        sleep(pause).await;
        pause = longer(pause);
    }
}

async fn redis(cache: Option<&Cache>) {
    if let Some(cache) = cache
        && cache.required
    {
        until_available(cache.check()).await;
    }
}

/// Waits until a dependency answers. The health checks run at the same time and log the failures.
async fn until_available<C: Check>(check: C) {
    let mut checker = Checker::new(check);
    let mut pause = MIN_PAUSE;
    while !matches!(timeout(ATTEMPT_TIMEOUT, checker.check()).await, Ok(Ok(()))) {
        sleep(pause).await;
        pause = longer(pause);
    }
}

fn longer(pause: Duration) -> Duration {
    (pause * 2).min(MAX_PAUSE)
}
