//! `relink-server doctor`: a support bundle without secrets.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use serde_json::Value;

use crate::database::Database;
use crate::process::{Process, finish, relink_server};
use crate::support::{API_KEY, CANARY, TOKEN_KEY, WEBHOOK_SECRET};

/// Everywhere that a merchant may have put a secret, beside the settings for secrets.
const SETTINGS: [(&str, &str); 16] = [
    ("RELINK_API_KEY", API_KEY),
    ("RELINK_LISTEN", "127.0.0.1:9"),
    ("RELINK_MAIL_FROM", "Acme <canary@acme.example>"),
    ("RELINK_MANAGEMENT_LISTEN", "127.0.0.1:9"),
    ("RELINK_MERCHANT_NAME", "Acme"),
    ("RELINK_OPERATORS", "canary@acme.example"),
    ("RELINK_PUBLIC_URL", "http://127.0.0.1:9"),
    ("RELINK_SMTP_URL", "smtp://shop:canary%21pass@127.0.0.1:9"),
    ("RELINK_TOKEN_ALGORITHM", "HS256"),
    ("RELINK_TOKEN_KEY", TOKEN_KEY),
    ("RELINK_WEBHOOK_SECRET", "whsec_canaryAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ("RELINK_WEBHOOK_URL", "https://canary:canary@acme.example/hook?key=canary#canary"),
    ("STRIPE_API_URL", "http://127.0.0.1:9"),
    ("STRIPE_PUBLISHABLE_KEY", "pk_test_1"),
    ("STRIPE_SECRET_KEY", "rk_test_canary"),
    ("STRIPE_WEBHOOK_SECRET", "whsec_canary,whsec_other_canary"),
];

/// Writes a bundle with these settings, and returns its files.
fn bundle(database: &str, settings: &[(&str, &str)], folder: &Path) -> BTreeMap<String, String> {
    let path = folder.join("bundle.tar.gz");
    let mut command = relink_server(database, &["doctor", path.to_str().unwrap()]);
    let output = command.envs(settings.iter().copied()).output().unwrap();
    let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success() && printed.contains("bundle.tar.gz"), "{printed}");
    let mut tar = Vec::new();
    GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut tar).unwrap();
    for bytes in [printed.as_bytes(), &tar] {
        let place = bytes.windows(CANARY.len()).position(|window| window == CANARY.as_bytes());
        let around =
            |place: usize| String::from_utf8_lossy(&bytes[place.saturating_sub(60)..place + 20]).into_owned();
        assert_eq!(place.map(around), None, "a secret is in the bundle");
    }
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(tar.as_slice()).entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        let path = entry.path().unwrap().into_owned();
        files.insert(path.file_name().unwrap().to_string_lossy().into_owned(), text);
    }
    files
}

fn json(files: &BTreeMap<String, String>, name: &str) -> Value {
    serde_json::from_str(&files[name]).unwrap()
}

#[tokio::test]
async fn no_byte_of_a_support_bundle_is_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::start(folder.path()).await;
    assert!(finish(&database.url, &["migrate"]).0);
    // Errors as a careless program would have stored them.
    for (id, error) in
        [("1", "refused: rk_test_canary"), ("2", "to canary!pass of canary@acme.example"), ("3", TOKEN_KEY)]
    {
        database
            .run(&format!(
                "INSERT INTO work (id, kind, subject, urgency, wanted, newest, due, tries, lease_until, last_error, \
                 created_at) VALUES ('account:fca_{id}', 'account', 'fca_{id}', 0, 1, 0, 0, 1, 0, '{error}', 0)"
            ))
            .await;
    }
    let files = bundle(&database.url, &SETTINGS, folder.path());
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let expected = [
        "README.txt",
        "about.json",
        "check.txt",
        "database.json",
        "failures.json",
        "server.json",
        "settings.json",
    ];
    assert_eq!(names, expected);
    assert!(expected[1..].iter().all(|name| files["README.txt"].contains(name)));
    let settings = json(&files, "settings.json");
    let setting =
        |name: &str| settings.as_array().unwrap().iter().find(|s| s["name"] == name).unwrap().clone();
    assert_eq!(setting("STRIPE_SECRET_KEY")["value"], Value::Null);
    assert_eq!(setting("STRIPE_SECRET_KEY")["from"], "variable");
    assert_eq!(setting("RELINK_WEBHOOK_URL")["value"], "https://acme.example/hook (shortened)");
    assert_eq!(setting("RELINK_MERCHANT_NAME")["value"], "Acme");
    assert_eq!(json(&files, "failures.json").as_array().unwrap().len(), 3);
    let figures = json(&files, "database.json");
    assert_eq!((&figures["rows"]["work"], &figures["jobs"]["due"]), (&3.into(), &3.into()), "{figures}");
    assert!(files["check.txt"].contains("settings"), "{}", files["check.txt"]);
}

#[tokio::test]
async fn a_bundle_is_written_when_settings_database_and_server_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("RELINK_TOKEN_KEY", "canary"), ("RELINK_LISTEN", "127.0.0.1:9")];
    let files = bundle("sqlite:/nowhere/relink.db", &settings, folder.path());
    assert!(files["check.txt"].starts_with("FAIL"), "{}", files["check.txt"]);
    assert!(json(&files, "database.json")["error"].is_string());
    assert!(json(&files, "server.json")["ready"]["error"].is_string());
}

#[tokio::test]
async fn a_bundle_has_the_health_and_metrics_of_the_running_server() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::start(folder.path()).await;
    let settings = [("RELINK_MANAGEMENT_LISTEN", "127.0.0.1:0")];
    let mut server = Process::start_with(&database.url, "", &settings).await;
    let management = server.management_url().await.replace("http://", "");
    let listen = server.url.replace("http://", "");
    let settings = [
        ("RELINK_MANAGEMENT_LISTEN", management.as_str()),
        ("RELINK_LISTEN", &listen),
        ("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET),
    ];
    let files = bundle(&database.url, &settings, folder.path());
    assert_eq!(json(&files, "server.json")["ready"]["status"], 200);
    assert!(files["metrics.txt"].contains("relink_uptime_seconds"), "{}", files["metrics.txt"]);
}
