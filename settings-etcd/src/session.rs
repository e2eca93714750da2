//! One connection to one endpoint: authenticated, read once, then watched.

use crate::{
    EtcdSettings,
    wire::{
        AUTHENTICATE, AuthenticateRequest, AuthenticateResponse, KeyValue, RANGE, RangeRequest,
        RangeResponse, WATCH, WatchAsks, WatchCreateRequest, WatchProgressRequest, WatchRequest,
        WatchResponse, positive, range, revision,
    },
};
use prost::Message;
use settings_core::{
    ExposeSecret,
    remote::{Fault, FaultKind, StoreChange, StoreChanges, StoreSnapshot, Value},
};
use std::{error::Error, fs, path::Path, time::Duration};
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

/// More than etcd takes in one request, and far more than settings should be.
const LARGEST: usize = 64 * 1024 * 1024;

pub(crate) struct Session {
    client: Grpc<Channel>,
    token: Option<AsciiMetadataValue>,
    watch: Option<Watch>,
}

struct Watch {
    ask: mpsc::Sender<WatchRequest>,
    answers: Streaming<WatchResponse>,
    /// What is told next comes after this revision.
    at: u64,
}

impl Session {
    pub(crate) async fn connect(
        settings: &EtcdSettings,
        endpoint: &str,
        within: Duration,
    ) -> Result<Self, Fault> {
        let mut to = Endpoint::from_shared(endpoint.to_owned())
            .map_err(|error| away(innermost(&error)))?
            .connect_timeout(within)
            .tcp_nodelay(true);
        if endpoint.starts_with("https://") {
            to = to
                .tls_config(tls(settings)?)
                .map_err(|error| away(innermost(&error)))?;
        }
        let channel = to
            .connect()
            .await
            .map_err(|error| away(innermost(&error)))?;
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
            let answer: AuthenticateResponse = session.ask(request, AUTHENTICATE).await?;
            let token = answer.token.parse().map_err(|_| {
                Fault::new(FaultKind::Malformed, "its token is no text for a header")
            })?;
            session.token = Some(token);
        }
        Ok(session)
    }

    pub(crate) async fn read(&mut self, prefix: &str) -> Result<StoreSnapshot, Fault> {
        let (key, range_end) = range(prefix);
        let answer: RangeResponse = self.ask(RangeRequest { key, range_end }, RANGE).await?;
        let values = answer.kvs.into_iter().map(|each| entry(prefix, each));
        Ok(StoreSnapshot {
            revision: revision(answer.header.as_ref()),
            values: values.collect(),
        })
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
        if self.watch.as_ref().is_none_or(|watch| watch.at != after) {
            let opened = timeout_at(began + within, self.open(prefix, after)).await;
            self.watch = Some(opened.map_err(|_| Fault::no_answer(within))??);
        }
        let Some(watch) = &mut self.watch else {
            return Ok(None);
        };
        loop {
            let answer = match timeout_at(until, watch.answers.message()).await {
                Ok(answer) => answer
                    .map_err(|status| fault(&status))?
                    .ok_or_else(|| away("the watch was closed"))?,
                Err(_) if asked => return Err(Fault::no_answer(within)),
                // Nothing for half of the time: is anybody there?
                Err(_) => {
                    watch
                        .ask(WatchAsks::Progress(WatchProgressRequest {}))
                        .await?;
                    (asked, until) = (true, began + within);
                    continue;
                }
            };
            let now = revision(answer.header.as_ref());
            if answer.compact_revision > 0 {
                let what = format!("history up to revision {} is gone", answer.compact_revision);
                return Err(Fault::new(FaultKind::Compacted, what));
            }
            if answer.canceled {
                return Err(away(format!(
                    "the watch was ended: {}",
                    answer.cancel_reason
                )));
            }
            if now < after {
                let what = format!("is at revision {now}, was at {after}");
                return Err(Fault::new(FaultKind::RevisionRegressed, what));
            }
            if let Some(changes) = changes(prefix, answer) {
                watch.at = changes.revision;
                return Ok(Some(changes));
            }
            if asked {
                return Ok(None);
            }
        }
    }

    /// Watches everything below the prefix, from the revision after this one.
    async fn open(&mut self, prefix: &str, after: u64) -> Result<Watch, Fault> {
        let (key, range_end) = range(prefix);
        let (ask, asked) = mpsc::channel(4);
        let create = WatchCreateRequest {
            key,
            range_end,
            start_revision: i64::try_from(after).unwrap_or(i64::MAX).saturating_add(1),
        };
        let mut request = self.request(ReceiverStream::new(asked));
        // A member that has lost the others says so, instead of saying nothing.
        let yes = AsciiMetadataValue::from_static("true");
        request.metadata_mut().insert("hasleader", yes);
        self.ready().await?;
        let codec = ProstCodec::<WatchRequest, WatchResponse>::default();
        // Before the call: etcd answers it only once it was asked for something.
        let create = WatchRequest {
            asks: Some(WatchAsks::Create(create)),
        };
        let sent = ask.send(create).await;
        sent.map_err(|_| away("the watch was closed"))?;
        let answers = self.client.streaming(request, WATCH, codec).await;
        Ok(Watch {
            ask,
            answers: answers.map_err(|status| fault(&status))?.into_inner(),
            at: after,
        })
    }

    async fn ask<Q, A>(&mut self, question: Q, path: PathAndQuery) -> Result<A, Fault>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let request = self.request(question);
        self.ready().await?;
        let codec = ProstCodec::<Q, A>::default();
        let answer = self.client.unary(request, path, codec).await;
        Ok(answer.map_err(|status| fault(&status))?.into_inner())
    }

    fn request<Q>(&self, question: Q) -> Request<Q> {
        let mut request = Request::new(question);
        if let Some(token) = &self.token {
            request.metadata_mut().insert("token", token.clone());
        }
        request
    }

    async fn ready(&mut self) -> Result<(), Fault> {
        let ready = self.client.ready().await;
        ready.map_err(|error| away(innermost(&error)))
    }
}

impl Watch {
    async fn ask(&self, asks: WatchAsks) -> Result<(), Fault> {
        let sent = self.ask.send(WatchRequest { asks: Some(asks) }).await;
        sent.map_err(|_| away("the watch was closed"))
    }
}

fn entry(prefix: &str, each: KeyValue) -> (String, Value) {
    let key = String::from_utf8_lossy(&each.key);
    let key = key.strip_prefix(prefix).unwrap_or(&key).to_owned();
    (key, Value::new(each.value, positive(each.mod_revision)))
}

/// What an answer tells of keys; it has whole revisions, as no fragments were asked for.
fn changes(prefix: &str, answer: WatchResponse) -> Option<StoreChanges> {
    let mut last = None;
    let mut changes = Vec::with_capacity(answer.events.len());
    for event in answer.events {
        let Some(kv) = event.kv else {
            continue;
        };
        let (key, value) = entry(prefix, kv);
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

fn contents(what: &str, file: &Path) -> Result<Vec<u8>, Fault> {
    fs::read(file)
        .map_err(|error| away(format!("{what} {} cannot be read: {error}", file.display())))
}

fn fault(status: &Status) -> Fault {
    let kind = match status.code() {
        // etcd says so of a wrong password, and of a user that isn't named.
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

fn away(what: impl AsRef<str>) -> Fault {
    Fault::new(FaultKind::Unavailable, what)
}

/// The cause of causes; what stands before it only says that something failed.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
