//! Connection to one host: connects, sends statements, and is woken by notifications.

use crate::{address::Target, settings::PostgresSettings, statements::VERSION, tls};
use settings_core::remote::{Fault, FaultKind, StoreSnapshot, Value};
use std::{
    error, fmt,
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{sync::Notify, time::timeout};
use tokio_postgres::{
    AsyncMessage, Client, Connection, Error, NoTls, Row, Socket,
    error::{DbError, Severity, SqlState},
    tls::TlsStream,
    types::{FromSql, ToSql, Type},
};
use tokio_stream::StreamExt;

/// Channel of the notifications; their payload is the prefix.
const CHANNEL: &str = "settings";
/// Maximum size of an answer, far above what settings need.
const LARGEST: usize = 64 * 1024 * 1024;
/// Time after which an unused connection is checked before a request that writes.
const FRESH: Duration = Duration::from_secs(1);

pub(crate) type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

pub(crate) struct Session {
    client: Client,
    shared: Arc<Shared>,
    /// Time when it was used last.
    used: Instant,
}

/// Failed request.
pub(crate) enum Failure {
    /// The server has rejected it, so it has changed nothing.
    Rejected(Fault),
    /// There is no answer, because the session has ended.
    Lost(Fault),
}

#[derive(Default)]
struct Shared {
    /// Woken by notifications about the prefix, and by the end of the connection.
    changed: Notify,
    /// Reason why the connection ended.
    ended: Mutex<Option<Fault>>,
}

/// Row of a statement about keys.
pub(crate) struct KeyRow {
    pub(crate) key: String,
    pub(crate) revision: u64,
    /// `None` for a deletion.
    pub(crate) value: Option<Value>,
}

/// Answer to a statement about keys.
pub(crate) struct KeyRows {
    /// Revision of the prefix.
    pub(crate) revision: u64,
    /// Id of that revision.
    pub(crate) id: String,
    pub(crate) keys: Vec<KeyRow>,
    /// The first row, for columns that not every statement has.
    pub(crate) first: Row,
}

impl Session {
    /// Connects, and subscribes to notifications about a prefix if one is given.
    pub(crate) async fn connect(
        settings: &PostgresSettings,
        target: &Target,
        prefix: Option<&str>,
    ) -> Result<Self, Fault> {
        let shared = Arc::<Shared>::default();
        let subscribed = prefix.map(str::to_owned);
        let client = if target.has_tls {
            let (client, connection) = target
                .config
                .connect(tls::connector(settings)?)
                .await
                .map_err(|error| failure(&error))?;
            tokio::spawn(run(connection, shared.clone(), subscribed));
            client
        } else {
            let (client, connection) = target
                .config
                .connect(NoTls)
                .await
                .map_err(|error| failure(&error))?;
            tokio::spawn(run(connection, shared.clone(), subscribed));
            client
        };
        let used = Instant::now();
        let session = Self {
            client,
            shared,
            used,
        };
        if prefix.is_some() {
            session.subscribe().await?;
        }
        Ok(session)
    }

    async fn subscribe(&self) -> Result<(), Fault> {
        let listened = self
            .client
            .batch_execute(&format!("LISTEN {CHANNEL}"))
            .await;
        match listened {
            // A replica has no notifications, so the client only asks from time to time.
            Err(error) if error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => Ok(()),
            Err(error) => Err(self.failure(&error).into()),
            Ok(()) => Ok(()),
        }
    }

    /// Waits for a notification, at most this long. Returns whether there was one.
    pub(crate) async fn notified(&self, within: Duration) -> bool {
        let notified = self.shared.changed.notified();
        timeout(within, notified).await.is_ok()
    }

    /// Checks a connection that has been unused for a while and may be dead.
    pub(crate) async fn check(&self) -> Result<(), Failure> {
        if self.used.elapsed() < FRESH {
            return Ok(());
        }
        let checked = self.client.check_connection().await;
        checked.map_err(|error| self.failure(&error))
    }

    /// Sends several statements.
    pub(crate) async fn execute(&self, statements: &str) -> Result<(), Failure> {
        let executed = self.client.batch_execute(statements).await;
        executed.map_err(|error| self.failure(&error))
    }

    /// Sends one statement.
    pub(crate) async fn query(
        &mut self,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Failure> {
        let parameters = parameters.iter();
        let parameters = parameters.map(|(value, kind)| (*value, kind.clone()));
        // Unnamed, because a pooler may give the next statement another connection.
        let sent = self.client.query_typed_raw(statement, parameters).await;
        let mut stream = pin!(sent.map_err(|error| self.failure(&error))?);
        let (mut rows, mut size) = (Vec::new(), 0);
        while let Some(row) = stream.next().await {
            let row = row.map_err(|error| self.failure(&error))?;
            size += row.raw_size_bytes();
            if size > LARGEST {
                return Err(malformed("it is larger than 64 MiB"));
            }
            rows.push(row);
        }
        self.used = Instant::now();
        Ok(rows)
    }

    /// Sends a statement with one row, and returns its first column.
    pub(crate) async fn value<T>(
        &mut self,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<T, Failure>
    where
        T: for<'a> FromSql<'a>,
    {
        let rows = self.query(statement, parameters).await?;
        let row = rows.first().ok_or_else(|| malformed("there is no row"))?;
        column(row, 0)
    }

    /// Sends a statement about keys.
    pub(crate) async fn keys(
        &mut self,
        statement: &str,
        prefix: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<KeyRows, Failure> {
        let rows = self.query(statement, parameters).await?;
        key_rows(rows, prefix)
    }

    /// The failure of a request. When the connection has ended, the reason was received before the request.
    fn failure(&self, error: &Error) -> Failure {
        let ended = self.shared.ended.lock();
        let ended = ended.unwrap_or_else(PoisonError::into_inner);
        match &*ended {
            Some(fault) if error.is_closed() => Failure::Lost(fault.clone()),
            _ => failure(error),
        }
    }
}

/// Drives the connection until it ends.
async fn run<T>(mut connection: Connection<Socket, T>, shared: Arc<Shared>, prefix: Option<String>)
where
    T: TlsStream + Unpin,
{
    loop {
        match poll_fn(|cx| connection.poll_message(cx)).await {
            Some(Ok(AsyncMessage::Notification(note))) => {
                if prefix.as_deref() == Some(note.payload()) {
                    shared.changed.notify_one();
                }
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                let ended = shared.ended.lock();
                *ended.unwrap_or_else(PoisonError::into_inner) = Some(failure(&error).into());
                break;
            }
            None => break,
        }
    }
    shared.changed.notify_one();
}

fn key_rows(rows: Vec<Row>, prefix: &str) -> Result<KeyRows, Failure> {
    let mut revision = 0;
    let mut keys = Vec::with_capacity(rows.len());
    for (nth, row) in rows.iter().enumerate() {
        if nth == 0 {
            check_tables(row, prefix)?;
        }
        revision = revision.max(unsigned(column(row, 2)?));
        let Some(key) = column::<Option<String>>(row, 4)? else {
            continue;
        };
        let changed = unsigned(column(row, 6)?);
        let value: Option<String> = column(row, 5)?;
        keys.push(KeyRow {
            key,
            revision: changed,
            value: value.map(|value| Value::new(value, changed)),
        });
    }
    let first = rows.into_iter().next();
    let first = first.ok_or_else(|| malformed("there is no row"))?;
    Ok(KeyRows {
        revision,
        id: column(&first, 3)?,
        keys,
        first,
    })
}

/// Checks the version of the tables, and the access: without it, there would be no rows, and so no settings.
fn check_tables(row: &Row, prefix: &str) -> Result<(), Failure> {
    let version: i32 = column(row, 0)?;
    if version != VERSION {
        let message =
            format!("the tables have version {version}, but this program needs version {VERSION}");
        let fault = Fault::new(FaultKind::Unsupported, message);
        return Err(Failure::Rejected(fault));
    }
    if !column::<bool>(row, 1)? {
        let message =
            format!("this role has no such access to {prefix}: see settings.grant_access");
        let fault = Fault::new(FaultKind::PermissionDenied, message);
        return Err(Failure::Rejected(fault));
    }
    Ok(())
}

pub(crate) fn column<T>(row: &Row, at: usize) -> Result<T, Failure>
where
    T: for<'a> FromSql<'a>,
{
    let read = row.try_get(at);
    read.map_err(|_| malformed(format!("column {at} has another type")))
}

/// The settings of these rows. Deleted ones have no value.
pub(crate) fn snapshot(revision: u64, keys: Vec<KeyRow>) -> StoreSnapshot {
    let values = keys.into_iter();
    let values = values.filter_map(|row| Some((row.key, row.value?)));
    StoreSnapshot {
        revision,
        values: values.collect(),
    }
}

pub(crate) fn unsigned(revision: i64) -> u64 {
    u64::try_from(revision).unwrap_or(0)
}

pub(crate) fn signed(revision: u64) -> i64 {
    i64::try_from(revision).unwrap_or(i64::MAX)
}

fn malformed(reason: impl fmt::Display) -> Failure {
    let message = format!("an answer of PostgreSQL is not understood: {reason}");
    Failure::Rejected(Fault::new(FaultKind::Malformed, message))
}

fn failure(error: &Error) -> Failure {
    let Some(rejection) = error.as_db_error() else {
        return Failure::Lost(Fault::new(FaultKind::Unavailable, reason(error)));
    };
    let fault = rejected(rejection);
    let severity = rejection.parsed_severity();
    if matches!(severity, Some(Severity::Fatal | Severity::Panic)) {
        // The server ends the session, and may have applied what it has not answered.
        return Failure::Lost(fault);
    }
    Failure::Rejected(fault)
}

/// The fault of a rejection. Its details are not shown, because they may quote a value.
fn rejected(error: &DbError) -> Fault {
    let message = error.message();
    let (kind, message) = match error.code().code() {
        "28P01" | "28000" | "42501" => (FaultKind::PermissionDenied, message.to_owned()),
        "3F000" | "42P01" | "42883" | "42703" => (
            FaultKind::Unsupported,
            format!(
                "{message}: create the tables of settings-postgres, with sql/tables.sql or PostgresSettings::create_tables"
            ),
        ),
        "25006" => (
            FaultKind::Unavailable,
            format!("{message}: it is a replica"),
        ),
        "40001" | "40P01" => (
            FaultKind::Conflict,
            "a setting was changed at the same time".to_owned(),
        ),
        "23514" => (
            FaultKind::TooLarge,
            "a prefix has more than 512 bytes, or a key more than 1,024".to_owned(),
        ),
        "55P03" => (
            FaultKind::Unresponsive,
            "another transaction has locked the settings".to_owned(),
        ),
        _ => (FaultKind::Unavailable, message.to_owned()),
    };
    Fault::new(kind, message)
}

/// The innermost source of an error; the outer ones only state that something failed.
fn reason(error: &Error) -> String {
    let mut innermost: &(dyn error::Error + 'static) = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    match innermost.to_string() {
        reason if reason == "server does not support TLS" => {
            format!("{reason}: sslmode=disable in the URL connects without it")
        }
        reason => reason,
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Rejected(fault) | Failure::Lost(fault) => fault,
        }
    }
}
