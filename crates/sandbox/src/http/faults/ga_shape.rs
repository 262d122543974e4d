//! Removes everything that GA versions lack from the objects in a response.

use axum::body::Bytes;
use serde_json::Value;

use crate::version::{Version, shape};

pub(super) fn strip(body: &Bytes) -> Bytes {
    match serde_json::from_slice::<Value>(body) {
        Ok(mut value) => {
            shape::rewrite_with_events(&mut value, &Version::default());
            Bytes::from(value.to_string())
        }
        Err(_) => body.clone(),
    }
}
