//! Variables that Kubernetes sets for every service of a namespace.
//!
//! For a service `X`, these are `X_PORT` with a URL as its value, and the variables of its family, such as
//! `X_SERVICE_HOST` and `X_PORT_5432_TCP_ADDR`.

use foldhash::fast::RandomState;
use std::collections::HashSet;

/// The services whose `X_PORT` is among the variables.
#[derive(Debug, Default)]
pub(crate) struct Services(HashSet<String, RandomState>);

impl Services {
    /// Records the service of a variable, if its value is the URL of a service link.
    pub(crate) fn note(&mut self, variable: &str, value: &str) {
        if let Some(service) = variable.strip_suffix("_PORT")
            && is_link_url(value)
        {
            self.0.insert(service.to_owned());
        }
    }

    /// Whether Kubernetes set a variable for one of these services.
    pub(crate) fn have_set(&self, variable: &str) -> bool {
        !self.0.is_empty()
            && !variable.contains("__")
            && services_of(variable).any(|service| self.0.contains(service))
    }
}

fn is_link_url(value: &str) -> bool {
    ["tcp://", "udp://", "sctp://"]
        .iter()
        .any(|scheme| value.starts_with(scheme))
}

/// The services to whose family a variable may belong.
fn services_of(variable: &str) -> impl Iterator<Item = &str> {
    let suffixes = ["_PORT", "_SERVICE_HOST", "_SERVICE_PORT"];
    let plain = suffixes
        .into_iter()
        .filter_map(|suffix| variable.strip_suffix(suffix));
    let named_ports = variable.match_indices("_SERVICE_PORT_");
    let named_ports = named_ports
        .filter(|(at, infix)| variable.len() > at + infix.len())
        .map(|(at, _)| &variable[..at]);
    plain.chain(named_ports).chain(service_of_port(variable))
}

/// The service of `X_PORT_80_TCP` or `X_PORT_80_TCP_ADDR`.
fn service_of_port(variable: &str) -> Option<&str> {
    let end = ["_ADDR", "_PORT", "_PROTO"]
        .iter()
        .find_map(|suffix| variable.strip_suffix(suffix))
        .unwrap_or(variable);
    let (rest, protocol) = end.rsplit_once('_')?;
    let (rest, port) = rest.rsplit_once('_')?;
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let is_protocol = matches!(protocol, "TCP" | "UDP" | "SCTP");
    rest.strip_suffix("_PORT")
        .filter(|_| is_port && is_protocol)
}

#[cfg(test)]
mod tests {
    use super::Services;

    fn services(links: &[(&str, &str)]) -> Services {
        let mut services = Services::default();
        for (variable, value) in links {
            services.note(variable, value);
        }
        services
    }

    #[test]
    fn the_family_of_a_service_is_known_by_its_url() {
        let services = services(&[("MY_APP_PORT", "tcp://10.0.0.1:8000")]);
        for variable in [
            "MY_APP_PORT",
            "MY_APP_SERVICE_HOST",
            "MY_APP_SERVICE_PORT",
            "MY_APP_SERVICE_PORT_HTTP",
            "MY_APP_SERVICE_PORT_HTTP_METRICS",
            "MY_APP_PORT_8000_TCP",
            "MY_APP_PORT_8000_UDP_PROTO",
            "MY_APP_PORT_8000_SCTP_PORT",
            "MY_APP_PORT_8000_TCP_ADDR",
        ] {
            assert!(services.have_set(variable), "{variable}");
        }
        for variable in [
            "MY_APP_HOST",
            "MY_APP_PORTS",
            "APP_PORT",
            "MY_APP_SERVICE_PORT_",
            "MY_APP_PORT_HTTP",
            "MY_APP_PORT_80_TCP_X",
            "MY_APP_PORT_80_HTTP_ADDR",
            "MY__APP_PORT",
            "OTHER_SERVICE_HOST",
            "OTHER_SERVICE_PORT",
        ] {
            assert!(!services.have_set(variable), "{variable}");
        }
    }

    #[test]
    fn a_port_without_a_url_is_no_service_link() {
        for value in ["9000", "", "http://10.0.0.1", "tcp:"] {
            let services = services(&[("APP_PORT", value)]);
            assert!(!services.have_set("APP_PORT"), "{value}");
            assert!(!services.have_set("APP_SERVICE_HOST"), "{value}");
        }
        let udp = services(&[("DNS_PORT", "udp://10.0.0.10:53")]);
        assert!(udp.have_set("DNS_PORT"));
    }
}
