//! `PostgresWriter`: commits and leases, each as one statement.

use crate::{
    connection::Connection,
    session::{Failure, Parameter, Session, column, signed, snapshot, unsigned},
    settings::PostgresSettings,
    statements::{APPLY, GRANT, KEEP_ALIVE, PAST, PUT, REVOKE, SCAN, SETTLE, SNAPSHOT},
};
use settings_core::remote::{
    Commit, Committed, Fault, FaultKind, Lease, Settled, StoreKey, StoreSnapshot, Value, Writer,
};
use std::time::Duration;
use tokio_postgres::types::Type;

pub(crate) struct PostgresWriter {
    connection: Connection,
    /// The leases of this writer. Row-level security checks them.
    held: Vec<i64>,
}

/// Columns of keys, as arrays.
#[derive(Default)]
struct Columns<'a> {
    is_control: Vec<bool>,
    keys: Vec<&'a str>,
}

impl PostgresWriter {
    pub(crate) fn new(settings: &PostgresSettings) -> Option<Self> {
        let connection = Connection::without_notifications(settings.clone());
        connection.prefix().ends_with('/').then(|| Self {
            connection,
            held: Vec::new(),
        })
    }

    /// Sends a read, or a request that may be repeated.
    fn read_by<T>(
        &mut self,
        within: Duration,
        act: impl AsyncFnOnce(&mut Session, &str) -> Result<T, Failure>,
    ) -> Result<T, Fault> {
        self.connection.call(within, act).map_err(Fault::from)
    }

    /// Sends a write. Without an answer, it may have been applied.
    fn write_by<T>(
        &mut self,
        within: Duration,
        act: impl AsyncFnOnce(&mut Session, &str) -> Result<T, Failure>,
    ) -> Result<T, Fault> {
        self.connection
            .call(within, act)
            .map_err(|failure| match failure {
                Failure::Rejected(fault) => fault,
                Failure::Lost(fault) => Fault::new(FaultKind::Uncertain, fault.to_string()),
            })
    }
}

impl<'a> Columns<'a> {
    fn push(&mut self, key: &'a StoreKey) {
        let (is_control, key) = parts(key);
        self.is_control.push(is_control);
        self.keys.push(key);
    }
}

impl Writer for PostgresWriter {
    fn commit(&mut self, commit: &Commit, within: Duration) -> Result<Committed, Fault> {
        commit.check_limits()?;
        let (base_keys, base_revisions): (Vec<&str>, Vec<i64>) = commit
            .base
            .settings()
            .map(|(key, value)| (key, signed(value.revision())))
            .unzip();
        let (mut same, mut same_revisions) = (Columns::default(), Vec::new());
        for (key, revision) in &commit.unchanged {
            same.push(key);
            same_revisions.push(signed(revision.unwrap_or(0)));
        }
        let mut written = Columns::default();
        let (mut values, mut leases) = (Vec::new(), Vec::new());
        for write in &commit.writes {
            written.push(&write.key);
            let value = write.value.as_deref();
            values.push(value.map(|bytes| text(&write.key, bytes)).transpose()?);
            leases.push(write.lease.map(id));
        }
        let head = head_revision(commit);
        let head_key = StoreKey::Control(settings_core::remote::HEAD.to_owned());
        let new_head = text(&head_key, &commit.new_head)?;
        let wait = milliseconds(within);
        let (failed, revision) = self.write_by(within, async |session, prefix| {
            let parameters: &[Parameter] = &[
                (&prefix, Type::TEXT),
                (&wait, Type::INT4),
                (&head, Type::INT8),
                (&new_head, Type::TEXT),
                (&base_keys, Type::TEXT_ARRAY),
                (&base_revisions, Type::INT8_ARRAY),
                (&same.is_control, Type::BOOL_ARRAY),
                (&same.keys, Type::TEXT_ARRAY),
                (&same_revisions, Type::INT8_ARRAY),
                (&written.is_control, Type::BOOL_ARRAY),
                (&written.keys, Type::TEXT_ARRAY),
                (&values, Type::TEXT_ARRAY),
                (&leases, Type::INT8_ARRAY),
            ];
            let rows = session.query(APPLY, parameters).await?;
            let row = rows.first().ok_or_else(no_row)?;
            let failed: Option<String> = column(row, 0)?;
            let revision: Option<i64> = column(row, 1)?;
            Ok((failed, revision))
        })?;
        match failed.as_deref() {
            None => Ok(Committed::new(unsigned(revision.unwrap_or(0)))),
            Some("lease") => Err(lease_has_ended()),
            Some("head") => Err(Fault::new(
                FaultKind::Conflict,
                "another commit was applied in the meantime",
            )),
            Some("key") => Err(Fault::new(
                FaultKind::Conflict,
                "a key was changed in the meantime",
            )),
            Some(_) => Err(Fault::new(
                FaultKind::Conflict,
                "a setting was changed in the meantime",
            )),
        }
    }

    fn settle(&mut self, commit: &Commit, within: Duration) -> Result<Settled, Fault> {
        let old_head = commit.head.as_ref().map_or(&[][..], Value::bytes);
        let old_head = String::from_utf8_lossy(old_head);
        let control = commit.writes.iter().filter_map(|write| match &write.key {
            StoreKey::Control(key) => Some(key.as_str()),
            StoreKey::Setting(_) => None,
        });
        let control: Vec<&str> = control.collect();
        let (head, wait) = (head_revision(commit), milliseconds(within));
        self.write_by(within, async |session, prefix| {
            let parameters: &[Parameter] = &[
                (&prefix, Type::TEXT),
                (&wait, Type::INT4),
                (&head, Type::INT8),
                (&old_head, Type::TEXT),
                (&control, Type::TEXT_ARRAY),
            ];
            let rows = session.query(SETTLE, parameters).await?;
            // No row if the head was rewritten.
            for row in &rows {
                let (key, value): (String, String) = (column(row, 0)?, column(row, 1)?);
                if commit.has_written(&key, value.as_bytes()) {
                    return Ok(Settled::Applied);
                }
            }
            Ok(Settled::NotApplied)
        })
    }

    fn read(&mut self, at: Option<u64>, within: Duration) -> Result<StoreSnapshot, Fault> {
        let Some(at) = at else {
            return self.read_by(within, async |session, prefix| {
                let parameters: &[Parameter] = &[(&prefix, Type::TEXT)];
                let answer = session.keys(SNAPSHOT, prefix, parameters).await?;
                Ok(snapshot(answer.revision, answer.keys))
            });
        };
        let (answer, compacted) = self.read_by(within, async |session, prefix| {
            let parameters: &[Parameter] = &[(&prefix, Type::TEXT), (&signed(at), Type::INT8)];
            let answer = session.keys(PAST, prefix, parameters).await?;
            let compacted = unsigned(column(&answer.first, 7)?);
            Ok((answer, compacted))
        })?;
        if at < compacted {
            let message = format!("revisions before {compacted} are compacted");
            return Err(Fault::new(FaultKind::Compacted, message));
        }
        if at > answer.revision {
            let message = format!("PostgreSQL is at revision {}, not {at}", answer.revision);
            return Err(Fault::new(FaultKind::RevisionRegressed, message));
        }
        Ok(snapshot(at, answer.keys))
    }

    fn put(
        &mut self,
        key: &StoreKey,
        value: &[u8],
        lease: Option<Lease>,
        within: Duration,
    ) -> Result<u64, Fault> {
        let value = text(key, value)?;
        let (is_control, key) = parts(key);
        let (lease, wait) = (lease.map(id), milliseconds(within));
        // A lease of another writer that the caller knows counts too.
        let mut held = self.held.clone();
        held.extend(lease);
        let written: Option<i64> = self.write_by(within, async |session, prefix| {
            let parameters: &[Parameter] = &[
                (&prefix, Type::TEXT),
                (&is_control, Type::BOOL),
                (&key, Type::TEXT),
                (&value, Type::TEXT),
                (&lease, Type::INT8),
                (&held, Type::INT8_ARRAY),
                (&wait, Type::INT4),
            ];
            session.value(PUT, parameters).await
        })?;
        written.map(unsigned).ok_or_else(lease_has_ended)
    }

    fn grant(&mut self, ttl: Duration, within: Duration) -> Result<Lease, Fault> {
        let ttl = i64::from(milliseconds(ttl));
        let lease: i64 = self.read_by(within, async |session, _| {
            session.value(GRANT, &[(&ttl, Type::INT8)]).await
        })?;
        self.held.push(lease);
        Ok(Lease::new(lease.cast_unsigned()))
    }

    fn keep_alive(&mut self, lease: Lease, within: Duration) -> Result<(), Fault> {
        let lease = id(lease);
        let is_alive: bool = self.read_by(within, async |session, _| {
            session.value(KEEP_ALIVE, &[(&lease, Type::INT8)]).await
        })?;
        if is_alive {
            return Ok(());
        }
        self.held.retain(|held| *held != lease);
        Err(lease_has_ended())
    }

    fn revoke(&mut self, lease: Lease, within: Duration) -> Result<(), Fault> {
        let lease = id(lease);
        self.write_by(within, async |session, _| {
            session.query(REVOKE, &[(&lease, Type::INT8)]).await
        })?;
        self.held.retain(|held| *held != lease);
        Ok(())
    }

    fn scan(&mut self, start: &str, within: Duration) -> Result<StoreSnapshot, Fault> {
        self.read_by(within, async |session, prefix| {
            let parameters: &[Parameter] = &[(&prefix, Type::TEXT), (&start, Type::TEXT)];
            let answer = session.keys(SCAN, prefix, parameters).await?;
            Ok(snapshot(answer.revision, answer.keys))
        })
    }
}

fn parts(key: &StoreKey) -> (bool, &str) {
    match key {
        StoreKey::Setting(key) => (false, key),
        StoreKey::Control(key) => (true, key),
    }
}

/// The revision of the head, 0 without one.
fn head_revision(commit: &Commit) -> i64 {
    signed(commit.head.as_ref().map_or(0, Value::revision))
}

/// A value as text of PostgreSQL, which has no NUL.
fn text<'a>(key: &StoreKey, value: &'a [u8]) -> Result<&'a str, Fault> {
    let text = str::from_utf8(value).ok();
    text.filter(|text| !text.contains('\0')).ok_or_else(|| {
        let (_, key) = parts(key);
        let message = format!("{key} is not text: PostgreSQL stores UTF-8 without NUL");
        Fault::new(FaultKind::Unsupported, message)
    })
}

/// Rounded up.
fn milliseconds(time: Duration) -> i32 {
    let rounded = time.as_nanos().div_ceil(1_000_000);
    i32::try_from(rounded).unwrap_or(i32::MAX).max(1)
}

fn lease_has_ended() -> Fault {
    Fault::new(FaultKind::LeaseExpired, "the lease has ended")
}

fn no_row() -> Failure {
    let message = "an answer of PostgreSQL is not understood: there is no row";
    Failure::Rejected(Fault::new(FaultKind::Malformed, message))
}

fn id(lease: Lease) -> i64 {
    lease.id().cast_signed()
}
