//! Secrets that must not be printed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Client secret of a session. Lives in memory for one attempt; never stored, logged, or put in a URL, an attribute, an
/// event or an error (Stripe's rule). Serialized only in the response that starts a session.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// Wraps the client secret from a response of Stripe's.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// Returns the secret, only for the call to Stripe.js.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// URL of a page hosted by Stripe. It lets its holder act for the customer, so it is not printed either.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct PageUrl(String);

impl PageUrl {
    /// Returns the URL, only for the caller who requested the page.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print_and_is_there_for_the_call_that_needs_it() {
        let secret = ClientSecret::new("fcsess_client_secret_abc".to_owned());
        assert_eq!(format!("{:?}", Some(&secret)), "Some([redacted])");
        assert_eq!(secret.expose(), "fcsess_client_secret_abc");
        let page: PageUrl = serde_json::from_value("https://stripe.example/abc".into()).unwrap();
        assert_eq!(format!("{:?}", Some(&page)), "Some([redacted])");
        assert_eq!(page.expose(), "https://stripe.example/abc");
    }
}
