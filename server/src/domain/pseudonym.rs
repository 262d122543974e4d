//! Pseudonyms of identifiers, for logs.

use aws_lc_rs::digest::{SHA256, digest};

/// Bytes of the hash that are shown: enough to tell a million customers apart.
const LENGTH: usize = 8;

/// Returns the first 16 hexadecimal digits of the identifier's SHA-256. Whoever knows the identifier can make it
/// (`printf %s cus_… | sha256sum | cut -c1-16`); nobody can guess an identifier from it, because Stripe's are random.
pub(crate) fn pseudonym(identifier: &str) -> String {
    let hash = digest(&SHA256, identifier.as_bytes());
    hash.as_ref().iter().take(LENGTH).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_what_sha256sum_prints_first() {
        // printf %s cus_2 | sha256sum
        assert_eq!(pseudonym("cus_2"), "3197c961eea66676");
        assert_ne!(pseudonym("cus_1"), pseudonym("cus_2"));
    }
}
