//! Servers that tests start: ports, certificates, and processes that are frozen.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
#[cfg(feature = "etcd")]
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{self, Command},
    sync::atomic::{AtomicU16, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Certificates of a server, which the client uses as well.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The authority.
    pub ca: PathBuf,
    /// A certificate for `localhost`.
    pub cert: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// Makes an authority, and a certificate for `localhost` that it signed.
///
/// # Panics
///
/// Panics if the directory is not writable.
pub fn certificates(dir: &Path) -> Tls {
    certificates_for(dir, &["127.0.0.1", "localhost"])
}

/// Makes an authority, and a certificate for these names that it signed.
///
/// # Panics
///
/// Panics if the directory is not writable.
pub fn certificates_for(dir: &Path, names: &[&str]) -> Tls {
    let mut params = CertificateParams::new([]).expect("valid names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // A certificate with the name of its issuer would count as self-signed.
    let name = &mut params.distinguished_name;
    name.push(DnType::CommonName, "authority");
    let key = || KeyPair::generate().expect("a key");
    let authority = CertifiedIssuer::self_signed(params, key()).expect("an authority");
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let own_key = key();
    let cert = CertificateParams::new(names)
        .and_then(|params| params.signed_by(&own_key, &authority))
        .expect("a certificate");
    let write = |name: &str, pem: String| {
        let file = dir.join(name);
        fs::write(&file, pem).expect("a writable directory");
        file
    };
    Tls {
        ca: write("ca.pem", authority.pem()),
        cert: write("cert.pem", cert.pem()),
        key: write("key.pem", own_key.serialize_pem()),
    }
}

/// Stops a process. Returns once all of its threads are stopped, since one that is not may still answer.
///
/// # Panics
///
/// Panics if it does not stop.
pub fn freeze(id: u32) {
    signal("-STOP", id);
    let began = Instant::now();
    while !is_frozen(id) {
        assert!(began.elapsed() < Duration::from_mins(1), "it is not frozen");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Continues a process.
///
/// # Panics
///
/// Panics if there is none.
pub fn thaw(id: u32) {
    signal("-CONT", id);
}

fn signal(signal: &str, id: u32) {
    let status = Command::new("kill")
        .args([signal, &id.to_string()])
        .status();
    assert!(status.is_ok_and(|status| status.success()), "{signal} {id}");
}

fn is_frozen(id: u32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{id}/task")) else {
        return true;
    };
    threads.flatten().all(|thread| {
        let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        // The state is the first field after the name.
        let state = stat.rsplit(") ").next().unwrap_or_default();
        // Or it has ended, and its parent is frozen.
        stat.is_empty() || state.starts_with(['T', 'Z', 'X'])
    })
}

/// Raises the limit of open files of this process and of those that it starts: each client has sockets and an event queue.
///
/// # Panics
///
/// Panics if the limit cannot be raised up to the hard limit.
#[cfg(feature = "etcd")]
pub fn may_open(files: u64) {
    let now = getrlimit(Resource::Nofile);
    if now.current.is_some_and(|current| current < files) {
        let limit = Rlimit {
            current: Some(now.maximum.map_or(files, |maximum| files.min(maximum))),
            maximum: now.maximum,
        };
        assert!(setrlimit(Resource::Nofile, limit).is_ok(), "{files} files");
    }
}

/// A port below the range for outgoing connections, so that it stays free while a server is killed.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let begin = process::id() % 1_000 * 12;
    loop {
        let next = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = 20_000 + u16::try_from((begin + next) % 12_000).unwrap_or(0);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
