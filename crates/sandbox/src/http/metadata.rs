//! The parameter `metadata`, with Stripe's limits.

use std::collections::BTreeMap;

use super::{error::ApiError, params::Params};

const MAX_KEYS: usize = 50;
const MAX_KEY_CHARACTERS: usize = 40;
const MAX_VALUE_CHARACTERS: usize = 500;
const NAME: &str = "metadata";

impl Params {
    /// Returns the metadata after the call: `metadata=` removes everything first, an empty value removes its key, and
    /// other keys stay. Messages about lengths begin with Stripe's words.
    pub(crate) fn metadata(
        &self,
        current: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, ApiError> {
        let mut metadata = if self.raw(NAME) == Some("") { BTreeMap::new() } else { current.clone() };
        for (key, value) in self.hash(NAME) {
            let (key_length, length) = (key.chars().count(), value.chars().count());
            let param = format!("{NAME}[{key}]");
            if key_length > MAX_KEY_CHARACTERS {
                let message = format!(
                    "Metadata keys can have up to {MAX_KEY_CHARACTERS} characters, but you passed in a key that is \
                     {key_length} characters. Invalid key: {key}"
                );
                return Err(ApiError::invalid(&param, message));
            }
            if length > MAX_VALUE_CHARACTERS {
                let message = format!(
                    "Metadata values can have up to {MAX_VALUE_CHARACTERS} characters, but you passed in a value \
                     that is {length} characters. Invalid value: {value}"
                );
                return Err(ApiError::invalid(&param, message));
            }
            metadata.insert(key, value);
        }
        metadata.retain(|_, value| !value.is_empty());
        if metadata.len() > MAX_KEYS {
            let message = format!("metadata can have {MAX_KEYS} keys; this would make {}.", metadata.len());
            return Err(ApiError::invalid(NAME, message));
        }
        Ok(metadata)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Params;

    fn after(query: &str) -> Result<String, String> {
        let before = BTreeMap::from([("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]);
        let metadata = Params::decode(query).unwrap().metadata(&before);
        let pair = |(key, value): (&String, &String)| format!("{key}{value}");
        metadata
            .map(|all| all.iter().map(pair).collect::<Vec<_>>().join(" "))
            .map_err(|error| error.object()["param"].as_str().unwrap().to_owned())
    }

    #[test]
    fn keys_are_added_changed_and_removed_one_by_one_or_all_at_once() {
        assert_eq!(after("").unwrap(), "a1 b2");
        assert_eq!(after("metadata[a]=3&metadata[c]=4").unwrap(), "a3 b2 c4");
        assert_eq!(after("metadata[a]=").unwrap(), "b2");
        assert_eq!(after("metadata=").unwrap(), "");
        assert_eq!(after("metadata=&metadata[c]=4").unwrap(), "c4");
    }

    #[test]
    fn keys_values_and_their_number_are_limited_in_characters() {
        let pair = |key: usize, value: usize| format!("metadata[{}]={}", "é".repeat(key), "é".repeat(value));
        assert!(after(&pair(40, 500)).is_ok());
        assert!(after(&pair(41, 1)).unwrap_err().starts_with("metadata[é"));
        assert!(after(&pair(1, 501)).unwrap_err().starts_with("metadata[é"));
        let many =
            |count: usize| (0..count).map(|at| format!("metadata[k{at}]=1")).collect::<Vec<_>>().join("&");
        assert!(after(&many(48)).is_ok());
        assert_eq!(after(&many(49)).unwrap_err(), "metadata");
    }
}
