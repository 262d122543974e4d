//! Fields of a JSON object, read one by one, so that an error can name the field.

use serde_json::{Map, Value};

use crate::{http::error::ApiError, world::DateChange};

pub(crate) struct JsonFields(Map<String, Value>);

impl JsonFields {
    pub(crate) fn of(given: Map<String, Value>, known: &[&str]) -> Result<Self, ApiError> {
        match given.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(ApiError::unknown(name)),
            None => Ok(Self(given)),
        }
    }

    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Returns the field as the matching item of `allowed`.
    pub(crate) fn enum_value(
        &self,
        name: &str,
        allowed: &'static [&'static str],
    ) -> Result<Option<&'static str>, ApiError> {
        self.0.get(name).map(|value| enum_value(name, value, allowed)).transpose()
    }

    /// Returns a list as the matching items of `allowed`.
    pub(crate) fn enum_values(
        &self,
        name: &str,
        allowed: &'static [&'static str],
    ) -> Result<Option<Vec<&'static str>>, ApiError> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let list =
            value.as_array().ok_or_else(|| ApiError::invalid(name, format!("{name} must be a list.")))?;
        list.iter().map(|one| enum_value(name, one, allowed)).collect::<Result<_, _>>().map(Some)
    }

    /// Returns any word of lowercase letters and underscores.
    pub(crate) fn any_word(&self, name: &str) -> Result<Option<String>, ApiError> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let is_word =
            |text: &&str| !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let text = value.as_str().filter(is_word);
        let refusal = || ApiError::invalid(name, format!("{name} must be a word such as access_expired."));
        text.map(str::to_owned).ok_or_else(refusal).map(Some)
    }

    /// Returns the change of a date in Unix seconds; null removes the date.
    pub(crate) fn date(&self, name: &str) -> Result<DateChange, ApiError> {
        let Some(value) = self.0.get(name) else { return Ok(DateChange::Kept) };
        if value.is_null() {
            return Ok(DateChange::Removed);
        }
        let refusal = || ApiError::invalid(name, format!("{name} must be a time in Unix seconds."));
        value.as_i64().map(DateChange::Set).ok_or_else(refusal)
    }

    /// Returns a list of objects.
    pub(crate) fn objects(&self, name: &str) -> Result<Option<Vec<Map<String, Value>>>, ApiError> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let refusal = || ApiError::invalid(name, format!("{name} must be a list of objects."));
        let list = value.as_array().ok_or_else(refusal)?;
        let objects = list.iter().map(|one| one.as_object().cloned().ok_or_else(refusal));
        objects.collect::<Result<_, _>>().map(Some)
    }
}

fn enum_value(name: &str, value: &Value, allowed: &'static [&'static str]) -> Result<&'static str, ApiError> {
    allowed.iter().find(|word| value == **word).copied().ok_or_else(|| {
        ApiError::invalid(name, format!("Invalid {name}: must be one of {}", allowed.join(", ")))
    })
}
