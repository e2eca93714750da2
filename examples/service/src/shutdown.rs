//! Graceful shutdown: signals, phases, and requests in flight.

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    low_level::pipe,
};
use std::{
    fmt,
    future::pending,
    io,
    os::unix::net::UnixStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::AsyncReadExt,
    sync::{Notify, watch},
    time::{sleep, timeout},
};

/// SIGTERM and SIGINT. Signals that arrive before `next` is called are kept.
#[derive(Debug)]
pub struct Signals(io::Result<UnixStream>);

/// Phase of the shutdown. Phases only advance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// No shutdown in progress.
    Serving,
    /// Readiness is 503, but every request is served; each answer closes its connection.
    Draining,
    /// Requests in flight continue; new ones get 503.
    Refusing,
    /// Requests still in flight get 503.
    Aborting,
    /// Connections are closed.
    Closing,
}

/// Phase of the shutdown, and the number of requests in flight.
#[derive(Debug)]
pub struct Shutdown {
    phase: watch::Sender<Phase>,
    in_flight: AtomicUsize,
    /// Notified whenever `in_flight` falls to zero.
    idle: Notify,
    aborted: AtomicUsize,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Serving => "serving",
            Self::Draining => "draining",
            Self::Refusing => "refusing",
            Self::Aborting => "aborting",
            Self::Closing => "closing",
        })
    }
}

/// Guard of a request in flight.
#[derive(Debug)]
pub struct InFlight(Arc<Shutdown>);

impl Signals {
    /// Installs the handlers. From here on, a signal no longer kills the process.
    pub fn catch() -> Self {
        Self(UnixStream::pair().and_then(|(read, write)| {
            read.set_nonblocking(true)?;
            pipe::register(SIGTERM, write.try_clone()?)?;
            pipe::register(SIGINT, write)?;
            Ok(read)
        }))
    }

    /// Waits for the next signal. Returns at once if one has arrived already.
    pub async fn next(&mut self) {
        let read = self.0.as_ref().map_err(|error| error.kind().into());
        match read
            .and_then(UnixStream::try_clone)
            .and_then(tokio::net::UnixStream::from_std)
        {
            // Each signal writes one byte.
            Ok(mut read) => {
                let _ = read.read_u8().await;
            }
            Err(error) => {
                tracing::error!(%error, "cannot catch signals; they terminate the process without a graceful shutdown");
                pending::<()>().await;
            }
        }
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self {
            phase: watch::Sender::new(Phase::Serving),
            in_flight: AtomicUsize::new(0),
            idle: Notify::new(),
            aborted: AtomicUsize::new(0),
        }
    }
}

impl Shutdown {
    pub fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Subscribes to the phase. [`drain`](Self::drain) completes when every receiver is dropped.
    pub fn subscribe(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// Waits until the shutdown has reached this phase.
    pub async fn reached(&self, phase: Phase) {
        let _ = self.subscribe().wait_for(|now| *now >= phase).await;
    }

    /// Counts a request as in flight. Read the [`phase`](Self::phase) afterwards, so that the drain misses no request.
    pub fn track(self: &Arc<Self>) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::SeqCst);
        InFlight(self.clone())
    }

    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::SeqCst)
    }

    /// Counts a request that was aborted.
    pub fn count_aborted(&self) {
        self.aborted.fetch_add(1, Ordering::SeqCst);
    }

    /// Runs through all phases and returns the number of aborted requests. No phase waits any longer once `hurry` completes.
    pub async fn drain(
        &self,
        drain_delay: Duration,
        graceful_timeout: Duration,
        hurry: impl Future<Output = ()>,
    ) -> usize {
        let graceful = async {
            self.enter(Phase::Draining);
            sleep(drain_delay).await;
            self.enter(Phase::Refusing);
            timeout(graceful_timeout, self.nothing_in_flight())
                .await
                .is_ok()
        };
        let finished = tokio::select! {
            finished = graceful => finished,
            () = hurry => {
                tracing::warn!("second signal: aborting the requests in flight");
                false
            }
        };
        if !finished && self.in_flight() > 0 {
            tracing::warn!(
                in_flight = self.in_flight(),
                "aborting requests still in flight"
            );
            self.enter(Phase::Aborting);
            // The answers are ready at once; only a client that does not read can delay them.
            let _ = timeout(Duration::from_secs(1), self.nothing_in_flight()).await;
        }
        self.enter(Phase::Closing);
        // Idle connections close at once, the others when the system has taken the last byte.
        let _ = timeout(Duration::from_millis(50), self.phase.closed()).await;
        // An answer still being sent is cut off by the exit of the process.
        self.aborted.load(Ordering::SeqCst) + self.in_flight()
    }

    fn enter(&self, phase: Phase) {
        self.phase.send_replace(phase);
        tracing::info!(%phase, in_flight = self.in_flight(), "shutting down");
    }

    async fn nothing_in_flight(&self) {
        while self.in_flight() > 0 {
            // A permit left over from earlier causes one more iteration at most.
            self.idle.notified().await;
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if self.0.in_flight.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.idle.notify_one();
        }
    }
}
