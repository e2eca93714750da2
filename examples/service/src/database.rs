//! The database: PostgreSQL or SQLite, one pool, and the few statements there are.

use crate::{check::Check, settings::DatabaseSettings};
use settings_core::ExposeSecret;
use sqlx::SqlSafeStr;
use sqlx::{
    Connection as _, Error, PgConnection, PgPool, SqliteConnection, SqlitePool,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
    pool::{PoolConnection, PoolConnectionMetadata, PoolOptions},
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::{str::FromStr, time::Duration};
use tokio::time::{sleep, timeout};

/// The pool of the process; it connects when a connection is asked for.
#[derive(Clone, Debug)]
pub struct Database {
    pool: Pool,
    pool_size: u32,
    statement_timeout: Duration,
}

#[derive(Clone, Debug)]
enum Pool {
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

/// What the checks connect to.
#[derive(Debug)]
pub struct Watch(Pool);

/// The connection of the checks.
#[derive(Debug)]
pub enum Watched {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// How long a connection from the pool may take to show that it is alive; then another is taken.
const SIGN_OF_LIFE: Duration = Duration::from_millis(500);

/// A row of `notes`: its number, the text, and when it was written, in milliseconds since 1970.
pub type Row = (i64, String, i64);

/// A connection of the pool, while a statement runs on it.
///
/// The pool takes back only what shows that it is alive, and waits for that for ever: a connection that is dead, and nobody
/// tells, would be missing in it for good.
struct Lent<DB: sqlx::Database> {
    connection: PoolConnection<DB>,
    patience: Duration,
}

/// The same statement in both dialects, on a connection of the pool that there is.
macro_rules! on {
    ($database:expr, $connection:ident => $statement:expr) => {{
        let patience = $database.statement_timeout;
        let answer = async {
            match &$database.pool {
                Pool::Postgres(pool) => {
                    let $connection = &mut *Lent::of(pool, patience).await?.connection;
                    $statement.await
                }
                Pool::Sqlite(pool) => {
                    let $connection = &mut *Lent::of(pool, patience).await?.connection;
                    $statement.await
                }
            }
        };
        timeout(patience, answer)
            .await
            .unwrap_or(Err(Error::PoolTimedOut))
    }};
}

impl Database {
    /// Sets up the pool. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// Returns an error if the URL can't be read. It may quote the URL: show it to nobody.
    pub fn new(settings: &DatabaseSettings, name: &str) -> Result<Self, Error> {
        let url = settings.url.expose_secret();
        let pool = if settings.is_embedded() {
            let options = SqliteConnectOptions::from_str(url)?
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                .busy_timeout(settings.statement_timeout);
            // Each connection is a thread, and one writes at a time.
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
            // A connection that has idled may be dead, and nobody tell; one that was just used is not asked again.
            let pool = pool_options(settings).before_acquire(
                |connection: &mut PgConnection, known: PoolConnectionMetadata| {
                    Box::pin(async move {
                        let is_fresh = known.idle_for < Duration::from_secs(1);
                        Ok(is_fresh
                            || timeout(SIGN_OF_LIFE, connection.ping())
                                .await
                                .is_ok_and(|sign| sign.is_ok()))
                    })
                },
            );
            Pool::Postgres(pool.connect_lazy_with(options))
        };
        Ok(Self {
            pool,
            pool_size: settings.pool_size,
            statement_timeout: settings.statement_timeout,
        })
    }

    /// Brings the tables up to date.
    ///
    /// # Errors
    ///
    /// Returns why they are not.
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

    /// Keeps a note, and gives it back with its number.
    ///
    /// # Errors
    ///
    /// Returns why it isn't kept.
    pub async fn create_note(&self, text: &str, created_at: i64) -> Result<Row, Error> {
        const INSERT: &str =
            "INSERT INTO notes (text, created_at) VALUES ($1, $2) RETURNING id, text, created_at";
        on!(self, connection => sqlx::query_as(INSERT).bind(text).bind(created_at).fetch_one(connection))
    }

    /// The latest notes, at most so many, of those with a number below `before`.
    ///
    /// # Errors
    ///
    /// Returns why they can't be read.
    pub async fn list_notes(&self, before: i64, limit: i64) -> Result<Vec<Row>, Error> {
        const SELECT: &str =
            "SELECT id, text, created_at FROM notes WHERE id < $1 ORDER BY id DESC LIMIT $2";
        on!(self, connection => sqlx::query_as(SELECT).bind(before).bind(limit).fetch_all(connection))
    }

    /// What the checks connect to.
    pub fn watch(&self) -> Watch {
        Watch(self.pool.clone())
    }

    /// Connections that are open, those of them that idle, and how many there may be.
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

    /// Closes connections beyond those that stay open, once a minute, if nobody uses them.
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

impl<DB: sqlx::Database> Lent<DB> {
    async fn of(pool: &sqlx::Pool<DB>, patience: Duration) -> Result<Self, Error> {
        Ok(Self {
            connection: pool.acquire().await?,
            patience,
        })
    }
}

impl<DB: sqlx::Database> Drop for Lent<DB> {
    fn drop(&mut self) {
        tokio::spawn(timeout(self.patience, self.connection.return_to_pool()));
    }
}

impl Check for Watch {
    const NAME: &'static str = "database";

    type Connection = Watched;

    async fn connect(&self) -> Result<Watched, String> {
        let connected = match &self.0 {
            Pool::Postgres(pool) => PgConnection::connect_with(&pool.connect_options())
                .await
                .map(Watched::Postgres),
            Pool::Sqlite(pool) => SqliteConnection::connect_with(&pool.connect_options())
                .await
                .map(Watched::Sqlite),
        };
        connected.map_err(|error| reason(&error))
    }

    async fn ask(connection: &mut Watched) -> Result<(), String> {
        let answered = match connection {
            Watched::Postgres(connection) => {
                sqlx::query("SELECT 1").execute(connection).await.map(drop)
            }
            Watched::Sqlite(connection) => {
                sqlx::query("SELECT 1").execute(connection).await.map(drop)
            }
        };
        answered.map_err(|error| reason(&error))
    }
}

/// Why the tables are not up to date.
pub fn migration_reason(error: &MigrateError) -> String {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => reason(error),
        // These name versions, nothing else.
        other => other.to_string(),
    }
}

/// Why the database doesn't answer, without names, addresses or statements.
pub fn reason(error: &Error) -> String {
    match error {
        Error::Io(error) => error.kind().to_string(),
        Error::Tls(_) => "no TLS as it was asked for".into(),
        Error::PoolTimedOut => "no answer in time".into(),
        Error::PoolClosed => "closed".into(),
        Error::Database(error) => match error.code().as_deref() {
            Some("28P01" | "28000") => "authentication failed".into(),
            Some("3D000") => "there is no such database".into(),
            Some("53300") => "too many connections".into(),
            Some("57014") => "a statement took too long".into(),
            Some("57P01" | "57P02" | "57P03") => "starting or stopping".into(),
            Some(code) => format!("refused with code {code}"),
            None => "refused".into(),
        },
        _ => "the connection broke".into(),
    }
}

fn pool_options<DB: sqlx::Database>(settings: &DatabaseSettings) -> PoolOptions<DB> {
    PoolOptions::new()
        // Not `min_connections`: to open those is tried for minutes, and meanwhile they are taken from requests.
        .max_connections(settings.pool_size + settings.max_overflow)
        .idle_timeout(None)
        .acquire_timeout(settings.acquire_timeout)
        .test_before_acquire(false)
}

async fn trim<DB: sqlx::Database>(pool: &sqlx::Pool<DB>, pool_size: u32) {
    while pool.size() > pool_size
        && let Some(idle) = pool.try_acquire()
    {
        // To say goodbye is a courtesy; it may be dead.
        let _ = timeout(SIGN_OF_LIFE, idle.close()).await;
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
