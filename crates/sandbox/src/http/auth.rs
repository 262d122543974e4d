//! Authentication: secret keys for the API, publishable keys for the bank window. Keys are never logged.

use axum::{
    extract::Request,
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{error::ApiError, worlds::without_world};

const SECRET_KEYS: [&str; 2] = ["sk_test_sandbox", "rk_test_sandbox"];
const LIVE_KEYS: [&str; 2] = ["sk_live_sandbox", "rk_live_sandbox"];
/// Restricted keys that permit reads only.
const READ_KEYS: [&str; 2] = ["rk_test_sandbox_read", "rk_live_sandbox_read"];
/// A key that has expired.
const EXPIRED_KEY: &str = "sk_test_sandbox_expired";
const PUBLISHABLE_KEY: &str = "pk_test_sandbox";
const LIVE_PUBLISHABLE_KEY: &str = "pk_live_sandbox";

/// Middleware that admits only calls with a valid secret key.
pub(crate) async fn require_secret_key(request: Request, next: Next) -> Response {
    let (headers, method) = (request.headers(), request.method());
    let is_of_page = has_publishable_key(headers) && is_for_pages(method, request.uri().path());
    let checked = if is_of_page { check_publishable_key(headers) } else { check_secret_key(headers, method) };
    match checked {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// True if the call has a publishable key, as those of Stripe.js have.
pub(crate) fn has_publishable_key(headers: &HeaderMap) -> bool {
    given_key(headers).is_some_and(|key| key.starts_with("pk_"))
}

/// True if the customer's page may make the call, with a publishable key.
pub(super) fn is_for_pages(method: &Method, path: &str) -> bool {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match segments.as_slice() {
        ["v1", "payment_methods" | "tokens"] => method == Method::POST,
        ["v1", "payment_intents" | "setup_intents", _] => method == Method::GET,
        ["v1", "payment_intents" | "setup_intents", _, "confirm" | "verify_microdeposits"] => {
            method == Method::POST
        }
        _ => false,
    }
}

fn check_secret_key(headers: &HeaderMap, method: &Method) -> Result<(), ApiError> {
    let key = request_key(headers)?;
    if SECRET_KEYS.contains(&key.as_str()) || LIVE_KEYS.contains(&key.as_str()) {
        return Ok(());
    }
    if READ_KEYS.contains(&key.as_str()) {
        let message = format!("The restricted key {} lacks the permission for this call.", masked(&key));
        return if method == Method::GET { Ok(()) } else { Err(ApiError::forbidden(None, message)) };
    }
    if key == EXPIRED_KEY {
        let message = format!("Expired API Key provided: {}", masked(&key));
        return Err(ApiError::unauthorized(Some("api_key_expired"), message));
    }
    if key.starts_with("pk_") {
        let message = "A publishable key can't make this call: use a secret or a restricted key.";
        return Err(ApiError::forbidden(Some("secret_key_required"), message));
    }
    Err(invalid_key(&key))
}

/// Checks the publishable key that the bank window sends, as the page gave it to Stripe.js.
pub(crate) fn check_publishable_key(headers: &HeaderMap) -> Result<(), ApiError> {
    let key = request_key(headers)?;
    match key.as_str() {
        PUBLISHABLE_KEY => Ok(()),
        LIVE_PUBLISHABLE_KEY => {
            let message =
                "The sandbox has no banks for live mode: a session can't be opened with a live key.";
            Err(ApiError::invalid_with_code("livemode_mismatch", "client_secret", message))
        }
        _ => Err(invalid_key(&key)),
    }
}

/// True if the call has a live-mode key.
pub(crate) fn has_live_key(headers: &HeaderMap) -> bool {
    let live = |key: String| {
        let key = key.as_str();
        LIVE_KEYS.contains(&key) || key == "rk_live_sandbox_read" || key == LIVE_PUBLISHABLE_KEY
    };
    request_key(headers).is_ok_and(live)
}

/// Returns the error for an account that is not connected, in Stripe's words, if the call's key is valid otherwise.
pub(crate) fn no_access_to_account(headers: &HeaderMap, method: &Method, account: &str) -> ApiError {
    let key = match check_publishable_key(headers).or_else(|_| check_secret_key(headers, method)) {
        Ok(()) => request_key(headers).unwrap_or_default(),
        Err(refusal) => return refusal,
    };
    let message = format!(
        "The provided key '{}' does not have access to account '{account}' (or that account does not exist). \
         Application access may have been revoked.",
        masked(&key)
    );
    ApiError::forbidden(Some("account_invalid"), message)
}

fn request_key(headers: &HeaderMap) -> Result<String, ApiError> {
    given_key(headers)
        .map(|key| without_world(&key).to_owned())
        .ok_or_else(|| ApiError::unauthorized(None, "No API key was given in the Authorization header."))
}

/// Returns the key as given, with the name of its world.
pub(crate) fn given_key(headers: &HeaderMap) -> Option<String> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = header.and_then(|text| {
        let (scheme, rest) = text.split_once(' ')?;
        match scheme.to_ascii_lowercase().as_str() {
            "bearer" => Some(rest.trim().to_owned()),
            "basic" => basic_user(rest.trim()),
            _ => None,
        }
    });
    key.filter(|key| !key.is_empty())
}

/// Returns the user name of HTTP basic authentication, in which Stripe expects the key.
fn basic_user(encoded: &str) -> Option<String> {
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    Some(decoded.split(':').next().unwrap_or_default().to_owned())
}

fn invalid_key(key: &str) -> ApiError {
    ApiError::unauthorized(None, format!("Invalid API Key provided: {}", masked(key)))
}

/// Masks a key: shows its prefix and, if more than eight characters follow, the last four.
fn masked(key: &str) -> String {
    let kinds = ["sk_test_", "sk_live_", "rk_test_", "rk_live_", "pk_test_", "pk_live_"];
    let kind = kinds.into_iter().find(|kind| key.starts_with(kind)).unwrap_or_default();
    let hidden: Vec<char> = key.chars().skip(kind.len()).collect();
    let tail: String =
        if hidden.len() > 8 { hidden.iter().skip(hidden.len() - 4).collect() } else { String::new() };
    format!("{kind}{}{tail}", "*".repeat(hidden.len() - tail.len().min(hidden.len())))
}

#[cfg(test)]
mod tests {
    use super::{basic_user, masked};

    #[test]
    fn a_wrong_key_is_shown_masked() {
        assert_eq!(masked("sk_test_abcdefghijkl"), "sk_test_********ijkl");
        assert_eq!(masked("sk_live_short"), "sk_live_*****");
        assert_eq!(masked("hunter2hunter2"), "**********ter2");
    }

    #[test]
    fn the_key_is_the_user_name_of_basic_authentication() {
        assert_eq!(basic_user("c2tfdGVzdF9zYW5kYm94Og=="), Some("sk_test_sandbox".to_owned()));
        assert_eq!(basic_user("not base64!"), None);
    }
}
