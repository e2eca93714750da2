//! Routes and handlers. This file opens no sockets and does not handle connections.

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

/// State shared by all requests.
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

/// Answer to `GET /`.
#[derive(Debug, Serialize)]
struct About<'a> {
    name: &'a str,
    version: &'a str,
    environment: Environment,
    new_checkout: bool,
}

/// Address of the client, passed to handlers.
#[derive(Clone, Copy, Debug)]
pub struct Client(pub IpAddr);

/// Error that is sent to the client.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    error: String,
    header: Option<(HeaderName, HeaderValue)>,
}

/// Request for a token: the client credentials grant of OAuth 2.0 (RFC 6749, section 4.4).
#[derive(Debug, Deserialize)]
struct TokenRequest {
    grant_type: String,
    client_id: String,
    client_secret: SecretString,
}

#[derive(Debug, Serialize)]
struct TokenResponse {
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
                .map_err(|_| "DATABASE_URL is malformed")?,
            cache: Cache::new(&settings.redis, name).map_err(|_| "REDIS_URL is malformed")?,
            tokens: Tokens::new(&settings.auth),
            health: Arc::new(Health::new(live, shutdown.clone())),
            metrics: Metrics::default(),
            shutdown,
            connections: AtomicUsize::new(0),
        })
    }

    /// Starts the background tasks.
    pub fn start_tasks(&self, tasks: &mut JoinSet<()>) {
        self.health.monitor(
            tasks,
            self.database.check(),
            |settings| settings.database_timeout,
            Status::Unhealthy,
        );
        if let Some(cache) = &self.cache {
            let failure_status = if cache.required {
                Status::Unhealthy
            } else {
                Status::Degraded
            };
            self.health.monitor(
                tasks,
                cache.check(),
                |settings| settings.redis_timeout,
                failure_status,
            );
        }
        tasks.spawn(self.database.clone().trim());
        tasks.spawn(self.health.clone().watch_shutdown());
    }

    /// Returns the answer if the path is a health probe. Probes bypass all limits.
    pub fn probe(&self, path: &str) -> Option<Response> {
        const OK: Bytes = Bytes::from_static(br#"{"status":"ok"}"#);
        let (status, body) = match path {
            "/health/live" => (StatusCode::OK, OK),
            "/health/startup" if self.health.is_started() => (StatusCode::OK, OK),
            // Until then the service is not ready either, so the body is the same.
            "/health/startup" | "/health/ready" => self.health.ready(),
            _ => return None,
        };
        Some((status, JSON, body).into_response())
    }

    /// Closes the connections to the database, with a timeout.
    pub async fn close(&self) {
        if timeout(Duration::from_secs(1), self.database.close())
            .await
            .is_err()
        {
            tracing::warn!("the database connections did not close in time");
        }
    }
}

/// Every route except the health probes.
pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new()
        .route("/", get(about))
        .route("/metrics", get(metrics))
        .route("/notes", get(list_notes).post(create_note))
        .route("/token", post(issue_token))
        .layer(DefaultBodyLimit::max(64 * 1024));
    if app.live.current().environment != Environment::Production {
        router = router.route("/slow", get(slow));
    }
    router
        .fallback(async || ApiError::new(StatusCode::NOT_FOUND, "no such route"))
        .method_not_allowed_fallback(async || {
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method not allowed")
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

/// Lists the latest notes. For the next page, pass the lowest number of this page as `before`.
async fn list_notes(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Response, ApiError> {
    check_rate_limit(&app, client).await?;
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
) -> Result<Response, ApiError> {
    check_rate_limit(&app, client).await?;
    authorize(&app.tokens, &headers)?;
    let Json(note) = note?;
    let length = note.text.chars().count();
    if !(1..=1000).contains(&length) || note.text.contains('\0') {
        let error = format!(
            "expected a text of 1 to 1000 characters without NUL, found {length} characters"
        );
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, error));
    }
    let row = app
        .database
        .create_note(&note.text, Timestamp::now().as_millisecond())
        .await?;
    Ok((StatusCode::CREATED, Json(Note::from(row))).into_response())
}

/// Issues an access token to a client, for its secret.
async fn issue_token(
    State(app): State<Arc<App>>,
    Extension(client): Extension<Client>,
    request: Result<Form<TokenRequest>, FormRejection>,
) -> Result<Response, ApiError> {
    check_rate_limit(&app, client).await?;
    let Form(request) = request?;
    if request.grant_type != "client_credentials" {
        return Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
        ));
    }
    let now = Timestamp::now();
    let access_token = app
        .tokens
        .issue(&request.client_id, &request.client_secret, now)
        .ok_or_else(|| ApiError::new(StatusCode::UNAUTHORIZED, "invalid_client"))?;
    let response = TokenResponse {
        access_token,
        token_type: "Bearer",
        expires_in: app.tokens.lifetime.as_secs(),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(response)).into_response())
}

/// Answers after a delay, to try out timeouts and the shutdown.
async fn slow(slow: Result<Query<Slow>, QueryRejection>) -> Result<Response, ApiError> {
    let Query(slow) = slow?;
    sleep(Duration::from_millis(slow.ms)).await;
    let body = format!(r#"{{"slept_ms":{}}}"#, slow.ms);
    Ok((JSON, body).into_response())
}

async fn check_rate_limit(app: &App, Client(client): Client) -> Result<(), ApiError> {
    let (Some(cache), Some(limit)) = (&app.cache, app.live.current().redis.rate_limit) else {
        return Ok(());
    };
    cache.check_rate_limit(client, limit).await.map_err(|wait| {
        ApiError::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too many requests from this address",
        )
        .retry_after(wait.as_secs())
    })
}

/// Checks the access token in the headers, if one is required.
fn authorize(tokens: &Tokens, headers: &HeaderMap) -> Result<(), ApiError> {
    if !tokens.are_required() {
        return Ok(());
    }
    let unauthorized = |error, challenge| {
        ApiError::new(StatusCode::UNAUTHORIZED, error).header(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static(challenge),
        )
    };
    let authorization = headers.get(header::AUTHORIZATION);
    let token = authorization
        .and_then(|value| value.to_str().ok()?.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match token {
        None => Err(unauthorized("an access token is required", "Bearer")),
        Some((_, token)) if !tokens.verify(token.trim()) => Err(unauthorized(
            "the access token is invalid or has expired",
            r#"Bearer error="invalid_token""#,
        )),
        Some(_) => Ok(()),
    }
}

impl ApiError {
    pub fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self {
            status,
            error: error.into(),
            header: None,
        }
    }

    /// Adds the header `Retry-After`.
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

/// Converts the rejections of extractors.
macro_rules! from_rejection {
    ($($rejection:ty)*) => {$(
        impl From<$rejection> for ApiError {
            fn from(rejection: $rejection) -> Self {
                Self::new(rejection.status(), rejection.body_text())
            }
        }
    )*};
}

from_rejection! { FormRejection JsonRejection QueryRejection }

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = Json(serde_json::json!({ "error": self.error }));
        match self.header {
            Some(header) => (self.status, [header], body).into_response(),
            None => (self.status, body).into_response(),
        }
    }
}

impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> Self {
        let reason = database::reason(&error);
        tracing::error!(reason, "a database request failed");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the database is unavailable",
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
