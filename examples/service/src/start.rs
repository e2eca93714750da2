//! Initialization: wait for the database and Redis, and migrate the tables. Every step is retried until it succeeds.

use crate::{
    app::App,
    cache::Cache,
    check::{Check, Checker},
    database::{self, Database},
    hooks,
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
    tokio::join!(database(&app.database), redis(app.cache.as_ref()));
    app.health.set_started();
    hooks::on_ready();
}

async fn database(database: &Database) {
    // A migration has no timeout, so it only begins once the database answers.
    until_available(database.check()).await;
    let mut pause = MIN_PAUSE;
    while let Err(error) = database.migrate().await {
        tracing::error!(
            reason = database::migration_reason(&error),
            "the migration failed; retrying"
        );
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

async fn until_available<C: Check>(check: C) {
    let mut checker = Checker::new(check);
    let mut pause = MIN_PAUSE;
    let mut logged = String::new();
    loop {
        let reason = match timeout(ATTEMPT_TIMEOUT, checker.check()).await {
            Ok(Ok(())) => return,
            Ok(Err(reason)) => reason,
            Err(_) => format!("no answer within {ATTEMPT_TIMEOUT:?}"),
        };
        if reason != logged {
            tracing::warn!(name = C::NAME, reason, "not available; retrying");
            logged = reason;
        }
        sleep(pause).await;
        pause = longer(pause);
    }
}

fn longer(pause: Duration) -> Duration {
    (pause * 2).min(MAX_PAUSE)
}
