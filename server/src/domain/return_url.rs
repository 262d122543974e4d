//! Address to which a customer returns after a relink.

use url::Url;

/// Maximum number of characters in a return address.
const LONGEST: usize = 2000;

/// Parses a return address, if it is at one of the merchant's origins and contains no credentials.
///
/// Returns it as serialized by the URL standard: `text` itself may contain line breaks, tabs or backslashes, which
/// other programs interpret differently from browsers.
pub(crate) fn merchant_url(text: &str, origins: &[String]) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_merchants = matches!(url.scheme(), "https" | "http")
        && url.username().is_empty()
        && url.password().is_none()
        && origins.contains(&url.origin().ascii_serialization());
    (is_merchants && text.len() <= LONGEST && url.as_str().len() <= LONGEST).then_some(url)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, proptest};

    use super::*;

    fn origins() -> [String; 2] {
        ["https://shop.example".to_owned(), "http://127.0.0.1:4290".to_owned()]
    }

    #[test]
    fn only_addresses_of_the_merchant_are_taken() {
        for (text, expected) in [
            ("https://shop.example/account?x=1#bank", true),
            ("http://127.0.0.1:4290/", true),
            ("https://shop.example:444/", false),
            ("http://shop.example/", false),
            ("https://shop.example.evil.example/", false),
            ("https://shop.example@evil.example/", false),
            ("https://evil.example/?https://shop.example", false),
            ("//shop.example/", false),
            ("javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("blob:https://shop.example/x", false),
        ] {
            assert_eq!(merchant_url(text, &origins()).is_some(), expected, "{text}");
        }
        assert!(merchant_url(&format!("https://shop.example/{}", "x".repeat(3000)), &origins()).is_none());
        assert!(merchant_url(&format!("https://shop.example/{}", "é".repeat(600)), &origins()).is_none());
    }

    #[test]
    fn the_address_is_taken_as_browsers_read_it_and_not_as_typed() {
        for (text, expected) in [
            ("https://shop\\@evil.example/", None),
            ("https://shop.example\\@evil.example/", Some("https://shop.example/@evil.example/")),
            (" https://shop.example/a\r\nset-cookie: a=b", Some("https://shop.example/aset-cookie:%20a=b")),
            ("https:\\\\shop.example\\account", Some("https://shop.example/account")),
            ("https://SHOP.example:443/a/../b", Some("https://shop.example/b")),
        ] {
            let url = merchant_url(text, &origins());
            assert_eq!(url.as_ref().map(Url::as_str), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn an_address_that_is_taken_is_plain_and_means_the_same_when_parsed_again(
            text in "(https://shop\\.example|https:|http://127\\.0\\.0\\.1:4290)[/\\\\@:?#.a-z\r\n\t \u{e9}\u{202e}]{0,20}"
        ) {
            if let Some(url) = merchant_url(&text, &origins()) {
                prop_assert!(url.as_str().bytes().all(|byte| byte.is_ascii_graphic()), "{url}");
                prop_assert!(!url.path().contains('\\'), "{url}");
                prop_assert!(merchant_url(url.as_str(), &origins()).as_ref() == Some(&url));
            }
        }
    }
}
