//! Rows that can't be decrypted: lists show them as such, and the others as they are.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use relink_server::DatabaseOptions;

use super::*;
use crate::process::relink_server;

/// Part of the sentence about a row that can't be decrypted.
const SAID: &str = "restore the row from a backup";

/// Forges a value: it is of the right key, and nothing can be decrypted from it.
async fn forge(app: &TestApp, column: &str, condition: &str) {
    let (table, column) = column.split_once('.').unwrap();
    let key = app.database.texts("SELECT id FROM data_keys").await.remove(0);
    app.database.run(&format!("UPDATE {table} SET {column} = 'relink1:{key}:AAAA' WHERE {condition}")).await;
}

/// Makes two rows of each list.
async fn fill(app: &TestApp, file: &Path) {
    app.stripe_has_account(broken("fca_2", Some("cus_2")));
    for account in ["fca_1", "fca_2"] {
        app.tell(&crate::webhooks::event(&format!("evt_{account}"), account)).await;
    }
    relink_server::work_until_idle(&app.app).await;
    for email in ["ann@mail.example", "bob@mail.example"] {
        let asked = json!({"account": "fca_1", "delivery": "email", "email": email});
        let asked = app.post("/v1/relink-requests", API_KEY, &asked).await;
        assert!(asked.status == 201 || email.starts_with("bob"), "{}", asked.text);
    }
    for name in ["shop", "office"] {
        let created = ["keys", "create", name, "--scopes", "console", "--owner", "Ada"];
        let created = relink_server(&app.database.url, &created).env("RELINK_DATA_KEY_FILE", file).output();
        assert!(created.unwrap().status.success());
    }
    let mut other = Browser::with_key(app).await;
    let form = other.form(app).await;
    for account in ["fca_1", "fca_2"] {
        other.post(app, "/console/batches", &[("form", &form), ("account", account)]).await;
    }
    for number in 1..=2 {
        let message = format!(
            "INSERT INTO deliveries (id, type, subject, payload, created_at, due, tries, lease_until, failed_at, last_error) \
             VALUES ('msg_{number}', 'connection.broken', 'fca_{number}', 'relink1:x:{number}', 1, 1, 1, 0, 1, 'refused')"
        );
        app.database.run(&message).await;
    }
}

#[tokio::test]
async fn one_row_that_cant_be_decrypted_hides_no_other_of_any_list() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data-keys");
    std::fs::write(&file, BASE64_STANDARD.encode([1; 32])).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let office = SmtpStub::start().await.unwrap();
    let data_key_file = Some(file.clone());
    let app = shop_with(&office, OPERATOR, |options| Options {
        database: DatabaseOptions { data_key_file, ..options.database.clone() },
        ..options
    })
    .await;
    fill(&app, &file).await;
    let mut browser = Browser::with_key(&app).await;
    for (column, condition, page, others) in [
        ("accounts.account", "id = 'fca_2'", "/console", "/console/accounts/fca_1"),
        ("accounts.account", "id = 'fca_2'", "/console/customers/cus_2", "fca_2"),
        ("requests.email", "account = 'fca_1'", "/console/accounts/fca_1", "rlr_"),
        (
            "batches.operator",
            "id = (SELECT MIN(id) FROM batches)",
            "/console/batches",
            "/console/batches/bat_",
        ),
        ("keys.owner", "name = 'shop'", "/console/keys", "office"),
        (
            "operator_sessions.operator",
            "begun_at = (SELECT MIN(begun_at) FROM operator_sessions)",
            "/console/sessions",
            "RELINK_API_KEY",
        ),
        ("audit.detail", "position = 1", "/console/audit", "console signed in"),
    ] {
        let before = browser.get(&app, page).await.text;
        let is_new = !before.contains(SAID);
        forge(&app, column, condition).await;
        let answer = browser.get(&app, page).await;
        assert_eq!(answer.status, 200, "{page}: {}", answer.text);
        assert!(answer.text.contains(SAID) && answer.text.contains(others), "{page}: {}", answer.text);
        assert!(is_new || page.contains("customers"), "{page} said so before");
    }
    let page = browser.get(&app, "/console/faults").await.text;
    assert!(page.contains("msg_1") && page.contains("msg_2"), "{page}");
    // The key works, whoever owns it.
    assert_eq!(app.get("/api/deliveries", API_KEY).await.status, 200);
    assert_eq!(app.get("/api/audit", API_KEY).await.status, 200);
}
