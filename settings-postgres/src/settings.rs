//! `PostgresSettings`: the connection to PostgreSQL, as a group of settings.

use crate::{Postgres, TABLES, address};
use settings_core::{
    SecretString, Settings,
    remote::{Fault, Store, StoreBuilder},
};
use std::{path::PathBuf, time::Duration};

/// Connection to PostgreSQL, as a group to nest in the settings of a program.
///
/// ```
/// use settings_postgres::PostgresSettings;
///
/// let settings = PostgresSettings::new("postgres://shop:hunter2@db-1/shop", "/shop/");
/// assert!(!format!("{settings:?}").contains("hunter2"));
/// ```
#[derive(Clone, Debug, Settings)]
#[settings(group, validate = Self::consistent)]
#[non_exhaustive]
pub struct PostgresSettings {
    /// URL of the database. Of several hosts, the first that accepts writes is used.
    ///
    /// Parameters: `sslmode`, `host`, `port`, `application_name`, `target_session_attrs`, `channel_binding`.
    #[settings(example = "postgres://shop@db-1,db-2/shop")]
    pub url: SecretString,
    /// Password, instead of the one in the URL.
    pub password: Option<SecretString>,
    /// Prefix of the settings in the table. If it ends in a letter or digit, `/` is appended: `/shop` is `/shop/`.
    #[settings(length(1..=512), example = "/shop/")]
    pub prefix: String,
    /// PEM file with the authorities that may sign the server's certificate, instead of those of the system.
    pub ca_file: Option<PathBuf>,
    /// PEM file with the certificate of this program.
    pub cert_file: Option<PathBuf>,
    /// PEM file with the key of that certificate.
    pub key_file: Option<PathBuf>,
    /// How long a start waits for PostgreSQL.
    #[settings(default = "5s")]
    pub timeout: Duration,
    /// How long PostgreSQL may fail to answer before it counts as unavailable. A change is noticed within half of it even
    /// if a pooler drops notifications.
    #[settings(default = "10s", range("100ms"..))]
    pub heartbeat: Duration,
}

impl PostgresSettings {
    /// Settings for this URL, with the default times.
    pub fn new(url: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self {
            url: SecretString::from(url.into()),
            password: None,
            prefix: prefix.into(),
            ca_file: None,
            cert_file: None,
            key_file: None,
            timeout: Duration::from_secs(5),
            heartbeat: Duration::from_secs(10),
        }
    }

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
        Postgres::new(self.clone()).execute(TABLES, self.timeout)
    }

    fn consistent(&self) -> Result<(), &'static str> {
        if self.cert_file.is_some() != self.key_file.is_some() {
            return Err("cert_file and key_file must be set together");
        }
        address::targets(self).map(drop)
    }
}
