//! What can be asked whether it answers: the database, Redis, and what you add.

use std::time::Duration;
use tokio::time::{Instant, interval_at, timeout};

/// Something to ask, over a connection of its own: it doesn't wait for a pool, and learns at once why there is no answer.
///
/// Reasons are told to whoever probes: no names, addresses or credentials are in them.
pub trait Check: Send + Sync + 'static {
    /// Its name in reports.
    const NAME: &'static str;

    type Connection: Send;

    /// Connects.
    ///
    /// # Errors
    ///
    /// Returns the reason why it can't.
    fn connect(&self) -> impl Future<Output = Result<Self::Connection, String>> + Send;

    /// Asks for an answer.
    ///
    /// # Errors
    ///
    /// Returns the reason why there is none.
    fn ask(connection: &mut Self::Connection) -> impl Future<Output = Result<(), String>> + Send;
}

/// Asks, and keeps the connection that answered.
#[derive(Debug)]
pub struct Asker<C: Check> {
    what: C,
    kept: Option<C::Connection>,
}

/// How long a silence may be until a fresh connection is tried beside it.
const IMPATIENCE: Duration = Duration::from_millis(500);

impl<C: Check> Asker<C> {
    pub fn new(what: C) -> Self {
        Self { what, kept: None }
    }

    /// Asks for an answer. The next call connects anew if there is none, also if this one is dropped before it ends.
    ///
    /// A connection may be dead and nobody tell; so as not to wait for it longer than for what it leads to, others are
    /// tried beside it.
    ///
    /// # Errors
    ///
    /// Returns the reason why there is none.
    pub async fn ask(&mut self) -> Result<(), String> {
        let kept = self.kept.take();
        let answered = tokio::select! {
            answered = answer(&self.what, kept) => answered?,
            answered = fresh_answer(&self.what) => answered,
        };
        self.kept = Some(answered);
        Ok(())
    }
}

/// The connection, once it answered.
async fn answer<C: Check>(what: &C, kept: Option<C::Connection>) -> Result<C::Connection, String> {
    let mut connection = match kept {
        Some(kept) => kept,
        None => what.connect().await?,
    };
    C::ask(&mut connection).await?;
    Ok(connection)
}

/// The first fresh connection that answers, of one after the other.
async fn fresh_answer<C: Check>(what: &C) -> C::Connection {
    let mut next = interval_at(Instant::now() + IMPATIENCE, IMPATIENCE);
    loop {
        next.tick().await;
        if let Ok(Ok(connection)) = timeout(IMPATIENCE, answer(what, None)).await {
            return connection;
        }
    }
}
