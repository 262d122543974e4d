//! Sources of several token keys.

use secrecy::SecretString;

use super::{EC_PUBLIC, ED_PUBLIC, RSA_PUBLIC, SECRET, accepted, refused, sandbox, some};
use crate::Options;
use crate::config::options::{TokenKeyFile, TokenKeyOptions};
use crate::config::settings::{ConfigError as C, TokenKeysError as K};

fn folder(algorithms: &str, files: &[(&str, &str)]) -> Options {
    let file =
        |(kid, key): &(&str, &str)| TokenKeyFile { kid: (*kid).to_owned(), key: SecretString::from(*key) };
    let token_keys = TokenKeyOptions {
        token_keys_dir: Some("keys".into()),
        token_key_files: files.iter().map(file).collect(),
        token_jwks_url: None,
    };
    Options { token_algorithm: some(algorithms), token_key: None, token_keys, ..sandbox() }
}

fn jwks(algorithms: &str, url: &str) -> Options {
    Options {
        token_algorithm: some(algorithms),
        token_key: None,
        token_audience: some("relink"),
        token_keys: TokenKeyOptions { token_jwks_url: some(url), ..TokenKeyOptions::default() },
        ..sandbox()
    }
}

#[test]
fn a_folder_holds_keys_of_the_algorithms_that_are_set_and_a_wrong_one_is_named() {
    accepted(folder("ES256, EdDSA,RS256", &[("a", EC_PUBLIC), ("b", ED_PUBLIC), ("c", RSA_PUBLIC)]));
    accepted(folder("HS256", &[("a", SECRET), ("b", "0123456789abcdef0123456789abcdeg")]));
    assert_eq!(refused(folder("ES256", &[])), K::Folder.into());
    let many: Vec<(&str, &str)> = std::iter::repeat_n(("a", EC_PUBLIC), 33).collect();
    assert_eq!(refused(folder("ES256", &many)), K::Folder.into());
    let error = refused(folder("ES256", &[("a", EC_PUBLIC), ("2027", ED_PUBLIC)]));
    assert_eq!(error, K::File { kid: "2027".to_owned(), fault: Box::new(C::NotATokenKey) }.into());
    assert!(error.to_string().contains("`2027`"), "{error}");
}

#[test]
fn a_key_set_is_read_encrypted_or_on_this_machine_for_public_keys_and_an_audience() {
    for url in [
        "https://shop.example/jwks",
        "https://shop.example/a?b=c",
        "http://127.0.0.1:9/jwks",
        "http://localhost/",
    ] {
        accepted(jwks("RS256", url));
    }
    for url in [
        "http://shop.example/jwks",
        "ftp://shop.example",
        "https://user@shop.example/",
        "https://shop.example/#a",
        "jwks",
    ] {
        assert_eq!(refused(jwks("RS256", url)), K::JwksUrl.into(), "{url}");
    }
    assert_eq!(refused(jwks("HS256", "https://shop.example/jwks")), K::JwksWithSharedSecret.into());
    let without = Options { token_audience: None, ..jwks("RS256", "https://shop.example/jwks") };
    assert_eq!(refused(without), K::JwksWithoutAudience.into());
}

#[test]
fn keys_come_from_one_place() {
    let both = Options { token_key: Some(SecretString::from(SECRET)), ..folder("HS256", &[("a", SECRET)]) };
    assert_eq!(refused(both), K::SeveralSources.into());
    let mut both = jwks("ES256", "https://shop.example/jwks");
    both.token_keys.token_keys_dir = Some("keys".into());
    assert_eq!(refused(both), K::SeveralSources.into());
    let neither = Options { token_key: None, ..sandbox() };
    assert_eq!(refused(neither), C::NoTokenKey);
}
