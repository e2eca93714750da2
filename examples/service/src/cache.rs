//! Redis: the rate limit, which allows every request while Redis is unavailable, and the health check.

use crate::{
    check::{Address, Check, Endpoint},
    rate_limit::{current_minute, network},
    reasons,
    settings::RedisSettings,
};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ErrorKind, RedisError,
    aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection},
};
use settings_core::ExposeSecret;
use std::{error::Error, net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};
use tokio::time::timeout;

/// Connection of the process. It connects on first use, and reconnects after an error.
#[derive(Clone)]
pub struct Cache {
    client: Client,
    manager: ConnectionManager,
    /// Whether readiness fails without Redis.
    pub required: bool,
    timeout: Duration,
    /// Prefix of every key.
    prefix: String,
}

/// Health check of Redis.
pub struct RedisCheck(Client);

impl Cache {
    /// Sets up the connection without connecting, or returns `None` without a URL.
    ///
    /// # Errors
    ///
    /// Returns an error if the URL is malformed. It may quote the URL, so do not show it.
    pub fn new(settings: &RedisSettings, name: &str) -> Result<Option<Self>, RedisError> {
        let Some(url) = &settings.url else {
            return Ok(None);
        };
        let client = Client::open(url.expose_secret())?;
        // A request does not wait for a second attempt.
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

    /// Counts a request of this client against its limit per minute.
    ///
    /// # Errors
    ///
    /// Returns the time until the client may retry.
    pub async fn check_rate_limit(
        &self,
        client: IpAddr,
        limit: NonZeroU32,
    ) -> Result<(), Duration> {
        let (minute, rest) = current_minute();
        let key = format!("{}{}:{minute}", self.prefix, network(client));
        let mut counting = redis::pipe();
        counting.atomic().incr(&key, 1).expire(&key, 60).ignore();
        let mut manager = self.manager.clone();
        let counted = timeout(self.timeout, counting.query_async::<(u32,)>(&mut manager)).await;
        match counted {
            Ok(Ok((count,))) if count > limit.get() => Err(rest),
            // Redis is unavailable or slow: the health check reports it, and no request is rejected.
            _ => Ok(()),
        }
    }

    /// The health check.
    pub fn check(&self) -> RedisCheck {
        RedisCheck(self.client.clone())
    }
}

impl Check for RedisCheck {
    const NAME: &'static str = "redis";
    const DESCRIPTION: &'static str = "Redis";
    const SETTING: &'static str = "redis.url";

    fn endpoint(&self) -> Endpoint {
        let info = self.0.get_connection_info();
        let address = match info.addr() {
            ConnectionAddr::Unix(path) => Address::File(path.clone()),
            address => Address::Host(address.to_string()),
        };
        Endpoint {
            address,
            user: info.redis_settings().username().map(ToOwned::to_owned),
        }
    }

    type Connection = MultiplexedConnection;

    async fn connect(&self) -> Result<MultiplexedConnection, String> {
        // The caller has its own timeout.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None);
        self.0
            .get_multiplexed_async_connection_with_config(&config)
            .await
            .map_err(|error| reason(&error))
    }

    async fn ping(connection: &mut MultiplexedConnection) -> Result<(), String> {
        redis::cmd("PING")
            .query_async::<()>(connection)
            .await
            .map_err(|error| reason(&error))
    }
}

/// Reason of an error, without names or addresses.
fn reason(error: &RedisError) -> String {
    let shared = error.source().and_then(<dyn Error>::downcast_ref);
    let source = shared.and_then(|error: &Arc<dyn Error + Send + Sync>| error.downcast_ref());
    if let Some(error) = source {
        return reasons::of_io(error);
    }
    match error.kind() {
        ErrorKind::AuthenticationFailed => "password authentication failed".into(),
        ErrorKind::Io => "connection lost".into(),
        ErrorKind::Parse => "unexpected answer: the server may not be Redis".into(),
        _ => match error.code() {
            Some("NOAUTH") => "a password is required".into(),
            Some("WRONGPASS") => "password authentication failed".into(),
            Some("NOPERM") => "permission denied".into(),
            Some("LOADING") => "Redis is starting".into(),
            Some(code) => format!("error {code}: {}", error.detail().unwrap_or("no details")),
            None => error.category().to_owned(),
        },
    }
}
