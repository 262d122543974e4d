//! The audit trail includes lists, refusals and commands, has IP addresses, and is tamper-evident.

use std::process::Output;

use relink_server::Options;
use serde_json::{Value, json};

use crate::objects::broken;
use crate::process::run;
use crate::support::{API_KEY, TestApp, request, token};

const ADDRESS: &str = "192.0.2.1";

async fn shop() -> TestApp {
    let app = TestApp::with(|options| Options { api_key: Some(API_KEY.into()), ..options }).await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app
}

/// Returns the audit trail, oldest entry first.
async fn trail(app: &TestApp) -> Vec<Value> {
    let list = app.get("/api/audit?limit=100", API_KEY).await.json();
    let mut entries = list["data"].as_array().unwrap().clone();
    entries.reverse();
    entries
}

fn relink_server(app: &TestApp, arguments: &[&str]) -> Output {
    run(&app.database.url, arguments)
}

fn done(app: &TestApp, arguments: &[&str]) -> String {
    let output = relink_server(app, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn lists_of_everybody_and_whatever_a_back_end_has_done_again_are_entered_with_its_address() {
    let app = shop().await;
    assert_eq!(app.get("/api/accounts", &token("cus_1")).await.status, 200);
    assert_eq!(app.get("/api/connections?state=broken", API_KEY).await.status, 200);
    assert_eq!(app.get("/api/connections?customer=cus_1", API_KEY).await.status, 200);
    app.database
        .run(
            "INSERT INTO work (id, kind, subject, urgency, wanted, newest, due, tries, lease_until, created_at) \
             VALUES ('account:fca_9', 'account', 'fca_9', 1, 1, 1, 1, 1, 0, 1)",
        )
        .await;
    app.database
        .run(
            "INSERT INTO deliveries (id, type, subject, payload, created_at, due, tries, lease_until) \
             VALUES ('msg_1', 't', 'fca_1', '{}', 1, 1, 1, 0)",
        )
        .await;
    assert_eq!(app.post("/api/work/account:fca_9/retry", API_KEY, &json!({})).await.status, 202);
    assert_eq!(app.post("/api/work/account:none/retry", API_KEY, &json!({})).await.status, 404);
    assert_eq!(app.post("/api/deliveries/msg_1/replay", API_KEY, &json!({})).await.status, 202);
    let trail = trail(&app).await;
    let told: Vec<_> =
        trail.iter().map(|entry| (entry["action"].as_str().unwrap(), &entry["detail"])).collect();
    let listed = json!({"limit": null, "starting_after": null, "state": null, "stripe_account": null});
    let broken = json!({"limit": null, "starting_after": null, "state": "broken", "stripe_account": null});
    assert_eq!(
        told,
        [
            ("connections.listed", &broken),
            ("connections.listed", &listed),
            ("work.retried", &json!({"work": "account:fca_9"})),
            ("message.replayed", &json!({"message": "msg_1"})),
        ]
    );
    assert_eq!(trail[1]["customer"], "cus_1");
    for entry in &trail {
        assert_eq!((&entry["actor"], &entry["ip_address"]), (&json!({"type": "back_end"}), &json!(ADDRESS)));
    }
    let lines = app.log();
    let answered: Vec<&str> =
        lines.lines().filter(|line| line.contains(r#""message":"answered a request""#)).collect();
    assert!(!answered.is_empty());
    assert!(answered.iter().all(|line| line.contains(r#""client":"192.0.2.1""#)), "{answered:?}");
}

#[tokio::test]
async fn a_refused_event_is_logged_with_the_address_that_it_came_from() {
    let app = shop().await;
    assert_eq!(app.post("/webhooks/stripe", "", &json!({})).await.status, 400);
    let log = app.log();
    let refused = log.lines().find(|line| line.contains("an event is refused")).unwrap();
    assert!(refused.contains(r#""client":"192.0.2.1""#), "{refused}");
}

#[tokio::test]
async fn what_a_customer_does_is_entered_with_their_address() {
    let app = shop().await;
    app.stripe_makes(crate::objects::session("fcsess_1", "fca_1", &Value::Null)).await;
    assert_eq!(app.begin(&token("cus_1"), "fca_1").await.status, 200);
    let trail = trail(&app).await;
    assert_eq!((&trail[0]["action"], &trail[0]["ip_address"]), (&json!("relink.started"), &json!(ADDRESS)));
}

#[tokio::test]
async fn every_route_of_back_ends_needs_its_scope() {
    let app = shop().await;
    let key = crate::requests::keys::create(&app, "console");
    let routes = [
        ("GET", "/v1/relink-requests", "requests:read"),
        ("GET", "/v1/relink-requests/eligibility?account=fca_1&delivery=link", "requests:read"),
        ("GET", "/v1/relink-requests/rlr_1", "requests:read"),
        ("POST", "/v1/relink-requests", "requests:write"),
        ("POST", "/v1/relink-requests/rlr_1/cancel", "requests:write"),
        ("GET", "/v1/opt-outs/cus_1", "requests:read"),
        ("PUT", "/v1/opt-outs/cus_1", "requests:write"),
        ("DELETE", "/v1/opt-outs/cus_1", "requests:write"),
        ("GET", "/api/accounts/fca_1", "accounts:read"),
        ("GET", "/api/accounts/fca_1/owners", "accounts:read"),
        ("GET", "/api/accounts/fca_1/transactions", "accounts:read"),
        ("GET", "/api/authorizations/fcauth_1", "accounts:read"),
        ("GET", "/api/connections", "accounts:read"),
        ("GET", "/api/deliveries", "operations:read"),
        ("GET", "/api/deliveries/msg_1", "operations:read"),
        ("POST", "/api/deliveries/msg_1/replay", "operations:write"),
        ("GET", "/api/work", "operations:read"),
        ("POST", "/api/work/account:fca_1/retry", "operations:write"),
        ("GET", "/api/status", "operations:read"),
        ("HEAD", "/api/status", "operations:read"),
        ("GET", "/api/audit", "audit:read"),
    ];
    for (method, path, _) in routes {
        let answer = app.send(request(method.parse().unwrap(), path, &key, None)).await;
        assert_eq!(answer.status, 403, "{method} {path}");
    }
    let needs: Vec<Value> = trail(&app).await.iter().map(|entry| entry["detail"]["needs"].clone()).collect();
    let needs: Vec<&str> = needs.iter().filter_map(Value::as_str).collect();
    assert_eq!(needs, routes.map(|(_, _, scope)| scope));
}

#[tokio::test]
async fn a_scope_that_a_key_lacks_is_entered_and_a_flood_of_them_fills_nothing() {
    let app = shop().await;
    let key = crate::requests::keys::create(&app, "requests:read");
    for _ in 0..70 {
        assert_eq!(app.get("/api/work", &key).await.problem(), (403, "forbidden".to_owned()));
    }
    let refused: Vec<Value> =
        trail(&app).await.into_iter().filter(|entry| entry["action"] == "access.refused").collect();
    assert_eq!(refused.len(), 60);
    assert!(refused[0]["actor"]["key"].as_str().unwrap().starts_with("key_"));
    assert_eq!(refused[0]["ip_address"], ADDRESS);
    let expected =
        json!({"method": "GET", "path": "/api/work", "reason": "scope", "needs": "operations:read"});
    assert_eq!(refused[0]["detail"], expected);
}

#[tokio::test]
async fn a_key_is_refused_after_its_end_with_the_reason_and_its_last_use_is_known() {
    let app = shop().await;
    let made =
        ["keys", "create", "shop", "--scopes", "accounts:read", "--owner", "Ada Lovelace", "--expires", "90"];
    let key = done(&app, &made);
    let list = done(&app, &["keys", "list"]);
    assert!(list.contains("Ada Lovelace") && list.contains("last used never"), "{list}");
    assert_eq!(app.get("/api/connections", &key).await.status, 200);
    let list = done(&app, &["keys", "list"]);
    assert!(!list.contains("last used never") && list.contains("in use"), "{list}");
    app.database.run("UPDATE keys SET expires_at = 1").await;
    let refused = app.get("/api/connections", &key).await;
    assert_eq!(refused.problem(), (401, "key_expired".to_owned()));
    assert!(refused.text.contains("has expired"), "{}", refused.text);
    assert!(done(&app, &["keys", "list"]).contains("expired"));
    let trail = trail(&app).await;
    let newest = trail.last().unwrap();
    assert_eq!(
        (&newest["action"], &newest["detail"]["reason"]),
        (&json!("access.refused"), &json!("expired"))
    );
    for wrong in ["0", "2001-01-01", "soon"] {
        let output =
            relink_server(&app, &["keys", "create", "x", "--scopes", "audit:read", "--expires", wrong]);
        assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("--expires"));
    }
}

#[tokio::test]
async fn what_is_done_at_the_command_line_is_entered_with_its_user() {
    let app = shop().await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    done(&app, &["keys", "create", "shop", "--scopes", "audit:read"]);
    let list = done(&app, &["keys", "list"]);
    let id = list.split(' ').next().unwrap();
    done(&app, &["keys", "revoke", id]);
    done(&app, &["export", &file("export")]);
    done(&app, &["backup", &file("backup")]);
    done(&app, &["audit", "export", "-"]);
    let trail = trail(&app).await;
    let actions: Vec<&str> = trail.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    let expected =
        ["key.created", "key.revoked", "database.exported", "database.backed_up", "audit.exported"];
    assert_eq!(actions, expected);
    for entry in &trail {
        assert_eq!(entry["actor"]["type"], "command_line");
        assert!(entry["actor"]["user"].as_str().unwrap().contains("uid"), "{entry}");
    }
    assert_eq!((&trail[0]["detail"]["key"], &trail[1]["detail"]["key"]), (&json!(id), &json!(id)));
    assert_eq!(trail[2]["detail"]["file"], file("export"));
}

#[tokio::test]
async fn a_trail_that_was_changed_is_found_out_and_goes_on_after_an_import() {
    let app = shop().await;
    for _ in 0..3 {
        app.get("/api/connections", API_KEY).await;
    }
    let head = done(&app, &["audit", "verify"]);
    let hash = head.rsplit(' ').next().unwrap();
    assert!(head.starts_with("head 3 ") && hash.len() == 64, "{head}");
    app.get("/api/connections", API_KEY).await;
    assert!(done(&app, &["audit", "verify", "--head", hash]).starts_with("head 4 "));
    let unknown = relink_server(&app, &["audit", "verify", "--head", &"0".repeat(64)]);
    assert_eq!(unknown.status.code(), Some(1));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("export").display().to_string();
    done(&app, &["export", &file]);
    let url = format!("sqlite:{}/new.db", folder.path().display());
    let imported = run(&url, &["import", &file]);
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    let other = app.on(&url).await;
    assert!(done(&other, &["audit", "verify", "--head", hash]).starts_with("head 6 "));
    assert_eq!(trail(&other).await.last().unwrap()["action"], "database.imported");

    app.database.run("UPDATE audit SET actor = '{\"type\":\"server\"}' WHERE position = 2").await;
    let broken = relink_server(&app, &["audit", "verify"]);
    assert_eq!(broken.status.code(), Some(1));
    let text = String::from_utf8(broken.stdout).unwrap();
    assert!(text.contains("the hash of entry 2"), "{text}");
}
