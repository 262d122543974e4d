//! Where a customer is, which a mandate records.

use std::net::{IpAddr, SocketAddr};

/// The customer's address: the connection's other end or, behind a proxy, what that proxy reports of it. Proxies add to
/// the right; what stands further left came from outside and could be anybody's invention.
pub(crate) fn address(peer: IpAddr, behind_proxy: bool, forwarded_for: Option<&str>) -> IpAddr {
    let reported = forwarded_for.and_then(|list| list.rsplit(',').next()).and_then(parse);
    match reported {
        Some(reported) if behind_proxy => reported,
        Some(_) | None => peer,
    }
}

/// Some proxies add the port.
fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_proxy_added_counts_and_only_behind_one() {
        for (behind_proxy, forwarded, expected) in [
            (false, None, "10.0.0.1"),
            (false, Some("203.0.113.7"), "10.0.0.1"),
            (true, Some("203.0.113.7"), "203.0.113.7"),
            (true, Some("1.1.1.1, 203.0.113.7"), "203.0.113.7"),
            (true, Some("1.1.1.1,  203.0.113.7:4711 "), "203.0.113.7"),
            (true, Some("1.1.1.1, 2001:db8::7"), "2001:db8::7"),
            (true, Some("[2001:db8::7]:4711"), "2001:db8::7"),
            (true, Some("203.0.113.7, unknown"), "10.0.0.1"),
            (true, Some(""), "10.0.0.1"),
            (true, None, "10.0.0.1"),
        ] {
            let address = address("10.0.0.1".parse().unwrap(), behind_proxy, forwarded);
            assert_eq!(address.to_string(), expected, "{behind_proxy} {forwarded:?}");
        }
    }
}
