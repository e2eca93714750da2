//! Reasons of failed connections. Clients of health probes receive them, so they contain no names, addresses or
//! credentials.

use std::{
    error::Error,
    fs, io,
    path::{Path, PathBuf},
};

/// Files with certificates and keys that a URL names in its parameters.
#[derive(Clone, Debug, Default)]
pub struct TlsFiles(Vec<(&'static str, PathBuf)>);

/// Parameters of a URL of PostgreSQL that name a file, with the label of its PEM blocks.
const TLS_FILES: [(&str, &str); 3] = [
    ("sslrootcert", "CERTIFICATE-----"),
    ("sslcert", "CERTIFICATE-----"),
    ("sslkey", "PRIVATE KEY-----"),
];

/// Messages of rustls and of the clients before the TLS handshake, and their reasons. They have no error codes.
const SETUP: [(&str, &str); 4] = [
    (
        "server does not support TLS",
        "the server does not support TLS",
    ),
    (
        "without TLS support",
        "this program is built without TLS: build it with the feature `tls`",
    ),
    (
        "keys may not be consistent",
        "the client certificate does not belong to its key",
    ),
    (
        "must be given together",
        "sslcert and sslkey must be set together",
    ),
];

/// Messages of rustls during the handshake, and their reasons.
const HANDSHAKE: [(&str, &str); 7] = [
    (
        "not valid for",
        "the certificate of the server is for another host name",
    ),
    ("expired", "the certificate of the server has expired"),
    (
        "not valid yet",
        "the certificate of the server is not valid yet",
    ),
    (
        "UnknownIssuer",
        "the certificate of the server is not signed by a trusted authority",
    ),
    (
        "invalid peer certificate",
        "the certificate of the server is invalid",
    ),
    (
        "received fatal alert",
        "the server rejected the TLS connection: it may require another client certificate",
    ),
    (
        "received corrupt message",
        "the server does not use TLS on this port",
    ),
];

/// Reason of an error of the operating system, of DNS or of a TLS handshake.
pub fn of_io(error: &io::Error) -> String {
    if is_dns_failure(error) {
        return "host name not found".into();
    }
    if let Some(reason) = find(&HANDSHAKE, error) {
        return reason.into();
    }
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".into(),
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::ConnectionReset => "the server closed the connection".into(),
        kind => kind.to_string(),
    }
}

/// Reason of an error before the TLS handshake.
pub fn of_tls_setup(error: &(dyn Error + 'static)) -> &'static str {
    find(&SETUP, error).unwrap_or("invalid certificate or key in the files of the URL")
}

fn find(messages: &[(&str, &'static str)], error: &(dyn Error + 'static)) -> Option<&'static str> {
    let found = messages
        .iter()
        .find(|(message, _)| mentions(error, message));
    found.map(|(_, reason)| *reason)
}

impl TlsFiles {
    /// The files of a URL.
    pub fn of_url(url: &str) -> Self {
        let parameters = url.split_once('?').map_or("", |(_, parameters)| parameters);
        let files = parameters.split('&').filter_map(|parameter| {
            let (name, path) = parameter.split_once('=')?;
            let (name, _) = TLS_FILES.iter().find(|(known, _)| *known == name)?;
            Some((*name, path.into()))
        });
        Self(files.collect())
    }

    /// Reason why the first of the files is unusable, if one is.
    pub fn problem(&self) -> Option<String> {
        let reason = |(name, path): &(&str, PathBuf)| {
            let (_, label) = TLS_FILES.iter().find(|(known, _)| known == name)?;
            let reason = unusable(path, label)?;
            Some(format!("{name}: {reason}"))
        };
        self.0.iter().find_map(reason)
    }
}

/// Reason why a file has no PEM block of this label.
fn unusable(path: &Path, label: &str) -> Option<String> {
    match fs::read(path) {
        Err(error) => Some(of_io(&error)),
        Ok(content)
            if !content
                .windows(label.len())
                .any(|part| part == label.as_bytes()) =>
        {
            let what = label.trim_end_matches('-').to_lowercase();
            Some(format!("the file contains no {what} in PEM format"))
        }
        Ok(_) => None,
    }
}

/// Whether a host name could not be resolved. The standard library has no kind for it.
fn is_dns_failure(error: &(dyn Error + 'static)) -> bool {
    mentions(error, "failed to lookup address information")
}

fn mentions(error: &(dyn Error + 'static), message: &str) -> bool {
    let mut causes = std::iter::successors(Some(error), |&error| error.source());
    causes.any(|cause| cause.to_string().contains(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unusable_tls_file_is_named_by_its_parameter() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("ca.pem");
        let url = format!(
            "postgres://db/app?sslmode=require&sslrootcert={}",
            file.display()
        );
        let files = TlsFiles::of_url(&url);
        assert_eq!(files.problem().unwrap(), "sslrootcert: no such file");
        fs::write(&file, "garbage").unwrap();
        let problem = "sslrootcert: the file contains no certificate in PEM format";
        assert_eq!(files.problem().unwrap(), problem);
        fs::write(&file, "-----BEGIN CERTIFICATE-----\n").unwrap();
        assert_eq!(files.problem(), None);
    }

    #[test]
    fn a_certificate_for_another_host_is_described_without_its_names() {
        let error = io::Error::other(
            "invalid peer certificate: certificate not valid for name \"db\"; certificate is only valid for DnsName(\"x\")",
        );
        assert_eq!(
            of_io(&error),
            "the certificate of the server is for another host name"
        );
    }
}
