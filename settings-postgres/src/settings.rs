//! `PostgresSettings`: the connection to PostgreSQL, as a group of settings.

use settings_core::{SecretString, Settings};
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
}
