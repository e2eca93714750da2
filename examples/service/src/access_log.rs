//! Access log: one line per request, in gunicorn's format with the duration in seconds at the end, or as JSON.

use crate::{
    output::Output,
    request_id::RequestId,
    routes::Route,
    settings::{LogFormat, ObservabilitySettings},
};
use hyper::{
    HeaderMap, Method, Request, StatusCode, Uri, Version,
    header::{self, HeaderValue},
};
use jiff::Timestamp;
use std::{
    cell::RefCell,
    fmt::Write as _,
    io::{self, Write as _},
    net::IpAddr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Writer of the access log.
#[derive(Debug)]
pub struct AccessLog {
    output: Output,
    format: LogFormat,
}

/// Parts of a request that are logged with its answer.
#[derive(Debug)]
pub struct LoggedRequest {
    client: IpAddr,
    id: RequestId,
    method: Method,
    uri: Uri,
    version: Version,
    referer: Option<HeaderValue>,
    user_agent: Option<HeaderValue>,
}

impl LoggedRequest {
    pub fn new<B>(request: &Request<B>, client: IpAddr, id: RequestId) -> Self {
        let header = |headers: &HeaderMap, name| headers.get(name).cloned();
        Self {
            client,
            id,
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            referer: header(request.headers(), header::REFERER),
            user_agent: header(request.headers(), header::USER_AGENT),
        }
    }

    pub fn method(&self) -> &Method {
        &self.method
    }
}

/// Answer to a logged request.
#[derive(Clone, Copy, Debug)]
pub struct LoggedAnswer<'a> {
    pub route: Option<&'a Route>,
    pub status: StatusCode,
    pub bytes: u64,
    pub duration: Duration,
}

/// Buffer of a line, and the formatted time of the current second.
#[derive(Default)]
struct LineBuffer {
    line: Vec<u8>,
    second: u64,
    time: String,
}

thread_local! {
    static LINE_BUFFER: RefCell<LineBuffer> = RefCell::default();
}

impl AccessLog {
    /// Returns the access log, or `None` if it is disabled.
    pub fn new(
        settings: &ObservabilitySettings,
        is_production: bool,
        output: Output,
    ) -> Option<Self> {
        let format = settings.format(is_production);
        settings.access_log.then_some(Self { output, format })
    }

    pub fn write(&self, request: &LoggedRequest, answer: &LoggedAnswer<'_>) {
        LINE_BUFFER.with_borrow_mut(|buffer| {
            buffer.update_time(self.format);
            let LineBuffer { line, time, .. } = buffer;
            line.clear();
            // Writing to a `Vec` cannot fail.
            let _ = match self.format {
                LogFormat::Text => write_text(line, time, request, answer),
                LogFormat::Json => write_json(line, time, request, answer),
            };
            self.output.add(line);
        });
    }
}

impl LineBuffer {
    fn update_time(&mut self, format: LogFormat) {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        if since.as_secs() == self.second {
            return;
        }
        self.second = since.as_secs();
        self.time.clear();
        let now = Timestamp::from_second(since.as_secs().cast_signed()).unwrap_or_default();
        let _ = match format {
            LogFormat::Text => write!(self.time, "{}", now.strftime("%d/%b/%Y:%H:%M:%S +0000")),
            LogFormat::Json => write!(self.time, "{now}"),
        };
    }
}

/// `%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s" %(L)s`, the request id, and the trace id if there is one.
fn write_text(
    line: &mut Vec<u8>,
    time: &str,
    request: &LoggedRequest,
    answer: &LoggedAnswer<'_>,
) -> io::Result<()> {
    let LoggedRequest { client, method, .. } = request;
    let (status, bytes) = (answer.status.as_str(), answer.bytes);
    write!(line, "{client} - - [{time}] \"{method} ")?;
    write_path(line, &request.uri, answer.route)?;
    write!(line, " {:?}\" {status} {bytes} \"", request.version)?;
    write_referer(line, request.referer.as_ref());
    line.extend_from_slice(b"\" \"");
    write_header(line, request.user_agent.as_ref());
    let (seconds, micros) = (answer.duration.as_secs(), answer.duration.subsec_micros());
    write!(line, "\" {seconds}.{micros:06} {}", request.id.as_str())?;
    if let Some(trace) = request.id.trace() {
        write!(line, " {trace}")?;
    }
    writeln!(line)
}

fn write_json(
    line: &mut Vec<u8>,
    time: &str,
    request: &LoggedRequest,
    answer: &LoggedAnswer<'_>,
) -> io::Result<()> {
    let LoggedRequest { client, method, .. } = request;
    write!(
        line,
        r#"{{"timestamp":"{time}","level":"INFO","target":"access","client":"{client}","method":"{method}","path":""#
    )?;
    write_path(line, &request.uri, answer.route)?;
    let (status, bytes) = (answer.status.as_str(), answer.bytes);
    write!(line, r#"","status":{status},"bytes":{bytes},"referer":""#)?;
    write_referer(line, request.referer.as_ref());
    line.extend_from_slice(br#"","user_agent":""#);
    write_header(line, request.user_agent.as_ref());
    let (micros, id) = (answer.duration.as_micros(), request.id.as_str());
    write!(line, r#"","duration_us":{micros},"request_id":"{id}""#)?;
    if let Some(trace) = request.id.trace() {
        write!(line, r#","trace_id":"{trace}""#)?;
    }
    writeln!(line, "}}")
}

/// Writes the path, and of the query only parameters that the route declares: others may contain secrets by mistake.
fn write_path(line: &mut Vec<u8>, uri: &Uri, route: Option<&Route>) -> io::Result<()> {
    // A path has no quotes, spaces or control characters, because hyper rejects them, but may have bytes outside ASCII.
    write_escaped(line, uri.path().as_bytes());
    let Some(query) = uri.query() else {
        return Ok(());
    };
    let mut separator = '?';
    for parameter in query.split('&') {
        let (name, _) = parameter.split_once('=').unwrap_or((parameter, ""));
        let is_declared = |route: &Route| route.query.iter().any(|declared| declared == name);
        write!(line, "{separator}")?;
        separator = '&';
        if route.is_some_and(is_declared) {
            write_escaped(line, parameter.as_bytes());
        } else {
            line.extend_from_slice(b"[redacted]");
        }
    }
    Ok(())
}

/// Writes the referer without its query and fragment, which may contain secrets.
fn write_referer(line: &mut Vec<u8>, referer: Option<&HeaderValue>) {
    let referer = referer.map_or(&b"-"[..], HeaderValue::as_bytes);
    let end = referer.iter().position(|byte| b"?#".contains(byte));
    write_escaped(line, &referer[..end.unwrap_or(referer.len())]);
}

fn write_header(line: &mut Vec<u8>, value: Option<&HeaderValue>) {
    write_escaped(line, value.map_or(b"-", |value| value.as_bytes()));
}

/// Escapes as JSON what would end the quotes or the line, so that a client cannot forge log lines.
fn write_escaped(line: &mut Vec<u8>, text: &[u8]) {
    for &byte in text {
        match byte {
            b'"' | b'\\' => line.extend_from_slice(&[b'\\', byte]),
            b' '..=b'~' => line.push(byte),
            _ => {
                let _ = write!(line, "\\u{byte:04x}");
            }
        }
    }
}
