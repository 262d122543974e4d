//! Conversion of types to text columns and back.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::value::{Error, StrDeserializer};
use serde_json::Value;

use super::StoreError;

/// Serializes a value as JSON. `place` is the column, for the error.
pub(crate) fn json<T: Serialize>(value: &T, place: &'static str) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Unreadable(place))
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str, place: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Unreadable(place))
}

/// Serializes a variant without fields as the string that it is in JSON.
pub(crate) fn word<T: Serialize>(value: &T, place: &'static str) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => Ok(word),
        Ok(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) | Err(_) => {
            Err(StoreError::Unreadable(place))
        }
    }
}

pub(crate) fn from_word<T: DeserializeOwned>(word: &str, place: &'static str) -> Result<T, StoreError> {
    T::deserialize(StrDeserializer::<Error>::new(word)).map_err(|_| StoreError::Unreadable(place))
}
