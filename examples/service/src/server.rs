//! The listener, its connections, and what holds for every request: limits, the deadline, the access log.

use crate::{
    access_log::{AccessLog, Asked},
    app::{App, Client, Failure, router},
    observability,
    shutdown::{Busy, Phase},
};
use axum::{
    Router,
    body::{Body, Bytes},
    response::{IntoResponse, Response},
};
use http_body::{Frame, SizeHint};
use hyper::{
    Request, StatusCode,
    body::Incoming,
    header::{self, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    convert::Infallible,
    future::poll_fn,
    hash::{BuildHasher, RandomState},
    io,
    net::{IpAddr, SocketAddr},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::Notify,
    time::sleep,
};
use tracing::Instrument;

/// What every connection shares.
pub struct Server {
    app: Arc<App>,
    router: Router,
    access_log: Option<AccessLog>,
    /// Requests that are left until the process is to be started anew.
    left: AtomicU64,
    worn_out: Notify,
}

/// The body of an answer. Its request is in flight until the last of it is handed over.
struct Answer {
    body: Body,
    _busy: Busy,
}

/// Opens the listener: from here on the kernel accepts.
///
/// # Errors
///
/// Returns what the system says, such as that the address is in use.
pub fn listen(address: SocketAddr, backlog: u32) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(backlog)
}

impl Server {
    pub fn new(app: Arc<App>, access_log: Option<AccessLog>) -> Self {
        let settings = &app.live.current().server;
        let left = settings.max_requests.map_or(u64::MAX, |most| {
            most.get().saturating_add(lot(settings.max_requests_jitter))
        });
        Self {
            router: router(app.clone()),
            app,
            access_log,
            left: AtomicU64::new(left),
            worn_out: Notify::new(),
        }
    }

    /// Waits until as many requests were served as the process is good for.
    pub async fn worn_out(&self) {
        self.worn_out.notified().await;
    }

    /// Accepts connections until the service closes.
    pub async fn accept(self: Arc<Self>, listener: TcpListener) {
        let mut closing = pin!(self.app.shutdown.reached(Phase::Closing));
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = &mut closing => return,
            };
            match accepted {
                Ok((stream, client)) => {
                    let server = self.clone();
                    tokio::spawn(async move {
                        server.connection(stream, client.ip().to_canonical()).await;
                    });
                }
                // One that was broken off is nobody's loss; without descriptors a pause lets others end.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    tracing::error!(%error, "no connection can be accepted");
                    sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    async fn connection(&self, stream: TcpStream, client: IpAddr) {
        let open = Open::count(&self.app.connections);
        let settings = self.app.live.current().server.clone();
        let too_many = open.count > settings.worker_connections;
        let _ = stream.set_nodelay(true);
        let mut closing = self.app.shutdown.subscribe();
        let service = service_fn(|request| async move {
            Ok::<_, Infallible>(self.answer(request, client, too_many).await)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .writev(false) // answers are small: one copy is cheaper than two pieces
            .header_read_timeout(if too_many {
                Duration::from_secs(1)
            } else {
                settings.keepalive
            })
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        // A connection that breaks is the client's to tell of.
        tokio::select! {
            biased;
            _ = connection.as_mut() => return,
            _ = closing.wait_for(|phase| *phase >= Phase::Closing) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }

    /// Answers one request, and counts it.
    async fn answer(
        &self,
        request: Request<Incoming>,
        client: IpAddr,
        too_many: bool,
    ) -> hyper::Response<Answer> {
        let began = Instant::now();
        let busy = self.app.shutdown.busy();
        let asked = Asked::of(&request);
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.worn_out.notify_one();
        }
        let mut response = self.route(request, client, too_many).await;
        if too_many || self.app.shutdown.phase() > Phase::Serving {
            response
                .headers_mut()
                .insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let took = began.elapsed();
        self.app
            .metrics
            .count(asked.path(), asked.method(), response.status(), took);
        if let Some(log) = &self.access_log {
            let bytes = http_body::Body::size_hint(response.body()).lower();
            log.write(client, &asked, response.status(), bytes, took);
        }
        response.map(|body| Answer { body, _busy: busy })
    }

    async fn route(
        &self,
        mut request: Request<Incoming>,
        client: IpAddr,
        too_many: bool,
    ) -> Response {
        if let Some(answer) = self.app.probe(request.uri().path()) {
            return answer;
        }
        if self.app.shutdown.phase() >= Phase::Refusing {
            return shutting_down();
        }
        if too_many {
            return Failure::new(StatusCode::SERVICE_UNAVAILABLE, "Too many connections")
                .retry_after(1)
                .into_response();
        }
        request.extensions_mut().insert(Client(client));
        let mut router = self.router.clone();
        let span = observability::span(&request);
        let timeout = self.app.live.current().server.timeout;
        let mut serving = pin!(serve(&mut router, request).instrument(span.clone()));
        let serving = poll_fn(|context| {
            // What panicked is reported by the panic; the client is told as much.
            let polled = catch_unwind(AssertUnwindSafe(|| serving.as_mut().poll(context)));
            polled.unwrap_or_else(|_| Poll::Ready(panicked()))
        });
        let response = tokio::select! {
            biased;
            response = serving => response,
            () = self.app.shutdown.reached(Phase::Cutting) => {
                self.app.shutdown.count_cut();
                shutting_down()
            }
            () = sleep(timeout) => {
                Failure::new(StatusCode::GATEWAY_TIMEOUT, "The request took too long").into_response()
            }
        };
        span.record("http.response.status_code", response.status().as_u16());
        response
    }
}

async fn serve(router: &mut Router, request: Request<Incoming>) -> Response {
    match tower_service::Service::call(router, request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

fn shutting_down() -> Response {
    Failure::new(StatusCode::SERVICE_UNAVAILABLE, "Service shutting down").into_response()
}

fn panicked() -> Response {
    Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal error").into_response()
}

/// A number from 0 to `most` that differs from process to process.
fn lot(most: u64) -> u64 {
    let random = RandomState::new().hash_one(most);
    most.checked_add(1).map_or(random, |sides| random % sides)
}

/// One connection that is open, until it is dropped.
struct Open<'a> {
    all: &'a AtomicUsize,
    /// How many there are with this one.
    count: usize,
}

impl<'a> Open<'a> {
    fn count(all: &'a AtomicUsize) -> Self {
        let count = all.fetch_add(1, Ordering::Relaxed) + 1;
        Self { all, count }
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.all.fetch_sub(1, Ordering::Relaxed);
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
