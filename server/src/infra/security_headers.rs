//! Security headers of every response. They protect the page and keep bank windows working: these need their opener and
//! the page's origin.

use std::time::Duration;

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    RETRY_AFTER, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::Url;
use tower_http::cors::CorsLayer;

use crate::config::settings::Hsts;

const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Full name of the file that `/relink.wasm` responds with.
pub(crate) const FILE_NAME: HeaderName = HeaderName::from_static("relink-file");
/// Time for which browsers cache a CORS preflight. No browser caches it longer.
const REMEMBERED: Duration = Duration::from_hours(2);

/// Allows the merchant's pages to call the API with a customer's token, but without cookies.
pub(crate) fn cors(origins: &[Url]) -> anyhow::Result<CorsLayer> {
    let origins = origins.iter().map(|url| HeaderValue::try_from(url.origin().ascii_serialization()));
    Ok(CorsLayer::new()
        .allow_origin(origins.collect::<Result<Vec<_>, _>>()?)
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE, LAST_EVENT_ID])
        .expose_headers([REQUEST_ID, RETRY_AFTER, FILE_NAME])
        .max_age(REMEMBERED))
}

/// Allows every page to load the files of the front end, which are the same for all.
pub(crate) fn share(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(RESOURCE, HeaderValue::from_static("cross-origin"));
}

/// Returns the headers of every response. There is no `Cross-Origin-Embedder-Policy`, because Stripe.js does not work
/// in isolated pages.
pub(crate) fn every_answers(policy: &str, hsts: Hsts) -> anyhow::Result<HeaderMap> {
    let mut headers = HeaderMap::from_iter([
        (CONTENT_SECURITY_POLICY, HeaderValue::try_from(policy)?),
        // `same-origin` would cut the page off from the bank window.
        (OPENER, HeaderValue::from_static("same-origin-allow-popups")),
        // Sends the origin without the path; banks refuse `no-referrer`.
        (REFERRER_POLICY, HeaderValue::from_static("strict-origin")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (RESOURCE, HeaderValue::from_static("same-origin")),
        (PERMISSIONS, HeaderValue::from_static("camera=(), geolocation=(), microphone=()")),
    ]);
    if let Some(value) = strict_transport_security(hsts) {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(value));
    }
    Ok(headers)
}

/// Returns the header's value, for two years. Subdomains are opt-in: the host may be the shop's own domain, whose
/// subdomains have nothing to do with this server.
fn strict_transport_security(hsts: Hsts) -> Option<&'static str> {
    match hsts {
        Hsts::Off => None,
        Hsts::Host => Some("max-age=63072000"),
        Hsts::Subdomains => Some("max-age=63072000; includeSubDomains"),
    }
}
