//! Routes: handlers, their OpenAPI description, and the table of paths for metrics and the access log.

#![expect(
    unused_qualifications,
    reason = "the macros of utoipa repeat the paths of types"
)]

use crate::{
    api_error::{ApiError, ProblemDetails},
    app::App,
    docs_page,
    settings::{AppSettings, Environment},
    tokens::Tokens,
};
use axum::{
    Extension, Form, Json, Router,
    body::Bytes,
    extract::{
        Query, State,
        rejection::{FormRejection, JsonRejection, QueryRejection},
    },
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use settings_core::SecretString;
use std::{net::IpAddr, sync::Arc, time::Duration};
use tokio::time::sleep;
use utoipa::{
    IntoParams, Modify, OpenApi, ToSchema,
    openapi::{
        self, RefOr,
        path::{ParameterIn, PathItem},
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub const JSON: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];

/// Address of the client, passed to handlers.
#[derive(Clone, Copy, Debug)]
pub struct Client(pub IpAddr);

/// Description of the API. Its operations are collected from the router.
#[derive(OpenApi)]
#[openapi(components(schemas(ProblemDetails)), modifiers(&AccessToken))]
struct Description;

/// Security scheme of operations that require an access token.
struct AccessToken;

/// Answer to `GET /`.
#[derive(Debug, Serialize, ToSchema)]
struct About<'a> {
    name: &'a str,
    version: &'a str,
    #[schema(value_type = String)]
    environment: Environment,
    new_checkout: bool,
}

/// Health of the process.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only describes the body of health probes")]
struct HealthStatus {
    /// `ok`, `ready`, `healthy`, `degraded` or `unhealthy`.
    status: String,
}

/// Request for an access token: the client credentials grant of OAuth 2.0 (RFC 6749, section 4.4).
#[derive(Debug, Deserialize, ToSchema)]
struct TokenRequest {
    #[schema(example = "client_credentials")]
    grant_type: String,
    client_id: String,
    #[schema(value_type = String, format = Password)]
    client_secret: SecretString,
}

#[derive(Debug, Serialize, ToSchema)]
struct TokenResponse {
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Lifetime in seconds.
    expires_in: u64,
}

#[derive(Debug, Deserialize, ToSchema)]
struct NewNote {
    #[schema(min_length = 1, max_length = 1000, example = "hello")]
    text: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct Note {
    id: i64,
    text: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Page {
    /// Only list notes with a lower number. For the next page, pass the lowest number of this one.
    before: Option<i64>,
    /// Maximum number of notes, at most 100.
    #[param(default = 20, minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Slow {
    /// Delay in milliseconds.
    #[serde(default)]
    #[param(required = false)]
    ms: u64,
}

/// Paths of the router, to label metrics and to decide which queries are logged.
#[derive(Debug, Default)]
pub struct RouteTable {
    index: matchit::Router<usize>,
    routes: Vec<Route>,
}

/// One path of the router.
#[derive(Debug)]
pub struct Route {
    pub path: String,
    /// Declared query parameters. Others may contain secrets by mistake, so they are not logged.
    pub query: Vec<String>,
}

/// Builds the router, and the table of its paths. Opens no sockets, so that tests can call it.
pub fn build(settings: &AppSettings) -> (Router<Arc<App>>, RouteTable) {
    let mut router = OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(about))
        .routes(routes!(list_notes, create_note))
        .routes(routes!(issue_token))
        .routes(routes!(live))
        .routes(routes!(startup))
        .routes(routes!(ready))
        .routes(routes!(metrics));
    if settings.environment != Environment::Production {
        router = router.routes(routes!(slow));
    }
    let (mut router, mut description) = router.split_for_parts();
    description.info = openapi::Info::new(&settings.app_name, &settings.version);
    let mut table = RouteTable::default();
    for (path, item) in &description.paths.paths {
        table.add(path, query_parameters(item));
    }
    let json = serde_json::to_value(&description).unwrap_or_default();
    let page = Bytes::from(docs_page::render(&json));
    let json = Bytes::from(json.to_string());
    let documents = [
        (
            "/openapi.json",
            get(move || async move { (JSON, json).into_response() }),
        ),
        (
            "/docs",
            get(move || async move { docs_page::respond(page) }),
        ),
    ];
    for (path, handler) in documents {
        router = router.route(path, handler);
        table.add(path, Vec::new());
    }
    (with_fallbacks(router), table)
}

/// Adds the answers to unknown paths and methods.
pub fn with_fallbacks(router: Router<Arc<App>>) -> Router<Arc<App>> {
    router
        .fallback(async || ApiError::new(StatusCode::NOT_FOUND, "no such route"))
        .method_not_allowed_fallback(async || {
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method not allowed")
        })
}

impl RouteTable {
    fn add(&mut self, path: &str, query: Vec<String>) {
        // The router has accepted the path, so this does too.
        if self.index.insert(path, self.routes.len()).is_ok() {
            self.routes.push(Route {
                path: path.to_owned(),
                query,
            });
        }
    }

    /// Returns the index of the route that matches a path.
    pub fn find(&self, path: &str) -> Option<usize> {
        self.index.at(path).ok().map(|found| *found.value)
    }

    pub fn get(&self, index: usize) -> Option<&Route> {
        self.routes.get(index)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter()
    }
}

/// Names of the query parameters of all methods of a path.
fn query_parameters(item: &PathItem) -> Vec<String> {
    let methods = [
        &item.get,
        &item.put,
        &item.post,
        &item.delete,
        &item.options,
        &item.head,
        &item.patch,
        &item.trace,
    ];
    let operations = methods.into_iter().flatten();
    let parameters = operations.flat_map(|operation| operation.parameters.iter().flatten());
    parameters
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => {
                Some(parameter.name.clone())
            }
            _ => None,
        })
        .collect()
}

impl Modify for AccessToken {
    fn modify(&self, description: &mut openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        let components = description.components.get_or_insert_default();
        components.add_security_scheme("access_token", scheme);
    }
}

/// Name, version, environment and feature flags.
#[utoipa::path(get, path = "/", responses((status = 200, description = "the service", body = About)))]
async fn about(State(app): State<Arc<App>>) -> Response {
    let settings = app.live.current();
    let about = About {
        name: &settings.app_name,
        version: &settings.version,
        environment: settings.environment,
        new_checkout: settings.features.new_checkout,
    };
    Json(about).into_response()
}

/// Whether the process runs.
#[utoipa::path(get, path = "/health/live", responses((status = 200, description = "it runs", body = HealthStatus)))]
async fn live(State(app): State<Arc<App>>) -> Response {
    app.probe("/health/live").unwrap_or_default()
}

/// Whether the initialization is complete.
#[utoipa::path(get, path = "/health/startup", responses(
    (status = 200, description = "complete", body = HealthStatus),
    (status = 503, description = "not complete yet", body = HealthStatus),
))]
async fn startup(State(app): State<Arc<App>>) -> Response {
    app.probe("/health/startup").unwrap_or_default()
}

/// Results of the health checks.
#[utoipa::path(get, path = "/health/ready", responses(
    (status = 200, description = "ready", body = HealthStatus),
    (status = 503, description = "not ready", body = HealthStatus),
))]
async fn ready(State(app): State<Arc<App>>) -> Response {
    app.probe("/health/ready").unwrap_or_default()
}

/// Metrics in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", responses((status = 200, description = "metrics", body = String, content_type = "text/plain")))]
pub async fn metrics(State(app): State<Arc<App>>) -> Response {
    let content_type = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, content_type)], app.render_metrics()).into_response()
}

/// Lists the latest notes.
#[utoipa::path(get, path = "/notes", params(Page), responses(
    (status = 200, description = "notes, latest first", body = [Note]),
    (status = "default", description = "error", body = ProblemDetails, content_type = "application/problem+json"),
))]
async fn list_notes(
    State(app): State<Arc<App>>,
    Extension(Client(client)): Extension<Client>,
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

/// Creates a note.
///
/// Requires an access token if there are clients (`AUTH_CLIENTS`).
#[utoipa::path(post, path = "/notes", request_body = NewNote, security((), ("access_token" = [])), responses(
    (status = 201, description = "the note", body = Note),
    (status = "default", description = "error", body = ProblemDetails, content_type = "application/problem+json"),
))]
async fn create_note(
    State(app): State<Arc<App>>,
    Extension(Client(client)): Extension<Client>,
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
#[utoipa::path(
    post,
    path = "/token",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "the token", body = TokenResponse),
        (status = "default", description = "error", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
async fn issue_token(
    State(app): State<Arc<App>>,
    Extension(Client(client)): Extension<Client>,
    request: Result<Form<TokenRequest>, FormRejection>,
) -> Result<Response, ApiError> {
    if let Some(limit) = app.live.current().auth.token_rate_limit {
        let checked = app.token_rate_limit.check(client, limit);
        checked.map_err(too_many_requests)?;
    }
    check_rate_limit(&app, client).await?;
    let Form(request) = request?;
    if request.grant_type != "client_credentials" {
        let detail = "expected the grant type client_credentials";
        return Err(ApiError::new(StatusCode::BAD_REQUEST, detail).code("unsupported_grant_type"));
    }
    let access_token = app
        .tokens
        .issue(&request.client_id, &request.client_secret, Timestamp::now())
        .ok_or_else(|| {
            let detail = "unknown client or wrong secret";
            ApiError::new(StatusCode::UNAUTHORIZED, detail).code("invalid_client")
        })?;
    let response = TokenResponse {
        access_token,
        token_type: "Bearer",
        expires_in: app.tokens.lifetime.as_secs(),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(response)).into_response())
}

/// Answers after a delay, to try out timeouts and the shutdown.
#[utoipa::path(get, path = "/slow", params(Slow), responses(
    (status = 200, description = "the delay is over"),
    (status = "default", description = "error", body = ProblemDetails, content_type = "application/problem+json"),
))]
async fn slow(slow: Result<Query<Slow>, QueryRejection>) -> Result<Response, ApiError> {
    let Query(slow) = slow?;
    sleep(Duration::from_millis(slow.ms)).await;
    let body = format!(r#"{{"slept_ms":{}}}"#, slow.ms);
    Ok((JSON, body).into_response())
}

/// Checks the rate limit in Redis, if there is one.
async fn check_rate_limit(app: &App, client: IpAddr) -> Result<(), ApiError> {
    let (Some(cache), Some(limit)) = (&app.cache, app.live.current().redis.rate_limit) else {
        return Ok(());
    };
    let checked = cache.check_rate_limit(client, limit).await;
    checked.map_err(too_many_requests)
}

fn too_many_requests(wait: Duration) -> ApiError {
    let detail = "too many requests from this address";
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, detail).retry_after(wait.as_secs())
}

/// Checks the access token in the headers, if one is required.
fn authorize(tokens: &Tokens, headers: &HeaderMap) -> Result<(), ApiError> {
    if !tokens.are_required() {
        return Ok(());
    }
    let unauthorized = |detail: &'static str, challenge| {
        ApiError::new(StatusCode::UNAUTHORIZED, detail).header(
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

impl From<crate::database::Row> for Note {
    fn from((id, text, created_at): crate::database::Row) -> Self {
        Self {
            id,
            text,
            created_at: Timestamp::from_millisecond(created_at).unwrap_or_default(),
        }
    }
}
