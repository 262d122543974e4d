//! Verification of customers' tokens.

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use relink_server::{Options, TokenKeyFile, TokenKeyOptions};
use secrecy::SecretString;
use serde_json::{Value, json};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{TOKEN_KEY, TestApp, now, request, signed, token};

const EC_PUBLIC: &str = include_str!("../keys/es256.public.pem");
const EC_PRIVATE: &str = include_str!("../keys/es256.private.pem");
const ED_PUBLIC: &str = include_str!("../keys/eddsa.public.pem");
const ED_PRIVATE: &str = include_str!("../keys/eddsa.private.pem");
const RSA_PUBLIC: &str = include_str!("../keys/rsa2048.public.pem");
const RSA_PRIVATE: &str = include_str!("../keys/rsa2048.private.pem");
/// `{"alg":"none","typ":"JWT"}`
const NO_ALGORITHM: &str = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";

fn claims() -> Value {
    json!({"sub": "cus_1", "iat": now(), "exp": now() + 300})
}

async fn with_key(algorithm: &str, key: &str) -> TestApp {
    TestApp::with(|options| Options {
        token_algorithm: Some(algorithm.to_owned()),
        token_key: Some(SecretString::from(key)),
        ..options
    })
    .await
}

fn by_rsa(algorithm: Algorithm, kid: Option<&str>, claims: &Value) -> String {
    let key = EncodingKey::from_rsa_pem(RSA_PRIVATE.as_bytes()).unwrap();
    encode(&Header { kid: kid.map(str::to_owned), ..Header::new(algorithm) }, claims, &key).unwrap()
}

async fn status(app: &TestApp, token: &str) -> u16 {
    app.get("/api/accounts", token).await.status.as_u16()
}

#[tokio::test]
async fn a_token_that_is_not_good_is_signed_out_with_a_hint_of_the_scheme() {
    let app = TestApp::start().await;
    let valid = signed(&claims());
    let mut parts = valid.split('.');
    let (header, payload, signature) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    let critical = Header { crit: Some(vec!["x".to_owned()]), ..Header::new(Algorithm::HS256) };
    let key = EncodingKey::from_secret(TOKEN_KEY.as_bytes());
    for token in [
        String::new(),
        "nonsense".to_owned(),
        format!("{NO_ALGORITHM}.{payload}."),
        format!("{NO_ALGORITHM}.{payload}.{signature}"),
        format!("{header}.{payload}."),
        encode(&Header::new(Algorithm::HS256), &claims(), &EncodingKey::from_secret(b"another")).unwrap(),
        encode(&Header::new(Algorithm::HS384), &claims(), &key).unwrap(),
        encode(&critical, &claims(), &key).unwrap(),
        signed(&json!({"sub": "cus_1", "exp": now() - 70})),
        signed(&json!({"sub": "cus_1", "exp": now() + 7200})),
        signed(&json!({"sub": "cus_1", "iat": now() + 80_000, "exp": now() + 83_000})),
        signed(&json!({"sub": "cus_1", "nbf": now() + 70, "exp": now() + 120})),
        signed(&json!({"sub": "cus_1"})),
        signed(&json!({"sub": "fca_1", "exp": now() + 60})),
        signed(&json!({"sub": "cus_1", "customer_account": true, "exp": now() + 60})),
        signed(&json!({"exp": now() + 60})),
    ] {
        let answer = app.get("/api/accounts", &token).await;
        assert_eq!(answer.problem(), (401, "signed_out".to_owned()), "{token}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
    assert_eq!(app.stripe.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn two_tokens_or_another_scheme_are_signed_out() {
    let app = TestApp::start().await;
    let mut twice = request(reqwest::Method::GET, "/api/accounts", &token("cus_1"), None);
    twice.headers_mut().append("authorization", format!("Bearer {}", token("cus_1")).parse().unwrap());
    assert_eq!(app.send(twice).await.status, 401);
    let mut basic = request(reqwest::Method::GET, "/api/accounts", "", None);
    basic.headers_mut().append("authorization", format!("Basic {}", token("cus_1")).parse().unwrap());
    assert_eq!(app.send(basic).await.status, 401);
}

#[tokio::test]
async fn a_public_key_as_shared_secret_opens_nothing() {
    for (algorithm, public) in [("ES256", EC_PUBLIC), ("EdDSA", ED_PUBLIC), ("RS256,PS256", RSA_PUBLIC)] {
        let app = with_key(algorithm, public).await;
        let forged =
            encode(&Header::new(Algorithm::HS256), &claims(), &EncodingKey::from_secret(public.as_bytes()))
                .unwrap();
        assert_eq!(status(&app, &forged).await, 401, "{algorithm}");
    }
}

#[tokio::test]
async fn each_algorithm_accepts_its_own_tokens_and_no_others() {
    let tokens = [
        ("HS256", TOKEN_KEY, signed(&claims())),
        ("ES256", EC_PUBLIC, {
            let key = EncodingKey::from_ec_pem(EC_PRIVATE.as_bytes()).unwrap();
            encode(&Header::new(Algorithm::ES256), &claims(), &key).unwrap()
        }),
        ("EdDSA", ED_PUBLIC, {
            let key = EncodingKey::from_ed_pem(ED_PRIVATE.as_bytes()).unwrap();
            encode(&Header::new(Algorithm::EdDSA), &claims(), &key).unwrap()
        }),
        ("RS256", RSA_PUBLIC, by_rsa(Algorithm::RS256, None, &claims())),
        ("PS256", RSA_PUBLIC, by_rsa(Algorithm::PS256, None, &claims())),
    ];
    for (algorithm, key, _) in &tokens {
        let app = with_key(algorithm, key).await;
        for (signed_with, _, token) in &tokens {
            let expected = if signed_with == algorithm { 200 } else { 401 };
            assert_eq!(status(&app, token).await, expected, "{algorithm} {signed_with}");
        }
    }
}

#[tokio::test]
async fn a_configured_audience_must_be_named() {
    let audience = Some("relink".to_owned());
    let app = TestApp::with(|options| Options { token_audience: audience, ..options }).await;
    for (aud, expected) in [(json!(null), 401), (json!("other"), 401), (json!(["other", "relink"]), 200)] {
        let mut claims = claims();
        claims["aud"] = aud;
        assert_eq!(status(&app, &signed(&claims)).await, expected, "{claims}");
    }
}

#[tokio::test]
async fn clocks_may_differ_by_the_leeway_that_is_set() {
    for (leeway, ages) in [(None, [55, 65]), (Some("0"), [-5, 5]), (Some("300"), [290, 310])] {
        let leeway = leeway.map(str::to_owned);
        let app = TestApp::with(|options| Options { token_leeway: leeway, ..options }).await;
        for (age, expected) in ages.into_iter().zip([200, 401]) {
            let expired = signed(&json!({"sub": "cus_1", "iat": now() - 600, "exp": now() - age}));
            assert_eq!(status(&app, &expired).await, expected, "{age}");
        }
    }
}

#[tokio::test]
async fn the_log_names_the_cause_of_each_refusal_in_one_line() {
    let app = TestApp::with(|options| Options { token_audience: Some("relink".to_owned()), ..options }).await;
    let (good, key) = (claims(), EncodingKey::from_secret(TOKEN_KEY.as_bytes()));
    let with = |name: &str, value: i64| {
        let mut claims = claims();
        claims[name] = json!(value);
        signed(&claims)
    };
    let other_key = EncodingKey::from_secret(b"another");
    for (token, cause) in [
        ("nonsense".to_owned(), "not a JSON Web Token with `sub`"),
        (
            encode(&Header::new(Algorithm::HS256), &good, &other_key).unwrap(),
            "another key than those for tokens",
        ),
        (encode(&Header::new(Algorithm::HS384), &good, &key).unwrap(), "than RELINK_TOKEN_ALGORITHM"),
        (with("exp", now() - 120), "expired 120 seconds ago"),
        (with("nbf", now() + 120), "valid for another 120 seconds"),
        (with("exp", now() + 7200), "longer than an hour"),
        (signed(&good), "another audience than RELINK_TOKEN_AUDIENCE"),
    ] {
        let before = app.log().len();
        assert_eq!(status(&app, &token).await, 401, "{cause}");
        let log = app.log().split_off(before);
        let lines: Vec<_> = log.lines().filter(|line| line.contains("token refused")).collect();
        // The clock may go on by a second in between.
        let later = cause.replace("120 seconds ago", "121 seconds ago").replace("another 120", "another 119");
        assert!(
            lines.len() == 1 && (lines[0].contains(cause) || lines[0].contains(&later)),
            "{cause}: {lines:?}"
        );
        assert!(!log.contains(&token), "{cause}");
    }
}

#[tokio::test]
async fn a_token_names_its_key_in_the_folder_and_one_without_a_name_is_tried_with_each() {
    let files = [("2026", EC_PUBLIC), ("2027", RSA_PUBLIC)];
    let app = TestApp::with(|options| Options {
        token_algorithm: Some("ES256,RS256".to_owned()),
        token_key: None,
        token_keys: TokenKeyOptions {
            token_keys_dir: Some("keys".into()),
            token_key_files: files
                .map(|(kid, key)| TokenKeyFile { kid: kid.to_owned(), key: SecretString::from(key) })
                .to_vec(),
            token_jwks_url: None,
        },
        ..options
    })
    .await;
    for (algorithm, kid, expected) in [
        (Algorithm::RS256, Some("2027"), 200),
        (Algorithm::RS256, None, 200),
        (Algorithm::RS256, Some("2026"), 401),
        (Algorithm::RS256, Some("2028"), 401),
        (Algorithm::PS256, Some("2027"), 401),
    ] {
        let token = by_rsa(algorithm, kid, &claims());
        assert_eq!(status(&app, &token).await, expected, "{algorithm:?} {kid:?}");
    }
    assert!(app.log().contains("the token names a key (`kid`) that is not among those for tokens"));
}

fn jwk(kid: &str) -> Value {
    let key = EncodingKey::from_rsa_pem(RSA_PRIVATE.as_bytes()).unwrap();
    let mut key = json!(Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap());
    key["kid"] = json!(kid);
    key
}

/// Merchant's key set with these keys, and a server that reads it.
async fn with_key_set(keys: &[Value]) -> (MockServer, TestApp) {
    let merchant = MockServer::start().await;
    publish(&merchant, keys).await;
    let url = format!("{}/jwks", merchant.uri());
    let app = TestApp::with(|options| Options {
        token_algorithm: Some("RS256".to_owned()),
        token_key: None,
        token_audience: Some("relink".to_owned()),
        token_keys: TokenKeyOptions { token_jwks_url: Some(url), ..TokenKeyOptions::default() },
        ..options
    })
    .await;
    (merchant, app)
}

async fn publish(merchant: &MockServer, keys: &[Value]) {
    merchant.reset().await;
    let set = ResponseTemplate::new(200).set_body_json(json!({"keys": keys}));
    Mock::given(path("/jwks")).respond_with(set).mount(merchant).await;
}

fn for_relink() -> Value {
    let mut claims = claims();
    claims["aud"] = json!("relink");
    claims
}

#[tokio::test]
async fn a_key_set_is_read_once_for_many_and_not_again_for_keys_that_are_made_up() {
    let (merchant, app) = with_key_set(&[jwk("2026")]).await;
    let token = by_rsa(Algorithm::RS256, Some("2026"), &for_relink());
    let many = (0..20).map(|_| app.get("/api/accounts", &token));
    assert!(futures_util::future::join_all(many).await.iter().all(|answer| answer.status == 200));
    for number in 0..20 {
        let made_up = by_rsa(Algorithm::RS256, Some(&format!("made-up-{number}")), &for_relink());
        assert_eq!(status(&app, &made_up).await, 401);
    }
    assert_eq!(merchant.received_requests().await.unwrap().len(), 1, "at most once in 10 seconds");
    assert_eq!(status(&app, &by_rsa(Algorithm::RS256, None, &for_relink())).await, 200, "without a name");
    assert_eq!(status(&app, &by_rsa(Algorithm::RS256, Some("2026"), &claims())).await, 401, "no audience");
}

#[tokio::test]
async fn without_its_key_set_the_server_starts_and_says_why_it_refuses() {
    let (merchant, app) = with_key_set(&[]).await;
    merchant.reset().await;
    let token = by_rsa(Algorithm::RS256, Some("2026"), &for_relink());
    assert_eq!(app.get("/api/accounts", &token).await.problem(), (401, "signed_out".to_owned()));
    let log = app.log();
    for line in ["its address answers 404", "no key for tokens is known yet"] {
        assert!(log.contains(line), "{line}: {log}");
    }
}
