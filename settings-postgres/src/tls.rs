//! TLS: authorities and certificates, read again for each connection.

use crate::settings::PostgresSettings;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use settings_core::remote::{Fault, FaultKind, read_pem};
use std::{path::Path, sync::Arc};
use tokio_postgres_rustls::MakeRustlsConnect;

pub(crate) fn connector(settings: &PostgresSettings) -> Result<MakeRustlsConnect, Fault> {
    let mut roots = RootCertStore::empty();
    match &settings.ca_file {
        Some(file) => {
            for certificate in certificates("ca_file", file)? {
                let added = roots.add(certificate);
                added.map_err(|error| malformed("ca_file", file, &error.to_string()))?;
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
        }
    }
    if roots.is_empty() {
        let message = "the system has no certificates of authorities: set ca_file";
        return Err(Fault::new(FaultKind::Unavailable, message));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Fault::new(FaultKind::Unavailable, error.to_string()))?
        .with_root_certificates(roots);
    let config = match (&settings.cert_file, &settings.key_file) {
        (Some(cert), Some(key)) => {
            let chain = certificates("cert_file", cert)?;
            let pem = contents("key_file", key)?;
            let secret = PrivateKeyDer::from_pem_slice(&pem)
                .map_err(|_| malformed("key_file", key, "it has no private key"))?;
            config
                .with_client_auth_cert(chain, secret)
                .map_err(|error| malformed("cert_file", cert, &error.to_string()))?
        }
        _ => config.with_no_client_auth(),
    };
    Ok(MakeRustlsConnect::new(config))
}

fn certificates(setting: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let pem = contents(setting, file)?;
    let parsed: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match parsed {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(malformed(setting, file, "it has no certificate")),
    }
}

fn contents(setting: &str, path: &Path) -> Result<Vec<u8>, Fault> {
    read_pem(path).map_err(|error| malformed(setting, path, &error.to_string()))
}

fn malformed(setting: &str, file: &Path, reason: &str) -> Fault {
    let message = format!("{setting} {} cannot be used: {reason}", file.display());
    Fault::new(FaultKind::Unavailable, message)
}
