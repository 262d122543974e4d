//! What the browser loads.

use axum::http::StatusCode;

use crate::client::Client;

#[tokio::test]
async fn the_script_can_be_loaded_by_any_origin() {
    let script = Client::new().get("/stripe.js").await;
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(script.header("cross-origin-resource-policy"), "cross-origin");
    assert!(script.text.contains("window.Stripe = Stripe"));
}

#[tokio::test]
async fn the_window_has_a_strict_policy_and_nothing_inline() {
    let page = Client::new().get("/bank").await;
    assert!(page.header("content-security-policy").starts_with("default-src 'none'; script-src 'self';"));
    assert!(
        !page.text.contains("<style") && !page.text.contains(" style=") && !page.text.contains("<script>")
    );
}

#[tokio::test]
async fn every_file_that_the_window_names_is_served() {
    let client = Client::new();
    let page = client.get("/bank").await.text;
    let main = client.get("/bank/assets/main.js").await.text;
    let named = page.split('"').filter_map(|part| part.strip_prefix("/bank/assets/"));
    let imported = main.split('\'').filter_map(|part| part.strip_prefix("./"));
    for name in named.chain(imported) {
        assert_eq!(client.get(&format!("/bank/assets/{name}")).await.status, StatusCode::OK, "{name}");
    }
    assert_eq!(client.get("/bank/assets/secret.js").await.status, StatusCode::NOT_FOUND);
}
