//! Rate limits by client network: the local one for `/token`, and what counts as one client.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Maximum number of networks that are counted separately, which bounds the memory. The others share one counter.
const MAX_NETWORKS: usize = 100_000;

/// Requests of the current minute, counted in this process. Unlike the limit in Redis, it never fails open.
#[derive(Debug, Default)]
pub struct LocalRateLimit(Mutex<Window>);

#[derive(Debug, Default)]
struct Window {
    minute: u64,
    counts: HashMap<IpAddr, u32>,
}

impl LocalRateLimit {
    /// Counts a request of this client against its limit per minute.
    ///
    /// # Errors
    ///
    /// Returns the time until the client may retry.
    pub fn check(&self, client: IpAddr, limit: NonZeroU32) -> Result<(), Duration> {
        let (minute, rest) = current_minute();
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_allowed = window.count(minute, network(client)) <= limit.get();
        is_allowed.then_some(()).ok_or(rest)
    }
}

impl Window {
    /// Counts a request, and returns the number of requests of its network in this minute.
    fn count(&mut self, minute: u64, mut network: IpAddr) -> u32 {
        if self.minute != minute {
            self.minute = minute;
            self.counts.clear();
        }
        if self.counts.len() >= MAX_NETWORKS && !self.counts.contains_key(&network) {
            network = Ipv6Addr::UNSPECIFIED.into();
        }
        let count = self.counts.entry(network).or_default();
        *count = count.saturating_add(1);
        *count
    }
}

/// Network that counts as one client: an IPv4 address, or the /64 of an IPv6 address, because one client usually has all
/// addresses of a /64.
pub fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) >> 64 << 64).into(),
    }
}

/// Returns the number of the current minute since 1970, and the time until the next one.
pub fn current_minute() -> (u64, Duration) {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    (now / 60, Duration::from_secs(60 - now % 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_client_is_an_ipv4_address_or_an_ipv6_network() {
        let of = |text| network(address(text)).to_string();
        assert_eq!(of("192.0.2.1"), "192.0.2.1");
        assert_eq!(of("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("2001:db8:1:2::"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::"), of("2001:db8:1:3::"));
    }

    #[test]
    fn requests_are_counted_by_network_and_minute() {
        let mut window = Window::default();
        let (one, other) = (address("192.0.2.1"), address("192.0.2.2"));
        assert_eq!([1, 1, 2].map(|minute| window.count(minute, one)), [1, 2, 1]);
        assert_eq!(window.count(2, other), 1);
    }

    #[test]
    fn the_number_of_counters_is_bounded() {
        let mut window = Window::default();
        let count = u32::try_from(MAX_NETWORKS).unwrap();
        for number in 0..count {
            assert_eq!(window.count(1, std::net::Ipv4Addr::from(number).into()), 1);
        }
        assert_eq!(window.count(1, address("2001:db8::")), 1);
        assert_eq!(window.count(1, address("2001:db8:0:1::")), 2);
        assert_eq!(window.counts.len(), MAX_NETWORKS + 1);
    }
}
