//! A line for each request: as gunicorn writes it, with the duration in seconds at its end, or JSON.

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

/// Where the lines go, and how they look.
#[derive(Debug)]
pub struct AccessLog {
    output: Output,
    format: LogFormat,
}

/// What is said of a request, kept while it is answered.
#[derive(Debug)]
pub struct Asked {
    method: Method,
    uri: Uri,
    version: Version,
    referer: Option<HeaderValue>,
    agent: Option<HeaderValue>,
}

impl Asked {
    pub fn of<B>(request: &Request<B>) -> Self {
        let kept = |headers: &HeaderMap, name| headers.get(name).cloned();
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            referer: kept(request.headers(), header::REFERER),
            agent: kept(request.headers(), header::USER_AGENT),
        }
    }

    pub fn method(&self) -> &Method {
        &self.method
    }

    pub fn path(&self) -> &str {
        self.uri.path()
    }
}

/// A line, and the time as it was last written there.
#[derive(Default)]
struct Scratch {
    line: Vec<u8>,
    second: u64,
    time: String,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl AccessLog {
    /// The log as it is asked for, or none.
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
        asked: &Asked,
        status: StatusCode,
        bytes: u64,
        took: Duration,
    ) {
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.tell_time(self.format);
            let Scratch { line, time, .. } = scratch;
            line.clear();
            let _ = match self.format {
                LogFormat::Text => text(line, time, client, asked, status, bytes, took),
                LogFormat::Json => json(line, time, client, asked, status, bytes, took),
            };
            self.output.add(line);
        });
    }
}

impl Scratch {
    fn tell_time(&mut self, format: LogFormat) {
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
fn text(
    line: &mut Vec<u8>,
    time: &str,
    client: IpAddr,
    asked: &Asked,
    status: StatusCode,
    bytes: u64,
    took: Duration,
) -> std::io::Result<()> {
    write!(line, "{client} - - [{time}] \"{} ", asked.method)?;
    path(line, &asked.uri);
    write!(
        line,
        " {:?}\" {} {bytes} \"",
        asked.version,
        status.as_str()
    )?;
    escaped(line, asked.referer.as_ref());
    line.extend_from_slice(b"\" \"");
    escaped(line, asked.agent.as_ref());
    writeln!(line, "\" {}.{:06}", took.as_secs(), took.subsec_micros())
}

fn json(
    line: &mut Vec<u8>,
    time: &str,
    client: IpAddr,
    asked: &Asked,
    status: StatusCode,
    bytes: u64,
    took: Duration,
) -> std::io::Result<()> {
    write!(
        line,
        r#"{{"timestamp":"{time}","level":"INFO","target":"access","client":"{client}","method":"{}","path":""#,
        asked.method
    )?;
    path(line, &asked.uri);
    write!(
        line,
        r#"","status":{},"bytes":{bytes},"referer":""#,
        status.as_str()
    )?;
    escaped(line, asked.referer.as_ref());
    line.extend_from_slice(br#"","user_agent":""#);
    escaped(line, asked.agent.as_ref());
    writeln!(line, r#"","duration_us":{}}}"#, took.as_micros())
}

/// hyper lets no quote, blank or control character into a path, but bytes beyond ASCII.
fn path(line: &mut Vec<u8>, uri: &Uri) {
    let path = uri.path_and_query().map_or("-", |path| path.as_str());
    escape(line, path.as_bytes());
}

fn escaped(line: &mut Vec<u8>, value: Option<&HeaderValue>) {
    escape(line, value.map_or(b"-", |value| value.as_bytes()));
}

/// What would end the quotes or the line is written as a JSON escape, so that nobody can forge a line.
fn escape(line: &mut Vec<u8>, text: &[u8]) {
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
