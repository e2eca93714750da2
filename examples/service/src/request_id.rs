//! Identity of the request being processed: its id and trace, for answers, error bodies and logs.

use hyper::{HeaderMap, header::HeaderValue};
use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::task_local;

/// Name of the header that carries the id, in requests and answers.
pub const HEADER: &str = "x-request-id";

task_local! {
    static CURRENT: RequestId;
}

/// Id of a request, and the id of its trace if it has one. Clones are cheap.
#[derive(Clone, Debug)]
pub struct RequestId {
    id: HeaderValue,
    trace: Option<TraceId>,
}

/// Id of a distributed trace, in hexadecimal, as in the header `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceId([u8; 32]);

impl RequestId {
    /// Takes the id from the header, if it is short and only contains letters, digits, `-`, `_` and `.`. Otherwise
    /// creates a new one, so that a client cannot forge log entries.
    pub fn new(headers: &HeaderMap, trace: Option<TraceId>) -> Self {
        let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        let received = headers.get(HEADER).filter(|value| {
            (1..=64).contains(&value.len()) && value.as_bytes().iter().all(is_allowed)
        });
        Self {
            id: received.cloned().unwrap_or_else(generate),
            trace,
        }
    }

    /// Runs a future that processes this request.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }

    /// Returns the request that the current task processes, if any.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    pub fn header(&self) -> HeaderValue {
        self.id.clone()
    }

    pub fn as_str(&self) -> &str {
        self.id.to_str().unwrap_or_default()
    }

    pub fn trace(&self) -> Option<TraceId> {
        self.trace
    }
}

impl TraceId {
    /// Reads the trace id of a `traceparent` header: `version-trace-parent-flags`.
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get("traceparent")?.as_bytes();
        let is_separated = value.len() >= 55 && value[2] == b'-' && value[35] == b'-';
        is_separated.then(|| Self::parse(&value[3..35])).flatten()
    }

    /// Reads 32 lower-case hexadecimal digits, which must not all be zero.
    pub fn parse(digits: &[u8]) -> Option<Self> {
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let digits: [u8; 32] = digits.try_into().ok()?;
        let is_valid = digits.iter().all(is_digit) && digits.iter().any(|byte| *byte != b'0');
        is_valid.then_some(Self(digits))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.0).unwrap_or_default())
    }
}

/// Creates an id from a number that is random per process, and a counter.
fn generate() -> HeaderValue {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0));
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut text = [0; 33];
    text[16] = b'-';
    write_hex(&mut text[..16], *PROCESS);
    write_hex(&mut text[17..], count);
    HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("-"))
}

fn write_hex(digits: &mut [u8], mut number: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(number & 15) as usize];
        number >>= 4;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_for(header: &str) -> RequestId {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_str(header).unwrap());
        RequestId::new(&headers, None)
    }

    #[test]
    fn a_valid_id_is_kept_and_any_other_replaced() {
        assert_eq!(id_for("f-1_2.3").as_str(), "f-1_2.3");
        for invalid in ["", "a b", "a\"", "a=1", &"x".repeat(65)] {
            assert_ne!(id_for(invalid).as_str(), invalid);
        }
        assert_ne!(id_for("").as_str(), id_for("").as_str());
    }

    #[test]
    fn the_trace_id_is_read_from_traceparent() {
        let trace = |text| {
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", HeaderValue::from_static(text));
            TraceId::from_headers(&headers).map(|trace| trace.to_string())
        };
        assert_eq!(
            trace("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").as_deref(),
            Some("4bf92f3577b34da6a3ce929d0e0e4736")
        );
        for invalid in [
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6-00f067aa0ba902b7-01",
            "-",
        ] {
            assert_eq!(trace(invalid), None, "{invalid}");
        }
    }
}
