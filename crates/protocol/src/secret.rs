//! The one secret that passes through the page.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A session's client secret. Lives in memory for one attempt; never stored, logged, put in an address, an attribute,
/// an event or an error (Stripe's rule). Serialized only in the answer that starts a session.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// Takes what Stripe answered.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// For the call to Stripe.js and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Where a page of Stripe's is. Whoever has it can act for the customer, so it does not print either.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct PageUrl(String);

impl PageUrl {
    /// For whoever asked for the page.
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
    fn a_client_secret_does_not_print() {
        let secret = ClientSecret::new("fcsess_client_secret_abc".to_owned());
        assert_eq!(format!("{:?}", Some(secret)), "Some([redacted])");
    }
}
