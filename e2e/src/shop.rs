//! A merchant's own pages, on another origin than the server's: those of `examples/`, with their back end.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::program::{Program, clean, given};
use crate::stand::{CUSTOMER, Stand, listening};
use crate::visit::Visit;

/// Closes with the value.
#[derive(Debug)]
pub struct Shop {
    url: String,
    _program: Program,
}

impl Shop {
    /// A customer's visit to the shop whose pages are in that folder. No page is open yet.
    pub async fn prepare(pages: &Path) -> Result<(Visit, Self)> {
        Self::prepare_with(pages, Stand::url).await
    }

    /// The same, with relink-server's address chosen.
    pub async fn prepare_with(pages: &Path, relink: fn(&Stand) -> &str) -> Result<(Visit, Self)> {
        let host = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        // The server has to know before whom it may answer, and a test is over soon enough.
        let origin: &'static str = Box::leak(format!("http://{host}").into_boxed_str());
        let visit =
            Visit::prepare_with(Box::leak(Box::new([("RELINK_ORIGINS", origin)])), Value::Null).await?;
        let shop = Self::open(&visit.stand, &host, pages, relink(&visit.stand)).await?;
        Ok((visit, shop))
    }

    /// Another one, whose pages have `relink` where relink-server would be.
    pub async fn beside(visit: &Visit, pages: &Path, relink: &str) -> Result<Self> {
        Self::open(&visit.stand, "127.0.0.1:0", pages, relink).await
    }

    async fn open(stand: &Stand, host: &str, pages: &Path, relink: &str) -> Result<Self> {
        let command = command(stand, host, pages, relink);
        let (program, url) = Program::start("the shop", command, listening).await?;
        Ok(Self { url: url.trim_end_matches('/').to_owned(), _program: program })
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What a page of the shop's is sent with.
    pub async fn headers(&self, visit: &Visit, path: &str) -> Result<HeaderMap> {
        let answer =
            visit.stand.client.get(format!("{}{path}", self.url)).send().await?.error_for_status()?;
        Ok(answer.headers().clone())
    }

    /// The folder of examples.
    pub fn examples() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
    }

    /// The example with React, built with the packed package.
    pub fn with_react() -> Result<PathBuf> {
        given("RELINK_E2E_REACT")
    }
}

fn command(stand: &Stand, host: &str, pages: &Path, relink: &str) -> Command {
    let mut command = clean(Path::new("node"));
    command.arg(Shop::examples().join("backend/server.js")).arg(pages);
    command.env("SHOP_LISTEN", host).env("RELINK_URL", relink);
    command.env("SHOP_SANDBOX", stand.sandbox_url()).env("SHOP_CUSTOMER", CUSTOMER);
    command.env("RELINK_TOKEN_KEY", Stand::TOKEN_KEY);
    command
}
