//! Addresses to which webhooks may be sent: those of the public internet only, so that a webhook can't be used for
//! requests into this server's own network (SSRF).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks that are not publicly reachable (IANA special-purpose registry), as first address and prefix length.
const NOT_PUBLIC_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    // Carrier-grade NAT (RFC 6598).
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local; clouds serve a machine's credentials here.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    // Documentation.
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Benchmarks.
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    // Documentation.
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
    (Ipv4Addr::BROADCAST, 32),
];

/// Prefix of public IPv6 addresses. IPv4-mapped, loopback, private and link-local addresses are outside it.
const PUBLIC_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Networks within `PUBLIC_V6` that are not public.
const NOT_PUBLIC_V6: [(Ipv6Addr, u32); 4] = [
    // Teredo tunnels and other protocol assignments.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    // Documentation.
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // 6to4, which tunnels to any IPv4 address.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    // Documentation.
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// NAT64: prefix under which IPv6-only networks reach IPv4, with the IPv4 address at the end.
const TRANSLATED: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// True if the address belongs to the public internet.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !NOT_PUBLIC_V4.iter().any(|network| is_in_v4(address, *network)),
        IpAddr::V6(address) if is_in_v6(address, TRANSLATED) => {
            let [.., a, b, c, d] = address.octets();
            is_public(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
        }
        IpAddr::V6(address) => {
            is_in_v6(address, PUBLIC_V6) && !NOT_PUBLIC_V6.iter().any(|network| is_in_v6(address, *network))
        }
    }
}

fn is_in_v4(address: Ipv4Addr, (network, bits): (Ipv4Addr, u32)) -> bool {
    (address.to_bits() ^ network.to_bits()).leading_zeros() >= bits
}

fn is_in_v6(address: Ipv6Addr, (network, bits): (Ipv6Addr, u32)) -> bool {
    (address.to_bits() ^ network.to_bits()).leading_zeros() >= bits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(addresses: &[&str], expected: bool) {
        for address in addresses {
            assert_eq!(is_public(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn addresses_of_the_internet_are_public() {
        judge(&["1.1.1.1", "8.8.8.8", "3.18.12.63", "198.17.255.255", "223.255.255.255"], true);
        judge(&["2606:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888", "3ffe::1"], true);
    }

    #[test]
    fn addresses_that_lead_into_a_network_are_not() {
        judge(
            &["0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "127.0.0.1", "127.255.255.254"],
            false,
        );
        judge(&["100.64.0.0", "100.127.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255"], false);
        judge(&["192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255"], false);
        judge(&["198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9"], false);
        judge(&["224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.254", "255.255.255.255"], false);
        judge(&["::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8"], false);
        judge(&["fc00::1", "fdff::1", "fe80::1", "fec0::1", "ff02::1", "100::1", "5f00::1", "4000::"], false);
        judge(
            &["2001::1", "2001:20::1", "2001:1ff:ffff::1", "2001:db8::1", "2002:7f00:1::1", "3fff::1"],
            false,
        );
    }

    #[test]
    fn the_neighbours_of_such_networks_are_public() {
        judge(
            &["1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"],
            true,
        );
        judge(&["128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0"], true);
        judge(&["191.255.255.255", "192.0.1.0", "192.0.3.0", "192.88.98.0", "192.88.100.0"], true);
        judge(&["192.167.255.255", "192.169.0.0", "198.20.0.0", "198.51.99.0", "198.51.101.0"], true);
        judge(&["203.0.112.0", "203.0.114.0", "2000::", "2001:200::1", "2001:db7::1", "2001:db9::1"], true);
        judge(&["2003::1", "3ffe:ffff::1", "3fff:1000::1"], true);
        judge(&["1fff:ffff::1"], false);
    }

    #[test]
    fn a_translated_address_counts_as_what_it_leads_to() {
        judge(&["64:ff9b::8.8.8.8"], true);
        judge(
            &["64:ff9b::10.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b:1::8.8.8.8", "64:ff9b::1:0:8.8.8.8"],
            false,
        );
    }
}
