//! Pages and scripts that browsers load.

use axum::http::StatusCode;
use serde_json::json;

use crate::client::Client;

#[tokio::test]
async fn the_script_can_be_loaded_by_any_origin() {
    let script = Client::new().get("/stripe.js").await;
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(script.header("cross-origin-resource-policy"), "cross-origin");
    assert!(script.text.contains("window.Stripe = Stripe"));
}

#[tokio::test]
async fn each_release_of_the_loader_finds_the_script_of_its_version() {
    let client = Client::new();
    let expected = [
        ("/stripe.js", "'endive'"),
        ("/endive/stripe.js?advancedFraudSignals=false", "'endive'"),
        ("/clover/stripe.js", "'clover'"),
        ("/acacia/stripe.js", "'acacia'"),
        ("/v3", "3"),
        ("/v3/", "3"),
        ("/v3/stripe.js", "3"),
    ];
    for (path, version) in expected {
        let script = client.get(path).await;
        assert!(script.text.contains(&format!("const version = {version};")), "{path}");
        assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8", "{path}");
    }
    assert_eq!(client.get("/nowhere/stripe.js").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_window_has_a_strict_policy_and_nothing_inline() {
    let client = Client::new();
    for path in ["/bank", "/bank/oauth", "/"] {
        let page = client.get(path).await;
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{path}");
        let inline = ["<style", " style=", "<script>", " onclick="];
        assert!(!inline.iter().any(|one| page.text.contains(one)), "{path}");
        // Only the bank window is embedded in other pages, so no other page may be framed.
        let may_be_framed = !policy.contains("frame-ancestors 'none'");
        assert_eq!(may_be_framed, path == "/bank", "{path}");
    }
}

#[tokio::test]
async fn every_language_has_every_text() {
    let client = Client::new();
    let mut keys = Vec::new();
    for language in ["en", "es", "ar"] {
        let texts = client.get(&format!("/bank/assets/{language}.js")).await.text;
        let key = |line: &str| Some(line.strip_prefix("  ")?.split_once(": ")?.0.to_owned());
        keys.push(texts.lines().filter_map(key).collect::<Vec<String>>());
    }
    assert!(keys[0].len() > 80);
    assert_eq!(keys[0], keys[1]);
    assert_eq!(keys[0], keys[2]);
}

#[tokio::test]
async fn a_texts_gaps_are_the_same_in_every_language() {
    let client = Client::new();
    let mut gaps = Vec::new();
    for language in ["en", "es", "ar"] {
        let texts = client.get(&format!("/bank/assets/{language}.js")).await.text;
        let of_line = |line: &str| {
            let names = line.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
            let mut names: Vec<String> = names.map(|(name, _)| name.to_owned()).collect();
            names.sort();
            names.dedup();
            names
        };
        gaps.push(texts.lines().filter(|line| line.starts_with("  ")).map(of_line).collect::<Vec<_>>());
    }
    assert_eq!(gaps[0], gaps[1]);
    assert_eq!(gaps[0], gaps[2]);
}

#[tokio::test]
async fn every_file_that_the_window_names_is_served() {
    let client = Client::new();
    let mut files: Vec<String> = Vec::new();
    for page in ["/bank", "/bank/oauth"] {
        let page = client.get(page).await.text;
        let names = page.split('"').filter_map(|part| part.strip_prefix("/bank/assets/"));
        files.extend(names.map(str::to_owned));
    }
    let mut at = 0;
    while let Some(name) = files.get(at).cloned() {
        let file = client.get(&format!("/bank/assets/{name}")).await;
        assert_eq!(file.status, StatusCode::OK, "{name}");
        let imported = file.text.split('\'').filter_map(|part| part.strip_prefix("./"));
        let new: Vec<String> =
            imported.filter(|one| !files.iter().any(|known| known == one)).map(str::to_owned).collect();
        files.extend(new);
        at += 1;
    }
    assert!(files.len() > 12, "{files:?}");
    assert_eq!(client.get("/bank/assets/secret.js").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_bank_window_lies_above_the_page_by_its_z_index_unless_switched() {
    let client = Client::new();
    assert!(client.get("/stripe.js").await.text.contains("const isModal = false;"));
    client.post("/_sandbox/settings", json!({ "modal_bank_window": true })).await;
    assert!(client.get("/stripe.js").await.text.contains("const isModal = true;"));
}
