//! The merchant's own pages from `examples/` with their back end, on another origin than the server's.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use relink_test_kit::{ReservedPort, command_without_settings, listening_url};
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::browser_session::BrowserSession;
use crate::environment::{CUSTOMER, Environment, Settings};
use crate::program::{Program, env_path};
use crate::visit_every_screen::ScreenVisitor;

/// Running shop. It stops when it is dropped.
#[derive(Debug)]
pub struct Shop {
    url: String,
    _program: Program,
}

impl Shop {
    /// Prepares a browser session and a shop with the pages of that folder. No page is open yet.
    pub async fn prepare(pages: &Path) -> Result<(BrowserSession, Self)> {
        Self::prepare_with_relink_url(pages, Environment::url).await
    }

    /// Like [`Shop::prepare`], with another address of relink-server.
    pub async fn prepare_with_relink_url(
        pages: &Path,
        relink: fn(&Environment) -> &str,
    ) -> Result<(BrowserSession, Self)> {
        let port = ReservedPort::new()?;
        let host = port.address().to_string();
        let session = BrowserSession::prepare_with(leak(origins(&host)), Value::Null).await?;
        let shop = Self::start(&session.environment, &host, pages, relink(&session.environment)).await?;
        Ok((session, shop))
    }

    /// Prepares a browser session and a shop whose server has Stripe test keys, as a merchant's has. With a
    /// `token_path`, the server's own page gets its tokens at this path of the shop, which counts as another site. No
    /// page is open yet.
    pub async fn prepare_with_keys(token_path: Option<&str>) -> Result<(BrowserSession, Self)> {
        let port = ReservedPort::new()?;
        let host = port.address().to_string();
        let mut settings = origins(&host);
        settings.extend(Self::STRIPE_KEYS.map(|(name, value)| (name, value.to_owned())));
        let site = host.replace("127.0.0.1", "localhost");
        settings.extend(token_path.map(|path| ("RELINK_TOKEN_URL", format!("http://{site}{path}"))));
        let session = BrowserSession::prepare_with(leak(settings), Value::Null).await?;
        let pages = Self::examples().join("merchant");
        let shop = Self::start(&session.environment, &host, &pages, session.environment.url()).await?;
        Ok((session, shop))
    }

    /// Settings of a server that uses the sandbox as if it were Stripe.
    pub const STRIPE_KEYS: [(&str, &str); 2] =
        [("STRIPE_SECRET_KEY", "sk_test_sandbox"), ("STRIPE_PUBLISHABLE_KEY", "pk_test_sandbox")];

    /// Starts another shop, whose pages use `relink` as the address of relink-server.
    pub async fn start_another(session: &BrowserSession, pages: &Path, relink: &str) -> Result<Self> {
        Self::start(&session.environment, "127.0.0.1:0", pages, relink).await
    }

    async fn start(environment: &Environment, host: &str, pages: &Path, relink: &str) -> Result<Self> {
        Self::start_command(command(host, pages, relink, environment.sandbox_url())).await
    }

    /// Starts a shop whose pages use `relink` and `sandbox` as the addresses of relink-server and of the sandbox.
    pub(crate) async fn start_at(pages: &Path, relink: &str, sandbox: &str) -> Result<Self> {
        Self::start_command(command("127.0.0.1:0", pages, relink, sandbox)).await
    }

    async fn start_command(command: Command) -> Result<Self> {
        let (program, url) = Program::start("the shop", command, listening_url).await?;
        Ok(Self { url: url.trim_end_matches('/').to_owned(), _program: program })
    }

    /// URL of the shop.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the response headers of a page of the shop.
    pub async fn headers(&self, session: &BrowserSession, path: &str) -> Result<HeaderMap> {
        let answer =
            session.environment.client.get(format!("{}{path}", self.url)).send().await?.error_for_status()?;
        Ok(answer.headers().clone())
    }

    /// Folder of the examples.
    pub fn examples() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
    }

    /// Folder of the React example, built with the packed package.
    pub fn with_react() -> Result<PathBuf> {
        env_path("RELINK_E2E_REACT")
    }

    /// Folder of the pages with other frameworks, built with the packed package.
    pub fn with_frameworks() -> Result<PathBuf> {
        env_path("RELINK_E2E_FRAMEWORKS")
    }
}

/// Visits the shop's account page: with the banner, and with the dialog that the banner opens.
pub async fn every_shop_page(visit: impl ScreenVisitor) -> Result<()> {
    let (session, shop) = Shop::prepare(&Shop::examples().join("merchant")).await?;
    session.go_to(shop.url()).await?;
    session.page.find(".banner .primary").await?;
    visit(&session, "shop").await?;
    session.page.find(".banner .primary").await?.click().await?;
    session.page.wait_for_screen("explaining").await?;
    visit(&session, "shop_dialog").await?;
    session.finish().await
}

/// Setting that allows the shop's origin to use the server.
fn origins(host: &str) -> Vec<(&'static str, String)> {
    vec![("RELINK_ORIGINS", format!("http://{host}"))]
}

/// Leaks settings, because most tests know theirs at compile time and `Settings` is `'static`. The test is short.
fn leak(settings: Vec<(&'static str, String)>) -> Settings {
    let settings = settings.into_iter().map(|(name, value)| (name, &*value.leak()));
    settings.collect::<Vec<(&str, &str)>>().leak()
}

fn command(host: &str, pages: &Path, relink: &str, sandbox: &str) -> Command {
    let mut command = command_without_settings(Path::new("node"));
    command.arg(Shop::examples().join("backend/server.js")).arg(pages);
    command.env("SHOP_LISTEN", host).env("RELINK_URL", relink);
    command.env("SHOP_SANDBOX", sandbox).env("SHOP_CUSTOMER", CUSTOMER);
    command.env("RELINK_TOKEN_KEY", Environment::TOKEN_KEY);
    command
}
