//! Where a customer is led after a relink.

use reqwest::Url;

const LONGEST: usize = 2000;

/// Exactly at one of the merchant's origins, and with nothing in it that a browser could take for another host.
pub(crate) fn leads_to_merchant(url: &str, origins: &[String]) -> bool {
    let Ok(parsed) = Url::parse(url) else { return false };
    url.len() <= LONGEST
        && matches!(parsed.scheme(), "https" | "http")
        && parsed.username().is_empty()
        && parsed.password().is_none()
        && origins.contains(&parsed.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_are_led_back_to_the_merchant_only() {
        let origins = ["https://shop.example".to_owned(), "http://127.0.0.1:4290".to_owned()];
        for (url, expected) in [
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
            assert_eq!(leads_to_merchant(url, &origins), expected, "{url}");
        }
        assert!(!leads_to_merchant(&format!("https://shop.example/{}", "x".repeat(3000)), &origins));
    }
}
