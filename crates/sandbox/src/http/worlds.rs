//! World of a call, by the header `Sandbox-World: name` or by a key that ends with `_world_name`. Every client library
//! and Stripe.js can be given a key, but not all of them a header.

use axum::http::HeaderMap;

use super::{auth::given_key, error::ApiError};

const HEADER: &str = "sandbox-world";
/// Text between a key and the name of a world.
const SUFFIX: &str = "_world_";
const MAX_NAME: usize = 40;

/// Returns the name of the world that the call is for, if any.
pub(crate) fn requested_world(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let header = headers.get(HEADER).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let key = given_key(headers).and_then(|key| key.split_once(SUFFIX).map(|(_, name)| name.to_owned()));
    let name = match (header, key) {
        (Some(header), Some(key)) if header != key => {
            return Err(ApiError::malformed("Sandbox-World and the key name different worlds."));
        }
        (header, key) => header.or(key),
    };
    match name {
        Some(name) if !is_name(&name) => {
            let message = "The name of a world has 1 to 40 lowercase letters, digits and hyphens.";
            Err(ApiError::malformed(message))
        }
        name => Ok(name),
    }
}

/// Returns the key without the name of its world.
pub(super) fn without_world(key: &str) -> &str {
    key.split_once(SUFFIX).map_or(key, |(key, _)| key)
}

/// Returns a key for the same purpose in the named world.
pub(crate) fn key_in_world(key: &str, world: Option<&str>) -> String {
    world.map_or_else(|| key.to_owned(), |name| format!("{key}{SUFFIX}{name}"))
}

fn is_name(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=MAX_NAME).contains(&name.len()) && name.chars().all(is_allowed)
}
