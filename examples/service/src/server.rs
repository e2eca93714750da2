//! The HTTP server: listeners, connections, and what applies to every request: limits, timeout, metrics, access log.

use crate::{
    access_log::{AccessLog, LoggedAnswer, LoggedRequest},
    api_error::ApiError,
    app::App,
    deadlines::{Connection, RequestBody},
    observability,
    outage::Outage,
    request_id::{self, RequestId},
    routes::Client,
    settings::ServerSettings,
    shutdown::{InFlight, Phase},
};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::DefaultBodyLimit,
    response::{IntoResponse, Response},
};
use http_body::{Frame, SizeHint};
use hyper::{
    Request, StatusCode, Version,
    body::Incoming,
    header::{self, HeaderName, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    convert::Infallible,
    future::{pending, poll_fn},
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
    sync::{Notify, watch},
    task::yield_now,
    time::sleep,
};
use tracing::Instrument;

/// Maximum number of connections to the management port.
pub const MANAGEMENT_CONNECTIONS: usize = 16;
/// Maximum number of excess connections of a port, which only get a 503 or the answer to a health probe. A further one
/// replaces the oldest, so that idle connections cannot keep out health probes.
pub const EXCESS_CONNECTIONS: usize = 32;
/// Maximum size of a request body in bytes.
const MAX_BODY: usize = 64 * 1024;
/// Maximum size of the head of a request, and of the answers to pipelined requests that wait to be sent. While a client
/// does not read, no further request of its connection is processed beyond this size.
const MAX_BUFFER: usize = 64 * 1024;
/// Size of the kernel's send buffer of a connection. By default it grows to several megabytes, which many clients that do
/// not read could fill.
const SEND_BUFFER: u32 = 128 * 1024;

/// State shared by all connections.
pub struct Server {
    app: Arc<App>,
    public: Endpoint,
    management: Endpoint,
    access_log: Option<AccessLog>,
    /// Number of requests left until the process is due for a restart.
    requests_left: AtomicU64,
    max_requests_reached: Notify,
}

/// Port that a connection belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    Public,
    /// Operators and monitoring, with a connection limit of its own.
    Management,
}

/// Routes and limits of a port.
struct Endpoint {
    router: Router,
    max_connections: usize,
    connections: AtomicUsize,
    /// Number of excess connections since the start.
    excess: watch::Sender<u64>,
}

/// Properties of a connection that its requests depend on.
#[derive(Clone, Copy, Debug)]
struct ConnectionInfo {
    client: IpAddr,
    port: Port,
    /// Whether the connection exceeds the limit of its port.
    is_excess: bool,
    io_timeout: Duration,
}

/// Body of an answer. Its request is in flight until the body is sent.
struct TrackedBody {
    body: Body,
    _in_flight: InFlight,
}

/// Opens a listener. From here on, the kernel accepts connections.
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
    socket.set_send_buffer_size(SEND_BUFFER)?; // connections inherit it
    socket.bind(address)?;
    socket.listen(backlog)
}

impl Server {
    pub fn new(
        app: Arc<App>,
        public: Router<Arc<App>>,
        management: Router<Arc<App>>,
        max_connections: usize,
        access_log: Option<AccessLog>,
    ) -> Self {
        let settings = &app.live.current().server;
        let requests_left = settings.max_requests.map_or(u64::MAX, |max| {
            max.get()
                .saturating_add(random_up_to(settings.max_requests_jitter))
        });
        Self {
            public: Endpoint::new(public.with_state(app.clone()), max_connections),
            management: Endpoint::new(management.with_state(app.clone()), MANAGEMENT_CONNECTIONS),
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
    pub async fn accept(self: Arc<Self>, listener: TcpListener, port: Port) {
        let mut closing = pin!(self.app.shutdown.reached(Phase::Closing));
        let mut outage = Outage::default();
        let endpoint = self.endpoint(port);
        loop {
            endpoint.until_acceptable().await;
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = &mut closing => return,
            };
            match accepted {
                Ok((stream, client)) => {
                    outage.end(Instant::now());
                    let open = OpenConnection::new(self.clone(), port);
                    let client = client.ip().to_canonical();
                    tokio::spawn(async move { open.server.serve(stream, client, &open).await });
                }
                // An aborted connection needs no report. If file descriptors are exhausted, a pause lets other connections end.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    let reason = error.to_string();
                    outage.fail(&reason, Instant::now(), |attempt, since| {
                        tracing::error!(
                            reason,
                            attempt,
                            %since,
                            "cannot accept connections; retrying"
                        );
                    });
                    sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    async fn serve(&self, stream: TcpStream, client: IpAddr, open: &OpenConnection) {
        let settings = self.app.live.current().server.clone();
        let OpenConnection { port, .. } = *open;
        let is_excess = open.excess.is_some();
        let replaced = async {
            match open.excess {
                Some(number) => self.endpoint(port).replaced(number).await,
                None => pending().await,
            }
        };
        let connection = ConnectionInfo {
            client,
            port,
            is_excess,
            io_timeout: settings.io_timeout,
        };
        let _ = stream.set_nodelay(true);
        let mut closing = self.app.shutdown.subscribe();
        let service = service_fn(|request| async move {
            Ok::<_, Infallible>(self.answer(request, connection).await)
        });
        let stream = TokioIo::new(Connection::new(stream, settings.io_timeout));
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            .writev(false) // answers are small: one copy is cheaper than a vectored write
            .max_buf_size(MAX_BUFFER)
            .header_read_timeout(connection.idle_timeout(&settings))
            .serve_connection(stream, service);
        let mut serving = pin!(serving);
        // An error means that the client closed the connection or made no progress, which needs no report.
        tokio::select! {
            biased;
            _ = serving.as_mut() => return,
            () = replaced => return,
            _ = closing.wait_for(|phase| *phase >= Phase::Closing) => {}
        }
        serving.as_mut().graceful_shutdown();
        let _ = serving.await;
    }

    /// Answers a request, counts it and logs it.
    async fn answer(
        &self,
        request: Request<Incoming>,
        connection: ConnectionInfo,
    ) -> hyper::Response<TrackedBody> {
        let start = Instant::now();
        let in_flight = self.app.shutdown.track();
        let route = self.app.routes.find(request.uri().path());
        if self.requests_left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.max_requests_reached.notify_one();
        }
        let span = observability::span(&request);
        let trace = observability::trace_id(&span, request.headers());
        let id = RequestId::new(request.headers(), trace);
        let logged = LoggedRequest::new(&request, connection.client, id.clone());
        let answering = self.route(request, connection).instrument(span.clone());
        let mut response = id.clone().scope(answering).await;
        span.record("http.response.status_code", response.status().as_u16());
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static(request_id::HEADER), id.header());
        if connection.is_excess || self.app.shutdown.phase() > Phase::Serving {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let (status, duration) = (response.status(), start.elapsed());
        self.app
            .metrics
            .count(route, logged.method(), status, duration);
        if let Some(log) = &self.access_log {
            let answer = LoggedAnswer {
                route: route.and_then(|index| self.app.routes.get(index)),
                status,
                bytes: http_body::Body::size_hint(response.body()).lower(),
                duration,
            };
            log.write(&logged, &answer);
        }
        response.map(|body| TrackedBody {
            body,
            _in_flight: in_flight,
        })
    }

    async fn route(&self, request: Request<Incoming>, connection: ConnectionInfo) -> Response {
        if !has_valid_host(&request) {
            return ApiError::new(
                StatusCode::BAD_REQUEST,
                "expected exactly one valid header Host",
            )
            .close()
            .into_response();
        }
        if let Some(answer) = self.app.probe(request.uri().path()) {
            return answer;
        }
        let is_public = connection.port == Port::Public;
        if is_public && self.app.shutdown.phase() >= Phase::Refusing {
            return shutting_down();
        }
        if connection.is_excess {
            return ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "too many connections")
                .retry_after(1)
                .into_response();
        }
        self.handle(request, connection).await
    }

    /// Calls the handler of a request, until its timeout or the end of the shutdown.
    async fn handle(&self, request: Request<Incoming>, connection: ConnectionInfo) -> Response {
        let mut request = request.map(|body| RequestBody::new(body, connection.io_timeout));
        request.extensions_mut().insert(Client(connection.client));
        DefaultBodyLimit::max(MAX_BODY).apply(&mut request);
        let mut router = self.endpoint(connection.port).router.clone();
        let timeout = self.app.live.current().server.timeout;
        let mut handling = pin!(call(&mut router, request));
        let handling = poll_fn(|context| {
            // The panic hook logs the panic; the client gets 500.
            let polled = catch_unwind(AssertUnwindSafe(|| handling.as_mut().poll(context)));
            polled.unwrap_or_else(|_| Poll::Ready(internal_error()))
        });
        tokio::select! {
            biased;
            response = handling => response,
            () = self.app.shutdown.reached(Phase::Aborting) => {
                self.app.shutdown.count_aborted();
                shutting_down()
            }
            () = sleep(timeout) => {
                ApiError::new(StatusCode::GATEWAY_TIMEOUT, "the request timed out").into_response()
            }
        }
    }

    fn endpoint(&self, port: Port) -> &Endpoint {
        match port {
            Port::Public => &self.public,
            Port::Management => &self.management,
        }
    }
}

impl Endpoint {
    fn new(router: Router, max_connections: usize) -> Self {
        Self {
            router,
            max_connections,
            connections: AtomicUsize::new(0),
            excess: watch::Sender::new(0),
        }
    }

    /// Counts an excess connection, and returns its number.
    fn count_excess(&self) -> u64 {
        let mut number = 0;
        self.excess.send_modify(|count| {
            *count += 1;
            number = *count;
        });
        number
    }

    /// Waits until newer excess connections replace the one with this number.
    async fn replaced(&self, number: u64) {
        let mut newest = self.excess.subscribe();
        let is_replaced = |newest: &u64| *newest >= number + EXCESS_CONNECTIONS as u64;
        let _ = newest.wait_for(is_replaced).await;
    }

    /// Waits until replaced connections are closed.
    async fn until_acceptable(&self) {
        let max = self.max_connections + EXCESS_CONNECTIONS;
        while self.connections.load(Ordering::Relaxed) > max {
            yield_now().await;
        }
    }
}

impl ConnectionInfo {
    /// Time limit to receive the head of a request. An excess connection only gets a moment to receive its 503.
    fn idle_timeout(&self, settings: &ServerSettings) -> Duration {
        if self.is_excess {
            Duration::from_secs(1)
        } else {
            settings.keepalive
        }
    }
}

async fn call(router: &mut Router, request: Request<RequestBody>) -> Response {
    match tower_service::Service::call(router, request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Whether there is exactly one header `Host`, with a host and an optional port (RFC 9112, section 3.2). HTTP/1.0 does not
/// require it.
fn has_valid_host<B>(request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => {
            let is_allowed =
                |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+;=:[]".contains(byte);
            !host.is_empty() && host.as_bytes().iter().all(is_allowed)
        }
        (None, _) => request.version() < Version::HTTP_11,
        (Some(_), Some(_)) => false,
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

/// Guard of an open connection, which is counted until the guard is dropped.
struct OpenConnection {
    server: Arc<Server>,
    port: Port,
    /// Its number among the excess connections, if it is one.
    excess: Option<u64>,
}

impl OpenConnection {
    fn new(server: Arc<Server>, port: Port) -> Self {
        server.app.connections.fetch_add(1, Ordering::Relaxed);
        let endpoint = server.endpoint(port);
        let count = endpoint.connections.fetch_add(1, Ordering::Relaxed) + 1;
        let is_excess = count > endpoint.max_connections;
        Self {
            excess: is_excess.then(|| endpoint.count_excess()),
            server,
            port,
        }
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        let endpoint = self.server.endpoint(self.port);
        endpoint.connections.fetch_sub(1, Ordering::Relaxed);
        self.server.app.connections.fetch_sub(1, Ordering::Relaxed);
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
