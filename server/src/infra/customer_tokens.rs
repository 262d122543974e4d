//! Verifies customers' tokens, and issues them in a demo. The algorithm is the configured one; a token can't choose it.

use jiff::Timestamp;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, EncodingKey, Header, Validation, decode, encode};
use relink_protocol::CustomerId;
use secrecy::ExposeSecret;
use serde::Serialize;

use crate::config::settings::{Demo, TokenRules};
use crate::domain::customer_claims::{self, Caller, Claims, TokenError};
use crate::domain::policy::Policy;

/// Verifies tokens by the configured key and algorithm.
#[derive(Debug)]
pub(crate) struct TokenVerifier {
    rules: TokenRules,
    validation: Validation,
}

impl TokenVerifier {
    pub(crate) fn new(rules: TokenRules) -> Self {
        let mut validation = Validation::new(rules.algorithm);
        // The library reads the clock itself and accepts a token without the claim; `domain::caller` does neither.
        validation.validate_exp = false;
        validation.validate_aud = false;
        Self { rules, validation }
    }

    /// Verifies the token, and returns its customer and what they may do.
    pub(crate) fn caller(&self, token: &str, policy: &Policy, now: Timestamp) -> Result<Caller, TokenError> {
        let token = decode::<Claims>(token, &self.rules.key, &self.validation)
            .map_err(|error| fault(error.kind()))?;
        // RFC 7515, 4.1.11: a token with critical extensions that are not understood must be rejected.
        if token.header.crit.is_some() {
            return Err(TokenError::Invalid);
        }
        let TokenRules { audience, leeway, .. } = &self.rules;
        customer_claims::accept(token.claims, audience.as_deref(), leeway.as_secs_f64(), policy, now)
    }
}

/// Returns the fault, so that the log tells wrong settings apart.
fn fault(kind: &ErrorKind) -> TokenError {
    if matches!(kind, ErrorKind::InvalidSignature) {
        TokenError::Key
    } else if matches!(kind, ErrorKind::InvalidAlgorithm) {
        TokenError::Algorithm
    } else {
        TokenError::Invalid
    }
}

/// Issues tokens for the demo customer. Exists only with the sandbox.
pub(crate) struct DemoTokenIssuer {
    customer: CustomerId,
    key: EncodingKey,
    audience: Option<String>,
}

impl std::fmt::Debug for DemoTokenIssuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issuer").field("customer", &self.customer).finish_non_exhaustive()
    }
}

/// Lifetime of a demo token, in seconds.
const DEMO_LIFETIME: i64 = 600;

#[derive(Serialize)]
struct DemoClaims<'a> {
    sub: &'a CustomerId,
    iat: i64,
    exp: i64,
    sid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
}

impl DemoTokenIssuer {
    pub(crate) fn new(demo: &Demo, audience: Option<String>) -> Self {
        let key = EncodingKey::from_secret(demo.key.expose_secret().as_bytes());
        Self { customer: demo.customer.clone(), key, audience }
    }

    pub(crate) fn token(&self, sign_in: &str, now: Timestamp) -> Result<String, jsonwebtoken::errors::Error> {
        let iat = now.as_second();
        let aud = self.audience.as_deref();
        let claims = DemoClaims { sub: &self.customer, iat, exp: iat + DEMO_LIFETIME, sid: sign_in, aud };
        encode(&Header::new(Algorithm::HS256), &claims, &self.key)
    }
}
