//! `Connection`: the async runtime of an engine or a writer, and its session with one of the endpoints.

use crate::{session::Session, settings::EtcdSettings};
use settings_core::remote::{Fault, FaultKind, StoreChanges, StoreSnapshot};
use std::{
    future::poll_fn,
    pin::Pin,
    task::Poll,
    time::{Duration, Instant},
};
use tokio::{
    runtime::{Builder, Runtime},
    time::timeout,
};

/// Time for an endpoint to answer before the next one is tried as well.
const HEAD_START: Duration = Duration::from_secs(1);

pub(crate) struct Connection {
    settings: EtcdSettings,
    /// Prefix of the keys, as in etcd.
    prefix: String,
    runtime: Option<Runtime>,
    session: Option<Session>,
    /// Index of the endpoint to try first.
    first: usize,
}

impl Connection {
    pub(crate) fn new(settings: EtcdSettings) -> Self {
        let mut prefix = settings.prefix.clone();
        if prefix.ends_with(char::is_alphanumeric) {
            prefix.push('/');
        }
        Self {
            // At random, so that the clients of a cluster do not all use its first member.
            first: fastrand::usize(..settings.endpoints.len().max(1)),
            prefix,
            settings,
            runtime: None,
            session: None,
        }
    }

    pub(crate) fn settings(&self) -> &EtcdSettings {
        &self.settings
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Connects if there is no session or `anew` is set. Returns whether it did.
    pub(crate) fn connect(&mut self, anew: bool, within: Duration) -> Result<bool, Fault> {
        if self.session.is_some() && !anew {
            return Ok(false);
        }
        // An answer proves that the member is alive: a connection to a frozen one succeeds too.
        self.connected(within, &async |session, prefix| {
            session.revision(prefix).await
        })?;
        Ok(true)
    }

    /// Calls `act` with the session that `connect` has made. After a fault, the next call connects anew.
    pub(crate) fn with_session<T>(
        &mut self,
        within: Duration,
        act: impl AsyncFnOnce(&mut Session) -> Result<T, Fault>,
    ) -> Result<T, Option<Fault>> {
        let Some(mut session) = self.session.take() else {
            let fault = Fault::new(FaultKind::Unavailable, "there is no connection");
            return Err(Some(fault));
        };
        let runtime = runtime(&mut self.runtime).map_err(Some)?;
        let done = runtime.block_on(async { timeout(within, act(&mut session)).await });
        let done = done.map_err(|_| None)?.map_err(Some)?;
        self.session = Some(session);
        Ok(done)
    }

    /// Connects, and calls `act` with the session. Tries each endpoint once, the next one also when the one before it
    /// has not answered within its head start. The first success counts.
    fn connected<T>(
        &mut self,
        within: Duration,
        act: &impl AsyncFn(&mut Session, &str) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.session = None;
        let count = self.settings.endpoints.len();
        if count == 0 {
            return Err(Fault::new(FaultKind::Unavailable, "no endpoint is set"));
        }
        let (settings, prefix) = (&self.settings, &self.prefix);
        let trials = (0..count).map(|nth| {
            let at = (self.first + nth) % count;
            let trial = async move {
                let endpoint = &settings.endpoints[at];
                let trial = async {
                    let mut session = Session::connect(settings, endpoint, within).await?;
                    let done = act(&mut session, prefix).await?;
                    Ok((at, session, done))
                };
                let done = timeout(within, trial).await;
                done.unwrap_or_else(|_| Err(Fault::no_answer(within)))
                    .map_err(|fault| Fault::new(fault.kind(), format!("{endpoint}: {fault}")))
            };
            Box::pin(trial)
        });
        let head_start = HEAD_START.min(within / u32::try_from(count).unwrap_or(u32::MAX));
        let runtime = runtime(&mut self.runtime)?;
        // The inner block makes the timers within the runtime.
        match runtime.block_on(async { race(trials, head_start).await }) {
            Ok((at, session, done)) => {
                (self.first, self.session) = (at, Some(session));
                Ok(done)
            }
            Err(faults) => {
                let kind = faults.last().map_or(FaultKind::Unavailable, Fault::kind);
                let messages: Vec<String> = faults.iter().map(Fault::to_string).collect();
                Err(Fault::new(kind, messages.join("; ")))
            }
        }
    }

    /// Reads everything below the prefix. If an existing session fails, a new one is tried.
    pub(crate) fn read(&mut self, within: Duration) -> Result<StoreSnapshot, Fault> {
        let began = Instant::now();
        if let Some(mut session) = self.session.take() {
            let runtime = runtime(&mut self.runtime)?;
            let read = async { timeout(within, session.read(&self.prefix)).await };
            match runtime.block_on(read) {
                Ok(Ok(snapshot)) => {
                    self.session = Some(session);
                    return Ok(snapshot);
                }
                Ok(Err(_)) => {} // a new connection may succeed
                Err(_) => return Err(Fault::no_answer(within)),
            }
        }
        let left = within.saturating_sub(began.elapsed());
        self.connected(left, &async |session, prefix| session.read(prefix).await)
    }

    /// Waits for changes after a revision. `None`: there were none within the time.
    pub(crate) fn changes(
        &mut self,
        after: u64,
        within: Duration,
    ) -> Result<Option<StoreChanges>, Fault> {
        if self.session.is_none() {
            self.connected(within, &async |_, _| Ok(()))?;
        }
        let (Some(session), runtime) = (&mut self.session, runtime(&mut self.runtime)?) else {
            return Ok(None);
        };
        let changes = runtime.block_on(session.changes(&self.prefix, after, within));
        if changes.is_err() {
            self.session = None;
            // Another member may be reachable.
            self.first += 1;
        }
        changes
    }
}

/// Starts the trials one by one, the next when one fails or has not ended within the head start. Returns the first
/// success, or the fault of each, in the order in which they were started.
async fn race<F, T>(
    waiting: impl Iterator<Item = Pin<Box<F>>>,
    head_start: Duration,
) -> Result<T, Vec<Fault>>
where
    F: Future<Output = Result<T, Fault>>,
{
    let mut waiting = waiting.enumerate();
    let (mut running, mut faults) = (Vec::new(), Vec::new());
    loop {
        let started = waiting.next();
        let all_started = started.is_none();
        running.extend(started);
        if running.is_empty() {
            faults.sort_by_key(|(nth, _)| *nth);
            return Err(faults.into_iter().map(|(_, fault)| fault).collect());
        }
        let ended = poll_fn(|cx| {
            let polled = running.iter_mut().enumerate();
            let ready = polled.filter_map(|(at, (nth, trial))| match trial.as_mut().poll(cx) {
                Poll::Ready(result) => Some((at, *nth, result)),
                Poll::Pending => None,
            });
            ready.map(Poll::Ready).next().unwrap_or(Poll::Pending)
        });
        let (at, nth, result) = if all_started {
            ended.await
        } else {
            match timeout(head_start, ended).await {
                Ok(ended) => ended,
                Err(_) => continue,
            }
        };
        drop(running.swap_remove(at));
        match result {
            Ok(done) => return Ok(done),
            Err(fault) => faults.push((nth, fault)),
        }
    }
}

fn runtime(made: &mut Option<Runtime>) -> Result<&Runtime, Fault> {
    if made.is_none() {
        let mut builder = Builder::new_current_thread();
        let runtime = builder.enable_all().build().map_err(|error| {
            let message = format!("no async runtime could be started: {error}");
            Fault::new(FaultKind::Unavailable, message)
        })?;
        *made = Some(runtime);
    }
    made.as_ref()
        .ok_or_else(|| Fault::new(FaultKind::Unavailable, "no async runtime could be started"))
}
