//! The built program in its own process.

use std::path::Path;
use std::process::{Command, ExitStatus, Output};
use std::time::Duration;

use nix::sys::signal::Signal;
use relink_test_kit::{Poll, Process as Child, command_without_settings, listening_url};
use reqwest::Client;

use crate::database::data_key_file;
use crate::support::{INDEX, TOKEN_KEY, WEBHOOK_SECRET};
use crate::webhooks::{event, signature};

/// Time for a start, longer than it takes on a busy machine.
const START: Poll = Poll { interval: Duration::from_millis(5), timeout: Duration::from_mins(2) };

/// Running server, stopped on drop.
pub(crate) struct Process {
    child: Child,
    pub(crate) url: String,
    client: Client,
    _folder: tempfile::TempDir,
}

impl Process {
    /// Starts the program on this database. Signals in `ignored` (such as XFSZ) don't end it.
    pub(crate) async fn start(database: &str, ignored: &str) -> Self {
        Self::start_with(database, ignored, &[]).await
    }

    /// Starts the program with additional settings.
    pub(crate) async fn start_with(database: &str, ignored: &str, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("index.html"), INDEX).unwrap();
        let mut command = command(database, folder.path(), ignored);
        command.envs(settings.iter().copied());
        let mut child = Child::start("relink-server", command, &folder.path().join("log")).unwrap();
        let url = child.wait_for_output(START, listening_url).await.unwrap();
        #[expect(clippy::disallowed_methods, reason = "a client of this machine's server")]
        let client = Client::new();
        Self { child, url, client, _folder: folder }
    }

    /// Returns the URL of the management listener.
    pub(crate) async fn management_url(&mut self) -> String {
        let url = |output: &str| {
            let mut lines = output.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
            lines.find_map(|line| line.strip_prefix("management on ").map(str::to_owned))
        };
        self.child.wait_for_output(START, url).await.unwrap()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        self.child.signal(Signal::SIGTERM).unwrap();
    }

    /// Sends SIGHUP.
    pub(crate) fn hang_up(&self) {
        self.child.signal(Signal::SIGHUP).unwrap();
    }

    /// Waits for the end of a server that was told to stop.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> u16 {
        self.client.get(format!("{}{path}", self.url)).send().await.unwrap().status().as_u16()
    }

    /// Sends a request with this API key.
    pub(crate) async fn get_with(&self, path: &str, key: &str) -> u16 {
        let request = self.client.get(format!("{}{path}", self.url)).bearer_auth(key);
        request.send().await.unwrap().status().as_u16()
    }

    pub(crate) fn log(&self) -> String {
        self.child.log()
    }

    /// Sends an event as Stripe does.
    pub(crate) async fn tell(&self, id: &str) -> u16 {
        self.telling(id).await
    }

    /// Prepares an event to send later.
    pub(crate) fn telling(&self, id: &str) -> impl Future<Output = u16> + use<> {
        let body = event(id, "fca_1").to_string();
        let signature = signature(WEBHOOK_SECRET, body.as_bytes(), 0);
        let request = self.client.post(format!("{}/webhooks/stripe", self.url));
        let request =
            request.header("content-type", "application/json").header("stripe-signature", signature);
        async { request.body(body).send().await.unwrap().status().as_u16() }
    }
}

/// Returns the program with the settings that it needs. Uses a shell, because `exec` keeps its ignored signals.
pub(crate) fn command(database: &str, web_root: &Path, ignored: &str) -> Command {
    let mut command = command_without_settings(Path::new("sh"));
    let script = if ignored.is_empty() { String::new() } else { format!("trap '' {ignored}; ") };
    command.args(["-c", &format!("{script}exec \"$0\""), env!("CARGO_BIN_EXE_relink-server")]);
    command.env("DATABASE_URL", database).env("RELINK_WEB_ROOT", web_root);
    for (name, value) in [
        ("RELINK_LISTEN", "127.0.0.1:0"),
        ("RELINK_MERCHANT_NAME", "Acme"),
        ("RELINK_TOKEN_ALGORITHM", "HS256"),
        ("RELINK_TOKEN_KEY", TOKEN_KEY),
        ("STRIPE_API_URL", "http://127.0.0.1:9"),
        ("STRIPE_JS_URL", "http://127.0.0.1:9/stripe.js"),
        ("STRIPE_PUBLISHABLE_KEY", "pk_test_1"),
        ("STRIPE_SECRET_KEY", "rk_test_canary"),
        ("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET),
    ] {
        command.env(name, value);
    }
    command
}

/// Creates a command of the program with this database and no other settings.
pub(crate) fn relink_server(database: &str, arguments: &[&str]) -> Command {
    let mut command = command_without_settings(Path::new(env!("CARGO_BIN_EXE_relink-server")));
    command.args(arguments).env("DATABASE_URL", database);
    if let Some(keys) = data_key_file() {
        command.env("RELINK_DATA_KEY_FILE", keys);
    }
    command
}

/// Runs a command on this database.
pub(crate) fn run(database: &str, arguments: &[&str]) -> Output {
    relink_server(database, arguments).output().unwrap()
}

/// Runs a command on this database. Returns whether it succeeded, and its output, errors last.
pub(crate) fn finish(database: &str, arguments: &[&str]) -> (bool, String) {
    let output = run(database, arguments);
    let printed = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&printed).into_owned())
}
