//! `relink-server export`, `import` and `backup`, run as commands.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use relink_server::Options;
use serde_json::json;

use crate::objects::{active, broken};
use crate::payment_method::{added, lenient, stripe_agrees};
use crate::process::{relink_server, run};
use crate::support::{API_KEY, TOKEN_KEY, TestApp, WEBHOOK_SECRET, token};

fn done(database: &str, arguments: &[&str]) -> Vec<u8> {
    let output = run(database, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn refused(database: &str, arguments: &[&str]) -> String {
    let output = run(database, arguments);
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

/// Returns the exported lines without the audit entries that each export adds, and without the last line, which has the
/// count.
fn without_trail(exported: &[u8]) -> Vec<String> {
    let text = String::from_utf8(exported.to_vec()).unwrap();
    let is_other = |line: &&str| {
        !["\"table\":\"audit\"", "\"table\":\"audit_head\"", "{\"end\""]
            .iter()
            .any(|part| line.contains(part))
    };
    text.lines().filter(is_other).map(str::to_owned).collect()
}

/// Starts a server with data in its database.
async fn at_work() -> TestApp {
    let app = TestApp::with(lenient).await;
    added(&app, &token("cus_1")).await;
    stripe_agrees(&app).await;
    app
}

fn is_for_its_owner_only(file: &Path) -> bool {
    std::fs::metadata(file).unwrap().permissions().mode() & 0o777 == 0o600
}

#[tokio::test]
async fn everything_moves_to_another_database_while_the_server_runs() {
    let app = at_work().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("export.jsonl");
    let name = file.to_str().unwrap();
    let shown = done(&app.database.url, &["export", "-"]);
    done(&app.database.url, &["export", name]);
    assert!(is_for_its_owner_only(&file));
    assert_eq!(without_trail(&std::fs::read(&file).unwrap()), without_trail(&shown));
    assert!(!String::from_utf8(shown.clone()).unwrap().contains("canary"));
    let other = format!("sqlite:{}/other.db", folder.path().display());
    done(&other, &["import", name]);
    assert_eq!(without_trail(&done(&other, &["export", "-"])), without_trail(&shown));
    assert!(refused(&other, &["import", name]).contains("the database is not empty"));
    // Operations in progress continue in the copy.
    let app = app.on(&other).await;
    assert_eq!(app.pay(&token("cus_1"), "fcsess_1", "fca_new").await.status, 204);
}

#[tokio::test]
async fn a_backup_is_a_database_or_what_fills_one() {
    let app = at_work().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("it's a backup");
    let name = file.to_str().unwrap();
    done(&app.database.url, &["backup", name]);
    assert!(is_for_its_owner_only(&file));
    let restored = if app.database.url.starts_with("sqlite:") {
        format!("sqlite:{name}")
    } else {
        let url = format!("sqlite:{}/restored.db", folder.path().display());
        done(&url, &["import", name]);
        url
    };
    let app = app.on(&restored).await;
    assert_eq!(app.pay(&token("cus_1"), "fcsess_1", "fca_new").await.status, 204);
}

/// Runs `relink-server backfill` with a server's settings.
fn backfill(app: &TestApp, keys: &str) -> Output {
    let settings = [
        ("DATABASE_URL", app.database.url.as_str()),
        ("STRIPE_SECRET_KEY", keys),
        ("STRIPE_PUBLISHABLE_KEY", "pk_test_1"),
        ("STRIPE_API_URL", &app.stripe.uri()),
        ("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET),
        ("RELINK_MERCHANT_NAME", "Acme"),
        ("RELINK_TOKEN_ALGORITHM", "HS256"),
        ("RELINK_TOKEN_KEY", TOKEN_KEY),
        ("RELINK_API_KEY", API_KEY),
        ("RELINK_WEBHOOK_URL", "https://shop.example/hook"),
        ("RELINK_WEBHOOK_SECRET", "whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktbmV3MQ=="),
    ];
    relink_server(&app.database.url, &["backfill"]).envs(settings).output().unwrap()
}

#[tokio::test]
async fn backfill_makes_every_account_known_and_tells_the_merchant_nothing() {
    let app = TestApp::with(|options| Options { api_key: Some(API_KEY.into()), ..options }).await;
    app.accounts.put(active("fca_1", Some("cus_1")));
    app.accounts.put(broken("fca_2", Some("cus_2")));
    let said = backfill(&app, "rk_test_canary");
    let stderr = String::from_utf8(said.stderr).unwrap();
    assert!(said.status.success(), "{stderr}");
    assert!(stderr.ends_with("relink-server: read 2 accounts\n") && !stderr.contains("canary"), "{stderr}");
    let broken = app.get("/api/connections?state=broken", API_KEY).await.json();
    assert_eq!(broken["data"][0]["id"], "fca_2");
    assert_eq!(app.get("/api/deliveries", API_KEY).await.json()["data"], json!([]));
    let status = app.get("/api/status", API_KEY).await.json();
    assert_eq!(
        (&status["backfill"]["state"], &status["backfill"]["accounts"]),
        (&json!("finished"), &json!(2))
    );
    assert_eq!(status["backfill"]["lists"], "all_accounts");
    assert!(status["recheck"]["oldest_reading_age"].as_i64().unwrap() < 60, "{status}");
    assert_eq!((&status["recheck"]["every"], &status["recheck"]["in_pages"]), (&json!(86_400), &json!(true)));
    // A second run reads everything again; a key of the other mode is refused.
    assert!(backfill(&app, "rk_test_canary").status.success());
    let refused = String::from_utf8(backfill(&app, "rk_live_canary").stderr).unwrap();
    assert!(refused.contains("one Stripe key is for test mode and the other for live mode"), "{refused}");
}

#[tokio::test]
async fn no_file_is_overwritten_and_none_is_left_half_done() {
    let app = at_work().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("precious");
    let name = file.to_str().unwrap();
    std::fs::write(&file, "precious").unwrap();
    for task in ["export", "backup"] {
        let error = refused(&app.database.url, &[task, name]);
        assert!(error.contains("is there already") && error.lines().count() == 1, "{error}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
        let new = folder.path().join("new");
        let nowhere = format!("sqlite:{}/nowhere.db", folder.path().display());
        assert!(refused(&nowhere, &[task, new.to_str().unwrap()]).contains("there is no database at"));
        assert!(!new.exists() && !folder.path().join("nowhere.db").exists());
    }
    app.database.run("ALTER TABLE audit RENAME TO elsewhere").await;
    refused(&app.database.url, &["export", folder.path().join("half").to_str().unwrap()]);
    refused(&app.database.url, &["backup", "/nowhere/at/all"]);
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(left, ["precious"]);
    let missing = refused(&app.database.url, &["import", "/nowhere/at/all"]);
    assert!(missing.contains("can't read /nowhere/at/all"), "{missing}");
    assert!(refused("mysql://x", &["export", "-"]).contains("DATABASE_URL"));
}
