//! `EtcdSettings`: how etcd is reached, as a group of settings.

use crate::Etcd;
use settings_core::{
    SecretString, Settings,
    remote::{Store, StoreBuilder},
};
use std::{path::PathBuf, time::Duration};

/// How etcd is reached; a group to nest in the settings of a program.
#[derive(Clone, Debug, Settings)]
#[settings(group, validate = Self::consistent)]
#[non_exhaustive]
pub struct EtcdSettings {
    /// Where etcd listens, with `http://` or `https://`; of several, one is used at a time.
    #[settings(
        default = "http://127.0.0.1:2379",
        length(1..),
        example = "https://etcd-1:2379, https://etcd-2:2379"
    )]
    pub endpoints: Vec<String>,
    /// What the keys of the settings begin with. A name is a folder: `/shop` means `/shop/`.
    #[settings(length(1..), example = "/shop/")]
    pub prefix: String,
    /// The user to authenticate as.
    pub username: Option<String>,
    /// The password of that user.
    pub password: Option<SecretString>,
    /// A PEM file with the authorities that may have signed etcd's certificate, instead of those of the system.
    pub ca_file: Option<PathBuf>,
    /// A PEM file with the certificate that this program shows.
    pub cert_file: Option<PathBuf>,
    /// A PEM file with the key of that certificate.
    pub key_file: Option<PathBuf>,
    /// How long a start waits for etcd.
    #[settings(default = "5s")]
    pub timeout: Duration,
    /// How long etcd may say nothing before it counts as away.
    #[settings(default = "10s", range("100ms"..))]
    pub heartbeat: Duration,
}

impl EtcdSettings {
    /// Without credentials, and with the times that the group has by default.
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

    /// A store that is read with these settings, to be started.
    pub fn store(self) -> StoreBuilder {
        let (timeout, heartbeat) = (self.timeout, self.heartbeat);
        Store::builder(Etcd::new(self))
            .deadline(timeout)
            .heartbeat(heartbeat)
    }

    fn consistent(&self) -> Result<(), &'static str> {
        let schemes = ["http://", "https://"];
        let has_scheme =
            |endpoint: &String| schemes.iter().any(|scheme| endpoint.starts_with(scheme));
        if !self.endpoints.iter().all(has_scheme) {
            return Err("endpoints begin with http:// or https://");
        }
        if self.username.is_some() != self.password.is_some() {
            return Err("username and password go together");
        }
        if self.cert_file.is_some() != self.key_file.is_some() {
            return Err("cert_file and key_file go together");
        }
        let is_plain = |endpoint: &String| endpoint.starts_with("http://");
        let has_tls = self.ca_file.is_some() || self.cert_file.is_some();
        if has_tls && self.endpoints.iter().any(is_plain) {
            return Err("ca_file and cert_file are for endpoints that begin with https://");
        }
        Ok(())
    }
}
