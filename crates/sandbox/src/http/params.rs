//! Form and query parameters in the three notations that Stripe's client libraries send: `a[b]=c`, `a[]=c` and
//! `a[0]=c`, with plain or percent-encoded brackets.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use super::error::ApiError;

/// A parameter; `a[0]`, `a[1]` and `a[]` all have the key `a[]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    key: String,
    index: usize,
    value: String,
}

/// Parameters of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Params {
    entries: Vec<Entry>,
}

impl Params {
    pub(crate) fn decode(text: &str) -> Result<Self, ApiError> {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((unescape(key)?, unescape(value)?))
        });
        Self::of_pairs(pairs.collect::<Result<Vec<_>, ApiError>>()?)
    }

    /// Returns the parameters with these names, which may have brackets, and values.
    pub(super) fn of_pairs(pairs: Vec<(String, String)>) -> Result<Self, ApiError> {
        let mut entries = Vec::new();
        for (position, (key, value)) in pairs.into_iter().enumerate() {
            let (key, index) = canonical(&key)?;
            entries.push(Entry { key, index: index.unwrap_or(position), value });
        }
        entries.sort_by(|one, other| (&one.key, one.index).cmp(&(&other.key, other.index)));
        Ok(Self { entries })
    }

    /// Refuses every parameter that is not in `known`, where lists are written `name[]` and hashes with arbitrary
    /// keys `name[*]`. An empty value empties such a hash.
    pub(crate) fn refuse_unknown(&self, known: &[&str]) -> Result<(), ApiError> {
        let mut unknown = Vec::new();
        for Entry { key, value, .. } in &self.entries {
            let in_hash = |name: &&str| {
                name.strip_suffix("*]").is_some_and(|start| {
                    let empties = value.is_empty() && start.strip_suffix('[') == Some(key);
                    empties || key.starts_with(start) && key.ends_with(']')
                })
            };
            if known.contains(&key.as_str()) || known.iter().any(in_hash) {
                continue;
            }
            if known.contains(&format!("{key}[]").as_str()) {
                return Err(ApiError::invalid(key, format!("Invalid array: {key}")));
            }
            if known.iter().any(|name| name.starts_with(&format!("{key}["))) {
                return Err(ApiError::invalid(key, format!("Invalid object: {key}")));
            }
            let root = key.split('[').next().unwrap_or(key);
            let root_is_known = known.iter().any(|name| name.split('[').next() == Some(root));
            let name = if root_is_known { key } else { root };
            if !unknown.contains(&name) {
                unknown.push(name);
            }
        }
        if unknown.is_empty() { Ok(()) } else { Err(ApiError::all_unknown(&unknown)) }
    }

    /// Returns the value as sent, even if it is empty.
    pub(crate) fn raw(&self, key: &str) -> Option<&str> {
        self.entries.iter().rfind(|entry| entry.key == key).map(|entry| entry.value.as_str())
    }

    pub(crate) fn text(&self, key: &str) -> Result<Option<&str>, ApiError> {
        match self.raw(key) {
            Some("") => Err(ApiError::empty(key)),
            value => Ok(value),
        }
    }

    /// Returns the value of a parameter that the call must have.
    pub(crate) fn required(&self, key: &str) -> Result<&str, ApiError> {
        self.text(key)?.ok_or_else(|| ApiError::missing(key))
    }

    pub(crate) fn owned(&self, key: &str) -> Result<Option<String>, ApiError> {
        self.text(key).map(|text| text.map(str::to_owned))
    }

    /// Returns a field after the call: an empty value removes it, and without the parameter it stays.
    pub(crate) fn changed(&self, key: &str, known: Option<String>) -> Option<String> {
        let Some(value) = self.raw(key) else { return known };
        Some(value.to_owned()).filter(|value| !value.is_empty())
    }

    /// Returns the value of an enum parameter as the matching item of `allowed`.
    pub(crate) fn one_of(
        &self,
        key: &str,
        allowed: &'static [&'static str],
    ) -> Result<Option<&'static str>, ApiError> {
        self.text(key)?.map(|value| word(key, value, allowed)).transpose()
    }

    /// Returns the values of a list of enums; `key` is given without brackets.
    pub(crate) fn enum_list(
        &self,
        key: &str,
        allowed: &'static [&'static str],
    ) -> Result<Vec<&'static str>, ApiError> {
        let list = format!("{key}[]");
        let values = self.entries.iter().filter(|entry| entry.key == list);
        values.enumerate().map(|(at, entry)| word(&format!("{key}[{at}]"), &entry.value, allowed)).collect()
    }

    /// Returns the values of a list of arbitrary strings; `key` is given without brackets.
    pub(crate) fn list(&self, key: &str) -> Vec<&str> {
        let list = format!("{key}[]");
        self.entries.iter().filter(|entry| entry.key == list).map(|entry| entry.value.as_str()).collect()
    }

    pub(crate) fn flag(&self, key: &str) -> Result<bool, ApiError> {
        Ok(self.optional_flag(key)? == Some(true))
    }

    pub(crate) fn optional_flag(&self, key: &str) -> Result<Option<bool>, ApiError> {
        Ok(self.one_of(key, &["true", "false"])?.map(|word| word == "true"))
    }

    pub(crate) fn integer(&self, key: &str) -> Result<Option<i64>, ApiError> {
        let number = |text: &str| text.parse().map_err(|_| ApiError::no_integer(key, text));
        self.text(key)?.map(number).transpose()
    }

    /// Returns the entries of a hash with arbitrary keys.
    pub(crate) fn hash(&self, name: &str) -> BTreeMap<String, String> {
        let prefix = format!("{name}[");
        let inner = |entry: &Entry| {
            let key = entry.key.strip_prefix(&prefix)?.strip_suffix(']')?;
            Some((key.to_owned(), entry.value.clone()))
        };
        self.entries.iter().filter_map(inner).collect()
    }

    /// True if any parameter is inside this hash.
    pub(crate) fn has_hash(&self, name: &str) -> bool {
        let prefix = format!("{name}[");
        self.entries.iter().any(|entry| entry.key.starts_with(&prefix))
    }

    /// Returns a value that is equal for the same parameters in any order and list notation.
    pub(crate) fn fingerprint(&self) -> Vec<(String, String)> {
        self.entries.iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect()
    }
}

fn word(key: &str, value: &str, allowed: &'static [&'static str]) -> Result<&'static str, ApiError> {
    allowed.iter().find(|word| **word == value).copied().ok_or_else(|| {
        ApiError::invalid(key, format!("Invalid {key}: must be one of {}", allowed.join(", ")))
    })
}

fn unescape(text: &str) -> Result<String, ApiError> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded.map(Into::into).map_err(|_| ApiError::malformed("The parameters are not valid UTF-8."))
}

/// Replaces indexes by empty brackets, `a[0][b]` by `a[][b]`, and returns the last index beside it.
fn canonical(key: &str) -> Result<(String, Option<usize>), ApiError> {
    let mut segments = key.split('[');
    let mut name = segments.next().unwrap_or_default().to_owned();
    let mut index = None;
    for segment in segments {
        let Some(inner) = segment.strip_suffix(']') else {
            return Err(ApiError::malformed("The name of a parameter has unbalanced brackets."));
        };
        if let Ok(number) = inner.parse() {
            index = Some(number);
            name.push_str("[]");
        } else {
            name.push('[');
            name.push_str(inner);
            name.push(']');
        }
    }
    Ok((name, index))
}

#[cfg(test)]
mod tests {
    use super::{ApiError, Params};

    const WORDS: &[&str] = &["balances", "payment_method"];

    #[test]
    fn the_three_spellings_of_a_list_are_the_same_list() {
        let spellings = [
            "permissions[]=payment_method&permissions[]=balances",
            "permissions[0]=payment_method&permissions[1]=balances",
            "permissions[1]=balances&permissions[0]=payment_method",
            "permissions%5B%5D=payment_method&permissions%5B%5D=balances",
            "permissions%5b0%5d=payment_method&permissions%5b1%5d=balances",
        ];
        for text in spellings {
            let params = Params::decode(text).unwrap();
            assert_eq!(
                params.enum_list("permissions", WORDS),
                Ok(vec!["payment_method", "balances"]),
                "{text}"
            );
        }
    }

    #[test]
    fn a_nested_value_is_found_by_its_whole_name() {
        let params = Params::decode("account_holder%5Bcustomer%5D=cus+1%26").unwrap();
        assert_eq!(params.text("account_holder[customer]"), Ok(Some("cus 1&")));
        assert!(params.has_hash("account_holder"));
    }

    #[test]
    fn an_unknown_hash_is_named_by_its_root_and_an_unknown_field_in_full() {
        let known = ["limits[accounts]", "permissions[]"];
        let refusal = |text: &str| Params::decode(text).unwrap().refuse_unknown(&known).unwrap_err();
        assert_eq!(refusal("relink_options[account]=x"), ApiError::unknown("relink_options"));
        assert_eq!(refusal("limits[customers]=1"), ApiError::unknown("limits[customers]"));
        assert_eq!(refusal("limits=1"), ApiError::invalid("limits", "Invalid object: limits"));
        assert_eq!(refusal("permissions=x"), ApiError::invalid("permissions", "Invalid array: permissions"));
    }

    #[test]
    fn a_hash_with_any_keys_takes_any_key() {
        let params = Params::decode("metadata[order]=6&metadata[by]=Jenny").unwrap();
        assert_eq!(params.refuse_unknown(&["metadata[*]"]), Ok(()));
        assert_eq!(params.hash("metadata").into_keys().collect::<Vec<_>>(), ["by", "order"]);
        assert_eq!(params.refuse_unknown(&["name"]), Err(ApiError::unknown("metadata")));
    }

    #[test]
    fn broken_names_and_bytes_are_refused() {
        for text in ["a[b=1", "a=%FF"] {
            assert!(Params::decode(text).is_err(), "{text}");
        }
    }
}
