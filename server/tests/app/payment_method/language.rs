//! The mandate's text is in the customer's language.

use axum::http::Method;
use serde_json::{Value, json};

use super::lenient;
use crate::objects::{active, any_account, broken, signed_in};
use crate::support::{TestApp, request, token};

#[tokio::test]
async fn the_mandate_is_in_the_language_of_the_page_that_began_the_attempt_and_stays_so() {
    let app = TestApp::with(lenient).await;
    let mine = token("cus_1");
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_makes(any_account("fcsess_1", &Value::Null, &[])).await;
    let choice = json!({"account": "fca_1", "choice": "repair"});
    let mut begin = request(Method::POST, "/api/sessions", &mine, Some(&choice));
    begin.headers_mut().insert("accept-language", "es".parse().unwrap());
    assert_eq!(app.send(begin).await.status, 200);
    let new = active("fca_new", Some("cus_1"));
    app.stripe_has_account(new.clone());
    let address = "/v1/financial_connections/sessions/fcsess_1";
    app.stripe_has(address, any_account("fcsess_1", &signed_in("fcauth_1"), &[new])).await;
    // Requests in other languages: the text that was shown first is kept.
    for language in ["es", "de", ""] {
        let path = "/api/sessions/fcsess_1/outcome";
        let mut ask = request(Method::POST, path, &mine, Some(&json!({"reported": "finished"})));
        ask.headers_mut().insert("accept-language", language.parse().unwrap());
        let outcome = app.send(ask).await.json();
        let mandate = outcome["new_account"]["mandate"].as_str().unwrap();
        assert!(mandate.contains("usted autoriza a Acme a debitar"), "{mandate}");
    }
}
