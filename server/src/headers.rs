//! The headers of every answer. They keep the page safe and let banks' windows work: a bank's window must keep its
//! opener, and must be told the page's origin.

use axum::http::header::{
    CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

/// No Cross-Origin-Embedder-Policy: Stripe.js does not work in isolated pages.
pub(crate) fn every_answers(policy: &str) -> anyhow::Result<HeaderMap> {
    Ok(HeaderMap::from_iter([
        (CONTENT_SECURITY_POLICY, HeaderValue::try_from(policy)?),
        // `same-origin` would cut the page off from the bank's window.
        (OPENER, HeaderValue::from_static("same-origin-allow-popups")),
        // The origin and no path; with `no-referrer` banks refuse.
        (REFERRER_POLICY, HeaderValue::from_static("strict-origin")),
        (STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (RESOURCE, HeaderValue::from_static("same-origin")),
        (PERMISSIONS, HeaderValue::from_static("camera=(), geolocation=(), microphone=()")),
    ]))
}
