//! With `RELINK_DATA_KEY_FILE`, nothing personal is in the files of the database in clear text.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use relink_server::{ConsoleOptions, DatabaseOptions, Options, RequestOptions, work_until_idle};
use relink_test_kit::SmtpStub;
use secrecy::SecretString;
use serde_json::json;

use crate::console::{OPERATOR, begin_batch, sign_in_and_search};
use crate::payment_method::{added, lenient, stripe_agrees};
use crate::process::relink_server;
use crate::support::{API_KEY, TestApp, token};
use crate::webhooks::event;

/// Everything personal that `use_everything` stores, each as it would stand in the database.
const PERSONAL: [&str; 10] = [
    "jenny@mail.example",
    "Jenny Rosen",
    "rosen",
    "Everyday Checking",
    "\"last4\":\"4421\"",
    "By choosing",
    "192.0.2.1",
    "https://shop.example/after",
    "person@in-an-event.example",
    OPERATOR,
];

/// Writes a key file into this folder and returns its path.
fn key_file(folder: &Path, lines: &[&str]) -> PathBuf {
    let file = folder.join("data-keys");
    std::fs::write(&file, lines.join("\n")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    file
}

fn generate() -> String {
    let output = command("sqlite:/nowhere/relink.db", None, &["data-key", "generate"]);
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn command(database: &str, keys: Option<&Path>, arguments: &[&str]) -> Output {
    let mut command = relink_server(database, arguments);
    match keys {
        Some(keys) => command.env("RELINK_DATA_KEY_FILE", keys),
        None => command.env_remove("RELINK_DATA_KEY_FILE"),
    };
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Starts a shop with this key file.
async fn shop(keys: Option<PathBuf>) -> TestApp {
    TestApp::with(|options| with_keys(lenient(options), keys)).await
}

fn with_keys(options: Options, data_key_file: Option<PathBuf>) -> Options {
    Options { database: DatabaseOptions { data_key_file, ..options.database.clone() }, ..options }
}

/// The shop with requests, the console and merchant webhooks.
fn grown(options: Options, office: &SmtpStub) -> Options {
    Options {
        api_key: Some(SecretString::from(API_KEY)),
        webhook_url: Some("http://127.0.0.1:9/hook".to_owned()),
        webhook_secret: Some(SecretString::from("whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktbmV3MQ==")),
        webhook_allow_private: true,
        console: ConsoleOptions {
            operators: Some(OPERATOR.to_owned()),
            customer_names: true,
            ..ConsoleOptions::default()
        },
        requests: RequestOptions {
            public_url: Some("https://reconnect.example".to_owned()),
            return_origins: Some("https://shop.example".to_owned()),
            smtp_url: Some(SecretString::from(office.url().to_owned())),
            mail_from: Some("Acme <billing@acme.example>".to_owned()),
            ..RequestOptions::default()
        },
        ..options
    }
}

/// Uses what stores something personal: a relink with a new account, a payment, an event, a request, and the console.
async fn use_everything(app: &TestApp) {
    let mine = token("cus_1");
    added(app, &mine).await;
    stripe_agrees(app).await;
    assert_eq!(app.pay(&mine, "fcsess_1", "fca_new").await.status, 204);
    let mut told = event("evt_1", "fca_1");
    told["data"]["object"]["note"] = json!("person@in-an-event.example");
    assert_eq!(app.tell(&told).await.status, 200);
    let office = SmtpStub::start().await.unwrap();
    let app = app.changed(|options| grown(options, &office)).await;
    let asked = json!({"account": "fca_1", "delivery": "email", "email": "jenny@mail.example",
        "return_url": "https://shop.example/after"});
    let asked = app.post("/v1/relink-requests", API_KEY, &asked).await;
    assert_eq!(asked.status, 201, "{}", asked.text);
    work_until_idle(&app.app).await;
    let mut renamed = event("evt_2", "cus_1");
    renamed["type"] = json!("customer.updated");
    assert_eq!(app.tell(&renamed).await.status, 200);
    work_until_idle(&app.app).await;
    for page in sign_in_and_search(&app, &office, &["4421", "rosen"]).await {
        assert!(page.contains("fca_new"), "{page}");
    }
    begin_batch(&app, "fca_1").await;
}

/// Returns the files of the tables and indexes as they are on the disk, with the log of SQLite, and a dump of PostgreSQL,
/// because its files have long values in a compressed form. Earlier values in free space are among them.
async fn bytes(app: &TestApp) -> Vec<u8> {
    if let Some(path) = app.database.url.strip_prefix("sqlite:") {
        let files = ["", "-wal"].map(|end| std::fs::read(format!("{path}{end}")).unwrap_or_default());
        return files.concat();
    }
    let dump = Command::new("pg_dump").arg(&app.database.url).output().unwrap();
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    app.database.run("CHECKPOINT").await;
    // Statistics are in a table of PostgreSQL's own.
    let files = "SELECT encode(pg_read_binary_file(pg_relation_filepath(c.oid)), 'hex') FROM pg_class c \
                 WHERE c.relkind IN ('r', 'i', 't') AND pg_relation_filepath(c.oid) IS NOT NULL \
                 AND (c.relname = 'pg_statistic' OR c.oid >= 16384)";
    let files = app.database.texts(files).await;
    assert!(files.len() > 60, "{}", files.len());
    let files = files.into_iter().flat_map(|file| decoded(&file));
    dump.stdout.into_iter().chain(files).collect()
}

/// Returns the bytes of these hexadecimal digits.
fn decoded(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

fn found(bytes: &[u8]) -> Vec<&'static str> {
    let is_in = |text: &&str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    // PostgreSQL's dump escapes nothing of these.
    PERSONAL.into_iter().filter(is_in).collect()
}

#[tokio::test]
async fn nothing_personal_is_in_the_files_of_an_encrypted_database() {
    let folder = tempfile::tempdir().unwrap();
    let clear = shop(None).await;
    use_everything(&clear).await;
    assert_eq!(found(&bytes(&clear).await), PERSONAL, "the search finds what is there");

    let keys = key_file(folder.path(), &[&generate()]);
    let app = shop(Some(keys.clone())).await;
    use_everything(&app).await;
    assert_eq!(found(&bytes(&app).await), [""; 0]);
    let owned = ["keys", "create", "shop", "--scopes", "console", "--owner", "Ada"];
    assert!(command(&app.database.url, Some(&keys), &owned).status.success());
    let status = command(&app.database.url, Some(&keys), &["data-key", "status"]);
    let status = String::from_utf8_lossy(&status.stdout).into_owned();
    // The search above doesn't know the stored forms of these.
    for column in ["accounts.last4", "batches.chosen", "batches.operator", "keys.owner"] {
        assert!(status.contains(column) && !status.contains("clear text"), "{status}");
    }
    // The same server still shows it.
    let accounts = app.get("/api/accounts", &token("cus_1")).await;
    assert!(accounts.text.contains("Everyday Checking"), "{}", accounts.text);
    let output = command(&app.database.url, Some(&keys), &["customer", "export", "cus_1"]);
    let exported = String::from_utf8_lossy(&output.stdout).into_owned();
    for text in ["jenny@mail.example", "Jenny Rosen", "person@in-an-event.example"] {
        assert!(exported.contains(text), "{text}: {exported}");
    }
    let output = command(&app.database.url, Some(&keys), &["customer", "erase", "cus_1"]);
    let erased: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(erased["erased"]["events"], 2, "{erased}");
    assert_eq!(erased["erased"]["customer_names"], 1, "{erased}");
    assert!(command(&app.database.url, Some(&keys), &["audit", "verify"]).status.success());
}

#[tokio::test]
async fn a_database_in_use_is_encrypted_by_a_command_and_needs_its_key_from_then_on() {
    let folder = tempfile::tempdir().unwrap();
    let clear = shop(None).await;
    use_everything(&clear).await;
    let url = clear.database.url.clone();
    let refusal = command(&url, None, &["data-key", "rotate"]);
    assert!(said(&refusal).contains("RELINK_DATA_KEY_FILE is not set"), "{}", said(&refusal));

    let (first, second) = (generate(), generate());
    let keys = key_file(folder.path(), &[&first]);
    clear.database.run("ANALYZE").await;
    let output = command(&url, Some(&keys), &["data-key", "rotate"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_ne!(found(&bytes(&clear).await), [""; 0], "free space has the earlier values");
    let output = command(&url, Some(&keys), &["data-key", "rotate", "--vacuum"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(found(&bytes(&clear).await), [""; 0]);
    let status = command(&url, Some(&keys), &["data-key", "status"]);
    let status = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(status.contains("accounts.account") && !status.contains("clear text"), "{status}");
    for entry in [first.as_str(), "canary"] {
        assert!(!status.contains(entry), "{status}");
    }

    // Without the key, or with another one, nothing opens the database, and the message has the key's identifier.
    let id = status.lines().nth(1).unwrap().split_whitespace().nth(1).unwrap().to_owned();
    let wrong = tempfile::tempdir().unwrap();
    let wrong = key_file(wrong.path(), &[&second]);
    for keys in [None, Some(wrong.as_path())] {
        let refused = command(&url, keys, &["customer", "export", "cus_1"]);
        assert!(!refused.status.success() && said(&refused).contains(&id), "{}", said(&refused));
        assert!(!said(&refused).contains(&second));
    }

    // A rotation: the new key first, the old one below it until nothing needs it.
    let keys = key_file(folder.path(), &[&second, &first]);
    let output = command(&url, Some(&keys), &["data-key", "rotate"]);
    assert!(output.status.success() && said(&output).contains("keep it"), "{}", said(&output));
    assert!(!said(&output).contains("no longer needed"), "{}", said(&output));
    clear.database.run("UPDATE data_keys SET used_at = 0").await;
    let output = command(&url, Some(&keys), &["data-key", "rotate"]);
    assert!(said(&output).contains(&format!("no longer needed: {id}")), "{}", said(&output));
    let keys = key_file(folder.path(), &[&second]);
    let app = clear.changed(|options| with_keys(options, Some(keys))).await;
    assert!(app.get("/api/accounts", &token("cus_1")).await.text.contains("Everyday Checking"));
}
