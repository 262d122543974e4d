//! The header `Stripe-Signature` with scheme `v1`.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::webhooks::fault_settings::SignatureKind;

/// A secret that no endpoint has, for wrong signatures.
const OTHER_SECRET: &str = "whsec_of_somebody_else";

/// Returns the header, or `None` if the message is to be unsigned.
pub(crate) fn header(
    kind: SignatureKind,
    secret: &str,
    time: i64,
    body: &str,
    is_live: bool,
) -> Option<String> {
    let right = v1(secret, time, body);
    let other = v1(OTHER_SECRET, time, body);
    match kind {
        SignatureKind::Valid if is_live => Some(format!("t={time},v1={right}")),
        // Stripe's test mode adds a `v0` signature, which receivers must ignore.
        SignatureKind::Valid => Some(format!("t={time},v1={right},v0={other}")),
        SignatureKind::Invalid => Some(format!("t={time},v1={other}")),
        SignatureKind::Missing => None,
        SignatureKind::Rolled => Some(format!("t={time},v1={other},v1={right}")),
        SignatureKind::Malformed => Some(format!("v1,t={time}")),
    }
}

/// Returns the HMAC-SHA256 of time and body, keyed with the whole secret, in lowercase hexadecimal.
fn v1(secret: &str, time: i64, body: &str) -> String {
    // HMAC accepts keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(format!("{time}.{body}").as_bytes());
    let mut text = String::new();
    for byte in mac.finalize().into_bytes() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{SignatureKind, header, v1};

    const BODY: &str = "{\n  \"id\": \"evt_test_webhook\",\n  \"object\": \"event\"\n}";

    #[test]
    fn signatures_are_those_that_stripes_libraries_make() {
        let signed = |time| v1("whsec_test_secret", time, BODY);
        assert_eq!(signed(12_345), "2672d138c9a412830f3bfe2ecc5bfb3277cf6f5b49d0119d77dd6cb64da1257e");
        assert_eq!(signed(1_492_774_577), "c2f890decbc5ede7c5060bb9a6d31e0626a4342bacb9aeae2adb1bcea72f9812");
    }

    #[test]
    fn only_test_mode_adds_a_v0_signature() {
        let header = header(SignatureKind::Valid, "whsec_test_secret", 12_345, BODY, true).unwrap();
        assert_eq!(header, format!("t=12345,v1={}", v1("whsec_test_secret", 12_345, BODY)));
    }

    #[test]
    fn each_kind_has_its_own_header() {
        let of = |kind| header(kind, "whsec_test_secret", 12_345, BODY, false);
        let right = v1("whsec_test_secret", 12_345, BODY);
        assert!(of(SignatureKind::Valid).unwrap().starts_with(&format!("t=12345,v1={right},v0=")));
        assert!(!of(SignatureKind::Invalid).unwrap().contains(&right));
        assert!(of(SignatureKind::Rolled).unwrap().ends_with(&format!(",v1={right}")));
        assert_eq!(of(SignatureKind::Malformed).unwrap(), "v1,t=12345");
        assert_eq!(of(SignatureKind::Missing), None);
    }
}
