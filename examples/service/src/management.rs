//! Routes of the management port: metrics, and the settings in force for operators.

use crate::{
    api_error::ApiError,
    app::App,
    routes::{self, JSON},
    settings::AppSettings,
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header, uri::Authority},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use settings_core::ExposeSecret;
use std::{net::IpAddr, sync::Arc};
use subtle::ConstantTimeEq;
use tokio::task::spawn_blocking;

/// The page may only run its own script, and neither sends requests nor appears in another page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Builds the router of the management port.
pub fn router() -> Router<Arc<App>> {
    let router = Router::new()
        .route("/metrics", get(routes::metrics))
        .route("/settings", get(settings))
        .route("/settings/reload", post(reload));
    routes::with_fallbacks(router)
}

/// The settings in force, as a page or as JSON.
async fn settings(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, ApiError> {
    authorize(&app.live.current(), &headers)?;
    let (content_type, body) = if prefers_html(&headers) {
        ("text/html; charset=utf-8", app.live.to_html())
    } else {
        ("application/json", app.live.to_json())
    };
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "accept"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    Ok((headers, body).into_response())
}

/// Reloads the settings. Answers with the revision in force, or with the report of the rejected change.
async fn reload(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, ApiError> {
    authorize(&app.live.current(), &headers)?;
    let (live, before) = (app.live.clone(), app.live.revision());
    let reloaded = spawn_blocking(move || live.reload()).await;
    let reloaded = reloaded.map_err(|_| {
        let detail = "the settings could not be loaded";
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    })?;
    let revision = reloaded
        .map_err(|error| ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))?;
    if revision == before {
        tracing::info!(target: "settings", revision, "reload requested: the settings are unchanged");
    }
    let body = serde_json::json!({
        "revision": revision,
        "restart_required": app.live.status().restart_required,
    });
    Ok((JSON, body.to_string()).into_response())
}

/// Checks that a request comes from an operator.
fn authorize(settings: &AppSettings, headers: &HeaderMap) -> Result<(), ApiError> {
    if !is_same_origin(headers) {
        let detail = "requests of other sites are not accepted";
        return Err(ApiError::new(StatusCode::FORBIDDEN, detail));
    }
    let Some(expected) = &settings.management.token else {
        return authorize_local(settings, headers);
    };
    let is_valid = token(headers).is_some_and(|token| {
        // In constant time, so that the duration reveals nothing but the length of the token.
        bool::from(token.as_bytes().ct_eq(expected.expose_secret().as_bytes()))
    });
    if is_valid {
        return Ok(());
    }
    let detail = "expected MANAGEMENT_TOKEN as a bearer token, or as the password of Basic";
    let error = ApiError::new(StatusCode::UNAUTHORIZED, detail);
    // One header each, because browsers ignore a challenge that follows another one.
    let challenges = ["Bearer", r#"Basic realm="settings""#].map(HeaderValue::from_static);
    Err(challenges.into_iter().fold(error, |error, challenge| {
        error.header(header::WWW_AUTHENTICATE, challenge)
    }))
}

/// Checks a request without a token, which only programs on this machine may send, outside production.
fn authorize_local(settings: &AppSettings, headers: &HeaderMap) -> Result<(), ApiError> {
    if settings.is_production() || !settings.management.host.is_loopback() {
        let detail = "set MANAGEMENT_TOKEN to use this in production or from other machines";
        return Err(ApiError::new(StatusCode::FORBIDDEN, detail));
    }
    // The name of another site may resolve to this machine, and would let its scripts read the answer.
    if !host(headers).is_some_and(|host| is_local_host(&host)) {
        let detail = "expected localhost or an IP address as the host";
        return Err(ApiError::new(StatusCode::FORBIDDEN, detail));
    }
    Ok(())
}

/// The bearer token of a request, or its password, by which browsers ask for the token.
fn token(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(credentials.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = BASE64_STANDARD.decode(credentials.trim()).ok()?;
    let (_, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some(password.to_owned())
}

/// Whether a page of another site caused the request. Only browsers send the header.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let origin = origin.to_str().ok();
    let origin = origin.and_then(|origin| Some(origin.split_once("://")?.1.to_owned()));
    origin.is_some() && origin == host(headers)
}

fn host(headers: &HeaderMap) -> Option<String> {
    Some(headers.get(header::HOST)?.to_str().ok()?.to_owned())
}

fn is_local_host(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let host = authority.host();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok()
}

/// Whether the client prefers HTML to JSON, by its header `Accept`. Without a preference it gets JSON.
fn prefers_html(headers: &HeaderMap) -> bool {
    let accept = headers.get_all(header::ACCEPT).into_iter();
    let accept = accept.filter_map(|value| value.to_str().ok());
    let ranges: Vec<&str> = accept.flat_map(|value| value.split(',')).collect();
    let quality = |kind: &str| {
        let ranges = ranges.iter().filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next()?;
            if !name.eq_ignore_ascii_case(kind) {
                return None;
            }
            let quality = parts.find_map(|part| part.strip_prefix("q="));
            Some(quality.map_or(1.0, |quality| quality.parse().unwrap_or(0.0)))
        });
        ranges.fold(0.0, f32::max)
    };
    quality("text/html") > quality("application/json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().cloned();
        pairs
            .map(|(name, value)| (name, HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn html_is_only_sent_to_clients_that_prefer_it() {
        for (accept, expected) in [
            ("text/html,application/xhtml+xml,*/*;q=0.8", true),
            ("*/*", false),
            ("application/json", false),
            ("application/json, text/html;q=0.9", false),
            ("application/json;q=0.5, TEXT/HTML; q=0.9", true),
            ("text/html;q=0", false),
            ("text/html;q=x", false),
        ] {
            let headers = headers(&[(header::ACCEPT, accept)]);
            assert_eq!(prefers_html(&headers), expected, "{accept}");
        }
        assert!(!prefers_html(&HeaderMap::new()));
    }

    #[test]
    fn a_token_is_read_from_both_schemes() {
        for (value, expected) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            ("Basic b3BzOmE6Yg==", Some("a:b")),
            ("Basic b3Bz", None),
            ("Basic ?", None),
            ("Digest abc", None),
            ("abc", None),
        ] {
            let headers = headers(&[(header::AUTHORIZATION, value)]);
            assert_eq!(token(&headers).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn requests_of_other_sites_and_for_other_names_are_recognized() {
        for (origin, expected) in [
            ("http://localhost:9000", true),
            ("http://evil.example", false),
            ("http://localhost", false),
            ("null", false),
        ] {
            let headers = headers(&[(header::HOST, "localhost:9000"), (header::ORIGIN, origin)]);
            assert_eq!(is_same_origin(&headers), expected, "{origin}");
        }
        for (host, expected) in [
            ("localhost:9000", true),
            ("127.0.0.1", true),
            ("[::1]:9000", true),
            ("evil.example:9000", false),
            ("localhost.evil.example", false),
            ("", false),
        ] {
            assert_eq!(is_local_host(host), expected, "{host}");
        }
    }
}
