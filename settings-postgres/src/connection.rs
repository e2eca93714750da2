//! `Connection`: the async runtime of an engine or a writer, and its session with one of the hosts.

use crate::{
    address,
    session::{Failure, Session},
    settings::PostgresSettings,
};
use settings_core::remote::{Fault, FaultKind};
use std::time::{Duration, Instant};
use tokio::{
    runtime::{Builder, Runtime},
    time::timeout,
};

/// Time for a host to answer before the next one is tried.
const HEAD_START: Duration = Duration::from_secs(1);

pub(crate) struct Connection {
    settings: PostgresSettings,
    /// Prefix of the settings, as in the table.
    prefix: String,
    /// Whether to subscribe to notifications.
    subscribes: bool,
    runtime: Option<Runtime>,
    session: Option<Session>,
    /// Index of the host to try first.
    first: usize,
}

impl Connection {
    /// One that subscribes to notifications.
    pub(crate) fn new(settings: PostgresSettings) -> Self {
        let mut prefix = settings.prefix.clone();
        if prefix.ends_with(char::is_alphanumeric) {
            prefix.push('/');
        }
        Self {
            prefix,
            settings,
            subscribes: true,
            runtime: None,
            session: None,
            first: 0,
        }
    }

    /// One for single requests.
    pub(crate) fn without_notifications(settings: PostgresSettings) -> Self {
        Self {
            subscribes: false,
            ..Self::new(settings)
        }
    }

    pub(crate) fn settings(&self) -> &PostgresSettings {
        &self.settings
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.session.is_some()
    }

    /// Waits for a notification. Returns whether one came, or the connection was lost.
    pub(crate) fn notified(&mut self, wait: Duration) -> Result<bool, Fault> {
        let runtime = runtime(&mut self.runtime)?;
        Ok(match &self.session {
            Some(session) => runtime.block_on(session.notified(wait)),
            None => true,
        })
    }

    /// Calls `act` with a session, which is dropped after a failure: the next call connects again.
    ///
    /// The session of a writer is checked if it has been unused for a while, because a failure of `act` may be uncertain.
    pub(crate) fn call<T>(
        &mut self,
        within: Duration,
        act: impl AsyncFnOnce(&mut Session, &str) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let began = Instant::now();
        if let (Some(session), false) = (&self.session, self.subscribes) {
            let runtime = runtime(&mut self.runtime).map_err(Failure::Rejected)?;
            let checked = runtime.block_on(async { timeout(within / 2, session.check()).await });
            if !matches!(checked, Ok(Ok(()))) {
                self.session = None;
            }
        }
        if self.session.is_none() {
            let left = within.saturating_sub(began.elapsed());
            self.connect(left).map_err(Failure::Rejected)?;
        }
        let left = within.saturating_sub(began.elapsed());
        let runtime = runtime(&mut self.runtime).map_err(Failure::Rejected)?;
        let Some(mut session) = self.session.take() else {
            let fault = Fault::new(FaultKind::Unavailable, "there is no connection");
            return Err(Failure::Rejected(fault));
        };
        let act = act(&mut session, &self.prefix);
        let done = runtime.block_on(async { timeout(left, act).await });
        match done {
            Ok(Ok(done)) => {
                self.session = Some(session);
                Ok(done)
            }
            Ok(Err(failure)) => {
                if matches!(failure, Failure::Lost(_)) {
                    // Another host may be reachable.
                    self.first += 1;
                }
                Err(failure)
            }
            Err(_) => {
                self.first += 1;
                Err(Failure::Lost(Fault::no_answer(within)))
            }
        }
    }

    /// Connects to the first host that accepts. A host that does not answer is skipped, and tried again last.
    fn connect(&mut self, within: Duration) -> Result<(), Fault> {
        self.session = None;
        let targets = address::targets(&self.settings)
            .map_err(|reason| Fault::new(FaultKind::Unavailable, reason))?;
        let runtime = runtime(&mut self.runtime)?;
        let prefix = self.subscribes.then_some(self.prefix.as_str());
        let (began, count) = (Instant::now(), targets.len());
        let mut waiting: Vec<usize> = (0..count).map(|nth| (self.first + nth) % count).collect();
        let mut faults = Vec::new();
        for is_last in [count == 1, true] {
            let silent = std::mem::take(&mut waiting);
            for (nth, at) in silent.iter().copied().enumerate() {
                let target = &targets[at];
                let left = within.saturating_sub(began.elapsed());
                let others = u32::try_from(silent.len() - nth).unwrap_or(1);
                let share = if is_last {
                    left / others
                } else {
                    HEAD_START.min(left / others / 2)
                };
                let connecting = Session::connect(&self.settings, target, prefix);
                let connected = runtime.block_on(async { timeout(share, connecting).await });
                let fault = match connected {
                    Ok(Ok(session)) => {
                        (self.session, self.first) = (Some(session), at);
                        return Ok(());
                    }
                    Err(_) if !is_last => {
                        waiting.push(at);
                        continue;
                    }
                    Err(_) => Fault::no_answer(within),
                    Ok(Err(fault)) => fault,
                };
                let message = format!("{}: {fault}", target.name);
                faults.push((at, Fault::new(fault.kind(), message)));
            }
        }
        faults.sort_by_key(|(at, _)| *at);
        let kind = faults
            .last()
            .map_or(FaultKind::Unavailable, |(_, fault)| fault.kind());
        let messages: Vec<String> = faults.iter().map(|(_, fault)| fault.to_string()).collect();
        Err(Fault::new(kind, messages.join("; ")))
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
