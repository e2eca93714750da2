//! The HTTP server: listener, connections, and what applies to every request: limits, timeout, metrics, access log.

use crate::{
    access_log::{AccessLog, LoggedRequest},
    app::{ApiError, App, Client, router},
    observability,
    shutdown::{InFlight, Phase},
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

/// State shared by all connections.
pub struct Server {
    app: Arc<App>,
    router: Router,
    access_log: Option<AccessLog>,
    /// Number of requests left until the process is due for a restart.
    requests_left: AtomicU64,
    max_requests_reached: Notify,
}

/// Body of an answer. Its request is in flight until the body is sent.
struct TrackedBody {
    body: Body,
    _in_flight: InFlight,
}

/// Opens the listener. From here on, the kernel accepts connections.
///
/// # Errors
///
/// Returns an error if the address cannot be bound, for example because it is in use.
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
        let requests_left = settings.max_requests.map_or(u64::MAX, |max| {
            max.get()
                .saturating_add(random_up_to(settings.max_requests_jitter))
        });
        Self {
            router: router(app.clone()),
            app,
            access_log,
            requests_left: AtomicU64::new(requests_left),
            max_requests_reached: Notify::new(),
        }
    }

    /// Waits until the process has served its maximum number of requests.
    pub async fn max_requests_reached(&self) {
        self.max_requests_reached.notified().await;
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
                // An aborted connection needs no report. If file descriptors are exhausted, a pause lets other connections end.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    tracing::error!(%error, "cannot accept a connection");
                    sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    async fn connection(&self, stream: TcpStream, client: IpAddr) {
        let guard = ConnectionGuard::new(&self.app.connections);
        let settings = self.app.live.current().server.clone();
        let too_many = guard.count > settings.worker_connections;
        let _ = stream.set_nodelay(true);
        let mut closing = self.app.shutdown.subscribe();
        let service = service_fn(|request| async move {
            Ok::<_, Infallible>(self.answer(request, client, too_many).await)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .writev(false) // answers are small: one copy is cheaper than a vectored write
            .header_read_timeout(if too_many {
                Duration::from_secs(1)
            } else {
                settings.keepalive
            })
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        // An error means that the client closed the connection, which needs no report.
        tokio::select! {
            biased;
            _ = connection.as_mut() => return,
            _ = closing.wait_for(|phase| *phase >= Phase::Closing) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }

    /// Answers a request, counts it and logs it.
    async fn answer(
        &self,
        request: Request<Incoming>,
        client: IpAddr,
        too_many: bool,
    ) -> hyper::Response<TrackedBody> {
        let start = Instant::now();
        let in_flight = self.app.shutdown.track();
        let logged = LoggedRequest::of(&request);
        if self.requests_left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.max_requests_reached.notify_one();
        }
        let mut response = self.route(request, client, too_many).await;
        if too_many || self.app.shutdown.phase() > Phase::Serving {
            response
                .headers_mut()
                .insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let duration = start.elapsed();
        self.app
            .metrics
            .count(logged.path(), logged.method(), response.status(), duration);
        if let Some(log) = &self.access_log {
            let bytes = http_body::Body::size_hint(response.body()).lower();
            log.write(client, &logged, response.status(), bytes, duration);
        }
        response.map(|body| TrackedBody {
            body,
            _in_flight: in_flight,
        })
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
            return ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "too many connections")
                .retry_after(1)
                .into_response();
        }
        request.extensions_mut().insert(Client(client));
        let mut router = self.router.clone();
        let span = observability::span(&request);
        let timeout = self.app.live.current().server.timeout;
        let mut handling = pin!(call(&mut router, request).instrument(span.clone()));
        let handling = poll_fn(|context| {
            // The panic hook logs the panic; the client gets 500.
            let polled = catch_unwind(AssertUnwindSafe(|| handling.as_mut().poll(context)));
            polled.unwrap_or_else(|_| Poll::Ready(internal_error()))
        });
        let response = tokio::select! {
            biased;
            response = handling => response,
            () = self.app.shutdown.reached(Phase::Aborting) => {
                self.app.shutdown.count_aborted();
                shutting_down()
            }
            () = sleep(timeout) => {
                ApiError::new(StatusCode::GATEWAY_TIMEOUT, "the request timed out").into_response()
            }
        };
        span.record("http.response.status_code", response.status().as_u16());
        response
    }
}

async fn call(router: &mut Router, request: Request<Incoming>) -> Response {
    match tower_service::Service::call(router, request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

fn shutting_down() -> Response {
    ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "the service is shutting down",
    )
    .into_response()
}

fn internal_error() -> Response {
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error").into_response()
}

/// Random number from 0 to `max`, which differs between processes.
fn random_up_to(max: u64) -> u64 {
    let random = RandomState::new().hash_one(max);
    max.checked_add(1).map_or(random, |count| random % count)
}

/// Guard of an open connection.
struct ConnectionGuard<'a> {
    all: &'a AtomicUsize,
    /// Number of open connections, including this one.
    count: usize,
}

impl<'a> ConnectionGuard<'a> {
    fn new(all: &'a AtomicUsize) -> Self {
        let count = all.fetch_add(1, Ordering::Relaxed) + 1;
        Self { all, count }
    }
}

impl Drop for ConnectionGuard<'_> {
    fn drop(&mut self) {
        self.all.fetch_sub(1, Ordering::Relaxed);
    }
}

impl http_body::Body for TrackedBody {
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
