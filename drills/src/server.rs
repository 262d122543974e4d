//! Server under test: started with a given database and port, killed, restarted and queried.

use std::collections::BTreeMap;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use relink_test_kit::{command_without_settings, sign_token};
use reqwest::Client;
use serde_json::{Value, json};

use crate::clock;
use crate::connection::Connection;
use crate::inputs::Inputs;
use crate::poll::until;
use crate::program::Program;
use crate::stripe::client;

/// Secret with which Stripe signs webhooks.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_for_drills_only";
pub(crate) const API_KEY: &str = "key-of-a-back-end-for-drills-only-32";
const TOKEN_KEY: &str = "a-key-for-drills-that-is-32-bytes";
/// Number of connections per page.
const PAGE: usize = 100;
/// Timeout of a start. No server takes that long, even on the busiest machine; the drills report the actual time.
const START_TIMEOUT: Duration = Duration::from_mins(1);

/// Settings of a server, which every start uses.
#[derive(Clone, Debug)]
pub(crate) struct ServerSettings {
    program: PathBuf,
    /// Host and port.
    pub(crate) host: String,
    settings: Vec<(&'static str, String)>,
    web_root: PathBuf,
    log: PathBuf,
    client: Client,
}

/// Running server.
#[derive(Debug)]
pub(crate) struct Server {
    settings: ServerSettings,
    pub(crate) program: Program,
}

impl ServerSettings {
    /// Creates the settings of a server with this database and with Stripe at `stripe`. Its page is a stub that is
    /// never read.
    pub(crate) fn new(inputs: &Inputs, folder: &Path, database: &str, stripe: &str) -> Result<Self> {
        let host = free_address()?;
        let web_root = folder.join("page");
        fs::create_dir_all(&web_root)?;
        fs::write(web_root.join("index.html"), "<!doctype html><title>Drill</title>")?;
        let settings = vec![
            ("DATABASE_URL", database.to_owned()),
            ("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned()),
            ("RELINK_API_KEY", API_KEY.to_owned()),
            ("RELINK_SANDBOX_URL", format!("http://{stripe}")),
            ("RELINK_TOKEN_ALGORITHM", "HS256".to_owned()),
            ("RELINK_TOKEN_KEY", TOKEN_KEY.to_owned()),
            ("RELINK_LOG", "warn".to_owned()),
        ];
        let log = folder.join(format!("server-{}.log", host.replace([':', '.'], "-")));
        Ok(Self { program: inputs.server.clone(), host, settings, web_root, log, client: client()? })
    }

    /// Folder of the files that the server serves.
    pub(crate) fn web_root(&self) -> &Path {
        &self.web_root
    }

    /// Adds a setting.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.settings.push((name, value.into()));
        self
    }

    /// Starts the server, waits until it is ready, and returns the time that this took.
    pub(crate) async fn start(&self) -> Result<(Server, Duration)> {
        let mut command = command_without_settings(&self.program);
        command.args(["--listen", &self.host, "--web-root"]).arg(&self.web_root);
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        let began = clock::tick();
        let program = Program::start("relink-server", command, &self.log)?;
        let mut server = Server { settings: self.clone(), program };
        until(START_TIMEOUT, async || {
            // The process has ended, so it will never be ready.
            if let Err(ended) = server.program.check() {
                return Ok(Err(ended));
            }
            let (status, _) = Connection::new(&self.host)?.get("/readyz", None).await?;
            ensure!(status == 200, "the server is not ready: {status}");
            Ok(Ok(()))
        })
        .await??;
        Ok((server, began.elapsed()))
    }
}

impl Server {
    /// Kills the server with SIGKILL. Everything that it has not written is lost.
    pub(crate) fn kill(self) -> Result<ServerSettings> {
        self.program.kill()?;
        Ok(self.settings)
    }

    /// Stops the server cleanly.
    pub(crate) async fn stop(self) -> Result<ServerSettings> {
        self.program.stop().await?;
        Ok(self.settings)
    }

    pub(crate) fn host(&self) -> &str {
        &self.settings.host
    }

    /// Sends a `GET` request as the merchant's back end.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        let request = self.settings.client.get(format!("http://{}{path}", self.settings.host));
        Ok(request.bearer_auth(API_KEY).send().await?.error_for_status()?.json().await?)
    }

    /// Sends a `POST` request as the merchant's back end, and returns the body even of an error response.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let request = self.settings.client.post(format!("http://{}{path}", self.settings.host));
        Ok(request.bearer_auth(API_KEY).json(body).send().await?.json().await?)
    }

    /// Returns the state of each account that the server knows, by account ID.
    pub(crate) async fn account_states(&self) -> Result<BTreeMap<String, String>> {
        let mut states = BTreeMap::new();
        let mut after = String::new();
        loop {
            let page = self.get(&format!("/api/connections?limit={PAGE}{after}")).await?;
            let data = page.get("data").and_then(Value::as_array).context("no data")?;
            for one in data {
                let field = |name: &str| one.get(name).and_then(Value::as_str).map(str::to_owned);
                let id = field("id").context("no id")?;
                after = format!("&starting_after={id}");
                states.insert(id, field("state").context("no state")?);
            }
            if page.get("has_more") != Some(&json!(true)) {
                return Ok(states);
            }
        }
    }

    /// Returns the amount of pending work: events and accounts to process, and merchant events. Fails if any was
    /// given up.
    pub(crate) async fn pending_work(&self) -> Result<u64> {
        let status = self.get("/api/status").await?;
        let count = |path: &str| {
            status.pointer(path).and_then(Value::as_u64).with_context(|| format!("no {path} in {status}"))
        };
        let given_up = count("/work/parked")? + count("/deliveries/failed")?;
        ensure!(given_up == 0, "{given_up} jobs were given up: {status}");
        let mut left = 0;
        // Leased work may belong to a killed server. Another server takes it over when the lease ends.
        for path in ["/inbox/waiting", "/work/due", "/work/leased", "/work/failing", "/deliveries/pending"] {
            left += count(path)?;
        }
        Ok(left)
    }
}

/// Chooses a free port outside of the kernel's ephemeral range. While the server is down, a client that connects to
/// it could otherwise be given the server's port as its own, and would be connected with itself.
fn free_address() -> Result<String> {
    for _ in 0..1_000 {
        let address = SocketAddr::from(([127, 0, 0, 1], rand::random_range(15_000..30_000)));
        if TcpListener::bind(address).is_ok() {
            return Ok(address.to_string());
        }
    }
    bail!("there is no free port from 15000 to 29999")
}

/// Creates a customer's token, as the merchant's back end does.
pub(crate) fn token(customer: &str) -> Result<String> {
    token_at(customer, clock::seconds())
}

/// Creates a customer's token at `now`, in seconds since 1970.
pub(crate) fn token_at(customer: &str, now: u64) -> Result<String> {
    let claims = json!({ "sub": customer, "exp": now + 3_000, "sid": "drill" });
    sign_token(&claims, TOKEN_KEY)
}
