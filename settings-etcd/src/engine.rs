//! `Etcd`: the engine. Owns the small runtime that the connection needs, and goes around the endpoints.

use crate::{EtcdSettings, session::Session};
use settings_core::remote::{Engine, Fault, FaultKind, StoreChanges, StoreSnapshot};
use std::{borrow::Cow, fmt, future::poll_fn, pin::Pin, task::Poll, time::Duration};
use tokio::{
    runtime::{Builder, Runtime},
    time::timeout,
};

/// How long an endpoint may take to answer before another one is asked too.
const HEAD_START: Duration = Duration::from_secs(1);

/// The engine for etcd; [`EtcdSettings::store`] makes a store of it.
///
/// The thread of the store drives it: it starts no thread of its own.
pub struct Etcd {
    settings: EtcdSettings,
    /// As it stands in the store.
    prefix: String,
    runtime: Option<Runtime>,
    session: Option<Session>,
    /// The endpoint that is tried first.
    first: usize,
}

impl Etcd {
    /// An engine that reaches etcd so. Nothing is connected yet.
    pub fn new(settings: EtcdSettings) -> Self {
        let mut prefix = settings.prefix.clone();
        if prefix.ends_with(char::is_alphanumeric) {
            prefix.push('/');
        }
        Self {
            // Clients of one cluster shouldn't all begin with its first member.
            first: fastrand::usize(..settings.endpoints.len().max(1)),
            prefix,
            settings,
            runtime: None,
            session: None,
        }
    }

    /// Makes a connection and does something with it. Tries each endpoint once; one that does not answer has a head start
    /// before the next, but is waited for all the same.
    fn connected<T>(
        &mut self,
        within: Duration,
        act: &impl AsyncFn(&mut Session, &str) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.session = None;
        let count = self.settings.endpoints.len();
        if count == 0 {
            return Err(Fault::new(FaultKind::Unavailable, "no endpoint is named"));
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
        // An inner block, so that the timers are made within the runtime.
        match runtime.block_on(async { race(trials, head_start).await }) {
            Ok((at, session, done)) => {
                (self.first, self.session) = (at, Some(session));
                Ok(done)
            }
            Err(faults) => {
                let kind = faults.last().map_or(FaultKind::Unavailable, Fault::kind);
                let what: Vec<String> = faults.iter().map(Fault::to_string).collect();
                Err(Fault::new(kind, what.join("; ")))
            }
        }
    }
}

/// Begins one after the other, the next when one fails or has not ended within its head start. Gives the first that
/// succeeds, or why each failed, in the order in which they were begun.
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
        let begun = waiting.next();
        let all_begun = begun.is_none();
        running.extend(begun);
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
        let (at, nth, result) = if all_begun {
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

impl Engine for Etcd {
    fn describe(&self) -> Cow<'_, str> {
        format!("etcd {}", self.prefix).into()
    }

    fn snapshot(&mut self, within: Duration) -> Result<StoreSnapshot, Fault> {
        self.connected(within, &async |session, prefix| session.read(prefix).await)
    }

    fn changes(&mut self, after: u64, within: Duration) -> Result<Option<StoreChanges>, Fault> {
        if self.session.is_none() {
            self.connected(within, &async |_, _| Ok(()))?;
        }
        let (Some(session), runtime) = (&mut self.session, runtime(&mut self.runtime)?) else {
            return Ok(None);
        };
        let changes = runtime.block_on(session.changes(&self.prefix, after, within));
        if changes.is_err() {
            self.session = None;
            // Another one may know better; a single one comes first again.
            self.first += 1;
        }
        changes
    }
}

fn runtime(made: &mut Option<Runtime>) -> Result<&Runtime, Fault> {
    if made.is_none() {
        let mut builder = Builder::new_current_thread();
        let runtime = builder.enable_all().build().map_err(|error| {
            let what = format!("no runtime could be made: {error}");
            Fault::new(FaultKind::Unavailable, what)
        })?;
        *made = Some(runtime);
    }
    made.as_ref()
        .ok_or_else(|| Fault::new(FaultKind::Unavailable, "no runtime could be made"))
}

/// Not the password, which has no `Debug` that shows it, nor one in an endpoint.
impl fmt::Debug for Etcd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Etcd({})", self.describe())
    }
}
