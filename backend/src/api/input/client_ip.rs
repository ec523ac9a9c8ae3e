//! The client address of a request.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The client's address. An IPv4 address is never in IPv6 form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientIp(pub IpAddr);

impl ClientIp {
    /// Finds the client address of a request from `peer`. In tests the router runs without a socket
    /// and has no peer; such requests count as local.
    pub fn find(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let peer = peer.unwrap_or(IpAddr::from([127, 0, 0, 1]));
        Self(find(peer, headers, trusted))
    }

    /// The key for rate limits: the IPv4 address, or the /64 of an IPv6 address, which one customer
    /// owns entirely.
    pub fn rate_limit_key(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(
                address.to_bits() & !u128::from(u64::MAX),
            )),
        }
    }
}

/// The peer, or, if it is a trusted proxy, the right-most untrusted address in `X-Forwarded-For`.
/// The client can forge everything to the left of it.
fn find(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|network| network.contains(ip));
    let mut ip = peer.to_canonical();
    if !is_trusted(&ip) {
        return ip;
    }
    let lines = headers.get_all("x-forwarded-for").into_iter().rev();
    let hops = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    for hop in hops {
        let Some(address) = parse(hop) else { break };
        ip = address.to_canonical();
        if !is_trusted(&ip) {
            break;
        }
    }
    ip
}

/// Parses an address, with or without a port.
fn parse(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim();
    text.parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(peer: &str, forwarded: &[&str]) -> String {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        find(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn a_stranger_cannot_choose_an_address() {
        assert_eq!(found("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
    }

    #[test]
    fn behind_trusted_proxies_the_right_most_stranger_counts() {
        assert_eq!(
            found("10.0.0.1", &["6.6.6.6, 198.51.100.1, 10.2.3.4"]),
            "198.51.100.1"
        );
        assert_eq!(
            found("10.0.0.1", &["6.6.6.6", "198.51.100.1"]),
            "198.51.100.1"
        );
        assert_eq!(found("fd00::1", &["[2001:db8::1]:4711"]), "2001:db8::1");
    }

    #[test]
    fn nonsense_ends_the_search_at_the_last_address_known() {
        assert_eq!(
            found("10.0.0.1", &["198.51.100.1, what, 10.2.3.4"]),
            "10.2.3.4"
        );
        assert_eq!(found("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn a_mapped_address_is_its_ipv4_address() {
        assert_eq!(found("::ffff:203.0.113.9", &[]), "203.0.113.9");
        assert_eq!(
            found("::ffff:10.0.0.1", &["::ffff:198.51.100.1"]),
            "198.51.100.1"
        );
    }

    #[test]
    fn one_ipv6_customer_has_one_limit() {
        let key = |text: &str| ClientIp(text.parse().unwrap()).rate_limit_key();
        assert_eq!(key("2001:db8:1:2:3::4"), key("2001:db8:1:2:ffff::"));
        assert_ne!(key("2001:db8:1:2::"), key("2001:db8:1:3::"));
    }
}
