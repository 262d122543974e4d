//! Reads texts from a script's results and removes every client secret.
//!
//! Searching uses the browser's regular expressions, because Rust's would add to the download.

use js_sys::RegExp;
use wasm_bindgen::{JsCast, JsValue};

use crate::js;

const REDACTED: &str = "[redacted]";

/// Pattern that matches every kind of client secret of Stripe.
const ANY_SECRET: &str = r"\w*_secret_\w*";

/// Reads the fields of one result, and removes the secret that was sent from them.
pub(crate) struct Reader<'a> {
    secret: &'a str,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(secret: &'a str) -> Self {
        Self { secret }
    }

    /// Returns the field's text; `None` if it is absent, empty, or of another type.
    pub(crate) fn text(&self, field: JsValue) -> Option<String> {
        if field.is_string() { self.scrub(field.unchecked_into()) } else { None }
    }

    fn scrub(&self, mut text: js::Text) -> Option<String> {
        if !self.secret.is_empty() {
            text = text.replace(self.secret, REDACTED);
        }
        // Also other secrets, and parts of this one.
        let text = text.replace_matches(&RegExp::new(ANY_SECRET, "g"), REDACTED);
        if text.is_empty() { None } else { Some(text) }
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use wasm_bindgen::JsValue;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::Reader;

    #[wasm_bindgen_test]
    fn a_client_secret_is_taken_out_of_any_text() {
        let reader = Reader::new("odd-$&canary.*1");
        let cases = [
            ("nothing to hide, client_secret is a name", "nothing to hide, client_secret is a name"),
            ("odd-$&canary.*1", "[redacted]"),
            ("<odd-$&canary.*1odd-$&canary.*1>", "<[redacted][redacted]>"),
            ("No such: 'fcsess_client_secret_Other'", "No such: '[redacted]'"),
            ("/x?s=seti_1_secret_2&t=é_secret_é end", "/x?s=[redacted]&t=é[redacted]é end"),
            ("fcsess_client_secret_a\nfcsess_client_secret_b", "[redacted]\n[redacted]"),
        ];
        for (text, clean) in cases {
            assert_eq!(reader.text(text.into()).as_deref(), Some(clean));
        }
    }

    #[wasm_bindgen_test]
    fn without_a_secret_plain_texts_stay() {
        assert_eq!(Reader::new("").text("a b".into()).as_deref(), Some("a b"));
    }

    #[wasm_bindgen_test]
    fn what_is_not_a_text_is_none() {
        for field in [JsValue::UNDEFINED, JsValue::NULL, 7.into(), true.into(), "".into()] {
            assert_eq!(Reader::new("a").text(field), None);
        }
    }
}
