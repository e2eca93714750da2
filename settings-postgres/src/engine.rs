//! `Postgres`: the engine. It owns the async runtime of the connection and chooses the host.

use crate::{
    PostgresSettings, address,
    session::{Failure, KeyRow, Parameter, Session, column, signed, unsigned},
    statements::{CHANGES, SNAPSHOT},
    writer::PostgresWriter,
};
use settings_core::remote::{
    Engine, Fault, FaultKind, StoreChange, StoreChanges, StoreSnapshot, Writer, mask_passwords,
};
use std::{
    borrow::Cow,
    fmt,
    time::{Duration, Instant},
};
use tokio::{
    runtime::{Builder, Runtime},
    time::timeout,
};
use tokio_postgres::types::Type;

/// Time for a host to answer before the next one is tried.
const HEAD_START: Duration = Duration::from_secs(1);

/// Engine for PostgreSQL. [`PostgresSettings::store`] builds a store on it.
///
/// It starts no thread: the thread of the store runs it.
pub struct Postgres {
    settings: PostgresSettings,
    /// Prefix of the settings, as in the table.
    prefix: String,
    /// Whether to subscribe to notifications.
    subscribes: bool,
    runtime: Option<Runtime>,
    session: Option<Session>,
    /// The revision that was returned last, and its id.
    known: Option<(u64, String)>,
    /// Index of the host to try first.
    first: usize,
}

impl Postgres {
    /// An engine that will connect with these settings.
    pub fn new(settings: PostgresSettings) -> Self {
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
            known: None,
            first: 0,
        }
    }

    /// An engine for single requests.
    pub(crate) fn without_notifications(settings: PostgresSettings) -> Self {
        Self {
            subscribes: false,
            ..Self::new(settings)
        }
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Sends several statements.
    pub(crate) fn execute(self, statements: &str, within: Duration) -> Result<(), Fault> {
        let mut engine = Self {
            subscribes: false,
            ..self
        };
        engine.call(within, async |session, _| session.execute(statements).await)?;
        Ok(())
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

    /// Asks for the changes after a revision.
    fn ask(&mut self, after: u64, within: Duration) -> Result<Option<StoreChanges>, Fault> {
        let known = match &self.known {
            Some((revision, id)) if *revision == after => id.clone(),
            _ => String::new(),
        };
        let answer = self.call(within, async |session, prefix| {
            let parameters: &[Parameter] = &[
                (&prefix, Type::TEXT),
                (&signed(after), Type::INT8),
                (&known, Type::TEXT),
            ];
            let answer = session.keys(CHANGES, prefix, parameters).await?;
            let compacted = unsigned(column(&answer.first, 7)?);
            let is_known: bool = column(&answer.first, 8)?;
            Ok((answer, compacted, is_known))
        });
        let (answer, compacted, is_known) = answer?;
        let now = answer.revision;
        if now < after {
            let message = format!("PostgreSQL is at revision {now}, not {after}");
            return Err(Fault::new(FaultKind::RevisionRegressed, message));
        }
        if after < compacted {
            let message = format!("revisions before {compacted} are compacted");
            return Err(Fault::new(FaultKind::Compacted, message));
        }
        if !is_known {
            let message = format!("PostgreSQL has another revision {after} than before");
            return Err(Fault::new(FaultKind::RevisionRegressed, message));
        }
        if now == after {
            return Ok(None);
        }
        self.known = Some((now, answer.id));
        let mut keys = answer.keys;
        keys.sort_by_key(|row| row.revision);
        let change = |row: KeyRow| StoreChange {
            key: row.key,
            value: row.value,
        };
        Ok(Some(StoreChanges {
            revision: now,
            changes: keys.into_iter().map(change).collect(),
        }))
    }
}

impl Engine for Postgres {
    fn describe(&self) -> Cow<'_, str> {
        format!("postgres {}", self.prefix).into()
    }

    fn snapshot(&mut self, within: Duration) -> Result<StoreSnapshot, Fault> {
        let answer = self.call(within, async |session, prefix| {
            let parameters: &[Parameter] = &[(&prefix, Type::TEXT)];
            session.keys(SNAPSHOT, prefix, parameters).await
        })?;
        self.known = Some((answer.revision, answer.id));
        Ok(snapshot(answer.revision, answer.keys))
    }

    fn changes(&mut self, after: u64, within: Duration) -> Result<Option<StoreChanges>, Fault> {
        let began = Instant::now();
        let is_known = self
            .known
            .as_ref()
            .is_some_and(|(known, _)| *known == after);
        let mut is_woken = self.session.is_none() || !is_known;
        loop {
            let wait = (within / 2).saturating_sub(began.elapsed());
            // A pooler may drop notifications, and one may be about a revision that is known, so only the answer decides.
            if is_woken || wait.is_zero() {
                let left = within.saturating_sub(began.elapsed()).max(within / 2);
                let changes = self.ask(after, left)?;
                if changes.is_some() || wait.is_zero() {
                    return Ok(changes);
                }
            }
            let runtime = runtime(&mut self.runtime)?;
            is_woken = match &self.session {
                Some(session) => runtime.block_on(session.notified(wait)),
                None => true,
            };
        }
    }

    fn writer(&self) -> Option<Box<dyn Writer>> {
        let writer = PostgresWriter::new(&self.settings)?;
        Some(Box::new(writer))
    }
}

pub(crate) fn snapshot(revision: u64, keys: Vec<KeyRow>) -> StoreSnapshot {
    let values = keys.into_iter();
    let values = values.filter_map(|row| Some((row.key, row.value?)));
    StoreSnapshot {
        revision,
        values: values.collect(),
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

/// Prints no settings, because they may contain passwords.
impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Postgres({})", mask_passwords(&self.describe()))
    }
}
