//! What the page says, by typed keys made from `locales/en.json` at build time.

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// Puts the values into the places that a text has for them, `{0}` and so on.
fn fill(text: &str, values: &[&str]) -> String {
    let mut parts = text.split('{');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (place, after) = part.split_once('}').unwrap_or(("", part));
        let value = place.bytes().next().and_then(|digit| values.get(usize::from(digit.wrapping_sub(b'0'))));
        filled.push_str(value.copied().unwrap_or_default());
        filled.push_str(after);
    }
    filled
}
