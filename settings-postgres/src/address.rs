//! Hosts of a URL, each with the configuration of its connection.

use crate::settings::PostgresSettings;
use settings_core::ExposeSecret;
use tokio_postgres::{
    Config,
    config::{Host, SslMode, TargetSessionAttrs},
};

/// One host of the URL.
pub(crate) struct Target {
    /// Host and port, for messages.
    pub(crate) name: String,
    pub(crate) config: Config,
    pub(crate) has_tls: bool,
}

impl PostgresSettings {
    pub(crate) fn consistent(&self) -> Result<(), &'static str> {
        if self.cert_file.is_some() != self.key_file.is_some() {
            return Err("cert_file and key_file must be set together");
        }
        targets(self).map(drop)
    }
}

const NOT_A_URL: &str = "url must be postgres://user@host/database";
/// Parameters that `Config` parses and that are copied to each host, and `sslmode`.
const PARAMETERS: &[&str] = &[
    "application_name",
    "channel_binding",
    "host",
    "port",
    "sslmode",
    "target_session_attrs",
];

/// The hosts of the URL. An error never quotes the URL.
pub(crate) fn targets(settings: &PostgresSettings) -> Result<Vec<Target>, &'static str> {
    let url = settings.url.expose_secret();
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(NOT_A_URL);
    }
    let (base, parameters) = url.split_once('?').unwrap_or((url, ""));
    let mut wants_tls = None;
    let mut kept = Vec::new();
    for parameter in parameters.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if !PARAMETERS.contains(&name) {
            return Err(
                "url has an unknown parameter: expected sslmode, host, port, application_name, target_session_attrs or channel_binding; \
                 certificates are named by ca_file, cert_file and key_file",
            );
        }
        if name == "sslmode" {
            wants_tls = Some(tls_of(value)?);
        } else {
            kept.push(parameter);
        }
    }
    let whole = format!("{base}?{}", kept.join("&"));
    let whole: Config = whole.parse().map_err(|_| NOT_A_URL)?;
    let Some(user) = whole.get_user() else {
        return Err("url must contain a user: postgres://user@host/database");
    };
    let has_files = settings.ca_file.is_some() || settings.cert_file.is_some();
    if has_files && wants_tls == Some(false) {
        return Err("ca_file and cert_file require TLS: remove sslmode=disable from url");
    }
    let hosts = whole.get_hosts();
    if hosts.is_empty() {
        return Err("url must contain a host: postgres://user@host/database");
    }
    let ports = whole.get_ports();
    if ports.len() > 1 && ports.len() != hosts.len() {
        return Err("url must have one port, or one for each host");
    }
    let target = |(at, host): (usize, &Host)| {
        let port = ports.get(at).or(ports.first()).copied().unwrap_or(5432);
        let mut config = Config::new();
        config.user(user).port(port);
        let (name, is_local) = match host {
            Host::Tcp(name) => {
                config.host(name);
                (format!("{name}:{port}"), is_loopback(name))
            }
            #[cfg(unix)]
            Host::Unix(directory) => {
                config.host_path(directory);
                (directory.display().to_string(), true)
            }
        };
        if let Some(password) = &settings.password {
            config.password(password.expose_secret());
        } else if let Some(password) = whole.get_password() {
            config.password(password);
        }
        if let Some(database) = whole.get_dbname() {
            config.dbname(database);
        }
        config.application_name(whole.get_application_name().unwrap_or("settings"));
        config.channel_binding(whole.get_channel_binding());
        config.target_session_attrs(match hosts.len() {
            1 => whole.get_target_session_attrs(),
            _ => TargetSessionAttrs::ReadWrite,
        });
        let has_tls = wants_tls.unwrap_or(has_files || !is_local);
        config.ssl_mode(if has_tls {
            SslMode::Require
        } else {
            SslMode::Disable
        });
        Target {
            name,
            config,
            has_tls,
        }
    };
    Ok(hosts.iter().enumerate().map(target).collect())
}

/// Whether a mode uses TLS.
fn tls_of(mode: &str) -> Result<bool, &'static str> {
    match mode {
        "disable" => Ok(false),
        "require" | "verify-ca" | "verify-full" => Ok(true),
        _ => Err(
            "sslmode in url must be disable or require, which verifies the certificate and the name",
        ),
    }
}

fn is_loopback(host: &str) -> bool {
    let address: Result<std::net::IpAddr, _> = host.parse();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(url: &str) -> Result<Vec<(String, bool)>, &'static str> {
        let settings = PostgresSettings::new(url, "/shop/");
        let targets = targets(&settings)?.into_iter();
        Ok(targets
            .map(|target| (target.name, target.has_tls))
            .collect())
    }

    #[test]
    fn each_host_has_its_port_and_only_local_ones_have_no_tls() {
        assert_eq!(
            names("postgres://shop:hunter2@db-1,127.0.0.1/shop"),
            Ok(vec![
                ("db-1:5432".to_owned(), true),
                ("127.0.0.1:5432".to_owned(), false)
            ])
        );
        assert_eq!(
            names("postgresql://shop@a:1,b:2/shop?application_name=x&sslmode=disable"),
            Ok(vec![("a:1".to_owned(), false), ("b:2".to_owned(), false)])
        );
        assert_eq!(
            names("postgres://shop@localhost?sslmode=verify-full"),
            Ok(vec![("localhost:5432".to_owned(), true)])
        );
        assert_eq!(
            names("postgres://shop@/shop?host=/run/postgresql"),
            Ok(vec![("/run/postgresql".to_owned(), false)])
        );
    }

    #[test]
    fn a_wrong_url_is_refused_without_quoting_it() {
        for (url, words) in [
            ("host=db-1 user=shop", "postgres://user@host/database"),
            ("mysql://shop@db-1/shop", "postgres://user@host/database"),
            (
                "postgres://shop:hunter2@db-1:x/shop",
                "postgres://user@host",
            ),
            ("postgres://db-1/shop", "must contain a user"),
            ("postgres://shop@/shop", "must contain a host"),
            ("postgres://shop@/shop?host=a,b,c&port=1,2", "port"),
            (
                "postgres://shop@db-1/shop?sslmode=prefer",
                "disable or require",
            ),
            ("postgres://shop@db-1/shop?sslrootcert=hunter2", "ca_file"),
        ] {
            let error = names(url).unwrap_err();
            assert!(error.contains(words), "{url}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
