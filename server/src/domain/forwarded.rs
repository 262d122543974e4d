//! The headers in which proxies report the addresses that they saw: `X-Forwarded-For`, and `Forwarded` (RFC 7239).

use std::net::{IpAddr, SocketAddr};

/// The reported addresses, from the first to the last proxy. `None` stands for an entry that is not an address: a
/// hidden name such as `unknown` or `_gazonk`, or text that can't be read.
pub(crate) type Chain = Vec<Option<IpAddr>>;

/// Reads all `X-Forwarded-For` headers of a request, in their order, as one list.
pub(crate) fn x_forwarded_for<'a>(headers: impl Iterator<Item = &'a str>) -> Chain {
    headers.flat_map(|header| header.split(',')).map(address).collect()
}

/// Reads all `Forwarded` headers of a request, in their order, as one list of their `for` parameters.
pub(crate) fn forwarded<'a>(headers: impl Iterator<Item = &'a str>) -> Chain {
    headers.flat_map(|header| split_unquoted(header, ',')).map(forwarded_for).collect()
}

/// Returns the `for` parameter of one element, such as `for="[2001:db8::7]:4711";proto=https`; `None` if
/// the element has more than one.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let parameters = split_unquoted(element, ';').into_iter().filter_map(|pair| pair.split_once('='));
    let mut values = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    let (Some((_, value)), None) = (values.next(), values.next()) else { return None };
    let value = value.trim();
    let unquoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    address(unquoted.unwrap_or(value))
}

/// Parses an address with or without brackets and port; some proxies add them.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let ip = bare.parse().or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    ip.ok().map(|ip: IpAddr| ip.to_canonical())
}

/// Splits at a separator outside quoted strings. A proxy may quote what the client sent, for example the host, so a
/// separator inside quotes must not begin a new element.
fn split_unquoted(text: &str, separator: char) -> Vec<&str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(|character| {
        let was_escaped = is_escaped;
        is_escaped = is_quoted && !was_escaped && character == '\\';
        if character == '"' && !was_escaped {
            is_quoted = !is_quoted;
        }
        character == separator && !is_quoted
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(chain: &Chain) -> String {
        let one = |ip: &Option<IpAddr>| ip.map_or_else(|| "-".to_owned(), |ip| ip.to_string());
        chain.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn x_forwarded_for_is_one_list_with_or_without_ports() {
        for (headers, expected) in [
            (&["203.0.113.7"][..], "203.0.113.7"),
            (&["1.1.1.1,  203.0.113.7:4711 "], "1.1.1.1 203.0.113.7"),
            (&["1.1.1.1", "2001:db8::7"], "1.1.1.1 2001:db8::7"),
            (&["[2001:db8::7]:4711, [2001:db8::8]"], "2001:db8::7 2001:db8::8"),
            (&["::ffff:203.0.113.7"], "203.0.113.7"),
            (&["203.0.113.7, unknown"], "203.0.113.7 -"),
            (&[""], "-"),
            (&[], ""),
        ] {
            assert_eq!(shown(&x_forwarded_for(headers.iter().copied())), expected, "{headers:?}");
        }
    }

    #[test]
    fn forwarded_is_read_after_rfc_7239() {
        for (headers, expected) in [
            (&["for=203.0.113.7"][..], "203.0.113.7"),
            (&[r#"For="[2001:db8:cafe::17]:4711""#], "2001:db8:cafe::17"),
            (&["for=192.0.2.60;proto=http;by=203.0.113.43"], "192.0.2.60"),
            (&["by=203.0.113.43; for=192.0.2.60"], "192.0.2.60"),
            (&["for=192.0.2.43, for=198.51.100.17", "for=1.1.1.1"], "192.0.2.43 198.51.100.17 1.1.1.1"),
            (&["for=unknown, for=_gazonk, proto=https"], "- - -"),
            (&["for=192.0.2.1;for=192.0.2.2"], "-"),
        ] {
            assert_eq!(shown(&forwarded(headers.iter().copied())), expected, "{headers:?}");
        }
    }

    #[test]
    fn a_client_cannot_add_an_element_through_a_quoted_value() {
        for host in [r"x,for=1.1.1.1", r"x;for=1.1.1.1", r#"x\",for=1.1.1.1"#, r"x\\\,for=1.1.1.1"] {
            let header = format!(r#"for=203.0.113.7;host="{host}""#);
            assert_eq!(shown(&forwarded([header.as_str()].into_iter())), "203.0.113.7", "{header}");
        }
    }

    proptest! {
        #[test]
        fn the_last_element_is_the_last_proxys_whatever_stands_before(
            text in "[^\"\\\\]{0,40}", ip in any::<[u8; 4]>()
        ) {
            let ip = IpAddr::from(ip);
            let headers = [format!("{text}, for={ip}"), format!("{text}, {ip}")];
            let [forwarded_header, x_forwarded_header] = headers.each_ref().map(String::as_str);
            prop_assert_eq!(forwarded([forwarded_header].into_iter()).pop(), Some(Some(ip)));
            prop_assert_eq!(x_forwarded_for([x_forwarded_header].into_iter()).pop(), Some(Some(ip)));
        }
    }
}
