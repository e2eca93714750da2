//! How the service ends: the signals, the phases, and who is still busy.

use crate::settings::ShutdownSettings;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    low_level::pipe,
};
use std::{
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

/// SIGTERM and SIGINT, kept from the moment they are caught until somebody waits for them.
#[derive(Debug)]
pub struct Signals(io::Result<UnixStream>);

/// Where the service is on its way out; it only ever goes forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Not on its way at all.
    Serving,
    /// Unready, but everything is served; each answer closes its connection.
    Draining,
    /// What is in flight goes on; what is new is answered 503.
    Refusing,
    /// What is still in flight is answered 503.
    Cutting,
    /// Nothing is in flight: connections close.
    Closing,
}

/// The phase, and the requests in flight.
#[derive(Debug)]
pub struct Shutdown {
    phase: watch::Sender<Phase>,
    in_flight: AtomicUsize,
    /// Told whenever `in_flight` falls to zero.
    idle: Notify,
    cut: AtomicUsize,
}

/// One request in flight, until it is dropped.
#[derive(Debug)]
pub struct Busy(Arc<Shutdown>);

impl Signals {
    /// From here on a signal no longer kills the process.
    pub fn catch() -> Self {
        Self(UnixStream::pair().and_then(|(read, write)| {
            read.set_nonblocking(true)?;
            pipe::register(SIGTERM, write.try_clone()?)?;
            pipe::register(SIGINT, write)?;
            Ok(read)
        }))
    }

    /// Waits for the next signal, or gives one that came before.
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
                tracing::error!(%error, "signals can't be caught: they kill");
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
            cut: AtomicUsize::new(0),
        }
    }
}

impl Shutdown {
    pub fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// A handle to wait with; [`drain`](Self::drain) ends when every one is dropped.
    pub fn subscribe(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// Waits until the service is at least so far.
    pub async fn reached(&self, phase: Phase) {
        let _ = self.subscribe().wait_for(|now| *now >= phase).await;
    }

    /// Counts a request as in flight. Ask for the [`phase`](Self::phase) afterwards: then none slips by.
    pub fn busy(self: &Arc<Self>) -> Busy {
        self.in_flight.fetch_add(1, Ordering::SeqCst);
        Busy(self.clone())
    }

    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::SeqCst)
    }

    /// Counts a request that was cut at the deadline.
    pub fn count_cut(&self) {
        self.cut.fetch_add(1, Ordering::SeqCst);
    }

    /// Goes through all phases, and tells how many requests were cut. `hurry` ends the waiting.
    pub async fn drain(
        &self,
        settings: &ShutdownSettings,
        hurry: impl Future<Output = ()>,
    ) -> usize {
        let patiently = async {
            self.enter(Phase::Draining);
            sleep(settings.drain_delay).await;
            self.enter(Phase::Refusing);
            timeout(settings.graceful_timeout, self.nothing_in_flight())
                .await
                .is_ok()
        };
        let finished = tokio::select! {
            finished = patiently => finished,
            () = hurry => {
                tracing::warn!("a second signal: no more waiting");
                false
            }
        };
        if !finished && self.in_flight() > 0 {
            tracing::warn!(
                in_flight = self.in_flight(),
                "cutting requests that are still in flight"
            );
            self.enter(Phase::Cutting);
            // Their answer is ready at once; only a client that doesn't read it can hold it up.
            let _ = timeout(Duration::from_secs(1), self.nothing_in_flight()).await;
        }
        self.enter(Phase::Closing);
        // Idle connections close at once, others when the last byte is handed to the system.
        let _ = timeout(Duration::from_millis(50), self.phase.closed()).await;
        // An answer that is still being sent is cut by the end of the process.
        self.cut.load(Ordering::SeqCst) + self.in_flight()
    }

    fn enter(&self, phase: Phase) {
        self.phase.send_replace(phase);
        tracing::info!(?phase, in_flight = self.in_flight(), "shutting down");
    }

    async fn nothing_in_flight(&self) {
        while self.in_flight() > 0 {
            // A permit that was left by an earlier fall to zero makes for one more turn, no more.
            self.idle.notified().await;
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if self.0.in_flight.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.idle.notify_one();
        }
    }
}
