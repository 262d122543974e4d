//! Errors in the settings for several token keys.

use thiserror::Error;

use super::ConfigError;

/// Settings of token keys that are invalid or contradict each other.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TokenKeysError {
    /// It would be unclear which keys count.
    #[error(
        "more than one of RELINK_TOKEN_KEY, RELINK_TOKEN_KEYS_DIR and RELINK_TOKEN_JWKS_URL is set; keep one of them"
    )]
    SeveralSources,
    /// No keys, or too many to try.
    #[error(
        "RELINK_TOKEN_KEYS_DIR has no keys, or more than 32; put a file there for each, `KID.pem` with a public key or \
         `KID.secret` with a shared secret"
    )]
    Folder,
    /// One of the files is not a key.
    #[error(
        "the key `{kid}` in RELINK_TOKEN_KEYS_DIR is refused for the reason that RELINK_TOKEN_KEY would be: {fault}"
    )]
    File {
        /// Name of the file without its ending.
        kid: String,
        /// Fault of the key.
        fault: Box<ConfigError>,
    },
    /// Anyone who can change the keys on their way can sign any token.
    #[error(
        "RELINK_TOKEN_JWKS_URL is not an https address without user and fragment, such as \
         https://shop.example/.well-known/jwks.json; plain http is for this machine only"
    )]
    JwksUrl,
    /// Anyone could read the shared secret.
    #[error(
        "RELINK_TOKEN_JWKS_URL has public keys, but RELINK_TOKEN_ALGORITHM is HS256; set ES256, EdDSA, RS256 or PS256"
    )]
    JwksWithSharedSecret,
    /// Its keys usually sign tokens for other programs as well.
    #[error(
        "RELINK_TOKEN_JWKS_URL needs RELINK_TOKEN_AUDIENCE, because its keys may sign tokens for other programs, too; set \
         the `aud` of the tokens that are for this server"
    )]
    JwksWithoutAudience,
    /// The key could be factored.
    #[error("RELINK_TOKEN_KEY is an RSA key of less than 2,048 bits; make one with `openssl genrsa 3072`")]
    RsaKeyTooShort,
}
