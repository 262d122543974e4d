//! A full or failing disk, or a deleted database file: the server returns errors, and recovers as soon as it can.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use relink_server::{Options, RequestOptions};
use relink_test_kit::SmtpStub;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::objects::{broken, session};
use crate::process::Process;
use crate::support::{API_KEY, TestApp, token};
use crate::webhooks::event;

/// File system of 3 MB, unmounted on drop.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// Mounts the file system. Returns `None` if this user may not mount one.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(folder.path()).output();
        mount.is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }

    fn filler(&self) -> PathBuf {
        self.0.path().join("filler")
    }

    fn fill(&self) {
        let mut filler = File::options().create(true).append(true).open(self.filler()).unwrap();
        while filler.write_all(&[0; 512]).is_ok() {}
    }

    fn free(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily, because SQLite may still have its files open.
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

/// Starts a shop with email, whose database is in `folder`.
async fn shop(folder: &Path, server: &SmtpStub) -> TestApp {
    let database = format!("sqlite:{}/relink.db", folder.display());
    let app = TestApp::with(|options| Options {
        database_url: SecretString::from(database),
        api_key: Some(SecretString::from(API_KEY)),
        requests: RequestOptions {
            public_url: Some("https://reconnect.example".to_owned()),
            smtp_url: Some(SecretString::from(server.url().to_owned())),
            mail_from: Some("Acme <billing@acme.example>".to_owned()),
            ..RequestOptions::default()
        },
        ..options
    })
    .await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_has("/v1/customers/cus_1", json!({"id": "cus_1", "email": "jenny@mail.example"})).await;
    app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;
    app
}

/// Sends events until one is refused.
async fn until_refused(app: &TestApp, round: usize) {
    for n in 0..2000 {
        let mut event = event(&format!("evt_{round}_{n}"), "fca_1");
        event["data"]["object"]["display_name"] = json!("x".repeat(4000));
        let status = app.tell(&event).await.status;
        if status == 503 {
            return;
        }
        assert_eq!(status, 200);
    }
    panic!("the disk is never full");
}

#[tokio::test]
async fn once_a_full_disk_has_room_the_first_request_of_each_kind_succeeds() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!(
            "NOT TESTED HERE: a full disk, because this user may not mount a tmpfs; an I/O error is tested instead"
        );
        return;
    };
    let server = SmtpStub::start().await.unwrap();
    let app = shop(disk.0.path(), &server).await;
    for round in 0..4 {
        disk.fill();
        until_refused(&app, round).await;
        disk.free();
        match round {
            0 => assert_eq!(app.get("/readyz", "").await.status, 200),
            1 => assert_eq!(app.tell(&event("evt_after", "fca_1")).await.status, 200),
            2 => assert_eq!(app.begin(&token("cus_1"), "fca_1").await.status, 200),
            _ => {
                let asked = json!({"account": "fca_1", "delivery": "email"});
                let answer = app.post("/v1/relink-requests", API_KEY, &asked).await;
                assert_eq!(answer.status, 201, "{}", answer.text);
                relink_server::work_until_idle(&app.app).await;
                assert_eq!(server.emails().len(), 1);
            }
        }
    }
}

#[tokio::test]
async fn while_the_disk_is_full_nothing_that_stripe_knows_is_denied() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("NOT TESTED HERE: a full disk, because this user may not mount a tmpfs");
        return;
    };
    let server = SmtpStub::start().await.unwrap();
    let app = shop(disk.0.path(), &server).await;
    disk.fill();
    // SQLite still has free space in its own files.
    until_refused(&app, 0).await;
    let listed = app.get("/api/accounts", &token("cus_1")).await;
    assert_eq!(listed.json()["accounts"][0]["id"], "fca_1");
    let asked = json!({"account": "fca_1", "delivery": "link"});
    let refused = app.post("/v1/relink-requests", API_KEY, &asked).await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    disk.free();
    assert_eq!(app.post("/v1/relink-requests", API_KEY, &asked).await.status, 201);
}

/// Limits the size of the process's files to this number of bytes.
fn limit_files(process: &Process, bytes: &str) -> bool {
    let limit = Command::new("prlimit")
        .args([format!("--pid={}", process.id()), format!("--fsize={bytes}:")])
        .status();
    limit.is_ok_and(|status| status.success())
}

#[tokio::test]
async fn after_an_input_output_error_the_first_request_succeeds() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::start(&format!("sqlite:{}/relink.db", folder.path().display()), "XFSZ").await;
    assert_eq!((server.tell("evt_1").await, server.get("/readyz").await), (200, 200));
    for path in ["/readyz", "/webhooks/stripe"] {
        if !limit_files(&server, "1") {
            eprintln!("NOT TESTED HERE: an I/O error, because there is no prlimit");
            return;
        }
        assert_eq!(server.tell("evt_2").await, 503);
        assert_eq!(server.get("/readyz").await, 503);
        assert_eq!(server.get("/healthz").await, 200);
        assert!(limit_files(&server, "unlimited"));
        let status = if path == "/readyz" { server.get(path).await } else { server.tell("evt_2").await };
        assert_eq!(status, 200, "{path}");
    }
}

#[tokio::test]
async fn an_event_for_a_file_that_was_removed_or_replaced_is_refused_until_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let app = shop(folder.path(), &SmtpStub::start().await.unwrap()).await;
    assert_eq!(app.tell(&event("evt_1", "fca_1")).await.status, 200);
    std::fs::rename(path("relink.db"), path("elsewhere.db")).unwrap();
    assert_eq!(app.get("/readyz", "").await.status, 503);
    assert_eq!(app.tell(&event("evt_2", "fca_1")).await.status, 503);
    std::fs::copy(path("elsewhere.db"), path("relink.db")).unwrap();
    assert_eq!(app.get("/readyz", "").await.status, 503);
    assert_eq!(app.tell(&event("evt_2", "fca_1")).await.status, 503);
    assert!(app.log().contains("file was replaced while the server is running"), "{}", app.log());
    std::fs::rename(path("elsewhere.db"), path("relink.db")).unwrap();
    assert_eq!(app.tell(&event("evt_2", "fca_1")).await.status, 200);
    std::fs::remove_file(path("relink.db-wal")).unwrap();
    assert_eq!(app.tell(&event("evt_3", "fca_1")).await.status, 503);
    assert_eq!(app.get("/readyz", "").await.status, 503);
    assert!(app.log().contains("log file (-wal) was removed"), "{}", app.log());
}
