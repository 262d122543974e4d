//! Parts that the state holds: email, webhooks to the merchant, live updates, tokens, limits, caches, the audit log,
//! and the headers of every response.

pub(crate) mod audit_log;
pub(crate) mod csp;
pub(crate) mod customer_tokens;
pub(crate) mod fetch;
pub(crate) mod live_updates;
pub(crate) mod mailer;
pub(crate) mod merchant_webhooks;
pub(crate) mod oidc;
pub(crate) mod rate_limits;
pub(crate) mod response_cache;
pub(crate) mod security_headers;
pub(crate) mod token_keys;
