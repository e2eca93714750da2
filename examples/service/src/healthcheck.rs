//! `service healthcheck`: queries a health probe of the running service, for images without a shell or curl.

use crate::settings::AppSettings;
use std::{
    ffi::OsString,
    io::{self, Read, Write},
    iter::Peekable,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    process::ExitCode,
    time::Duration,
};

/// Returns the probe to query if the first argument is `healthcheck`. The arguments after it are settings.
pub fn parse_arguments(arguments: &mut Peekable<impl Iterator<Item = OsString>>) -> Option<String> {
    arguments.next_if(|first| first == "healthcheck")?;
    let probe = arguments.next_if(|next| !next.to_string_lossy().starts_with("--"));
    Some(probe.map_or("ready".into(), |probe| probe.to_string_lossy().into()))
}

/// Returns exit code 0 if the status is 200, otherwise 1.
pub fn run(settings: &AppSettings, probe: &str) -> ExitCode {
    match query(settings.bind_address(), probe) {
        Ok(200) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn query(address: SocketAddr, probe: &str) -> io::Result<u16> {
    let timeout = Duration::from_secs(2);
    let host = match address.ip() {
        IpAddr::V4(host) if host.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(host) if host.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        host => host,
    };
    let mut stream = TcpStream::connect_timeout(&(host, address.port()).into(), timeout)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))?;
    write!(
        stream,
        "GET /health/{probe} HTTP/1.1\r\nhost: healthcheck\r\nconnection: close\r\n\r\n"
    )?;
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    let code = std::str::from_utf8(&head[9..])
        .ok()
        .and_then(|code| code.parse().ok());
    code.ok_or_else(|| io::ErrorKind::InvalidData.into())
}
