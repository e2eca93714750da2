//! Errors that are sent to clients, as problem details (RFC 9457) with the id of the request.

use crate::{database, deadlines::BodyTimeout, request_id::RequestId};
use axum::{
    extract::rejection::{FormRejection, JsonRejection, QueryRejection},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use serde::Serialize;
use std::{borrow::Cow, error::Error};
use utoipa::ToSchema;

/// Media type of problem details.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Error that is sent to the client.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    detail: Cow<'static, str>,
    code: Option<&'static str>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// Body of an error (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemDetails<'a> {
    /// Always `about:blank`: the status describes the type of the problem.
    #[schema(example = "about:blank")]
    r#type: &'a str,
    /// Reason phrase of the status.
    title: &'a str,
    /// Status of the answer.
    status: u16,
    /// What is wrong with this request.
    detail: &'a str,
    /// Id of the request, which is also in the header `x-request-id` and in the logs.
    request_id: Option<&'a str>,
    /// Error code of OAuth 2.0 (RFC 6749), for `/token` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl ApiError {
    pub fn new(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            detail: detail.into(),
            code: None,
            headers: Vec::new(),
        }
    }

    /// Adds an error code of OAuth 2.0.
    pub fn code(self, code: &'static str) -> Self {
        Self {
            code: Some(code),
            ..self
        }
    }

    /// Adds the header `Retry-After`.
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header(header::RETRY_AFTER, seconds.into())
    }

    /// Adds the header `Connection: close`, for a request that cannot be read to its end.
    pub fn close(self) -> Self {
        self.header(header::CONNECTION, HeaderValue::from_static("close"))
    }

    /// Adds a header.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Error for a rejected request body, query or form.
    fn from_rejection(
        status: StatusCode,
        detail: String,
        rejection: &(dyn Error + 'static),
    ) -> Self {
        let mut causes = std::iter::successors(Some(rejection), |&error| error.source());
        if causes.any(<dyn Error>::is::<BodyTimeout>) {
            return Self::new(StatusCode::REQUEST_TIMEOUT, BodyTimeout.to_string()).close();
        }
        Self::new(status, detail)
    }
}

/// Converts the rejections of extractors.
macro_rules! from_rejection {
    ($($rejection:ty)*) => {$(
        impl From<$rejection> for ApiError {
            fn from(rejection: $rejection) -> Self {
                Self::from_rejection(rejection.status(), rejection.body_text(), &rejection)
            }
        }
    )*};
}

from_rejection! { FormRejection JsonRejection QueryRejection }

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

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let request = RequestId::current();
        let details = ProblemDetails {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            request_id: request.as_ref().map(RequestId::as_str),
            error: self.code,
        };
        let body = serde_json::to_vec(&details).unwrap_or_default();
        let content_type = [(header::CONTENT_TYPE, PROBLEM_JSON)];
        let headers = AppendHeaders(self.headers);
        (self.status, headers, content_type, body).into_response()
    }
}
