//! Two shops, relink-server and another vendor's script, by TLS at host names of their own and through a slow network.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::browser::Browser;
use crate::environment::{Environment, Settings};
use crate::public_site::PublicSite;
use crate::shop::Shop;
use crate::slow_network::{Conditions, SlowNetwork};
use crate::tls_proxy::TlsProxy;

/// Running sites. They stop when this is dropped.
#[derive(Debug)]
pub struct SlowSites {
    proxy: TlsProxy,
    network: SlowNetwork,
    shop: Shop,
    _others: [Shop; 3],
    environment: Environment,
    _below_shop: Environment,
}

impl SlowSites {
    /// Origin of the shop that uses relink-server.
    pub const SHOP: &str = PublicSite::SHOP;
    /// Origin of the shop that uses the other vendor.
    pub const OTHER_SHOP: &str = "https://other.example";
    /// Origin of the shop with relink-server behind a path.
    pub const ONE_ORIGIN: &str = "https://one.example";
    /// Address of relink-server behind that path.
    const RELINK_BELOW_SHOP: &str = "https://one.example/relink";
    /// Settings of a server behind that path.
    const SETTINGS_BELOW_SHOP: Settings = &[
        Shop::STRIPE_KEYS[0],
        Shop::STRIPE_KEYS[1],
        ("STRIPE_JS_URL", "https://stripe.example/stripe.js"),
        ("RELINK_PUBLIC_URL", Self::RELINK_BELOW_SHOP),
        ("RELINK_TRUSTED_PROXIES", "127.0.0.1"),
        ("RELINK_ORIGINS", Self::ONE_ORIGIN),
    ];
    /// Origin of the other vendor's script.
    const VENDOR: &str = "https://cdn.vendor.example";

    /// Starts the sites with the pages of these folders.
    pub async fn start(shop: &Path, other: &Path, vendor: &Path, conditions: Conditions) -> Result<Self> {
        let environment = Environment::with(PublicSite::SETTINGS, Value::Null).await?;
        let below_shop = Environment::with(Self::SETTINGS_BELOW_SHOP, Value::Null).await?;
        let one = Shop::start_at(shop, Self::RELINK_BELOW_SHOP, PublicSite::STRIPE).await?;
        let shop = Shop::start_at(shop, PublicSite::RELINK, PublicSite::STRIPE).await?;
        let other = Shop::start_at(other, Self::VENDOR, PublicSite::STRIPE).await?;
        let vendor = Shop::start_at(vendor, Self::VENDOR, PublicSite::STRIPE).await?;
        let proxy = TlsProxy::start(&[
            ("shop.example", shop.url()),
            ("relink.shop.example", environment.url_without_proxy()),
            ("one.example", one.url()),
            ("one.example/relink", below_shop.url_without_proxy()),
            ("stripe.example", environment.sandbox_url()),
            ("other.example", other.url()),
            ("cdn.vendor.example", vendor.url()),
        ])
        .await?;
        let network = SlowNetwork::start(proxy.port(), conditions).await?;
        Ok(Self { proxy, network, shop, _others: [one, other, vendor], environment, _below_shop: below_shop })
    }

    /// Starts a browser with an empty cache that reaches the sites through the network.
    pub async fn browser(&self) -> Result<Browser> {
        Browser::start_chromium_with(&self.proxy.browser_arguments(self.network.port())).await
    }

    /// URL of a page outside of the network.
    pub fn page_outside(&self) -> &str {
        self.environment.sandbox_url()
    }

    /// Returns a token for the shop's customer, as its pages get one.
    pub async fn token(&self) -> Result<String> {
        let url = format!("{}/account/bank-token", self.shop.url());
        let answer: Value = self.environment.client.get(url).send().await?.error_for_status()?.json().await?;
        Ok(answer["token"].as_str().context("no token")?.to_owned())
    }
}
