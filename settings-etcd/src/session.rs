//! Connection to one endpoint: authenticates, reads, and watches.

use crate::{
    settings::EtcdSettings,
    wire::{
        AUTHENTICATE, AuthenticateRequest, AuthenticateResponse, KeyValue, LEASE_KEEP_ALIVE,
        LeaseKeepAliveResponse, LeaseRequest, RANGE, RangeRequest, RangeResponse, WATCH,
        WatchCommand, WatchCreateRequest, WatchProgressRequest, WatchRequest, WatchResponse,
        positive, range, revision,
    },
};
use prost::Message;
use settings_core::{
    ExposeSecret,
    remote::{Fault, FaultKind, StoreChange, StoreChanges, StoreSnapshot, Value, read_pem},
};
use std::{error::Error, path::Path, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Code, Request, Status, Streaming,
    client::Grpc,
    codegen::http::uri::PathAndQuery,
    metadata::AsciiMetadataValue,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};
use tonic_prost::ProstCodec;

/// Largest answer, far above what settings need.
const LARGEST: usize = 64 * 1024 * 1024;

pub(crate) struct Session {
    client: Grpc<Channel>,
    token: Option<AsciiMetadataValue>,
    watch: Option<Watch>,
}

struct Watch {
    commands: mpsc::Sender<WatchRequest>,
    answers: Streaming<WatchResponse>,
    /// The revision that was returned last, by the read or by a change.
    at: u64,
}

impl Session {
    pub(crate) async fn connect(
        settings: &EtcdSettings,
        endpoint: &str,
        within: Duration,
    ) -> Result<Self, Fault> {
        let mut to = Endpoint::from_shared(endpoint.to_owned())
            .map_err(|error| unavailable(innermost(&error)))?
            .connect_timeout(within)
            .tcp_nodelay(true);
        if endpoint.starts_with("https://") {
            to = to
                .tls_config(tls(settings)?)
                .map_err(|error| unavailable(innermost(&error)))?;
        }
        let channel = to
            .connect()
            .await
            .map_err(|error| unavailable(innermost(&error)))?;
        let mut session = Self {
            client: Grpc::new(channel).max_decoding_message_size(LARGEST),
            token: None,
            watch: None,
        };
        if let (Some(name), Some(password)) = (&settings.username, &settings.password) {
            let request = AuthenticateRequest {
                name: name.clone(),
                password: password.expose_secret().to_owned(),
            };
            let answer: AuthenticateResponse = session.call(request, AUTHENTICATE).await?;
            let token = answer.token.parse().map_err(|_| {
                Fault::new(
                    FaultKind::Malformed,
                    "the token is not a valid header value",
                )
            })?;
            session.token = Some(token);
        }
        Ok(session)
    }

    /// Opens a watch, then reads everything below the prefix.
    ///
    /// In this order every change after the read is in the watch. A watch that is opened after the read has to replay what
    /// happened in between, and such a replay may omit deletions.
    pub(crate) async fn read(&mut self, prefix: &str) -> Result<StoreSnapshot, Fault> {
        self.watch = None;
        let mut watch = self.open(prefix).await?;
        let (key, range_end) = range(prefix);
        let request = RangeRequest {
            key,
            range_end,
            ..RangeRequest::default()
        };
        let answer: RangeResponse = self.call(request, RANGE).await?;
        let values = answer.kvs.into_iter().map(|kv| entry(prefix, kv));
        let snapshot = StoreSnapshot {
            revision: revision(answer.header.as_ref()),
            values: values.collect(),
        };
        watch.at = snapshot.revision;
        self.watch = Some(watch);
        Ok(snapshot)
    }

    pub(crate) async fn changes(
        &mut self,
        prefix: &str,
        after: u64,
        within: Duration,
    ) -> Result<Option<StoreChanges>, Fault> {
        let began = Instant::now();
        let mut until = began + within / 2;
        let mut asked = false;
        let Some(watch) = self.watch.as_mut().filter(|watch| watch.at == after) else {
            let refused = timeout_at(began + within, self.refusal(prefix, after)).await;
            return Err(refused.map_err(|_| Fault::no_answer(within))??);
        };
        loop {
            let answer = match timeout_at(until, watch.answers.message()).await {
                Ok(answer) => answer
                    .map_err(|status| fault(&status))?
                    .ok_or_else(|| unavailable("the watch was closed"))?,
                Err(_) if asked => return Err(Fault::no_answer(within)),
                // Nothing for half of the time: request an answer.
                Err(_) => {
                    let progress = WatchCommand::Progress(WatchProgressRequest {});
                    watch.send(progress).await?;
                    (asked, until) = (true, began + within);
                    continue;
                }
            };
            let answer = valid(answer)?;
            let now = revision(answer.header.as_ref());
            let is_progress = answer.events.is_empty();
            if let Some(changes) = changes(prefix, after, answer) {
                watch.at = changes.revision;
                return Ok(Some(changes));
            }
            if asked && is_progress {
                if now < after {
                    return Err(regressed(now, after));
                }
                return Ok(None);
            }
        }
    }

    /// Reads the revision of etcd.
    pub(crate) async fn revision(&mut self, prefix: &str) -> Result<u64, Fault> {
        let (key, range_end) = range(prefix);
        let request = RangeRequest {
            key,
            range_end,
            count_only: true,
            ..RangeRequest::default()
        };
        let answer: RangeResponse = self.call(request, RANGE).await?;
        Ok(revision(answer.header.as_ref()))
    }

    /// The fault for a revision that no watch continues from.
    async fn refusal(&mut self, prefix: &str, after: u64) -> Result<Fault, Fault> {
        let now = self.revision(prefix).await?;
        if now < after {
            return Ok(regressed(now, after));
        }
        let message = format!("no watch continues from revision {after}");
        Ok(Fault::new(FaultKind::Compacted, message))
    }

    /// Opens a watch on everything below the prefix, and waits until etcd has created it.
    async fn open(&mut self, prefix: &str) -> Result<Watch, Fault> {
        let (key, range_end) = range(prefix);
        let (commands, receiver) = mpsc::channel(4);
        let mut request = self.request(ReceiverStream::new(receiver));
        // Makes a member without a leader report that, instead of sending nothing.
        let yes = AsciiMetadataValue::from_static("true");
        request.metadata_mut().insert("hasleader", yes);
        self.ready().await?;
        let codec = ProstCodec::<WatchRequest, WatchResponse>::default();
        // Before the call, which etcd answers only after the first message.
        let create = WatchRequest {
            command: Some(WatchCommand::Create(WatchCreateRequest { key, range_end })),
        };
        let sent = commands.send(create).await;
        sent.map_err(|_| unavailable("the watch was closed"))?;
        let answers = self.client.streaming(request, WATCH, codec).await;
        let mut answers = answers.map_err(|status| fault(&status))?.into_inner();
        let created = answers.message().await.map_err(|status| fault(&status))?;
        valid(created.ok_or_else(|| unavailable("the watch was closed"))?)?;
        Ok(Watch {
            commands,
            answers,
            at: 0,
        })
    }

    /// Like `call`, for requests that write: a fault states whether nothing was written.
    pub(crate) async fn write<Q, A>(&mut self, message: Q, path: PathAndQuery) -> Result<A, Fault>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.unary(message, path, write_fault).await
    }

    /// Keeps a lease alive, and returns its remaining seconds; 0 if it has ended.
    pub(crate) async fn keep_alive(&mut self, id: i64) -> Result<i64, Fault> {
        let (requests, receiver) = mpsc::channel(1);
        let sent = requests.send(LeaseRequest { id }).await;
        sent.map_err(|_| unavailable("the connection was closed"))?;
        let request = self.request(ReceiverStream::new(receiver));
        self.ready().await?;
        let codec = ProstCodec::<LeaseRequest, LeaseKeepAliveResponse>::default();
        let answers = self
            .client
            .streaming(request, LEASE_KEEP_ALIVE, codec)
            .await;
        let mut answers = answers.map_err(|status| fault(&status))?.into_inner();
        let answer = answers.message().await.map_err(|status| fault(&status))?;
        let answer = answer.ok_or_else(|| unavailable("the connection was closed"))?;
        Ok(answer.ttl)
    }

    pub(crate) async fn call<Q, A>(&mut self, message: Q, path: PathAndQuery) -> Result<A, Fault>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.unary(message, path, fault).await
    }

    async fn unary<Q, A>(
        &mut self,
        message: Q,
        path: PathAndQuery,
        fault: fn(&Status) -> Fault,
    ) -> Result<A, Fault>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let request = self.request(message);
        self.ready().await?;
        let codec = ProstCodec::<Q, A>::default();
        let answer = self.client.unary(request, path, codec).await;
        Ok(answer.map_err(|status| fault(&status))?.into_inner())
    }

    fn request<Q>(&self, message: Q) -> Request<Q> {
        let mut request = Request::new(message);
        if let Some(token) = &self.token {
            request.metadata_mut().insert("token", token.clone());
        }
        request
    }

    async fn ready(&mut self) -> Result<(), Fault> {
        let ready = self.client.ready().await;
        ready.map_err(|error| unavailable(innermost(&error)))
    }
}

impl Watch {
    async fn send(&self, command: WatchCommand) -> Result<(), Fault> {
        let command = WatchRequest {
            command: Some(command),
        };
        let sent = self.commands.send(command).await;
        sent.map_err(|_| unavailable("the watch was closed"))
    }
}

pub(crate) fn entry(prefix: &str, kv: KeyValue) -> (String, Value) {
    let key = String::from_utf8_lossy(&kv.key);
    let key = key.strip_prefix(prefix).unwrap_or(&key).to_owned();
    (key, Value::new(kv.value, positive(kv.mod_revision)))
}

/// Rejects the answer of a watch that was cancelled.
fn valid(answer: WatchResponse) -> Result<WatchResponse, Fault> {
    if answer.compact_revision > 0 {
        let message = format!("revisions up to {} are compacted", answer.compact_revision);
        return Err(Fault::new(FaultKind::Compacted, message));
    }
    if !answer.canceled {
        return Ok(answer);
    }
    // `rpc error: code = PermissionDenied desc = etcdserver: permission denied`
    let reason = answer.cancel_reason.as_str();
    let parts = reason.strip_prefix("rpc error: code = ");
    let parts = parts.and_then(|parts| parts.split_once(" desc = "));
    let (code, reason) = parts.unwrap_or(("", reason));
    let kind = match code {
        "InvalidArgument" | "Unauthenticated" | "PermissionDenied" => FaultKind::PermissionDenied,
        _ => FaultKind::Unavailable,
    };
    Err(Fault::new(
        kind,
        format!("the watch was cancelled: {reason}"),
    ))
}

/// The changes in an answer that are newer than a revision. It has whole revisions, since no fragments were requested.
fn changes(prefix: &str, after: u64, answer: WatchResponse) -> Option<StoreChanges> {
    let mut last = None;
    let mut changes = Vec::with_capacity(answer.events.len());
    for event in answer.events {
        let Some(kv) = event.kv else {
            continue;
        };
        let (key, value) = entry(prefix, kv);
        if value.revision() <= after {
            continue;
        }
        last = last.max(Some(value.revision()));
        let value = (event.kind == 0).then_some(value);
        changes.push(StoreChange { key, value });
    }
    Some(StoreChanges {
        revision: last?,
        changes,
    })
}

fn tls(settings: &EtcdSettings) -> Result<ClientTlsConfig, Fault> {
    let mut config = ClientTlsConfig::new();
    config = match &settings.ca_file {
        Some(file) => config.ca_certificate(Certificate::from_pem(contents("ca_file", file)?)),
        None => config.with_native_roots(),
    };
    if let (Some(cert), Some(key)) = (&settings.cert_file, &settings.key_file) {
        let (cert, key) = (contents("cert_file", cert)?, contents("key_file", key)?);
        config = config.identity(Identity::from_pem(cert, key));
    }
    Ok(config)
}

fn contents(setting: &str, path: &Path) -> Result<Vec<u8>, Fault> {
    read_pem(path).map_err(|error| {
        unavailable(format!(
            "{setting} {} cannot be read: {error}",
            path.display()
        ))
    })
}

fn fault(status: &Status) -> Fault {
    let kind = match status.code() {
        // InvalidArgument is etcd's answer to a wrong password and to a missing user.
        Code::InvalidArgument | Code::Unauthenticated | Code::PermissionDenied => {
            FaultKind::PermissionDenied
        }
        Code::OutOfRange => FaultKind::Compacted,
        Code::DeadlineExceeded => FaultKind::Unresponsive,
        _ => FaultKind::Unavailable,
    };
    let cause = status.source().map(innermost);
    Fault::new(kind, cause.as_deref().unwrap_or(status.message()))
}

fn write_fault(status: &Status) -> Fault {
    let message = status.message();
    let is_too_large =
        message.contains("request is too large") || message.contains("too many operations");
    let kind = match status.code() {
        _ if is_too_large => FaultKind::TooLarge,
        Code::NotFound => FaultKind::LeaseExpired,
        Code::Unimplemented => FaultKind::Unsupported,
        Code::InvalidArgument | Code::Unauthenticated | Code::PermissionDenied => {
            FaultKind::PermissionDenied
        }
        // etcd rejects these before it writes.
        Code::ResourceExhausted | Code::FailedPrecondition | Code::OutOfRange => {
            FaultKind::Unavailable
        }
        _ => FaultKind::Uncertain,
    };
    let cause = status.source().map(innermost);
    Fault::new(kind, cause.as_deref().unwrap_or(message))
}

fn unavailable(message: impl AsRef<str>) -> Fault {
    Fault::new(FaultKind::Unavailable, message)
}

fn regressed(now: u64, after: u64) -> Fault {
    let message = format!("etcd is at revision {now}, not {after}");
    Fault::new(FaultKind::RevisionRegressed, message)
}

/// The innermost source of an error; the outer ones only state that something failed.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
