//! Removes secrets from foreign texts before they are logged.

/// Prefixes of secrets that may occur: Stripe's keys, client secrets, webhook secrets, and tokens.
const SECRETS: [&str; 6] = ["sk_", "rk_", "pk_", "fcsess_client_secret_", "whsec_", "eyJ"];
/// Most characters that are kept: a page of HTML does not belong in a log line.
const LONGEST: usize = 300;

/// Replaces everything that looks like a secret, and shortens the text.
pub(crate) fn redact(text: &str) -> String {
    text.split_inclusive(|char: char| !is_secret_char(char))
        .map(|word| {
            let begins = SECRETS.iter().filter_map(|secret| word.find(secret)).min();
            // Client secrets such as `seti_…_secret_…`.
            let begins = if word.contains("_secret_") { Some(0) } else { begins };
            begins.map_or_else(
                || word.to_owned(),
                |begins| {
                    let end = word.chars().next_back().filter(|char| !is_secret_char(*char));
                    let before: String = word.get(..begins).unwrap_or_default().to_owned();
                    format!("{before}[redacted]{}", end.map(String::from).unwrap_or_default())
                },
            )
        })
        .collect::<String>()
        .chars()
        .take(LONGEST)
        .collect()
}

fn is_secret_char(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.' | '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_taken_out_wherever_they_stand() {
        for (text, expected) in [
            ("Invalid API Key provided: sk_test_a*b.", "Invalid API Key provided: [redacted]"),
            ("'fcsess_client_secret_abc' is used", "'[redacted]' is used"),
            ("intent seti_1_secret_abc, please", "intent [redacted], please"),
            ("key=rk_live_1,id=fca_1", "key=[redacted],id=fca_1"),
            ("xsk_live_1", "x[redacted]"),
            ("Bearer eyJhbGciOiJ9.eyJz.c-_2", "Bearer [redacted]"),
            ("No such account: 'fca_1'; é", "No such account: 'fca_1'; é"),
        ] {
            assert_eq!(redact(text), expected);
        }
        assert_eq!(redact(&"a".repeat(1000)).len(), LONGEST);
    }
}
