//! Health checks of dependencies: the database, Redis, and those that you add.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::{Instant, interval_at, timeout};

/// A dependency that can be checked over a connection of its own, so that a check does not wait for a pool.
///
/// Reasons are sent to the clients of health probes, so they contain no names, addresses or credentials.
pub trait Check: Send + Sync + 'static {
    /// Name of the dependency in reports.
    const NAME: &'static str;
    /// Name of the dependency in a sentence.
    const DESCRIPTION: &'static str;
    /// Key of the setting that holds the URL.
    const SETTING: &'static str;

    type Connection: Send;

    /// Address and user of the dependency, for the log.
    fn endpoint(&self) -> Endpoint;

    /// Opens a connection.
    ///
    /// # Errors
    ///
    /// Returns the reason why it cannot connect.
    fn connect(&self) -> impl Future<Output = Result<Self::Connection, String>> + Send;

    /// Sends a request over a connection and waits for the answer.
    ///
    /// # Errors
    ///
    /// Returns the reason why there is no answer.
    fn ping(connection: &mut Self::Connection) -> impl Future<Output = Result<(), String>> + Send;
}

/// Address and user of a dependency. Unlike reasons, they are only logged.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub address: Address,
    pub user: Option<String>,
}

/// Address of a dependency.
#[derive(Clone, Debug)]
pub enum Address {
    /// Host and port.
    Host(String),
    /// Database file or socket.
    File(PathBuf),
}

/// Runs a check repeatedly, and keeps the connection that answered.
#[derive(Debug)]
pub struct Checker<C: Check> {
    dependency: C,
    connection: Option<C::Connection>,
}

/// How long a connection may stay silent before another one is tried concurrently.
const RECONNECT_AFTER: Duration = Duration::from_millis(500);

impl<C: Check> Checker<C> {
    pub fn new(dependency: C) -> Self {
        Self {
            dependency,
            connection: None,
        }
    }

    /// Waits for an answer. If there is none, or this future is dropped, the next call opens a new connection.
    ///
    /// A connection can be dead without an error. So that the check does not wait for it until the timeout, new
    /// connections are tried concurrently.
    ///
    /// # Errors
    ///
    /// Returns the reason why there is no answer.
    pub async fn check(&mut self) -> Result<(), String> {
        let connection = self.connection.take();
        let answered = tokio::select! {
            answered = ping(&self.dependency, connection) => answered?,
            answered = ping_anew(&self.dependency) => answered,
        };
        self.connection = Some(answered);
        Ok(())
    }
}

/// Returns the connection once it has answered.
async fn ping<C: Check>(
    dependency: &C,
    connection: Option<C::Connection>,
) -> Result<C::Connection, String> {
    let mut connection = match connection {
        Some(connection) => connection,
        None => dependency.connect().await?,
    };
    C::ping(&mut connection).await?;
    Ok(connection)
}

/// Opens new connections, one after the other, and returns the first one that answers.
async fn ping_anew<C: Check>(dependency: &C) -> C::Connection {
    let mut next = interval_at(Instant::now() + RECONNECT_AFTER, RECONNECT_AFTER);
    loop {
        next.tick().await;
        if let Ok(Ok(connection)) = timeout(RECONNECT_AFTER, ping(dependency, None)).await {
            return connection;
        }
    }
}

impl Address {
    /// Host and port, unless it is a file.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::Host(host) => Some(host),
            Self::File(_) => None,
        }
    }

    /// Path, if it is a file.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Host(_) => None,
            Self::File(path) => Some(path),
        }
    }
}
