//! `EtcdSettings`: the connection to etcd, as a group of settings.

use settings_core::{SecretString, Settings, remote::mask_passwords};
use std::{fmt, path::PathBuf, time::Duration};

/// Connection to etcd, as a group to nest in the settings of a program.
#[derive(Clone, Settings)]
#[settings(group, validate = Self::consistent)]
#[non_exhaustive]
pub struct EtcdSettings {
    /// URLs of etcd, with `http://` or `https://`; of several, one is used at a time.
    #[settings(
        default = "http://127.0.0.1:2379",
        length(1..),
        example = "https://etcd-1:2379, https://etcd-2:2379"
    )]
    pub endpoints: Vec<String>,
    /// Prefix of the keys of all settings. If it ends in a letter or digit, `/` is appended: `/shop` is `/shop/`.
    #[settings(length(1..), example = "/shop/")]
    pub prefix: String,
    /// User for authentication.
    pub username: Option<String>,
    /// Password of that user.
    pub password: Option<SecretString>,
    /// PEM file with the authorities that may sign etcd's certificate, instead of those of the system.
    pub ca_file: Option<PathBuf>,
    /// PEM file with the certificate of this program.
    pub cert_file: Option<PathBuf>,
    /// PEM file with the key of that certificate.
    pub key_file: Option<PathBuf>,
    /// How long a start waits for etcd.
    #[settings(default = "5s")]
    pub timeout: Duration,
    /// How long etcd may fail to answer before it counts as unavailable.
    #[settings(default = "10s", range("100ms"..))]
    pub heartbeat: Duration,
}

impl EtcdSettings {
    /// Settings without credentials, and with the default times.
    pub fn new(
        endpoints: impl IntoIterator<Item = impl Into<String>>,
        prefix: impl Into<String>,
    ) -> Self {
        Self {
            endpoints: endpoints.into_iter().map(Into::into).collect(),
            prefix: prefix.into(),
            username: None,
            password: None,
            ca_file: None,
            cert_file: None,
            key_file: None,
            timeout: Duration::from_secs(5),
            heartbeat: Duration::from_secs(10),
        }
    }

    fn consistent(&self) -> Result<(), &'static str> {
        let schemes = ["http://", "https://"];
        let has_scheme =
            |endpoint: &String| schemes.iter().any(|scheme| endpoint.starts_with(scheme));
        if !self.endpoints.iter().all(has_scheme) {
            return Err("endpoints must begin with http:// or https://");
        }
        if self.username.is_some() != self.password.is_some() {
            return Err("username and password must be set together");
        }
        if self.cert_file.is_some() != self.key_file.is_some() {
            return Err("cert_file and key_file must be set together");
        }
        let is_plain = |endpoint: &String| endpoint.starts_with("http://");
        let has_tls = self.ca_file.is_some() || self.cert_file.is_some();
        if has_tls && self.endpoints.iter().any(is_plain) {
            return Err("ca_file and cert_file require endpoints that begin with https://");
        }
        Ok(())
    }
}

/// Prints everything except the password, and masks the passwords of URLs.
///
/// ```
/// use settings_etcd::EtcdSettings;
///
/// let settings = EtcdSettings::new(["https://shop:hunter2@etcd-1:2379"], "/shop/");
/// assert!(!format!("{settings:?}").contains("hunter2"));
/// ```
impl fmt::Debug for EtcdSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let masked = |text: &String| mask_passwords(text).into_owned();
        let endpoints: Vec<String> = self.endpoints.iter().map(masked).collect();
        f.debug_struct("EtcdSettings")
            .field("endpoints", &endpoints)
            .field("prefix", &mask_passwords(&self.prefix))
            .field("username", &self.username)
            .field("password", &self.password)
            .field("ca_file", &self.ca_file)
            .field("cert_file", &self.cert_file)
            .field("key_file", &self.key_file)
            .field("timeout", &self.timeout)
            .field("heartbeat", &self.heartbeat)
            .finish()
    }
}
