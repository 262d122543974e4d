//! Access control: a caller learns nothing about objects of other customers, not even that they exist.

use serde_json::{Value, json};

use crate::objects::{broken, repaired, session, told};
use crate::support::{Answer, TestApp, now, signed, token};

/// Returns all that a client sees of a response, except the request id.
fn seen(answer: &Answer) -> (u16, Value, Vec<String>) {
    let (status, _) = answer.problem();
    let mut body = answer.json();
    body["request_id"] = Value::Null;
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "x-request-id")
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    headers.sort();
    (status, body, headers)
}

async fn world() -> TestApp {
    let app = TestApp::start().await;
    app.stripe_has_account(broken("fca_mine", Some("cus_1")));
    app.stripe_has_account(broken("fca_theirs", Some("cus_2")));
    app.stripe_has_account(broken("fca_nobodys", None));
    app.stripe_has(
        "/v1/financial_connections/sessions/fcsess_1",
        session("fcsess_1", "fca_mine", &repaired("fca_mine")),
    )
    .await;
    app.stripe_makes(session("fcsess_1", "fca_mine", &Value::Null)).await;
    app
}

#[tokio::test]
async fn anothers_account_and_a_missing_one_are_the_same() {
    let app = world().await;
    let narrowed = signed(&json!({"sub": "cus_1", "exp": now() + 60, "accounts": ["fca_x"]}));
    let stranger = token("cus_3");
    let missing = app.begin(&token("cus_1"), "fca_missing").await;
    assert_eq!(missing.problem(), (404, "not_found".to_owned()));
    for (token, account) in [
        (token("cus_1"), "fca_theirs"),
        (token("cus_1"), "fca_nobodys"),
        (token("cus_2"), "fca_mine"),
        (stranger, "fca_mine"),
        (narrowed, "fca_mine"),
    ] {
        assert_eq!(seen(&app.begin(&token, account).await), seen(&missing), "{account}");
    }
    assert_eq!(app.posts().await.len(), 0);
}

#[tokio::test]
async fn anothers_attempt_and_a_missing_one_are_the_same() {
    let app = world().await;
    let mine = token("cus_1");
    assert_eq!(app.begin(&mine, "fca_mine").await.status, 200);
    let missing = app.outcome(&mine, "fcsess_missing", "finished").await;
    assert_eq!(missing.problem(), (404, "not_found".to_owned()));
    let other_sign_in = signed(&json!({"sub": "cus_1", "sid": "s2", "exp": now() + 60}));
    let no_sign_in = signed(&json!({"sub": "cus_1", "exp": now() + 60}));
    for token in [token("cus_2"), token("cus_3"), other_sign_in, no_sign_in] {
        assert_eq!(seen(&app.outcome(&token, "fcsess_1", "finished").await), seen(&missing));
    }
    assert_eq!(seen(&app.outcome(&mine, "fcsess_client_secret_x", "finished").await), seen(&missing));
    assert_eq!(told(&app.outcome(&mine, "fcsess_1", "finished").await.json()), "relinked: fca_mine |  | ");
}

#[tokio::test]
async fn a_token_that_names_an_account_without_holder_vouches_for_it() {
    let app = world().await;
    let vouched = signed(&json!({"sub": "cus_1", "exp": now() + 60, "accounts": ["fca_nobodys"]}));
    let answer = app.begin(&vouched, "fca_nobodys").await;
    // The fake creates a session for another account, which the server rejects; the account itself was accepted.
    assert_eq!(answer.problem(), (500, "internal".to_owned()));
    let form = String::from_utf8(app.posts().await[0].body.clone()).unwrap();
    assert!(!form.contains("account_holder"), "{form}");
    // A token can't grant access to another customer's account.
    let theirs = signed(&json!({"sub": "cus_1", "exp": now() + 60, "accounts": ["fca_theirs"]}));
    assert_eq!(app.begin(&theirs, "fca_theirs").await.problem(), (404, "not_found".to_owned()));
}
