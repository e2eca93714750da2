//! The variables that Kubernetes sets for every service of a namespace, which nobody asked for.

/// Whether Kubernetes may have set this variable for a service: `X_SERVICE_HOST`, `X_PORT_5432_TCP_ADDR` and kin.
pub(crate) fn is_service_link(name: &str) -> bool {
    let parts: Vec<&str> = name.split('_').collect();
    let number = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let protocol = |text: &&str| matches!(*text, "TCP" | "UDP" | "SCTP");
    match parts.as_slice() {
        [_, .., "SERVICE", "HOST"] => true,
        [_, .., "PORT", port, proto, "PROTO" | "PORT" | "ADDR"]
            if number(port) && protocol(proto) =>
        {
            true
        }
        [_, .., "PORT", port, proto] if number(port) && protocol(proto) => true,
        [_, .., "PORT"] => true,
        _ => name.contains("_SERVICE_PORT_") && !name.starts_with('_'),
    }
}

#[cfg(test)]
mod tests {
    use super::is_service_link;

    #[test]
    fn the_names_of_one_service() {
        for name in [
            "APP_SERVICE_HOST",
            "APP_SERVICE_PORT",
            "APP_SERVICE_PORT_HTTP",
            "APP_PORT",
            "MY_APP_PORT_8000_TCP",
            "APP_PORT_8000_TCP_PROTO",
            "APP_PORT_8000_TCP_PORT",
            "APP_PORT_8000_TCP_ADDR",
        ] {
            assert!(is_service_link(name), "{name}");
        }
        for name in [
            "APP_HOST",
            "APP_PORTS",
            "PORT",
            "APP_PORT_HTTP",
            "APP_PORT_80_TCP_X",
        ] {
            assert!(!is_service_link(name), "{name}");
        }
    }
}
