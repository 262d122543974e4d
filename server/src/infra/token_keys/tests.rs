//! Reading a key set: which keys are taken, and what happens when it can't be read.

use serde_json::json;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::infra::fetch::MAX_SIZE;

const RSA: &str = include_str!("../../../tests/keys/rsa2048.private.pem");

/// Public key of 2,048 bits with this name.
fn jwk(kid: &str) -> Value {
    let key = jsonwebtoken::EncodingKey::from_rsa_pem(RSA.as_bytes()).unwrap();
    let mut key = json!(Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap());
    key["kid"] = json!(kid);
    key
}

fn changed(name: &str, value: Value) -> Value {
    let mut key = jwk("a");
    key[name] = value;
    key
}

fn header(kid: &str) -> Header {
    Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::RS256) }
}

fn count(keys: &Value, algorithms: &[Algorithm]) -> usize {
    parse(json!({ "keys": keys }).to_string().as_bytes(), algorithms).unwrap().len()
}

#[test]
fn only_public_keys_for_signatures_of_the_set_algorithms_and_of_a_safe_size_are_taken() {
    use Algorithm::{ES256, PS256, RS256};
    let short = "A".repeat(170);
    for (key, algorithms, expected) in [
        (jwk("a"), [RS256], 1),
        (jwk("a"), [PS256], 0),
        (jwk("a"), [ES256], 0),
        (changed("use", json!("sig")), [RS256], 1),
        (changed("use", json!("enc")), [RS256], 0),
        (changed("key_ops", json!(["verify"])), [RS256], 1),
        (changed("key_ops", json!(["encrypt"])), [RS256], 0),
        (changed("alg", json!("RS512")), [RS256], 0),
        (changed("alg", json!("made-up")), [RS256], 0),
        (changed("n", json!(short)), [RS256], 0),
        (changed("n", json!(format!("_{short}"))), [RS256], 0),
        (changed("e", json!("AQ")), [RS256], 0),
        (json!({"kty": "oct", "kid": "a", "k": "c2VjcmV0", "alg": "HS256"}), [RS256], 0),
        (json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}), [ES256], 0),
        (json!("no key"), [RS256], 0),
    ] {
        assert_eq!(count(&json!([key]), &algorithms), expected, "{key} {algorithms:?}");
    }
    let mut either = jwk("a");
    either.as_object_mut().unwrap().remove("alg");
    assert_eq!(count(&json!([either]), &[PS256]), 1, "any algorithm of its kind");
}

#[test]
fn a_set_is_bounded() {
    for text in ["", "[]", "{}", "{\"keys\": {}}"] {
        assert!(matches!(parse(text.as_bytes(), &[Algorithm::RS256]), Err(JwksError::Malformed)), "{text}");
    }
    let many = json!({"keys": vec![jwk("a"); MOST_KEYS + 1]}).to_string();
    assert!(matches!(parse(many.as_bytes(), &[Algorithm::RS256]), Err(JwksError::TooMany)));
}

fn reading(merchant: &MockServer) -> TokenKeys {
    let url = Url::parse(&format!("{}/jwks", merchant.uri())).unwrap();
    let rules = TokenRules {
        algorithms: vec![Algorithm::RS256],
        keys: TokenKeySource::Jwks(url),
        audience: None,
        leeway: Duration::ZERO,
    };
    TokenKeys::new(&rules).unwrap()
}

async fn answers(merchant: &MockServer, answer: ResponseTemplate) {
    merchant.reset().await;
    Mock::given(path("/jwks")).respond_with(answer).mount(merchant).await;
}

#[tokio::test]
async fn keys_that_were_read_stay_until_another_set_is_read() {
    let merchant = MockServer::start().await;
    let keys = reading(&merchant);
    answers(&merchant, ResponseTemplate::new(200).set_body_json(json!({"keys": [jwk("a")]}))).await;
    assert!(keys.read().await);
    for answer in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(302).insert_header("location", merchant.uri()),
        ResponseTemplate::new(200).set_body_string("<html>"),
        ResponseTemplate::new(200).set_body_bytes(vec![b' '; MAX_SIZE + 1]),
    ] {
        answers(&merchant, answer).await;
        assert!(!keys.read().await);
        assert!(keys.has_key_for(&header("a")));
    }
    answers(&merchant, ResponseTemplate::new(200).set_body_json(json!({"keys": [jwk("b")]}))).await;
    assert!(keys.read().await);
    assert!(keys.has_key_for(&header("b")) && !keys.has_key_for(&header("a")));
}

#[tokio::test]
async fn a_new_key_is_looked_for_once_and_then_after_a_pause() {
    let merchant = MockServer::start().await;
    let keys = Arc::new(reading(&merchant));
    answers(&merchant, ResponseTemplate::new(200).set_body_json(json!({"keys": [jwk("a")]}))).await;
    for kid in ["a", "b", "c"] {
        keys.look_for(&header(kid)).await;
    }
    assert_eq!(merchant.received_requests().await.unwrap().len(), 1);
    answers(&merchant, ResponseTemplate::new(200).set_body_json(json!({"keys": [jwk("a"), jwk("b")]}))).await;
    let long_ago = Instant::now().checked_sub(SHORTEST_INTERVAL);
    *keys.jwks.as_ref().unwrap().last.lock().await = long_ago;
    keys.look_for(&header("b")).await;
    assert!(keys.has_key_for(&header("b")));
}
