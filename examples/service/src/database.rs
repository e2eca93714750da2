//! The database (PostgreSQL or SQLite): connection pool, statements and health check.

use crate::{
    check::{Address, Check, Endpoint},
    reasons::{self, TlsFiles},
    settings::DatabaseSettings,
};
use settings_core::ExposeSecret;
use sqlx::SqlSafeStr;
use sqlx::{
    Connection as _, Error, PgConnection, PgPool, SqliteConnection, SqlitePool,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
    pool::{PoolConnection, PoolConnectionMetadata, PoolOptions},
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::{path::Path, str::FromStr, time::Duration};
use tokio::time::{sleep, timeout};

/// Connection pool of the process. It connects on first use.
#[derive(Clone, Debug)]
pub struct Database {
    pool: Pool,
    tls_files: TlsFiles,
    pool_size: u32,
    statement_timeout: Duration,
}

#[derive(Clone, Debug)]
enum Pool {
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

/// Health check of the database.
#[derive(Debug)]
pub struct DatabaseCheck {
    pool: Pool,
    tls_files: TlsFiles,
}

/// Connection of the health check.
#[derive(Debug)]
pub enum CheckConnection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// How long an idle connection of the pool may take to answer a ping; then another connection is used.
const PING_TIMEOUT: Duration = Duration::from_millis(500);

/// Row of the table `notes`: number, text, and creation time in milliseconds since 1970.
pub type Row = (i64, String, i64);

/// Connection of the pool while a statement runs on it.
///
/// The pool pings a connection before it takes it back, without a timeout: a connection that died without an error would
/// occupy its place in the pool forever.
struct Borrowed<DB: sqlx::Database> {
    connection: PoolConnection<DB>,
    limit: Duration,
}

/// Runs the same statement on a connection of whichever pool there is.
macro_rules! on_pool {
    ($database:expr, $connection:ident => $statement:expr) => {{
        let limit = $database.statement_timeout;
        let answer = async {
            match &$database.pool {
                Pool::Postgres(pool) => {
                    let $connection = &mut *Borrowed::of(pool, limit).await?.connection;
                    $statement.await
                }
                Pool::Sqlite(pool) => {
                    let $connection = &mut *Borrowed::of(pool, limit).await?.connection;
                    $statement.await
                }
            }
        };
        timeout(limit, answer)
            .await
            .unwrap_or(Err(Error::PoolTimedOut))
    }};
}

impl Database {
    /// Sets up the pool without connecting.
    ///
    /// # Errors
    ///
    /// Returns an error if the URL is malformed. It may quote the URL, so do not show it.
    pub fn new(settings: &DatabaseSettings, name: &str) -> Result<Self, Error> {
        let url = settings.url.expose_secret();
        let pool = if settings.is_embedded() {
            let options = SqliteConnectOptions::from_str(url)?
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                .busy_timeout(settings.statement_timeout);
            // Each connection is a thread, and only one writes at a time.
            Pool::Sqlite(
                pool_options(settings)
                    .max_connections(4)
                    .connect_lazy_with(options),
            )
        } else {
            let options = PgConnectOptions::from_str(url)?
                .application_name(name)
                .options([(
                    "statement_timeout",
                    settings.statement_timeout.as_millis().to_string(),
                )]);
            // An idle connection can be dead without an error, so it is pinged; one that was just used is not.
            let pool = pool_options(settings).before_acquire(
                |connection: &mut PgConnection, metadata: PoolConnectionMetadata| {
                    Box::pin(async move {
                        let is_fresh = metadata.idle_for < Duration::from_secs(1);
                        Ok(is_fresh
                            || timeout(PING_TIMEOUT, connection.ping())
                                .await
                                .is_ok_and(|answer| answer.is_ok()))
                    })
                },
            );
            Pool::Postgres(pool.connect_lazy_with(options))
        };
        Ok(Self {
            pool,
            tls_files: TlsFiles::of_url(url),
            pool_size: settings.pool_size,
            statement_timeout: settings.statement_timeout,
        })
    }

    /// Applies pending migrations.
    ///
    /// # Errors
    ///
    /// Returns an error if the database is unavailable or rejects a statement.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        match &self.pool {
            Pool::Postgres(pool) => {
                migrations(include_str!("../migrations/postgres/0001_notes.sql"))
                    .run(pool)
                    .await
            }
            Pool::Sqlite(pool) => {
                migrations(include_str!("../migrations/sqlite/0001_notes.sql"))
                    .run(pool)
                    .await
            }
        }
    }

    /// Inserts a note and returns its row.
    ///
    /// # Errors
    ///
    /// Returns an error if the database is unavailable or the statement times out.
    pub async fn create_note(&self, text: &str, created_at: i64) -> Result<Row, Error> {
        const INSERT: &str =
            "INSERT INTO notes (text, created_at) VALUES ($1, $2) RETURNING id, text, created_at";
        on_pool!(self, connection => sqlx::query_as(INSERT).bind(text).bind(created_at).fetch_one(connection))
    }

    /// Returns the latest notes with a number below `before`, at most `limit`.
    ///
    /// # Errors
    ///
    /// Returns an error if the database is unavailable or the statement times out.
    pub async fn list_notes(&self, before: i64, limit: i64) -> Result<Vec<Row>, Error> {
        const SELECT: &str =
            "SELECT id, text, created_at FROM notes WHERE id < $1 ORDER BY id DESC LIMIT $2";
        on_pool!(self, connection => sqlx::query_as(SELECT).bind(before).bind(limit).fetch_all(connection))
    }

    /// The health check.
    pub fn check(&self) -> DatabaseCheck {
        DatabaseCheck {
            pool: self.pool.clone(),
            tls_files: self.tls_files.clone(),
        }
    }

    /// Number of connections in the pool: open, idle, and the maximum.
    pub fn usage(&self) -> (u32, usize, u32) {
        match &self.pool {
            Pool::Postgres(pool) => (
                pool.size(),
                pool.num_idle(),
                pool.options().get_max_connections(),
            ),
            Pool::Sqlite(pool) => (
                pool.size(),
                pool.num_idle(),
                pool.options().get_max_connections(),
            ),
        }
    }

    /// Closes unused connections in excess of `pool_size`, once a minute.
    pub async fn trim(self) {
        loop {
            sleep(Duration::from_mins(1)).await;
            match &self.pool {
                Pool::Postgres(pool) => trim(pool, self.pool_size).await,
                Pool::Sqlite(pool) => trim(pool, self.pool_size).await,
            }
        }
    }

    /// Closes every connection.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Postgres(pool) => pool.close().await,
            Pool::Sqlite(pool) => pool.close().await,
        }
    }
}

impl<DB: sqlx::Database> Borrowed<DB> {
    async fn of(pool: &sqlx::Pool<DB>, limit: Duration) -> Result<Self, Error> {
        Ok(Self {
            connection: pool.acquire().await?,
            limit,
        })
    }
}

impl<DB: sqlx::Database> Drop for Borrowed<DB> {
    fn drop(&mut self) {
        tokio::spawn(timeout(self.limit, self.connection.return_to_pool()));
    }
}

impl Check for DatabaseCheck {
    const NAME: &'static str = "database";
    const DESCRIPTION: &'static str = "the database";
    const SETTING: &'static str = "database.url";

    fn endpoint(&self) -> Endpoint {
        match &self.pool {
            Pool::Postgres(pool) => {
                let options = pool.connect_options();
                let address = match options.get_socket() {
                    Some(directory) => Address::File(directory.clone()),
                    None => Address::Host(format!("{}:{}", options.get_host(), options.get_port())),
                };
                Endpoint {
                    address,
                    user: Some(options.get_username().to_owned()),
                }
            }
            Pool::Sqlite(pool) => Endpoint {
                address: Address::File(pool.connect_options().get_filename().to_owned()),
                user: None,
            },
        }
    }

    type Connection = CheckConnection;

    async fn connect(&self) -> Result<CheckConnection, String> {
        match &self.pool {
            Pool::Postgres(pool) => PgConnection::connect_with(&pool.connect_options())
                .await
                .map(CheckConnection::Postgres)
                .map_err(|error| self.postgres_reason(&error)),
            Pool::Sqlite(pool) => {
                let options = pool.connect_options();
                SqliteConnection::connect_with(&options)
                    .await
                    .map(CheckConnection::Sqlite)
                    .map_err(|error| sqlite_reason(&error, options.get_filename()))
            }
        }
    }

    async fn ping(connection: &mut CheckConnection) -> Result<(), String> {
        let answered = match connection {
            CheckConnection::Postgres(connection) => {
                sqlx::query("SELECT 1").execute(connection).await.map(drop)
            }
            CheckConnection::Sqlite(connection) => {
                sqlx::query("SELECT 1").execute(connection).await.map(drop)
            }
        };
        answered.map_err(|error| reason(&error))
    }
}

impl DatabaseCheck {
    /// Reason of a failed connection to PostgreSQL. The client does not report which file it could not read.
    fn postgres_reason(&self, error: &Error) -> String {
        let is_local = matches!(
            error,
            Error::Io(_) | Error::Tls(_) | Error::Configuration(_)
        );
        let file = is_local.then(|| self.tls_files.problem()).flatten();
        file.unwrap_or_else(|| reason(error))
    }
}

/// Reason why the file of SQLite cannot be opened. SQLite has one code for all of them.
fn sqlite_reason(error: &Error, file: &Path) -> String {
    let is_unopened =
        matches!(error, Error::Database(error) if error.code().as_deref() == Some("14"));
    let directory = file.parent().filter(|path| !path.as_os_str().is_empty());
    match directory {
        Some(directory) if is_unopened && !directory.is_dir() => {
            "cannot open the database file: its directory does not exist".into()
        }
        _ if is_unopened && file.is_dir() => {
            "cannot open the database file: it is a directory".into()
        }
        _ => reason(error),
    }
}

/// Reason of a failed migration.
pub fn migration_reason(error: &MigrateError) -> String {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => reason(error),
        // The others only name versions.
        other => other.to_string(),
    }
}

/// Reason of an error, without names, addresses or statements.
pub fn reason(error: &Error) -> String {
    match error {
        Error::Io(error) => reasons::of_io(error),
        Error::Tls(error) | Error::Configuration(error) => reasons::of_tls_setup(&**error).into(),
        Error::Protocol(_) => "unexpected answer: the server may not be PostgreSQL".into(),
        Error::PoolTimedOut => "timed out".into(),
        Error::PoolClosed => "shutting down".into(),
        Error::Database(error) => match error.code().as_deref() {
            Some("28P01") => "password authentication failed".into(),
            Some("28000") => "authentication failed".into(),
            Some("3D000") => "database does not exist".into(),
            Some("42501") => "permission denied".into(),
            Some("53300") => "too many connections".into(),
            Some("57014") => "statement timed out".into(),
            Some("57P01" | "57P02" | "57P03") => "the database is starting or stopping".into(),
            // Codes of SQLite.
            Some("5" | "261" | "517") => "the database file is locked".into(),
            Some("8") => "the database file is read-only".into(),
            Some("13") => "the disk is full".into(),
            Some("14") => "cannot open the database file: check its permissions".into(),
            Some("26") => "the file is not a SQLite database".into(),
            Some(code) => format!("error code {code}"),
            None => "the database reported an error".into(),
        },
        _ => "connection lost".into(),
    }
}

fn pool_options<DB: sqlx::Database>(settings: &DatabaseSettings) -> PoolOptions<DB> {
    PoolOptions::new()
        // Not `min_connections`: the pool retries to open those for minutes, and meanwhile requests cannot use their places.
        .max_connections(settings.pool_size + settings.max_overflow)
        .idle_timeout(None)
        .acquire_timeout(settings.acquire_timeout)
        .test_before_acquire(false)
}

async fn trim<DB: sqlx::Database>(pool: &sqlx::Pool<DB>, pool_size: u32) {
    while pool.size() > pool_size
        && let Some(idle) = pool.try_acquire()
    {
        // An orderly close is optional: the connection may be dead.
        let _ = timeout(PING_TIMEOUT, idle.close()).await;
    }
}

fn migrations(notes: &'static str) -> Migrator {
    Migrator::with_migrations(vec![Migration::new(
        1,
        "notes".into(),
        MigrationType::Simple,
        notes.into_sql_str(),
        false,
    )])
}
