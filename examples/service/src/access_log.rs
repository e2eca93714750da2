//! Access log: one line per request, in gunicorn's format with the duration in seconds at the end, or as JSON.

use crate::{
    output::Output,
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
    io::Write as _,
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
    method: Method,
    uri: Uri,
    version: Version,
    referer: Option<HeaderValue>,
    user_agent: Option<HeaderValue>,
}

impl LoggedRequest {
    pub fn of<B>(request: &Request<B>) -> Self {
        let header = |headers: &HeaderMap, name| headers.get(name).cloned();
        Self {
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

    pub fn path(&self) -> &str {
        self.uri.path()
    }
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

    pub fn write(
        &self,
        client: IpAddr,
        request: &LoggedRequest,
        status: StatusCode,
        bytes: u64,
        duration: Duration,
    ) {
        LINE_BUFFER.with_borrow_mut(|buffer| {
            buffer.update_time(self.format);
            let LineBuffer { line, time, .. } = buffer;
            line.clear();
            let _ = match self.format {
                LogFormat::Text => write_text(line, time, client, request, status, bytes, duration),
                LogFormat::Json => write_json(line, time, client, request, status, bytes, duration),
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

/// `%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s" %(L)s`
fn write_text(
    line: &mut Vec<u8>,
    time: &str,
    client: IpAddr,
    request: &LoggedRequest,
    status: StatusCode,
    bytes: u64,
    duration: Duration,
) -> std::io::Result<()> {
    write!(line, "{client} - - [{time}] \"{} ", request.method)?;
    write_path(line, &request.uri);
    write!(
        line,
        " {:?}\" {} {bytes} \"",
        request.version,
        status.as_str()
    )?;
    write_header(line, request.referer.as_ref());
    line.extend_from_slice(b"\" \"");
    write_header(line, request.user_agent.as_ref());
    writeln!(
        line,
        "\" {}.{:06}",
        duration.as_secs(),
        duration.subsec_micros()
    )
}

fn write_json(
    line: &mut Vec<u8>,
    time: &str,
    client: IpAddr,
    request: &LoggedRequest,
    status: StatusCode,
    bytes: u64,
    duration: Duration,
) -> std::io::Result<()> {
    write!(
        line,
        r#"{{"timestamp":"{time}","level":"INFO","target":"access","client":"{client}","method":"{}","path":""#,
        request.method
    )?;
    write_path(line, &request.uri);
    write!(
        line,
        r#"","status":{},"bytes":{bytes},"referer":""#,
        status.as_str()
    )?;
    write_header(line, request.referer.as_ref());
    line.extend_from_slice(br#"","user_agent":""#);
    write_header(line, request.user_agent.as_ref());
    writeln!(line, r#"","duration_us":{}}}"#, duration.as_micros())
}

/// A path has no quotes, spaces or control characters, because hyper rejects them, but may have bytes outside ASCII.
fn write_path(line: &mut Vec<u8>, uri: &Uri) {
    let path = uri.path_and_query().map_or("-", |path| path.as_str());
    write_escaped(line, path.as_bytes());
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
