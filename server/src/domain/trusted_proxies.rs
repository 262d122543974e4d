//! Trusted proxies, and the client's address that follows from them.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::forwarded::Chain;

/// Peers whose forwarding headers are trusted. By default there are none, and the client is the peer of the connection.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies {
    networks: Arc<[IpNet]>,
    /// Trust only the last reported address, even if it is in these networks.
    is_one_hop: bool,
}

/// Loopback, private, link-local and carrier-grade NAT networks.
const PRIVATE: [&str; 9] = [
    "127.0.0.0/8",
    "::1/128",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "100.64.0.0/10",
    "fc00::/7",
    "fe80::/10",
];

/// Networks that `private` stands for in `RELINK_TRUSTED_PROXIES`.
pub(crate) fn private_networks() -> impl Iterator<Item = IpNet> {
    PRIVATE.iter().filter_map(|network| network.parse().ok())
}

/// Address that rate limits use and mandates record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientAddress {
    pub(crate) ip: IpAddr,
    /// Reason for which `ip` may be a proxy's address instead of the client's. `None` only if a
    /// trusted proxy reported the address.
    pub(crate) doubt: Option<AddressDoubt>,
}

/// Reasons for which the client's own address is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AddressDoubt {
    /// The peer is not a trusted proxy. If customers connect through a TLS proxy, the peer is that proxy.
    DirectPeer,
    /// The request has a forwarding header, but its peer is not a trusted proxy.
    UntrustedPeer,
    /// A trusted proxy did not report the client's address.
    NotReported,
    /// The last entry is a hidden name or can't be parsed.
    NoAddress,
    /// All reported addresses are trusted proxies.
    OnlyProxies,
    /// `X-Forwarded-For` and `Forwarded` name different clients, so the client wrote one of them.
    Contradictory,
}

impl TrustedProxies {
    /// Trusts peers in these networks. The client is the last reported address that is in none of them.
    pub(crate) fn networks(networks: Vec<IpNet>) -> Self {
        Self { networks: networks.into(), is_one_hop: false }
    }

    /// Trusts peers with a loopback or private address. The client is the last reported address.
    /// `RELINK_BEHIND_TLS_PROXY` alone means this.
    pub(crate) fn private_peers() -> Self {
        Self { networks: private_networks().collect(), is_one_hop: true }
    }

    /// True if no proxies were named, so that any private peer counts as one.
    pub(crate) fn is_any_private_peer(&self) -> bool {
        self.is_one_hop
    }

    /// True if this peer's forwarding headers are trusted.
    pub(crate) fn trusts(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.networks.iter().any(|network| network.contains(&ip))
    }

    /// Returns the client's address. Proxies append to the right, so entries further left than the last untrusted one
    /// can be forged. A proxy that sets one of the two headers may pass on the client's own version of the other one;
    /// if they differ, neither is trusted.
    pub(crate) fn client(&self, peer: IpAddr, x_forwarded_for: &Chain, forwarded: &Chain) -> ClientAddress {
        let peer = peer.to_canonical();
        let doubtful = |doubt| ClientAddress { ip: peer, doubt: Some(doubt) };
        let is_reported = !x_forwarded_for.is_empty() || !forwarded.is_empty();
        match (self.trusts(peer), is_reported) {
            (false, false) => return doubtful(AddressDoubt::DirectPeer),
            (false, true) => return doubtful(AddressDoubt::UntrustedPeer),
            (true, false) => return doubtful(AddressDoubt::NotReported),
            (true, true) => (),
        }
        let reports = [x_forwarded_for, forwarded].into_iter().filter(|chain| !chain.is_empty());
        let mut clients = reports.map(|chain| self.last_untrusted(chain));
        let first = clients.next().unwrap_or(Err(AddressDoubt::NotReported));
        if clients.any(|other| other != first) {
            return doubtful(AddressDoubt::Contradictory);
        }
        first.map_or_else(doubtful, |ip| ClientAddress { ip, doubt: None })
    }

    fn last_untrusted(&self, chain: &Chain) -> Result<IpAddr, AddressDoubt> {
        for entry in chain.iter().rev() {
            let ip = entry.ok_or(AddressDoubt::NoAddress)?;
            if self.is_one_hop || !self.trusts(ip) {
                return Ok(ip);
            }
        }
        Err(AddressDoubt::OnlyProxies)
    }
}

impl fmt::Display for AddressDoubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DirectPeer => {
                "the request came from a peer that is no trusted proxy, but customers speak TLS with a proxy; name it in \
                 RELINK_TRUSTED_PROXIES and let it add X-Forwarded-For"
            }
            Self::UntrustedPeer => {
                "the request was forwarded by a peer that is not trusted; if that peer is your proxy, name it in \
                 RELINK_TRUSTED_PROXIES"
            }
            Self::NotReported => {
                "the trusted proxy sends neither X-Forwarded-For nor Forwarded; let it add one of them"
            }
            Self::NoAddress => "the last entry of X-Forwarded-For or Forwarded is no address",
            Self::OnlyProxies => {
                "every address in X-Forwarded-For or Forwarded is in RELINK_TRUSTED_PROXIES; name your proxies alone"
            }
            Self::Contradictory => {
                "X-Forwarded-For and Forwarded disagree; let your proxy overwrite or remove the one that it does not set"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::forwarded::{forwarded, x_forwarded_for};
    use super::*;

    fn networks(list: &[&str]) -> TrustedProxies {
        TrustedProxies::networks(list.iter().map(|network| network.parse().unwrap()).collect())
    }

    fn client(proxies: &TrustedProxies, peer: &str, x: Option<&str>, f: Option<&str>) -> String {
        let (x, f) = (x_forwarded_for(x.into_iter()), forwarded(f.into_iter()));
        let ClientAddress { ip, doubt } = proxies.client(peer.parse().unwrap(), &x, &f);
        doubt.map_or_else(|| ip.to_string(), |doubt| format!("{ip} {doubt:?}"))
    }

    #[test]
    fn the_last_untrusted_address_counts() {
        let proxies = networks(&["10.0.0.0/24", "203.0.113.1/32", "2001:db8:1::/48"]);
        for (peer, header, expected) in [
            ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
            ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
            ("2001:db8:1::5", "198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "1.1.1.1, 198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "1.1.1.1, 198.51.100.7, 203.0.113.1, 10.0.0.2", "198.51.100.7"),
            ("10.0.0.1", "10.0.1.9", "10.0.1.9"),
            ("10.0.0.1", "198.51.100.7, unknown", "10.0.0.1 NoAddress"),
            ("10.0.0.1", "198.51.100.7, unknown, 10.0.0.2", "10.0.0.1 NoAddress"),
            ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.1 OnlyProxies"),
            ("10.0.1.1", "198.51.100.7", "10.0.1.1 UntrustedPeer"),
        ] {
            assert_eq!(client(&proxies, peer, Some(header), None), expected, "{peer} {header}");
        }
    }

    #[test]
    fn two_headers_must_agree_because_the_client_may_have_written_one() {
        let proxies = networks(&["10.0.0.0/24"]);
        let with = |x, f| client(&proxies, "10.0.0.1", x, f);
        assert_eq!(with(None, Some("for=198.51.100.7")), "198.51.100.7");
        assert_eq!(with(Some("198.51.100.7"), Some("for=198.51.100.7")), "198.51.100.7");
        assert_eq!(with(Some("198.51.100.7"), Some("for=198.51.100.8")), "10.0.0.1 Contradictory");
        assert_eq!(with(Some("198.51.100.7"), Some("for=unknown")), "10.0.0.1 Contradictory");
        assert_eq!(with(None, None), "10.0.0.1 NotReported");
    }

    #[test]
    fn without_proxies_the_peer_is_the_client_and_a_header_is_suspicious() {
        assert_eq!(client(&TrustedProxies::default(), "10.0.0.1", None, None), "10.0.0.1 DirectPeer");
        let forwarded = client(&TrustedProxies::default(), "10.0.0.1", Some("198.51.100.7"), None);
        assert_eq!(forwarded, "10.0.0.1 UntrustedPeer");
    }

    #[test]
    fn the_flag_alone_believes_private_peers_for_one_hop() {
        for (peer, header, expected) in [
            ("127.0.0.1", Some("203.0.113.7"), "203.0.113.7"),
            ("10.0.0.1", Some("1.1.1.1, 203.0.113.7"), "203.0.113.7"),
            ("fd00::1", Some("1.1.1.1, 10.0.0.9"), "10.0.0.9"),
            ("10.0.0.1", Some("203.0.113.7, unknown"), "10.0.0.1 NoAddress"),
            ("10.0.0.1", None, "10.0.0.1 NotReported"),
            ("192.0.2.1", Some("203.0.113.7"), "192.0.2.1 UntrustedPeer"),
            ("192.0.2.1", None, "192.0.2.1 DirectPeer"),
        ] {
            assert_eq!(client(&TrustedProxies::private_peers(), peer, header, None), expected, "{peer}");
        }
    }

    #[test]
    fn every_private_network_is_one() {
        assert_eq!(private_networks().count(), PRIVATE.len());
    }

    proptest! {
        #[test]
        fn a_client_cannot_choose_its_address(invented in "[ -~]{0,60}", ip in any::<[u8; 4]>()) {
            let proxies = networks(&["10.0.0.0/8"]);
            let ip = IpAddr::from(ip);
            prop_assume!(!proxies.trusts(ip));
            let appended = format!("{invented}, {ip}");
            prop_assert_eq!(client(&proxies, "10.0.0.1", Some(&appended), None), ip.to_string());
        }

        #[test]
        fn an_untrusted_peer_is_always_its_own_client(header in "[ -~]{0,60}", ip in any::<[u8; 4]>()) {
            let proxies = networks(&["10.0.0.0/8"]);
            let ip = IpAddr::from(ip);
            prop_assume!(!proxies.trusts(ip));
            let x = x_forwarded_for([header.as_str()].into_iter());
            prop_assert_eq!(proxies.client(ip, &x, &Vec::new()).ip, ip);
        }
    }
}
