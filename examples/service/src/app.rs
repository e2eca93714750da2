//! The routes. Nothing here opens a socket or knows of connections.

use crate::{
    cache::Cache,
    database::{self, Database},
    metrics::{Gauges, Metrics},
    probes::{Health, Status},
    settings::{AppSettings, Environment, Live},
    shutdown::Shutdown,
    tokens::Tokens,
};
use axum::{
    Extension, Form, Json, Router,
    body::Bytes,
    extract::{
        DefaultBodyLimit, Query, State,
        rejection::{FormRejection, JsonRejection, QueryRejection},
    },
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use settings_core::SecretString;
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
    pub tokens: Tokens,
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
    status: StatusCode,
    error: String,
    header: Option<(HeaderName, HeaderValue)>,
}

/// A client asks for a token as OAuth 2.0 has it, at 4.4.
#[derive(Debug, Deserialize)]
struct TokenRequest {
    grant_type: String,
    client_id: String,
    client_secret: SecretString,
}

#[derive(Debug, Serialize)]
struct TokenAnswer {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
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
    /// Returns which setting can't be used, and nothing of it.
    pub fn new(live: &Live, shutdown: Arc<Shutdown>) -> Result<Self, &'static str> {
        let settings = live.current();
        let name = &settings.app_name;
        Ok(Self {
            live: live.clone(),
            database: Database::new(&settings.database, name)
                .map_err(|_| "DATABASE_URL can't be read")?,
            cache: Cache::new(&settings.redis, name).map_err(|_| "REDIS_URL can't be read")?,
            tokens: Tokens::new(&settings.auth),
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
        .route("/notes", get(list_notes).post(create_note))
        .route("/token", post(grant_token))
        .layer(DefaultBodyLimit::max(64 * 1024));
    if app.live.current().environment != Environment::Production {
        router = router.route("/slow", get(slow));
    }
    router
        .fallback(async || Failure::new(StatusCode::NOT_FOUND, "there is nothing here"))
        .method_not_allowed_fallback(async || {
            Failure::new(StatusCode::METHOD_NOT_ALLOWED, "not by this method")
        })
        .with_state(app)
}

const JSON: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];

async fn about(State(app): State<Arc<App>>) -> Response {
    Json(About::from(&*app.live.current())).into_response()
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
    let page = app.metrics.render(&app.live.current().app_name, gauges);
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
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Response, Failure> {
    admit(&app, client).await?;
    let Query(page) = page?;
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
    headers: HeaderMap,
    note: Result<Json<NewNote>, JsonRejection>,
) -> Result<Response, Failure> {
    admit(&app, client).await?;
    authorize(&app.tokens, &headers)?;
    let Json(note) = note?;
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

/// An access token, for a client that shows its secret.
async fn grant_token(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    asked: Result<Form<TokenRequest>, FormRejection>,
) -> Result<Response, Failure> {
    admit(&app, client).await?;
    let Form(asked) = asked?;
    if asked.grant_type != "client_credentials" {
        return Err(Failure::new(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
        ));
    }
    let now = Timestamp::now();
    let access_token = app
        .tokens
        .grant(&asked.client_id, &asked.client_secret, now)
        .ok_or_else(|| Failure::new(StatusCode::UNAUTHORIZED, "invalid_client"))?;
    let answer = TokenAnswer {
        access_token,
        token_type: "Bearer",
        expires_in: app.tokens.lifetime.as_secs(),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

/// Takes its time, so that there is something to drain.
async fn slow(slow: Result<Query<Slow>, QueryRejection>) -> Result<Response, Failure> {
    let Query(slow) = slow?;
    sleep(Duration::from_millis(slow.ms)).await;
    let body = format!(r#"{{"slept_ms":{}}}"#, slow.ms);
    Ok((JSON, body).into_response())
}

async fn admit(app: &App, Client(client): Client) -> Result<(), Failure> {
    let (Some(cache), Some(limit)) = (&app.cache, app.live.current().redis.rate_limit) else {
        return Ok(());
    };
    cache.admit(client, limit).await.map_err(|left| {
        Failure::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too many requests from this address",
        )
        .retry_after(left.as_secs())
    })
}

/// Whether these headers bring a token that is good, if one is needed.
fn authorize(tokens: &Tokens, headers: &HeaderMap) -> Result<(), Failure> {
    if !tokens.are_required() {
        return Ok(());
    }
    let refuse = |error, challenge| {
        let failure = Failure::new(StatusCode::UNAUTHORIZED, error);
        failure.header(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static(challenge),
        )
    };
    let shown = headers.get(header::AUTHORIZATION);
    let token = shown
        .and_then(|shown| shown.to_str().ok()?.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match token {
        None => Err(refuse("an access token is needed", "Bearer")),
        Some((_, token)) if !tokens.admit(token.trim()) => Err(refuse(
            "the access token is not good, or no longer",
            r#"Bearer error="invalid_token""#,
        )),
        Some(_) => Ok(()),
    }
}

impl Failure {
    pub fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self {
            status,
            error: error.into(),
            header: None,
        }
    }

    /// It is worth to come again after so many seconds.
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header(header::RETRY_AFTER, seconds.into())
    }

    fn header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self {
            header: Some((name, value)),
            ..self
        }
    }
}

/// What extractors refuse is told as any other failure.
macro_rules! refused {
    ($($rejection:ty)*) => {$(
        impl From<$rejection> for Failure {
            fn from(rejection: $rejection) -> Self {
                Self::new(rejection.status(), rejection.body_text())
            }
        }
    )*};
}

refused! { FormRejection JsonRejection QueryRejection }

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = Json(serde_json::json!({ "error": self.error }));
        match self.header {
            Some(header) => (self.status, [header], body).into_response(),
            None => (self.status, body).into_response(),
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        let reason = database::reason(&error);
        tracing::error!(reason, "the database failed a request");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the database is not available",
        )
        .retry_after(1)
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
