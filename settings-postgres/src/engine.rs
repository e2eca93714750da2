//! `Postgres`: the engine.

use crate::{
    TABLES,
    connection::Connection,
    session::{KeyRow, Parameter, column, signed, snapshot, unsigned},
    settings::PostgresSettings,
    statements::{CHANGES, SNAPSHOT},
    writer::PostgresWriter,
};
use settings_core::remote::{
    Engine, Fault, FaultKind, Store, StoreBuilder, StoreChange, StoreChanges, StoreSnapshot,
    Writer, mask_passwords,
};
use std::{
    borrow::Cow,
    fmt,
    time::{Duration, Instant},
};
use tokio_postgres::types::Type;

/// Engine for PostgreSQL. [`PostgresSettings::store`] builds a store on it.
///
/// It starts no thread: the thread of the store runs it.
pub struct Postgres {
    connection: Connection,
    /// The revision that was returned last, and its id.
    known: Option<(u64, String)>,
}

impl Postgres {
    /// An engine that will connect with these settings.
    pub fn new(settings: PostgresSettings) -> Self {
        Self {
            connection: Connection::new(settings),
            known: None,
        }
    }

    /// Asks for the changes after a revision.
    fn ask(&mut self, after: u64, within: Duration) -> Result<Option<StoreChanges>, Fault> {
        let known = match &self.known {
            Some((revision, id)) if *revision == after => id.clone(),
            _ => String::new(),
        };
        let answer = self.connection.call(within, async |session, prefix| {
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

impl PostgresSettings {
    /// Builder of a store that connects with these settings.
    pub fn store(self) -> StoreBuilder {
        let (timeout, heartbeat) = (self.timeout, self.heartbeat);
        Store::builder(Postgres::new(self))
            .deadline(timeout)
            .heartbeat(heartbeat)
    }

    /// Applies [`TABLES`], within the timeout.
    ///
    /// The role of these settings owns the tables. Programs that run with less access should not call this.
    ///
    /// ```no_run
    /// use settings_postgres::PostgresSettings;
    ///
    /// PostgresSettings::new("postgres://owner@db-1/shop", "/shop/").create_tables()?;
    /// # Ok::<(), settings_core::remote::Fault>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns a fault if the database is unavailable or rejects a statement. Then nothing was changed.
    pub fn create_tables(&self) -> Result<(), Fault> {
        let mut connection = Connection::without_notifications(self.clone());
        let created = connection.call(self.timeout, async |session, _| {
            session.execute(TABLES).await
        });
        Ok(created?)
    }
}

impl Engine for Postgres {
    fn describe(&self) -> Cow<'_, str> {
        format!("postgres {}", self.connection.prefix()).into()
    }

    fn snapshot(&mut self, within: Duration) -> Result<StoreSnapshot, Fault> {
        let answer = self.connection.call(within, async |session, prefix| {
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
        let mut is_woken = !self.connection.is_connected() || !is_known;
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
            is_woken = self.connection.notified(wait)?;
        }
    }

    fn writer(&self) -> Option<Box<dyn Writer>> {
        let writer = PostgresWriter::new(self.connection.settings())?;
        Some(Box::new(writer))
    }
}

/// Prints no settings, because they may contain passwords.
impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Postgres({})", mask_passwords(&self.describe()))
    }
}
