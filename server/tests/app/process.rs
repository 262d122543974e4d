//! The built program in its own process.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use reqwest::Client;

use crate::support::{INDEX, TOKEN_KEY, WEBHOOK_SECRET};
use crate::webhooks::{event, signature};

/// Running server, stopped on drop.
pub(crate) struct Process {
    child: Child,
    pub(crate) url: String,
    client: Client,
    /// Kept open, because the program ends if it can't print a line.
    output: BufReader<ChildStdout>,
    _web_root: tempfile::TempDir,
}

impl Process {
    /// Starts the program on this database. Signals in `ignored` (such as XFSZ) don't end it.
    pub(crate) fn start(database: &str, ignored: &str) -> Self {
        Self::start_with(database, ignored, &[])
    }

    /// Starts the program with additional settings.
    pub(crate) fn start_with(database: &str, ignored: &str, settings: &[(&str, &str)]) -> Self {
        let web_root = tempfile::tempdir().unwrap();
        std::fs::write(web_root.path().join("index.html"), INDEX).unwrap();
        let mut command = command(database, web_root.path(), ignored);
        let mut child = command.envs(settings.iter().copied()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let url = announced(&mut output, "listening on ");
        let log = || std::fs::read_to_string(web_root.path().join("log"));
        let url = url.unwrap_or_else(|| panic!("it does not start: {log:?}", log = log()));
        #[expect(clippy::disallowed_methods, reason = "a client of this machine's server")]
        let client = Client::new();
        Self { child, url, client, output, _web_root: web_root }
    }

    /// Returns the URL of the management listener; call it once.
    pub(crate) fn management_url(&mut self) -> String {
        announced(&mut self.output, "management on ").unwrap()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) async fn get(&self, path: &str) -> u16 {
        self.client.get(format!("{}{path}", self.url)).send().await.unwrap().status().as_u16()
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

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns what follows these words in the next line.
fn announced(output: &mut BufReader<ChildStdout>, words: &str) -> Option<String> {
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    line.trim().strip_prefix(words).map(str::to_owned)
}

/// Uses a shell, because `exec` keeps its ignored signals.
fn command(database: &str, web_root: &Path, ignored: &str) -> Command {
    let mut command = Command::new("sh");
    let script = if ignored.is_empty() { String::new() } else { format!("trap '' {ignored}; ") };
    command.args(["-c", &format!("{script}exec \"$0\""), env!("CARGO_BIN_EXE_relink-server")]);
    // A file, as in production: a log that can't be written must not stop the server.
    let log = std::fs::File::create(web_root.join("log")).unwrap();
    command.env_clear().stdout(Stdio::piped()).stderr(log);
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

/// Runs a command on this database. Returns whether it succeeded, and its output, errors last.
pub(crate) fn finish(database: &str, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relink-server"));
    let output = command.args(arguments).env_clear().env("DATABASE_URL", database).output().unwrap();
    let printed = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&printed).into_owned())
}
