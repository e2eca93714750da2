//! `Etcd`: the engine.

use crate::{connection::Connection, settings::EtcdSettings, writer::EtcdWriter};
use settings_core::remote::{
    Engine, Fault, Store, StoreBuilder, StoreChanges, StoreSnapshot, Writer, mask_passwords,
};
use std::{borrow::Cow, fmt, time::Duration};

/// Engine for etcd. [`EtcdSettings::store`] builds a store on it.
///
/// It starts no thread: the thread of the store runs it.
pub struct Etcd(Connection);

impl Etcd {
    /// An engine that will connect with these settings.
    pub fn new(settings: EtcdSettings) -> Self {
        Self(Connection::new(settings))
    }
}

impl EtcdSettings {
    /// Builder of a store that connects with these settings.
    pub fn store(self) -> StoreBuilder {
        let (timeout, heartbeat) = (self.timeout, self.heartbeat);
        Store::builder(Etcd::new(self))
            .deadline(timeout)
            .heartbeat(heartbeat)
    }
}

impl Engine for Etcd {
    fn describe(&self) -> Cow<'_, str> {
        format!("etcd {}", self.0.prefix()).into()
    }

    fn snapshot(&mut self, within: Duration) -> Result<StoreSnapshot, Fault> {
        self.0.read(within)
    }

    fn changes(&mut self, after: u64, within: Duration) -> Result<Option<StoreChanges>, Fault> {
        self.0.changes(after, within)
    }

    fn writer(&self) -> Option<Box<dyn Writer>> {
        let writer = EtcdWriter::new(Connection::new(self.0.settings().clone()))?;
        Some(Box::new(writer))
    }
}

/// Prints no settings, because they may contain passwords.
impl fmt::Debug for Etcd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Etcd({})", mask_passwords(&self.describe()))
    }
}
