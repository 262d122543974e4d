//! Answers of the issuer: which of them sign somebody in.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::{KEY, NEXT_KEY, OTHER_KEY, Shop, ada, authorized, begun, is_signed_in, sign_in};
use crate::console::Browser;
use crate::support::{CANARY, now};

const RSA_PUBLIC: &str = include_str!("../../../keys/rsa2048.public.pem");

#[tokio::test]
async fn an_id_token_must_be_the_issuers_for_this_server_this_sign_in_and_now() {
    let shop = Shop::open().await;
    for (changes, expected) in [
        (json!({}), 303),
        (json!({"aud": ["relink", "other"], "azp": "relink"}), 303),
        (json!({"nonce": "another"}), 403),
        (json!({"nonce": null}), 403),
        (json!({"aud": "other"}), 403),
        (json!({"aud": ["relink", "other"]}), 403),
        (json!({"azp": "other"}), 403),
        (json!({"iss": "https://login.example"}), 403),
        (json!({"exp": now() - 70}), 403),
        (json!({"exp": null}), 403),
        (json!({"iat": now() + 120}), 403),
        (json!({"nbf": now() + 120}), 403),
        (json!({"sub": null}), 403),
    ] {
        let mut user = ada(&json!(["support"]));
        for (name, value) in changes.as_object().unwrap() {
            user[name] = value.clone();
        }
        shop.issuer.sign_in_as(user);
        let (mut browser, answer) = shop.sign_in().await;
        assert_eq!(answer.status, expected, "{changes} {}", answer.text);
        assert_eq!(is_signed_in(&shop.app, &mut browser).await, expected == 303, "{changes}");
    }
    let failed = shop.newest("console.sign_in_failed").await;
    assert_eq!(failed["detail"]["reason"], "answer", "{failed}");
}

type TokenMaker = Box<dyn Fn(&Value) -> String + Send>;

/// Returns the token without its signature.
fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |part: &Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}.", part(header), part(claims))
}

#[tokio::test]
async fn an_id_token_must_be_signed_with_a_key_of_the_issuer() {
    let shop = Shop::open().await;
    let (_, answer) = shop.sign_in().await;
    assert_eq!(answer.status, 303);
    let with_public_key = |claims: &Value| {
        let header = Header { kid: Some("first".to_owned()), ..Header::new(Algorithm::HS256) };
        encode(&header, claims, &EncodingKey::from_secret(RSA_PUBLIC.as_bytes())).unwrap()
    };
    let makers: [(&str, TokenMaker); 8] = [
        ("alg none", Box::new(|claims| unsigned(&json!({"alg": "none", "kid": "first"}), claims))),
        ("no signature", Box::new(|claims| unsigned(&json!({"alg": "RS256", "kid": "first"}), claims))),
        ("the public key as a shared secret", Box::new(with_public_key)),
        ("another key of the same name", Box::new(|claims| OTHER_KEY.sign(claims).unwrap())),
        ("a key that is not published", Box::new(|claims| NEXT_KEY.sign(claims).unwrap())),
        (
            "changed claims",
            Box::new(|claims| {
                let token = KEY.sign(claims).unwrap();
                let (_, signature) = token.rsplit_once('.').unwrap();
                let mut changed = claims.clone();
                changed["roles"] = json!(["boss"]);
                unsigned(&json!({"alg": "RS256", "kid": "first"}), &changed) + signature
            }),
        ),
        ("no token", Box::new(|_| "token".to_owned())),
        ("nothing", Box::new(|_| String::new())),
    ];
    for (name, make) in makers {
        shop.issuer.make_tokens(make);
        let (mut browser, answer) = shop.sign_in().await;
        assert_eq!(answer.status, 403, "{name}");
        assert!(!is_signed_in(&shop.app, &mut browser).await, "{name}");
    }
}

#[tokio::test]
async fn an_answer_counts_once_and_in_the_browser_that_asked_for_it() {
    let shop = Shop::open().await;
    let (mut own, mut other) = (Browser::default(), Browser::default());
    let address = begun(&shop.app, &mut own).await;
    let (first, second) = (authorized(&address).await, authorized(&address).await);
    for browser in [&mut Browser::default(), &mut other] {
        let answer = browser.get(&shop.app, &first).await;
        assert_eq!(answer.status, 403, "without a sign-in of its own");
        assert!(answer.text.contains("Start again"), "{}", answer.text);
        begun(&shop.app, browser).await;
        assert_eq!(browser.get(&shop.app, &first).await.status, 403, "with another sign-in");
    }
    assert_eq!(shop.newest("console.sign_in_failed").await["detail"]["reason"], "state");
    let cookies = own.cookies.clone();
    assert_eq!(own.get(&shop.app, &first).await.status, 303);
    assert_eq!(own.get(&shop.app, &second).await.status, 403, "the sign-in has ended");
    own.cookies = cookies;
    assert_eq!(own.get(&shop.app, &first).await.status, 403, "the code has been used");
}

#[tokio::test]
async fn what_the_browser_brings_must_be_complete_and_unchanged() {
    let shop = Shop::open().await;
    for change in [
        |back: &str| back.replace("state=", "state=x"),
        |back: &str| back.replace("&state=", "&other="),
        |back: &str| back.replace("code=", "code=x"),
        |back: &str| back.replace("code=", "other="),
        |back: &str| back.replace("code=", "error=access_denied&code="),
        |back: &str| format!("{back}&iss=https%3A%2F%2Fevil.example"),
    ] {
        let mut browser = Browser::default();
        let back = change(&authorized(&begun(&shop.app, &mut browser).await).await);
        let answer = browser.get(&shop.app, &back).await;
        assert_eq!(answer.status, 403, "{back}");
        assert!(answer.text.contains("id=\"issuer-error\" role=\"alert\""), "{}", answer.text);
        assert!(!is_signed_in(&shop.app, &mut browser).await, "{back}");
    }
    // An issuer that says that it names itself in its answers (RFC 9207) has to do so.
    shop.issuer.configure(json!({"authorization_response_iss_parameter_supported": true}));
    let app = shop.app.another().await;
    let mut browser = Browser::default();
    let back = authorized(&begun(&app, &mut browser).await).await;
    assert_eq!(browser.get(&app, &back).await.status, 403);
    let back = authorized(&begun(&app, &mut browser).await).await;
    let named = format!("{back}&iss={}", shop.issuer.name().replace(':', "%3A").replace('/', "%2F"));
    assert_eq!(browser.get(&app, &named).await.status, 303);
}

#[tokio::test]
async fn a_key_that_the_issuer_rolls_refuses_nobody() {
    let shop = Shop::open().await;
    for key in [KEY, NEXT_KEY, OTHER_KEY] {
        shop.issuer.rotate(super::IssuerKey { kid: if key.kid == "second" { "b" } else { "c" }, ..key });
        let (_, answer) = shop.sign_in().await;
        assert_eq!(answer.status, 303, "{key:?}");
    }
}

#[tokio::test]
async fn while_the_issuer_is_down_the_other_ways_work_and_it_is_found_again() {
    let shop = Shop::open().await;
    shop.issuer.set_down(true);
    let mut browser = Browser::default();
    let answer = browser.get(&shop.app, "/console/oidc").await;
    assert_eq!(answer.status, 503);
    assert!(answer.text.contains("Acme Login can't be used at the moment"), "{}", answer.text);
    assert!(browser.cookies.is_empty());
    Browser::with_code(&shop.app, &shop.office).await;
    Browser::with_key(&shop.app).await;
    shop.issuer.set_down(false);
    let app = shop.app.another().await;
    let back = authorized(&begun(&app, &mut browser).await).await;
    shop.issuer.set_down(true);
    assert_eq!(browser.get(&app, &back).await.status, 503, "between the two steps");
    shop.issuer.set_down(false);
    assert_eq!(sign_in(&app, &mut browser).await.status, 303);
}

#[tokio::test]
async fn an_issuer_that_is_not_the_one_of_the_settings_is_not_used() {
    for configuration in [
        json!({"issuer": "https://login.example"}),
        json!({"token_endpoint": "http://login.example/token"}),
        json!({"authorization_endpoint": "javascript:alert(1)"}),
        json!({"jwks_uri": null}),
        json!({"token_endpoint_auth_methods_supported": ["private_key_jwt"]}),
    ] {
        let shop = Shop::open().await;
        shop.issuer.configure(configuration.clone());
        let answer = Browser::default().get(&shop.app, "/console/oidc").await;
        assert_eq!(answer.status, 503, "{configuration}");
    }
    let shop = Shop::open().await;
    shop.issuer.configure(json!({"token_endpoint_auth_methods_supported": ["client_secret_post"]}));
    assert_eq!(shop.sign_in().await.1.status, 303);
}

#[tokio::test]
async fn a_wrong_secret_is_an_outage_until_it_is_replaced() {
    let shop = Shop::with(|mut oidc| {
        oidc.oidc_client_secret = Some("another".into());
        oidc
    })
    .await;
    assert_eq!(shop.sign_in().await.1.status, 503);
    shop.app
        .replace_secrets(|mut options| {
            options.console.oidc = super::settings(&shop.issuer);
            options
        })
        .await
        .unwrap();
    assert_eq!(shop.sign_in().await.1.status, 303);
    let log = shop.app.log();
    let told: Vec<&str> =
        log.lines().filter(|line| line.contains(CANARY) || line.contains("code-")).collect();
    assert!(told.is_empty(), "{told:#?}");
}

#[tokio::test]
async fn tries_are_limited_like_those_of_codes() {
    let shop = Shop::open().await;
    let mut browser = Browser::default();
    let mut statuses = Vec::new();
    for _ in 0..31 {
        statuses.push(browser.get(&shop.app, "/console/oidc").await.status.as_u16());
        statuses.push(browser.get(&shop.app, "/console/oidc/callback").await.status.as_u16());
    }
    assert_eq!(statuses[..4], [303, 403, 303, 403]);
    assert_eq!(statuses[60..], [429, 429]);
    assert_eq!(browser.post(&shop.app, "/console/sign-in", &[("email", "x")]).await.status, 429);
}
