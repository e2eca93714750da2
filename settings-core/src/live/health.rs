//! Health of the program: a function of the program, called on a thread of its own.

use std::{
    io,
    panic::{self, AssertUnwindSafe},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

/// A call that takes longer is a bad one.
pub(super) const LIMIT: Duration = Duration::from_secs(5);

/// Calls of a health function.
pub(super) struct HealthCalls {
    requests: Sender<()>,
    signals: Receiver<HealthSignal>,
    /// Whether a call has not returned yet. No second one is started.
    is_outstanding: bool,
}

/// Ends the calls, from any thread.
#[derive(Clone)]
pub(super) struct StopHealth(Sender<HealthSignal>);

enum HealthSignal {
    Answer(HealthAnswer),
    Stop,
}

/// Answer of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HealthAnswer {
    Good,
    Bad,
    Panicked,
    /// It has not returned in time.
    Silent,
}

/// The calls were stopped.
#[derive(Debug)]
pub(super) struct Stopped;

impl HealthAnswer {
    pub(super) fn is_good(self) -> bool {
        self == Self::Good
    }

    /// The reason of a revert after this answer.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Good | Self::Bad => "the program was unhealthy three times in a row",
            Self::Panicked => "the health function panicked",
            Self::Silent => "the health function did not return within 5s",
        }
    }
}

impl HealthCalls {
    /// Starts the thread of the calls.
    pub(super) fn start(
        health: impl FnMut() -> bool + Send + 'static,
    ) -> io::Result<(Self, StopHealth)> {
        let (answers, signals) = mpsc::channel();
        let stop = StopHealth(answers.clone());
        let answered = move |answer| answers.send(HealthSignal::Answer(answer)).is_ok();
        let requests = start(health, answered)?;
        let calls = Self {
            requests,
            signals,
            is_outstanding: false,
        };
        Ok((calls, stop))
    }

    /// Calls the function, unless its last call has not returned.
    pub(super) fn call(&mut self) -> Result<HealthAnswer, Stopped> {
        let mut end = Instant::now();
        if !self.is_outstanding {
            // The thread only ends with this sender.
            let _ = self.requests.send(());
            self.is_outstanding = true;
            end += LIMIT;
        }
        Ok(self.signal_until(end)?.unwrap_or(HealthAnswer::Silent))
    }

    /// Waits between two calls.
    pub(super) fn pause(&mut self, wait: Duration) -> Result<(), Stopped> {
        let end = Instant::now() + wait;
        // A late answer does not count.
        while self.signal_until(end)?.is_some() {}
        Ok(())
    }

    fn signal_until(&mut self, end: Instant) -> Result<Option<HealthAnswer>, Stopped> {
        let left = end.saturating_duration_since(Instant::now());
        match self.signals.recv_timeout(left) {
            Ok(HealthSignal::Answer(answer)) => {
                self.is_outstanding = false;
                Ok(Some(answer))
            }
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Ok(HealthSignal::Stop) | Err(RecvTimeoutError::Disconnected) => Err(Stopped),
        }
    }
}

/// Starts a thread that calls the function at each request, until `answered` returns `false` or the sender is dropped.
pub(super) fn start(
    mut health: impl FnMut() -> bool + Send + 'static,
    answered: impl Fn(HealthAnswer) -> bool + Send + 'static,
) -> io::Result<Sender<()>> {
    let (requests, asked) = mpsc::channel();
    let run = move || {
        while let Ok(()) = asked.recv() {
            let answer = match panic::catch_unwind(AssertUnwindSafe(&mut health)) {
                Ok(true) => HealthAnswer::Good,
                Ok(false) => HealthAnswer::Bad,
                Err(_) => HealthAnswer::Panicked,
            };
            if !answered(answer) {
                return;
            }
        }
    };
    let thread = thread::Builder::new().name("settings-health".to_owned());
    thread.spawn(run)?;
    Ok(requests)
}

impl StopHealth {
    pub(super) fn stop(&self) {
        let _ = self.0.send(HealthSignal::Stop);
    }
}
