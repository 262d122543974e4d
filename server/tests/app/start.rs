//! Start of the program: its settings from the environment, and its first lines.

use std::process::{Child, Command, Stdio};

use relink_test_kit::ReservedPort;

use crate::process::command;
use crate::support::INDEX;

/// Program that is stopped on drop.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns the program's messages when it is started with these variables.
fn refused(variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relink-server"));
    let output = command.env_clear().envs(variables.iter().copied()).output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn quotes_that_a_settings_file_has_kept_are_named_as_the_cause() {
    for (name, value) in [
        ("RELINK_MERCHANT_NAME", "\"Acme\""),
        ("STRIPE_SECRET_KEY", "'sk_test_canary'"),
        // Refused by its parser.
        ("RELINK_LISTEN", "\"127.0.0.1:4280\""),
        ("RELINK_STRIPE_RATE", "'20'"),
        ("RELINK_BEHIND_TLS_PROXY", "\"true\""),
        ("DATABASE_URL", "\"sqlite:canary.db\""),
    ] {
        let said = refused(&[(name, value)]);
        assert!(said.contains(&format!("the value of {name} is in quotes")), "{said}");
        assert!(!said.contains("canary"), "{said}");
    }
    let said = refused(&[("RELINK_LISTEN", "nowhere")]);
    assert!(said.contains("--listen") && !said.contains("quotes"), "{said}");
}

#[tokio::test]
async fn a_server_whose_output_nobody_reads_serves_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let reserved = ReservedPort::new().unwrap();
    let port = reserved.port();
    let (read_end, write_end) = std::io::pipe().unwrap();
    drop(read_end);
    let database = format!("sqlite:{}/relink.db", folder.path().display());
    std::fs::write(folder.path().join("index.html"), INDEX).unwrap();
    let mut command = command(&database, folder.path(), "");
    command.env("RELINK_LISTEN", format!("127.0.0.1:{port}")).stdout(write_end);
    command.stderr(std::fs::File::create(folder.path().join("log")).unwrap());
    let mut server = Running(command.spawn().unwrap());
    let log = || std::fs::read_to_string(folder.path().join("log")).unwrap();
    #[expect(clippy::disallowed_methods, reason = "a client of this machine's server")]
    let client = reqwest::Client::new();
    while client.get(format!("http://127.0.0.1:{port}/healthz")).send().await.is_err() {
        assert!(server.0.try_wait().unwrap().is_none(), "it has ended: {}", log());
    }
    assert!(log().contains("which can't be printed to standard output"), "{}", log());
}

#[test]
fn a_key_that_cannot_be_shown_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (read_end, write_end) = std::io::pipe().unwrap();
    drop(read_end);
    let mut command = Command::new(env!("CARGO_BIN_EXE_relink-server"));
    let database = format!("sqlite:{}/relink.db", folder.path().display());
    command.args(["keys", "create", "shop", "--scopes", "accounts:read"]);
    command.env_clear().env("DATABASE_URL", database).stdout(write_end).stderr(Stdio::piped());
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("can't write to standard output"), "{said}");
}
