//! Removes secrets and identifiers of persons from what goes into a support bundle.

use percent_encoding::percent_decode_str;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// Text in place of a secret.
const REMOVED: &str = "***";
/// Shorter parts of a secret are not searched for: they would be found in innocent words.
const SHORTEST: usize = 4;
/// Beginnings of identifiers of customers, their accounts and their sessions.
const PREFIXES: [&str; 11] = [
    "cus_",
    "acct_",
    "customer_account_acct_",
    "fca_",
    "fcauth_",
    "fcsess_",
    "pm_",
    "seti_",
    "mandate_",
    "ba_",
    "evt_",
];

/// Secrets that are searched for, the longest first.
pub(super) struct Redaction(Vec<String>);

impl Redaction {
    /// Takes each secret as it was given, its parts where several are in a list, and the passwords of URLs.
    pub(super) fn of(secrets: &[&SecretString]) -> Self {
        let mut found: Vec<String> = Vec::new();
        for secret in secrets {
            let text = secret.expose_secret().trim();
            found.extend(url_secrets(text).unwrap_or_else(|| vec![text.to_owned()]));
            found.extend(parts(text).map(str::to_owned));
        }
        found.retain(|secret| secret.chars().count() >= SHORTEST && !secret.starts_with("sqlite:"));
        found.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        found.dedup();
        Self(found)
    }

    /// Returns the text without secrets, identifiers of customers, and names in email addresses.
    pub(super) fn text(&self, text: &str) -> String {
        let without = self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret, REMOVED));
        without.split_inclusive(is_between_words).map(word).collect()
    }

    /// Does the same with every text of the value, names of fields included.
    pub(super) fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(fields) => {
                fields.into_iter().map(|(name, value)| (self.text(&name), self.value(value))).collect()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value,
        }
    }
}

/// Returns the secrets of a list. The first and the last line of a key in PEM form are words that every such key has.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().filter(|line| !line.starts_with("-----"));
    lines.flat_map(|line| line.split([',', ' ', '\t'])).filter(|part| !part.contains("://"))
}

/// Returns the whole URL, its password and its query, also decoded; `None` if this is no URL with a host.
fn url_secrets(text: &str) -> Option<Vec<String>> {
    let url = Url::parse(text).ok().filter(Url::has_host)?;
    let query = url.query_pairs().map(|(_, value)| value.into_owned()).collect::<Vec<_>>();
    let password = url.password().unwrap_or_default();
    let decoded = percent_decode_str(password).decode_utf8_lossy().into_owned();
    // The database's name and host are no secrets, and common words.
    let is_whole = url.password().is_some();
    let whole = is_whole.then(|| text.to_owned());
    let modes = |value: &String| {
        !["verify-full", "verify-ca", "require", "prefer", "disable"].contains(&value.as_str())
    };
    Some(
        [password.to_owned(), decoded]
            .into_iter()
            .chain(query.into_iter().filter(modes))
            .chain(whole)
            .collect(),
    )
}

/// Returns a setting's value; of a URL, neither user and password, nor query and fragment. Secrets are often put there.
pub(super) fn without_credentials(value: &str) -> String {
    value.split_inclusive([',', ' ', '\n']).map(one_without_credentials).collect()
}

fn one_without_credentials(part: &str) -> String {
    let bare = part.trim_end_matches([',', ' ', '\n']);
    let end = part.strip_prefix(bare).unwrap_or_default();
    let Ok(mut url) = Url::parse(bare) else { return part.to_owned() };
    if !url.has_host()
        || (url.username().is_empty() && url.password().is_none() && !bare.contains(['?', '#']))
    {
        return part.to_owned();
    }
    // Both fail for URLs without a host only.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    url.set_query(None);
    url.set_fragment(None);
    format!("{url} (shortened){end}")
}

fn is_between_words(c: char) -> bool {
    !(c.is_alphanumeric() || "_-.@+%".contains(c))
}

/// Shortens a word, with the character that follows it, if it is an identifier or an email address.
fn word(word: &str) -> String {
    let bare = word.trim_end_matches(is_between_words);
    let end = word.strip_prefix(bare).unwrap_or_default();
    if let Some((_, host)) = bare.split_once('@').filter(|(name, _)| !name.is_empty()) {
        return format!("…@{host}{end}");
    }
    match PREFIXES.iter().find(|prefix| bare.starts_with(**prefix) && bare.len() > prefix.len()) {
        Some(prefix) => format!("{prefix}…{end}"),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redaction(secrets: &[&str]) -> Redaction {
        let secrets: Vec<SecretString> = secrets.iter().map(|secret| SecretString::from(*secret)).collect();
        Redaction::of(&secrets.iter().collect::<Vec<_>>())
    }

    #[test]
    fn secrets_of_a_list_and_passwords_of_addresses_are_removed() {
        let redaction = redaction(&[
            "one-secret,two-secret",
            "smtps://shop:p%40ss-word@mail.example",
            "sqlite:relink.db",
        ]);
        for leak in ["one-secret", "two-secret", "p%40ss-word", "p@ss-word"] {
            let text = redaction.text(&format!("<{leak}>"));
            assert!(!text.contains(leak) && text.starts_with('<') && text.ends_with('>'), "{text}");
        }
        assert_eq!(redaction.text("mail.example of sqlite:relink.db"), "mail.example of sqlite:relink.db");
    }

    #[test]
    fn persons_are_not_named() {
        for (text, expected) in [
            ("No such customer: 'cus_9s6XKzkNRiz8i3'", "No such customer: 'cus_…'"),
            ("account:fca_1 and fcsess_2.", "account:fca_… and fcsess_…"),
            ("Ada <ada+relink@shop.example>, bob@shop.example", "Ada <…@shop.example>, …@shop.example"),
            ("customers are discussed", "customers are discussed"),
        ] {
            assert_eq!(redaction(&[]).text(text), expected);
        }
    }

    #[test]
    fn a_setting_keeps_what_an_address_says_and_loses_what_it_may_hide() {
        for (value, expected) in [
            (
                "https://shop.example,http://shop.localhost:3000",
                "https://shop.example,http://shop.localhost:3000",
            ),
            ("https://u:canary@shop.example/hook?key=canary#canary", "https://shop.example/hook (shortened)"),
            (
                "https://shop.example?t=canary, https://b.example",
                "https://shop.example/ (shortened), https://b.example",
            ),
            ("0.0.0.0:4280", "0.0.0.0:4280"),
            ("mailto:help@shop.example", "mailto:help@shop.example"),
        ] {
            assert_eq!(without_credentials(value), expected);
        }
    }

    proptest! {
        #[test]
        fn no_secret_survives_anywhere(
            secrets in proptest::collection::vec("[!-)+-~]{4,24}", 1..6),
            around in proptest::collection::vec(".{0,12}", 7),
        ) {
            let given: Vec<&str> = secrets.iter().map(String::as_str).collect();
            let redaction = redaction(&given);
            let pairs = around.iter().zip(secrets.iter().cycle());
            let text: String = pairs.flat_map(|(around, secret)| [around.as_str(), secret.as_str()]).collect();
            let value = redaction.value(serde_json::json!({&text: [{"text": &text}]}));
            let mut seen = Vec::new();
            strings(&value, &mut seen);
            for secret in &secrets {
                prop_assert!(seen.iter().all(|text| !text.contains(secret.as_str())), "{seen:?}");
            }
        }
    }

    fn strings(value: &Value, seen: &mut Vec<String>) {
        match value {
            Value::String(text) => seen.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| strings(item, seen)),
            Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                seen.push(name.clone());
                strings(value, seen);
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) => (),
        }
    }
}
