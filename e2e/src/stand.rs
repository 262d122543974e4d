//! The sandbox and the server, started for one test, and what is recorded there.

mod post;
mod sandbox;

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use jsonwebtoken::dangerous::insecure_decode;
use jsonwebtoken::{EncodingKey, Header, encode};
use reqwest::{Client, StatusCode};
use serde_json::Value;
use tempfile::TempDir;

use crate::gate::Gate;
use crate::program::{Program, clean, given};

/// The account that a relink repairs.
pub const ALDER: &str = "fca_AlderChecking6789";
/// Of the same login: a relink of one revives the other.
pub const ALDER_SAVINGS: &str = "fca_AlderSavings1204";
/// The account that was closed at the bank.
pub const TERN: &str = "fca_TernChecking0937";
/// Who everyone is.
pub(crate) const CUSTOMER: &str = "cus_SandboxJenny";
/// What customers' tokens are signed with; of no use outside of the test that it is made for.
const KEYS: [&str; 2] = ["a-key-for-tests-that-is-32-bytes!", "another-key-for-tests-of-32-bytes"];
/// What the sandbox signs its webhooks with, likewise.
const WEBHOOK_SECRET: &str = "whsec_of_a_test";

/// A sandbox and a server of one's own.
#[derive(Debug)]
pub struct Stand {
    /// The stand-in for Stripe and the banks.
    pub sandbox: Program,
    sandbox_url: String,
    server: Option<Program>,
    /// Where it is itself; browsers come to the gate.
    server_url: String,
    /// In front of the server, for browsers.
    pub gate: Gate,
    /// The same for the sandbox, which has to know where webhooks go before there is a server.
    webhooks: Gate,
    settings: Settings,
    /// Where the sandbox takes mails, from a server that sends some.
    post: Option<String>,
    /// Where the server keeps what must survive it. Goes after the server.
    store: TempDir,
    /// What the merchant's back end claims in customers' tokens, beside who they are.
    claims: Value,
    /// What servers that were stopped have logged.
    old_logs: String,
    pub(crate) client: Client,
}

/// Settings of the server's, beside those that every journey has.
pub type Settings = &'static [(&'static str, &'static str)];

/// How a server differs from the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// Not at all; only what it kept in memory is gone. What it has stored is there.
    Same,
    /// No token that was issued before is accepted any more.
    AnotherKey,
    /// The same, and nobody issues new ones.
    SignedOut,
}

impl Stand {
    /// Starts both, on ports of their own.
    pub async fn start() -> Result<Self> {
        Self::with(&[], Value::Null).await
    }

    /// The same, with settings for the server and claims in customers' tokens.
    pub async fn with(settings: Settings, claims: Value) -> Result<Self> {
        let webhooks = Gate::open().await?;
        let mut command = clean(&given("RELINK_E2E_SANDBOX")?);
        command.args([
            "--listen",
            "127.0.0.1:0",
            "--webhook",
            &format!("{}/webhooks/stripe", webhooks.url()),
        ]);
        command.env("SANDBOX_WEBHOOK_SECRET", WEBHOOK_SECRET);
        let post = post::address(settings)?;
        command.envs(post.iter().map(|post| ("SANDBOX_SMTP", post)));
        let (sandbox, sandbox_url) = Program::start("relink-sandbox", command, listening).await?;
        let client = Client::builder().timeout(Duration::from_secs(30)).no_proxy().build()?;
        let mut stand = Self {
            sandbox,
            sandbox_url,
            server: None,
            server_url: String::new(),
            gate: Gate::open().await?,
            webhooks,
            settings,
            post,
            store: tempfile::tempdir()?,
            claims,
            old_logs: String::new(),
            client,
        };
        stand.start_server(Restart::Same).await?;
        Ok(stand)
    }

    /// Where the customer's page is.
    pub fn url(&self) -> &str {
        self.gate.url()
    }

    /// The same without the gate, which would be in the way of a measurement.
    pub fn url_without_gate(&self) -> &str {
        &self.server_url
    }

    /// Where Stripe and the banks are.
    pub fn sandbox_url(&self) -> &str {
        &self.sandbox_url
    }

    /// Ends the server. Its log is kept.
    pub fn stop_server(&mut self) {
        self.old_logs = self.server_log();
        self.server = None;
    }

    /// The server stops answering, as one does that is slow beyond measure.
    pub fn pause_server(&self) -> Result<()> {
        self.server.as_ref().context("there is no server")?.pause()
    }

    /// It goes on where it was paused.
    pub fn resume_server(&self) -> Result<()> {
        self.server.as_ref().context("there is no server")?.resume()
    }

    /// Starts a server on the store of the one before.
    pub async fn start_server(&mut self, restart: Restart) -> Result<()> {
        let (server, url) = Program::start("relink-server", self.server_command(restart)?, listening).await?;
        self.gate.leads_to(&url);
        self.webhooks.leads_to(&url);
        self.server_url = url;
        self.server = Some(server);
        Ok(())
    }

    fn server_command(&self, restart: Restart) -> Result<Command> {
        let mut command = clean(&given("RELINK_E2E_SERVER")?);
        command.args(["--listen", "127.0.0.1:0"]);
        command.arg("--web-root").arg(given("RELINK_E2E_WEB_ROOT")?);
        command.env("RELINK_SANDBOX_URL", &self.sandbox_url).env("RELINK_MERCHANT_NAME", "Northwind");
        command.env("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET);
        let store = self.store.path().join("relink.db");
        command.env("DATABASE_URL", format!("sqlite:{}", store.display()));
        self.set_post(&mut command);
        let [key, another] = KEYS;
        let key = if restart == Restart::Same { key } else { another };
        command.env("RELINK_TOKEN_ALGORITHM", "HS256").env("RELINK_TOKEN_KEY", key);
        if restart != Restart::SignedOut {
            self.set_stripe(&mut command);
            command.envs(self.settings.iter().copied());
        }
        Ok(command)
    }

    /// A server with Stripe keys asks the sandbox as if it were Stripe, and has no demo customer.
    fn set_stripe(&self, command: &mut Command) {
        if self.settings.iter().any(|(name, _)| *name == "STRIPE_SECRET_KEY") {
            command.env("STRIPE_API_URL", &self.sandbox_url);
            command.env("STRIPE_JS_URL", format!("{}/stripe.js", self.sandbox_url));
        } else {
            command.env("RELINK_DEMO_CUSTOMER", CUSTOMER);
        }
    }

    /// All that the server, and those before it, have logged.
    pub fn server_log(&self) -> String {
        let now = self.server.as_ref().map(Program::log).unwrap_or_default();
        [self.old_logs.as_str(), &now].concat()
    }

    /// The outcomes that the server has given the page, in order, without those that were not outcomes yet.
    pub fn outcomes(&self) -> Result<Vec<String>> {
        let mut outcomes = Vec::new();
        for line in self.server_log().lines() {
            let line: Value = serde_json::from_str(line).with_context(|| format!("not JSON: {line}"))?;
            let outcome = line["outcome"].as_str().unwrap_or_default();
            if line["message"] == "relink outcome" && outcome != "pending" {
                outcomes.push(outcome.to_owned());
            }
        }
        Ok(outcomes)
    }

    /// What a merchant's back end signs customers' tokens with.
    pub(crate) const TOKEN_KEY: &str = KEYS[0];

    /// Whether the merchant's back end claims more in its tokens than who the customer is.
    pub(crate) fn has_claims(&self) -> bool {
        !self.claims.is_null()
    }

    /// A token of the customer's, with all that the merchant's back end claims in it.
    pub(crate) async fn token(&self) -> Result<String> {
        let answer = self.client.get(format!("{}/demo/token", self.server_url)).send().await?;
        let answer: Value = answer.error_for_status()?.json().await?;
        let token = answer["token"].as_str().context("no token")?;
        let Some(more) = self.claims.as_object() else { return Ok(token.to_owned()) };
        let mut claims = insecure_decode::<Value>(token)?.claims;
        claims.as_object_mut().context("no claims")?.extend(more.clone());
        Ok(encode(&Header::default(), &claims, &EncodingKey::from_secret(KEYS[0].as_bytes()))?)
    }

    /// What the server tells a page that has only just signed in.
    pub(crate) async fn read(&self, path: &str) -> Result<Value> {
        let request = self.client.get(format!("{}{path}", self.server_url));
        Ok(request.bearer_auth(self.token().await?).send().await?.json().await?)
    }

    /// Asks the server as such a page would; gives status and body.
    pub async fn ask(&self, path: &str, body: &Value) -> Result<(StatusCode, Value)> {
        let request = self.client.post(format!("{}{path}", self.server_url));
        let answer = request.bearer_auth(self.token().await?).json(body).send().await?;
        Ok((answer.status(), answer.json().await?))
    }
}

/// Both say `listening on http://127.0.0.1:4280` first.
pub(crate) fn listening(said: &str) -> Option<String> {
    let (line, _) = said.split_once('\n')?;
    line.strip_prefix("listening on ").map(str::to_owned)
}
