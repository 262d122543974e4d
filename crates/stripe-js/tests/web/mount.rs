//! Tests of making an instance: what `window.Stripe` receives, and what it may throw.

use stripe_js::{KeyError, Options, PublishableKey, Thrown, load};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{SECRET, key, reset, script, script_runs, stripe_script};

const ECHO: &str = "return { financialConnectionsSession: { id: JSON.stringify([key, options, rest]) } };";

#[wasm_bindgen_test]
async fn the_key_and_only_the_chosen_options_reach_stripe() {
    let chosen = Options {
        locale: Some("es".to_owned()),
        api_version: Some("2026-09-30.preview".to_owned()),
        stripe_account: Some("acct_1".to_owned()),
    };
    let cases = [
        (Options::default(), r#"["pk_test_sandbox",{},{}]"#),
        (
            Options { locale: Some("de".to_owned()), ..Options::default() },
            r#"["pk_test_sandbox",{"locale":"de"},{}]"#,
        ),
        (
            chosen,
            r#"["pk_test_sandbox",{"locale":"es","apiVersion":"2026-09-30.preview","stripeAccount":"acct_1"},{}]"#,
        ),
    ];
    reset();
    let stripe_js = load(&stripe_script(ECHO)).await.unwrap();
    for (options, expected) in cases {
        let stripe = stripe_js.mount(&key(), &options).unwrap();
        let session = stripe.collect_financial_connections_accounts(SECRET).await.unwrap();
        assert_eq!(session.id.as_deref(), Some(expected));
    }
}

#[wasm_bindgen_test]
async fn the_client_secret_reaches_stripe() {
    let body =
        format!("return {{ financialConnectionsSession: {{ id: String(clientSecret === '{SECRET}') }} }};");
    let session = crate::page::collect(&body).await.unwrap();
    assert_eq!(session.id.as_deref(), Some("true"));
}

#[wasm_bindgen_test]
async fn a_secret_key_is_refused_before_there_is_anything_to_mount() {
    reset();
    for (text, error) in [("sk_live_canary", KeyError::Secret), ("rk_live_canary", KeyError::Restricted)] {
        assert_eq!(PublishableKey::try_from(text).unwrap_err(), error);
    }
    assert_eq!(script_runs(), 0);
}

#[wasm_bindgen_test]
async fn an_exception_of_the_constructor_is_an_error() {
    reset();
    let url = script(
        "window.Stripe = () => { throw Object.assign(new Error('bad apiVersion'), { name: 'IntegrationError' }); };",
    );
    let error = load(&url).await.unwrap().mount(&key(), &Options::default()).unwrap_err();
    assert_eq!(error, Thrown { name: "IntegrationError".to_owned(), message: "bad apiVersion".to_owned() });
    assert_eq!(error.to_string(), "IntegrationError: bad apiVersion");
}

#[wasm_bindgen_test]
async fn a_constructor_that_makes_nothing_is_an_error_later_and_no_crash() {
    reset();
    let stripe_js = load(&script("window.Stripe = () => undefined;")).await.unwrap();
    let stripe = stripe_js.mount(&key(), &Options::default()).unwrap();
    let error = stripe.collect_financial_connections_accounts(SECRET).await.unwrap_err();
    assert!(error.to_string().starts_with("TypeError: "), "{error}");
}
