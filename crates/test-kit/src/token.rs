//! Customers' tokens, as a merchant's back end signs them.

use anyhow::Result;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::Value;

/// Signs the claims of a customer's token with HS256.
///
/// Fails if the claims are no JSON object.
pub fn sign_token(claims: &Value, key: &str) -> Result<String> {
    Ok(encode(&Header::default(), claims, &EncodingKey::from_secret(key.as_bytes()))?)
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation, decode};
    use serde_json::{Value, json};

    use super::sign_token;

    #[test]
    fn a_token_is_verified_with_the_key_that_signed_it_and_no_other() {
        let claims = json!({ "sub": "cus_1", "exp": 4_102_444_800_u64 });
        let token = sign_token(&claims, "a-key-for-tests-that-is-32-bytes!").unwrap();
        let read = |key: &str| {
            decode::<Value>(&token, &DecodingKey::from_secret(key.as_bytes()), &Validation::default())
        };
        assert_eq!(read("a-key-for-tests-that-is-32-bytes!").unwrap().claims, claims);
        assert!(read("another-key-for-tests-of-32-bytes").is_err());
    }
}
