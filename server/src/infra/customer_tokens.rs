//! Verifies customers' tokens, and issues them in a demo. The algorithms are the configured ones; a token can't choose.

use std::sync::Arc;

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, decode_header, encode};
use relink_protocol::{HolderId, StripeAccountId};
use secrecy::ExposeSecret;
use serde::Serialize;

use crate::config::settings::{Demo, TokenRules};
use crate::domain::customer_claims::{self, Caller, Claims, TokenError};
use crate::domain::policy::Policy;
use crate::domain::stripe_accounts::StripeAccounts;
use crate::infra::token_keys::TokenKeys;

/// Verifies tokens by the configured keys and algorithms.
#[derive(Debug)]
pub(crate) struct TokenVerifier {
    keys: Arc<TokenKeys>,
    rules: TokenRules,
    stripe_accounts: StripeAccounts,
}

impl TokenVerifier {
    pub(crate) fn new(rules: TokenRules, stripe_accounts: StripeAccounts) -> anyhow::Result<Self> {
        Ok(Self { keys: Arc::new(TokenKeys::new(&rules)?), rules, stripe_accounts })
    }

    /// Returns the keys in use.
    pub(crate) fn keys(&self) -> &Arc<TokenKeys> {
        &self.keys
    }

    /// Reads the merchant's keys again if the token names one that is unknown. Call it before [`TokenVerifier::caller`].
    pub(crate) async fn look_for_key(&self, token: &str) {
        if let Ok(header) = decode_header(token) {
            self.keys.look_for(&header).await;
        }
    }

    /// Verifies the token, and returns its customer and what they may do.
    pub(crate) fn caller(&self, token: &str, policy: &Policy, now: Timestamp) -> Result<Caller, TokenError> {
        let header = decode_header(token).map_err(|_| TokenError::Invalid)?;
        let token = self.keys.verify::<Claims>(token, &header)?;
        // RFC 7515, 4.1.11: a token with critical extensions that are not understood must be rejected.
        if token.header.crit.is_some() {
            return Err(TokenError::Invalid);
        }
        let TokenRules { audience, leeway, .. } = &self.rules;
        let (audience, leeway) = (audience.as_deref(), leeway.as_secs_f64());
        customer_claims::accept(token.claims, audience, leeway, policy, &self.stripe_accounts, now)
    }
}

/// Issues tokens for the demo customer. Exists only with the sandbox.
pub(crate) struct DemoTokenIssuer {
    customer: HolderId,
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
    sub: &'a HolderId,
    #[serde(skip_serializing_if = "Option::is_none")]
    stripe_account: Option<StripeAccountId>,
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
        let stripe_account = self.customer.stripe_account();
        let claims = DemoClaims {
            sub: &self.customer,
            stripe_account,
            iat,
            exp: iat + DEMO_LIFETIME,
            sid: sign_in,
            aud,
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.key)
    }
}
