//! API keys made by `relink-server keys`, and their scopes.

use serde_json::json;

use super::{REQUESTS, plain};
use crate::process::relink_server;
use crate::support::{API_KEY, TestApp};

/// Runs the command. Returns whether it succeeded, stdout and stderr.
fn keys(app: &TestApp, arguments: &[&str]) -> (bool, String, String) {
    let output = relink_server(&app.database.url, &["keys"]).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap().trim().to_owned();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

pub(crate) fn create(app: &TestApp, scopes: &str) -> String {
    let (is_made, key, said) = keys(app, &["create", "shop", "--scopes", scopes]);
    assert!(is_made, "{said}");
    key
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say_until_it_is_revoked() {
    let app = plain().await;
    let key = create(&app, "requests:read,accounts:read");
    assert!(key.starts_with("rlk_test_") && key.len() == 52, "{}", key.len());
    for (path, expected) in [
        (REQUESTS, 200),
        ("/api/connections", 200),
        ("/api/work", 403),
        ("/api/audit", 403),
        ("/v1/opt-outs/cus_1", 200),
    ] {
        assert_eq!(app.get(path, &key).await.status, expected, "{path}");
    }
    let body = json!({"account": "fca_1", "delivery": "link"});
    assert_eq!(app.post(REQUESTS, &key, &body).await.problem(), (403, "forbidden".to_owned()));
    let writer = create(&app, "requests:write");
    assert_eq!(app.post(REQUESTS, &writer, &body).await.status, 201);
    assert_eq!(app.get(REQUESTS, &writer).await.status, 403, "writing is not reading");
    let (_, list, _) = keys(&app, &["list"]);
    assert!(list.contains(&key[..15]) && !list.contains(&key) && list.contains("requests:write"), "{list}");
    let id = list.lines().find(|line| line.contains(&key[..15])).unwrap().split(' ').next().unwrap();
    assert!(keys(&app, &["revoke", id]).0);
    assert!(!keys(&app, &["revoke", id]).0, "once");
    assert_eq!(app.get(REQUESTS, &key).await.problem().0, 401);
    assert_eq!(app.get(REQUESTS, API_KEY).await.status, 200, "the one in the settings goes on");
    let kept = app.database.texts("SELECT starts_with || hash FROM keys").await.join(" ");
    assert!(!kept.contains(&key[20..]), "only its hash is kept");
}

#[tokio::test]
async fn a_key_that_nobody_made_opens_nothing_and_unknown_scopes_are_refused() {
    let app = plain().await;
    let key = create(&app, "requests:read");
    let mut wrong = key.clone();
    wrong.pop();
    wrong.push(if key.ends_with('A') { 'E' } else { 'A' });
    for key in [wrong.as_str(), &key.replace("test", "live"), "rlk_test_"] {
        assert_eq!(app.get(REQUESTS, key).await.problem().0, 401, "{key}");
    }
    let (is_made, key, said) = keys(&app, &["create", "shop", "--scopes", "everything"]);
    assert!(!is_made && key.is_empty() && said.contains("requests:read"), "{said}");
}

#[tokio::test]
async fn the_audit_trail_says_which_key_it_was() {
    let app = plain().await;
    let key = create(&app, "requests:write");
    app.post(REQUESTS, &key, &json!({"account": "fca_1", "delivery": "link"})).await;
    let trail = app.get("/api/audit?subject=fca_1", API_KEY).await.json();
    assert!(trail["data"][0]["actor"]["key"].as_str().unwrap().starts_with("key_"), "{trail}");
}
