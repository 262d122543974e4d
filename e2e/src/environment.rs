//! Test environment: the sandbox and the server, started for one test, and what they record.

mod emails;
mod history;
mod sandbox;

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use jsonwebtoken::dangerous::insecure_decode;
use relink_test_kit::{ReservedPort, command_without_settings, listening_url, sign_token};
use reqwest::{Client, StatusCode};
use serde_json::Value;
use tempfile::TempDir;

use crate::fault_proxy::FaultProxy;
use crate::program::{Program, env_path};

/// Account that a relink repairs.
pub const ALDER: &str = "fca_AlderChecking6789";
/// Account of the same bank login as [`ALDER`]: a relink of one repairs the other.
pub const ALDER_SAVINGS: &str = "fca_AlderSavings1204";
/// Account that was closed at the bank.
pub const TERN: &str = "fca_TernChecking0937";
/// Customer of all journeys whose settings name no other.
pub(crate) const CUSTOMER: &str = "cus_SandboxJenny";
/// Keys that sign customers' tokens. They are of no use outside of a test.
const TOKEN_KEYS: [&str; 2] = ["a-key-for-tests-that-is-32-bytes!", "another-key-for-tests-of-32-bytes"];
/// Secret that signs the sandbox's webhooks. It is of no use outside of a test.
const WEBHOOK_SECRET: &str = "whsec_of_a_test";

/// Sandbox and server of one test.
#[derive(Debug)]
pub struct Environment {
    /// Stand-in for Stripe and the banks.
    pub sandbox: Program,
    sandbox_url: String,
    server: Option<Program>,
    /// URL of the server itself; browsers use the proxy's.
    server_url: String,
    /// Proxy in front of the server, for browsers.
    pub proxy: FaultProxy,
    /// Proxy in front of the server, for webhooks: the sandbox has to know their URL before there is a server.
    webhook_proxy: FaultProxy,
    settings: Settings,
    /// Port at which the sandbox accepts email; `None` if the server sends none.
    smtp_port: Option<ReservedPort>,
    /// Folder for the server's database, which has to survive the server. It is dropped after the server.
    database_folder: TempDir,
    /// Claims that the merchant's back end adds to customers' tokens.
    claims: Value,
    /// Logs of the servers that were stopped.
    old_logs: String,
    /// HTTP client with a timeout, which uses no proxy.
    pub client: Client,
}

/// Settings of the server, in addition to those of every journey.
pub type Settings = &'static [(&'static str, &'static str)];

/// Difference between a server and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// No difference. State in memory is lost, the database is kept.
    SameSettings,
    /// Tokens that were issued before are rejected.
    NewTokenKey,
}

impl Environment {
    /// Starts both on free ports.
    pub async fn start() -> Result<Self> {
        Self::with(&[], Value::Null).await
    }

    /// Like [`Environment::start`], with settings for the server and claims in customers' tokens.
    pub async fn with(settings: Settings, claims: Value) -> Result<Self> {
        let webhook_proxy = FaultProxy::start().await?;
        let mut command = command_without_settings(&env_path("RELINK_E2E_SANDBOX")?);
        command.args([
            "--listen",
            "127.0.0.1:0",
            "--webhook",
            &format!("{}/webhooks/stripe", webhook_proxy.url()),
        ]);
        command.env("SANDBOX_WEBHOOK_SECRET", WEBHOOK_SECRET);
        let smtp_port = emails::smtp_port(settings)?;
        command.envs(smtp_port.iter().map(|port| ("SANDBOX_SMTP", port.address().to_string())));
        let (sandbox, sandbox_url) = Program::start("relink-sandbox", command, listening_url).await?;
        let client = Client::builder().timeout(Duration::from_secs(30)).no_proxy().build()?;
        let mut environment = Self {
            sandbox,
            sandbox_url,
            server: None,
            server_url: String::new(),
            proxy: FaultProxy::start().await?,
            webhook_proxy,
            settings,
            smtp_port,
            database_folder: tempfile::tempdir()?,
            claims,
            old_logs: String::new(),
            client,
        };
        environment.start_server(Restart::SameSettings).await?;
        Ok(environment)
    }

    /// URL of the customer's page.
    pub fn url(&self) -> &str {
        self.proxy.url()
    }

    /// URL of the customer's page without the proxy, which would distort a measurement.
    pub fn url_without_proxy(&self) -> &str {
        &self.server_url
    }

    /// URL of Stripe and the banks.
    pub fn sandbox_url(&self) -> &str {
        &self.sandbox_url
    }

    /// Stops the server and keeps its log.
    pub fn stop_server(&mut self) {
        self.old_logs = self.server_log();
        self.server = None;
    }

    /// Suspends the server, which then answers nothing, like an extremely slow server.
    pub fn pause_server(&self) -> Result<()> {
        self.server.as_ref().context("there is no server")?.pause()
    }

    /// Resumes the server.
    pub fn resume_server(&self) -> Result<()> {
        self.server.as_ref().context("there is no server")?.resume()
    }

    /// Starts a server with the database of the one before.
    pub async fn start_server(&mut self, restart: Restart) -> Result<()> {
        let (server, url) =
            Program::start("relink-server", self.server_command(restart)?, listening_url).await?;
        self.proxy.set_upstream(&url);
        self.webhook_proxy.set_upstream(&url);
        self.server_url = url;
        self.server = Some(server);
        Ok(())
    }

    fn server_command(&self, restart: Restart) -> Result<Command> {
        let mut command = command_without_settings(&env_path("RELINK_E2E_SERVER")?);
        command.args(["--listen", "127.0.0.1:0"]);
        command.arg("--web-root").arg(env_path("RELINK_E2E_WEB_ROOT")?);
        command.env("RELINK_SANDBOX_URL", &self.sandbox_url).env("RELINK_MERCHANT_NAME", "Northwind");
        command.env("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET);
        let database = self.database_folder.path().join("relink.db");
        command.env("DATABASE_URL", format!("sqlite:{}", database.display()));
        self.configure_email(&mut command);
        let [key, new_key] = TOKEN_KEYS;
        let key = if restart == Restart::SameSettings { key } else { new_key };
        command.env("RELINK_TOKEN_ALGORITHM", "HS256").env("RELINK_TOKEN_KEY", key);
        self.configure_stripe(&mut command);
        command.envs(self.settings.iter().copied());
        Ok(command)
    }

    /// Points a server with Stripe keys to the sandbox. Any other server gets a demo customer.
    fn configure_stripe(&self, command: &mut Command) {
        if self.settings.iter().any(|(name, _)| *name == "STRIPE_SECRET_KEY") {
            command.env("STRIPE_API_URL", &self.sandbox_url);
            command.env("STRIPE_JS_URL", format!("{}/stripe.js", self.sandbox_url));
        } else {
            command.env("RELINK_DEMO_CUSTOMER", CUSTOMER);
        }
    }

    /// Returns the log of the server and of those before it.
    pub fn server_log(&self) -> String {
        let now = self.server.as_ref().map(Program::log).unwrap_or_default();
        [self.old_logs.as_str(), &now].concat()
    }

    /// Returns the outcomes that the server has given the page, in order and without `pending`.
    pub fn logged_outcomes(&self) -> Result<Vec<String>> {
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

    /// Key with which the merchant's back end signs customers' tokens.
    pub(crate) const TOKEN_KEY: &str = TOKEN_KEYS[0];

    /// True if the merchant's back end adds claims to the customer's tokens.
    pub(crate) fn has_claims(&self) -> bool {
        !self.claims.is_null()
    }

    /// Lets the merchant's back end add these claims from now on.
    pub(crate) fn set_claims(&mut self, claims: Value) {
        self.claims = claims;
    }

    /// Returns a token for the customer, with all claims of the merchant's back end.
    pub(crate) async fn token(&self) -> Result<String> {
        let answer = self.client.get(format!("{}/demo/token", self.server_url)).send().await?;
        let answer: Value = answer.error_for_status()?.json().await?;
        let token = answer["token"].as_str().context("no token")?;
        let Some(more) = self.claims.as_object() else { return Ok(token.to_owned()) };
        let mut claims = insecure_decode::<Value>(token)?.claims;
        claims.as_object_mut().context("no claims")?.extend(more.clone());
        sign_token(&claims, TOKEN_KEYS[0])
    }

    /// Requests `path` with a new token and returns the body.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        let request = self.client.get(format!("{}{path}", self.server_url));
        Ok(request.bearer_auth(self.token().await?).send().await?.json().await?)
    }

    /// Posts to `path` with a new token and returns status and body.
    pub async fn post(&self, path: &str, body: &Value) -> Result<(StatusCode, Value)> {
        let request = self.client.post(format!("{}{path}", self.server_url));
        let answer = request.bearer_auth(self.token().await?).json(body).send().await?;
        Ok((answer.status(), answer.json().await?))
    }
}
