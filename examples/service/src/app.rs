//! The routes. Nothing here opens a socket or knows of connections.

use crate::{
    cache::Cache,
    database::{self, Database},
    metrics::{Gauges, Metrics},
    probes::{Health, Status},
    settings::{AppSettings, Environment, Live},
    shutdown::Shutdown,
};
use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Query, State, rejection::JsonRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// What requests work with.
pub struct App {
    pub live: Live,
    pub database: Database,
    pub cache: Option<Cache>,
    pub health: Arc<Health>,
    pub metrics: Metrics,
    pub shutdown: Arc<Shutdown>,
    pub connections: AtomicUsize,
}

/// What the service says of itself at `/`.
#[derive(Debug, Serialize)]
struct About<'a> {
    name: &'a str,
    version: &'a str,
    environment: Environment,
    new_checkout: bool,
}

/// Whose request it is.
#[derive(Clone, Copy, Debug)]
pub struct Client(pub IpAddr);

/// What went wrong, as the client is told.
#[derive(Debug)]
pub struct Failure {
    pub status: StatusCode,
    pub error: String,
    pub retry_after: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct NewNote {
    text: String,
}

#[derive(Debug, Serialize)]
struct Note {
    id: i64,
    text: String,
    created_at: Timestamp,
}

#[derive(Debug, Deserialize)]
struct Page {
    before: Option<i64>,
    limit: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Slow {
    #[serde(default)]
    ms: u64,
}

impl<'a> From<&'a AppSettings> for About<'a> {
    fn from(settings: &'a AppSettings) -> Self {
        Self {
            name: &settings.app_name,
            version: &settings.version,
            environment: settings.environment,
            new_checkout: settings.features.new_checkout,
        }
    }
}

impl App {
    /// Puts it together. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// Returns which URL can't be read, and nothing of it.
    pub fn new(live: &Live, shutdown: Arc<Shutdown>) -> Result<Self, &'static str> {
        let settings = live.load();
        let name = &settings.app_name;
        Ok(Self {
            live: live.clone(),
            database: Database::new(&settings.database, name)
                .map_err(|_| "DATABASE_URL can't be read")?,
            cache: Cache::new(&settings.redis, name).map_err(|_| "REDIS_URL can't be read")?,
            health: Arc::new(Health::new(live, shutdown.clone())),
            metrics: Metrics::default(),
            shutdown,
            connections: AtomicUsize::new(0),
        })
    }

    /// Starts all that goes on beside the requests.
    pub fn watch(&self, tasks: &mut JoinSet<()>) {
        self.health.watch(
            tasks,
            self.database.watch(),
            |settings| settings.database_timeout,
            Status::Unhealthy,
        );
        if let Some(cache) = &self.cache {
            let worst = if cache.required {
                Status::Unhealthy
            } else {
                Status::Degraded
            };
            self.health.watch(
                tasks,
                cache.watch(),
                |settings| settings.redis_timeout,
                worst,
            );
        }
        tasks.spawn(self.database.clone().trim());
        tasks.spawn(self.health.clone().leave());
    }

    /// The answer if it is a probe that asks: at once, past everything that requests may have to wait for.
    pub fn probe(&self, path: &str) -> Option<Response> {
        const OK: Bytes = Bytes::from_static(br#"{"status":"ok"}"#);
        let (status, body) = match path {
            "/health/live" => (StatusCode::OK, OK),
            "/health/startup" if self.health.is_started() => (StatusCode::OK, OK),
            // Until then it is not ready either, and the same body says why.
            "/health/startup" | "/health/ready" => self.health.ready(),
            _ => return None,
        };
        Some((status, JSON, body).into_response())
    }

    /// Closes what it is connected to, unless that doesn't answer.
    pub async fn close(&self) {
        if timeout(Duration::from_secs(1), self.database.close())
            .await
            .is_err()
        {
            tracing::warn!("the database did not say goodbye");
        }
    }
}

/// Every route but the probes.
pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new()
        .route("/", get(about))
        .route("/metrics", get(metrics))
        .route(
            "/notes",
            get(list_notes)
                .post(create_note)
                .layer(DefaultBodyLimit::max(64 * 1024)),
        );
    if app.live.load().environment != Environment::Production {
        router = router.route("/slow", get(slow));
    }
    router
        .fallback(async || Failure::new(StatusCode::NOT_FOUND, "there is nothing here"))
        .method_not_allowed_fallback(async || {
            Failure::new(StatusCode::METHOD_NOT_ALLOWED, "not by this method")
        })
        .with_state(app)
}

const JSON: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];

async fn about(State(app): State<Arc<App>>) -> Response {
    Json(About::from(&*app.live.load())).into_response()
}

async fn metrics(State(app): State<Arc<App>>) -> impl IntoResponse {
    let (pool_open, pool_idle, pool_max) = app.database.usage();
    let settings = app.live.status();
    let gauges = Gauges {
        connections: app.connections.load(Ordering::Relaxed),
        in_flight: app.shutdown.in_flight(),
        pool_open,
        pool_idle,
        pool_max,
        ready: app.health.ready().0 == StatusCode::OK,
        settings_revision: settings.revision,
        settings_rejected: settings.rejections,
    };
    let page = app.metrics.render(&app.live.load().app_name, gauges);
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        page,
    )
}

/// The latest notes: `?limit=20`, and `?before=` the lowest number seen for the next page.
async fn list_notes(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    Query(page): Query<Page>,
) -> Result<Response, Failure> {
    admit(&app, client).await?;
    let limit = page.limit.unwrap_or(20).clamp(1, 100);
    let rows = app
        .database
        .list_notes(page.before.unwrap_or(i64::MAX), limit)
        .await?;
    let notes: Vec<Note> = rows.into_iter().map(Note::from).collect();
    Ok(Json(notes).into_response())
}

async fn create_note(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    note: Result<Json<NewNote>, JsonRejection>,
) -> Result<Response, Failure> {
    admit(&app, client).await?;
    let Json(note) =
        note.map_err(|rejection| Failure::new(rejection.status(), rejection.body_text()))?;
    let length = note.text.chars().count();
    if !(1..=1000).contains(&length) || note.text.contains('\0') {
        let error = format!(
            "expected a text of 1 to 1000 characters and no NUL, found {length} characters"
        );
        return Err(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, error));
    }
    let row = app
        .database
        .create_note(&note.text, Timestamp::now().as_millisecond())
        .await?;
    Ok((StatusCode::CREATED, Json(Note::from(row))).into_response())
}

/// Takes its time, so that there is something to drain.
async fn slow(Query(slow): Query<Slow>) -> impl IntoResponse {
    sleep(Duration::from_millis(slow.ms)).await;
    (JSON, format!(r#"{{"slept_ms":{}}}"#, slow.ms))
}

async fn admit(app: &App, Client(client): Client) -> Result<(), Failure> {
    let (Some(cache), Some(limit)) = (&app.cache, app.live.load().redis.rate_limit) else {
        return Ok(());
    };
    cache.admit(client, limit).await.map_err(|left| Failure {
        retry_after: Some(left.as_secs()),
        ..Failure::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too many requests from this address",
        )
    })
}

impl Failure {
    pub fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self {
            status,
            error: error.into(),
            retry_after: None,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = Json(serde_json::json!({ "error": self.error }));
        match self.retry_after {
            Some(seconds) => (self.status, [(header::RETRY_AFTER, seconds)], body).into_response(),
            None => (self.status, body).into_response(),
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        let reason = database::reason(&error);
        tracing::error!(reason, "the database failed a request");
        Self {
            retry_after: Some(1),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "the database is not available",
            )
        }
    }
}

impl From<database::Row> for Note {
    fn from((id, text, created_at): database::Row) -> Self {
        Self {
            id,
            text,
            created_at: Timestamp::from_millisecond(created_at).unwrap_or_default(),
        }
    }
}
