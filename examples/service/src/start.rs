//! What must be done before the first request is wanted: tried again and again until it is.

use crate::{
    app::App,
    cache::Cache,
    check::{Asker, Check},
    database::{self, Database},
    hooks,
};
use std::{sync::Arc, time::Duration};
use tokio::time::{sleep, timeout};

/// How long one try may take.
const TRY: Duration = Duration::from_secs(2);
/// The pause after the first try, and the longest: readiness is to follow a return within a second.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(400));

/// Waits for the database and for Redis, side by side.
pub async fn start(app: Arc<App>) {
    tokio::join!(database(&app.database), redis(app.cache.as_ref()));
    app.health.started();
    hooks::on_ready();
}

async fn database(database: &Database) {
    // A migration may take its time, but only with a database that answers.
    answer(database.watch()).await;
    let mut pause = PAUSES.0;
    while let Err(error) = database.migrate().await {
        tracing::error!(
            reason = database::migration_reason(&error),
            "the tables are not up to date"
        );
        sleep(pause).await;
        pause = longer(pause);
    }
}

async fn redis(cache: Option<&Cache>) {
    if let Some(cache) = cache
        && cache.required
    {
        answer(cache.watch()).await;
    }
}

async fn answer<C: Check>(watch: C) {
    let mut asker = Asker::new(watch);
    let mut pause = PAUSES.0;
    let mut told = String::new();
    loop {
        let answer = timeout(TRY, asker.ask()).await;
        let reason = match answer {
            Ok(Ok(())) => return,
            Ok(Err(reason)) => reason,
            Err(_) => format!("no answer within {TRY:?}"),
        };
        if reason != told {
            tracing::warn!(name = C::NAME, reason, "not there yet; trying again");
            told = reason;
        }
        sleep(pause).await;
        pause = longer(pause);
    }
}

fn longer(pause: Duration) -> Duration {
    (pause * 2).min(PAUSES.1)
}
