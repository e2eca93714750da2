//! `Etcd`: the engine. Owns the small runtime that the connection needs, and goes around the endpoints.

use super::{EtcdSettings, session::Session};
use crate::{
    duration,
    redact::mask_urls,
    remote::engine::{Changes, Engine, Fault, FaultKind, Snapshot},
};
use std::{borrow::Cow, fmt, time::Duration};
use tokio::{
    runtime::{Builder, Runtime},
    time::timeout,
};

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

    /// Makes a connection and does something with it; tries each endpoint once.
    fn connected<T>(
        &mut self,
        within: Duration,
        act: &impl AsyncFn(&mut Session, &str) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.session = None;
        let count = self.settings.endpoints.len();
        if count == 0 {
            return Err(Fault::new(FaultKind::Away, "no endpoint is named"));
        }
        let share = within / u32::try_from(count).unwrap_or(u32::MAX);
        let runtime = runtime(&mut self.runtime)?;
        let mut faults: Vec<Fault> = Vec::new();
        for at in 0..count {
            let endpoint = &self.settings.endpoints[(self.first + at) % count];
            let trial = async {
                let mut session = Session::connect(&self.settings, endpoint, share).await?;
                let done = act(&mut session, &self.prefix).await?;
                Ok((session, done))
            };
            let fault = match runtime.block_on(async { timeout(share, trial).await }) {
                Ok(Ok((session, done))) => {
                    self.first = (self.first + at) % count;
                    self.session = Some(session);
                    return Ok(done);
                }
                Ok(Err(fault)) => fault,
                Err(_) => {
                    let share = duration::write(share);
                    Fault::new(FaultKind::Silent, format!("no answer within {share}"))
                }
            };
            let what = format!("{}: {fault}", mask_urls(endpoint));
            faults.push(Fault::new(fault.kind(), what));
        }
        self.first = (self.first + 1) % count;
        let kind = faults.iter().map(Fault::kind).next_back();
        let what: Vec<String> = faults.iter().map(Fault::to_string).collect();
        Err(Fault::new(kind.unwrap_or(FaultKind::Away), what.join("; ")))
    }
}

impl Engine for Etcd {
    fn place(&self) -> Cow<'_, str> {
        format!("etcd {}", self.prefix).into()
    }

    fn snapshot(&mut self, within: Duration) -> Result<Snapshot, Fault> {
        self.connected(within, &async |session, prefix| session.read(prefix).await)
    }

    fn changes(&mut self, after: u64, within: Duration) -> Result<Option<Changes>, Fault> {
        if self.session.is_none() {
            self.connected(within, &async |_, _| Ok(()))?;
        }
        let (Some(session), runtime) = (&mut self.session, runtime(&mut self.runtime)?) else {
            return Ok(None);
        };
        let changes = runtime.block_on(session.changes(&self.prefix, after, within));
        if changes.is_err() {
            self.session = None;
        }
        changes
    }
}

fn runtime(made: &mut Option<Runtime>) -> Result<&Runtime, Fault> {
    if made.is_none() {
        let mut builder = Builder::new_current_thread();
        let runtime = builder.enable_all().build().map_err(|error| {
            let what = format!("no runtime could be made: {error}");
            Fault::new(FaultKind::Away, what)
        })?;
        *made = Some(runtime);
    }
    made.as_ref()
        .ok_or_else(|| Fault::new(FaultKind::Away, "no runtime could be made"))
}

/// Not the password, which has no `Debug` that shows it, nor one in an endpoint.
impl fmt::Debug for Etcd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Etcd({})", self.place())
    }
}
