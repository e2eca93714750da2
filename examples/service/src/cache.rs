//! Redis: the check, and a rate limit that lets everyone pass while it is away.

use crate::{check::Check, settings::RedisSettings};
use redis::{
    AsyncConnectionConfig, Client, ErrorKind, RedisError,
    aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection},
};
use settings_core::ExposeSecret;
use std::{
    net::IpAddr,
    num::NonZeroU32,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::time::timeout;

/// The connection of the process; it connects when it is first used, and again when it broke.
#[derive(Clone)]
pub struct Cache {
    client: Client,
    manager: ConnectionManager,
    /// Whether the service is unready without it.
    pub required: bool,
    timeout: Duration,
    /// What every key begins with.
    prefix: String,
}

/// What the checks connect to.
pub struct Watch(Client);

impl Cache {
    /// Sets up the connection, or gives `None` if there is to be no Redis. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// Returns an error if the URL can't be read. It may quote the URL: show it to nobody.
    pub fn new(settings: &RedisSettings, name: &str) -> Result<Option<Self>, RedisError> {
        let Some(url) = &settings.url else {
            return Ok(None);
        };
        let client = Client::open(url.expose_secret())?;
        // A request that finds it away doesn't wait for a second try.
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(Duration::from_secs(1)))
            .set_response_timeout(Some(settings.timeout));
        Ok(Some(Self {
            manager: ConnectionManager::new_lazy_with_config(client.clone(), config)?,
            client,
            required: settings.required,
            timeout: settings.timeout,
            prefix: format!("{name}:rate:"),
        }))
    }

    /// Counts a request of this client, and tells whether it may pass, as one of so many a minute, or else when to come
    /// again.
    ///
    /// # Errors
    ///
    /// Returns for how long the client has used up what it may.
    pub async fn admit(&self, client: IpAddr, limit: NonZeroU32) -> Result<(), Duration> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let (minute, left) = (now / 60, 60 - now % 60);
        let key = format!("{}{client}:{minute}", self.prefix);
        let mut counting = redis::pipe();
        counting.atomic().incr(&key, 1).expire(&key, 60).ignore();
        let mut manager = self.manager.clone();
        let counted = timeout(self.timeout, counting.query_async::<(u32,)>(&mut manager)).await;
        match counted {
            Ok(Ok((count,))) if count > limit.get() => Err(Duration::from_secs(left)),
            // Away or slow: the check says so, and nobody is kept out.
            _ => Ok(()),
        }
    }

    /// What the checks connect to.
    pub fn watch(&self) -> Watch {
        Watch(self.client.clone())
    }
}

impl Check for Watch {
    const NAME: &'static str = "redis";

    type Connection = MultiplexedConnection;

    async fn connect(&self) -> Result<MultiplexedConnection, String> {
        // Whoever checks has a deadline of its own.
        let patient = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None);
        self.0
            .get_multiplexed_async_connection_with_config(&patient)
            .await
            .map_err(|error| reason(&error))
    }

    async fn ask(connection: &mut MultiplexedConnection) -> Result<(), String> {
        redis::cmd("PING")
            .query_async::<()>(connection)
            .await
            .map_err(|error| reason(&error))
    }
}

/// Why Redis doesn't answer, without names or addresses.
fn reason(error: &RedisError) -> String {
    if error.is_connection_refusal() {
        return "connection refused".into();
    }
    match error.kind() {
        ErrorKind::AuthenticationFailed => "authentication failed".into(),
        ErrorKind::Io => "the connection broke".into(),
        _ => match error.code() {
            Some(code) => format!("refused with {code}"),
            None => "no sound answer".into(),
        },
    }
}
