//! docs/going-live.md, carried out: commands and settings are those of the page, the host name and TLS are real, with nginx in
//! front, and the sandbox is in Stripe's place.

use std::process::Command;

use http_body_util::BodyExt;
use relink_sandbox::Sandbox;
use relink_test_kit::{Poll, ReservedPort};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::database::Database;
use crate::process::{Process, relink_server};
use crate::support::now;
use crate::tls_proxies::{Client, Place, Program, Upstream, repository};
use crate::with_sandbox::{BROKEN, JENNY};

const PAGE: &str = include_str!("../../../docs/going-live.md");
/// Time for an event to arrive, longer than it takes on a busy machine.
const NOTICE: Poll =
    Poll { interval: std::time::Duration::from_millis(50), timeout: std::time::Duration::from_mins(1) };

/// Returns the blocks of code of a step.
fn blocks(step: usize) -> Vec<String> {
    let (_, section) = PAGE.split_once(&format!("\n## {step}. ")).unwrap_or_else(|| panic!("no step {step}"));
    let section = section.split("\n## ").next().unwrap();
    let blocks = section.split("```").skip(1).step_by(2);
    blocks.map(|block| block.split_once('\n').unwrap().1.to_owned()).collect()
}

/// Machine of a newcomer: folders in place of `/etc/relink` and `/var/lib/relink`, and no users to make.
struct Machine {
    folder: tempfile::TempDir,
    /// Secrets in place of those that the page leaves out.
    secrets: Vec<(&'static str, String)>,
}

impl Machine {
    /// Returns a text of the page as it is for this machine.
    fn own(&self, text: &str) -> String {
        let folder = self.folder.path().display();
        let text = text.replace("/etc/relink", &format!("{folder}/etc"));
        let text = text.replace("/var/lib/relink", &format!("{folder}/var"));
        self.secrets.iter().fold(text, |text, (placeholder, secret)| text.replace(placeholder, secret))
    }

    /// Runs the commands of a step as the reader does who pastes them.
    fn run(&self, step: usize) {
        for block in blocks(step) {
            let block = self.own(&block).replace(" -o root", "").replace(" -g relink", "");
            let lines: Vec<&str> = block.lines().filter(|line| !line.contains("useradd")).collect();
            let script = format!("set -eu\nsudo() {{ \"$@\"; }}\n{}", lines.join("\n"));
            let output =
                Command::new("bash").args(["-c", &script]).current_dir(self.folder.path()).output().unwrap();
            assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
        }
    }

    /// Returns the settings of step 6, with free ports and the sandbox's addresses.
    fn settings(&self, listen: &str, stripe: &str) -> Vec<(String, String)> {
        let block = self.own(&blocks(6).concat());
        let mut settings: Vec<(String, String)> = block
            .lines()
            .map(|line| line.split_once('=').unwrap_or_else(|| panic!("{line}")))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        assert!(settings.len() > 10, "{settings:?}");
        for (name, value) in [
            ("RELINK_LISTEN", listen),
            ("RELINK_MANAGEMENT_LISTEN", "127.0.0.1:0"),
            ("RELINK_WEB_ROOT", self.folder.path().to_str().unwrap()),
            ("STRIPE_API_URL", stripe),
            ("STRIPE_JS_URL", &format!("{stripe}/stripe.js")),
            // Those of other tests.
            ("RELINK_TOKEN_KEY", ""),
            ("STRIPE_SECRET_KEY", ""),
            ("STRIPE_WEBHOOK_SECRET", ""),
        ] {
            settings.retain(|(other, _)| other != name);
            settings.push((name.to_owned(), value.to_owned()));
        }
        settings
    }

    /// Makes a token of this customer as the back end does, with the example for Node.js and the key of step 2.
    fn token(&self, customer: &str) -> String {
        let program = repository().join("examples/tokens/token.mjs");
        let key = self.folder.path().join("token.pem");
        let output = Command::new("node").args([&program, &key]).args([customer, "s1"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

/// Returns what `relink-server check` of step 9 prints.
fn check(settings: &[(String, String)]) -> String {
    let output = relink_server("", &["check"]).envs(settings.iter().cloned()).output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// Starts the sandbox and returns its address.
async fn sandbox() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let sandbox = Sandbox::with_unique_ids(now);
    tokio::spawn(relink_sandbox::serve(listener, sandbox, std::future::pending()));
    url
}

/// Creates an event destination as step 4 says, at this address, and returns its secret.
async fn event_destination(stripe: &str, address: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "a client of this machine's sandbox")]
    let call = reqwest::Client::new().post(format!("{stripe}/v1/webhook_endpoints"));
    let form = [("url", address), ("enabled_events[]", "*")];
    let made = call.bearer_auth("sk_test_sandbox").header("stripe-version", "2026-09-30.preview").form(&form);
    let made: Value = made.send().await.unwrap().json().await.unwrap();
    made["secret"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
}

/// Sends a request of the customer's page through the proxy.
async fn call(client: &mut Client, token: &str, method: &str, path: &str, body: &Value) -> Value {
    let authorization = format!("Bearer {token}");
    let headers = [("authorization", &*authorization), ("content-type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let response = client.send(method, path, &headers, body).await;
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_gets_from_nothing_to_a_first_real_relink() {
    if Program::Nginx.path().is_none() {
        return;
    }
    let (stripe, port) = (sandbox().await, ReservedPort::new().unwrap());
    let server_address = port.address().to_string();
    // Events come from this machine, where nobody knows the host name.
    let secret = event_destination(&stripe, &format!("http://{server_address}/webhooks/stripe")).await;
    event_destination(&stripe, "https://relink.shop.example/webhooks/stripe").await;
    let secrets = vec![
        ("rk_live_…", "sk_test_sandbox".to_owned()),
        ("pk_live_…", "pk_test_sandbox".to_owned()),
        ("whsec_…", secret),
    ];
    let machine = Machine { folder: tempfile::tempdir().unwrap(), secrets };
    let root = machine.folder.path();
    for (file, content) in [("index.html", crate::support::INDEX), ("relink.js", "export {};")] {
        std::fs::write(root.join(file), content).unwrap();
    }
    std::fs::create_dir(root.join("var")).unwrap();
    for step in 1..=4 {
        machine.run(step);
    }
    let settings = machine.settings(&server_address, &stripe);
    let given: Vec<(&str, &str)> =
        settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut server = Process::start_with("", "", &given).await;
    let management = server.management_url().await;
    let (_, management_port) = management.rsplit_once(':').unwrap();
    let ready = ready(&management).await;
    assert_eq!(ready, 200, "{}", server.log());

    let addresses = [server_address.as_str(); 2];
    let upstream = Upstream { place: Place::Host, addresses, management_port };
    let proxy = Program::Nginx.start(&upstream, "60s").unwrap();
    let checked = check(&settings);
    let failures: Vec<&str> = checked.lines().filter(|line| line.starts_with("FAIL")).collect();
    assert!(failures.is_empty() && checked.lines().count() > 10, "{checked}");

    let mut client = Client::connect(&proxy, [127, 0, 0, 2].into()).await;
    let tag = blocks(10).concat();
    assert!(tag.contains("src=\"https://relink.shop.example/relink.js\""), "{tag}");
    assert_eq!(client.send("GET", "/relink.js", &[], "").await.status(), 200);
    relinks(&mut client, &machine.token(JENNY), &stripe).await;
    assert!(server.log().contains("relink outcome"), "{}", server.log());
    let database = Database { url: format!("sqlite:{}/var/relink.db", root.display()) };
    let arrived = async || {
        let events = database.texts("SELECT type FROM events").await;
        let is_there = events.iter().any(|kind| kind == "financial_connections.account.reactivated");
        if is_there { Ok(()) } else { Err(anyhow::anyhow!("{events:?}: {}", server.log())) }
    };
    NOTICE.until(arrived).await.unwrap();
}

async fn ready(management: &str) -> u16 {
    #[expect(clippy::disallowed_methods, reason = "a client of this machine's server")]
    let answer = reqwest::Client::new().get(format!("{management}/readyz")).send().await.unwrap();
    answer.status().as_u16()
}

/// Signs in as a customer whose connection is broken, and repairs it, as step 10 says.
async fn relinks(client: &mut Client, token: &str, stripe: &str) {
    let state = async |client: &mut Client| {
        let accounts = call(client, token, "GET", "/api/accounts", &Value::Null).await;
        accounts.to_string()
    };
    let before = state(client).await;
    assert!(before.contains(BROKEN), "{before}");
    let chosen = json!({"account": BROKEN, "choice": "repair"});
    let started = call(client, token, "POST", "/api/sessions", &chosen).await;
    let session = started["session"].as_str().unwrap().to_owned();
    #[expect(clippy::disallowed_methods, reason = "a client of this machine's sandbox")]
    let completed = reqwest::Client::new()
        .post(format!("{stripe}/_sandbox/sessions/{session}/complete"))
        .bearer_auth("pk_test_sandbox")
        .send()
        .await
        .unwrap();
    assert_eq!(completed.status(), 200, "{}", completed.text().await.unwrap());
    let path = format!("/api/sessions/{session}/outcome");
    let outcome = call(client, token, "POST", &path, &json!({"reported": "finished"})).await;
    assert!(outcome.to_string().contains("\"relinked\""), "{outcome}");
}
