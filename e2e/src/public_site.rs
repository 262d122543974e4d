//! Shop, relink-server and Stripe's stand-in on the internet: by TLS, each at a host name of its own.

use anyhow::Result;

use crate::browser::Browser;
use crate::browser_session::BrowserSession;
use crate::environment::Settings;
use crate::shop::Shop;
use crate::tls_proxy::TlsProxy;

/// Running shop and TLS proxy. They stop when this is dropped.
#[derive(Debug)]
pub struct PublicSite {
    _proxy: TlsProxy,
    _shop: Shop,
}

impl PublicSite {
    /// Origin of the shop.
    pub const SHOP: &str = "https://shop.example";
    /// Origin of relink-server.
    pub const RELINK: &str = "https://relink.shop.example";
    /// Origin of Stripe.js and the bank windows.
    pub const STRIPE: &str = "https://stripe.example";
    /// Operator who may sign in to the console.
    pub const OPERATOR: &str = "ada@shop.example";
    /// Settings of the server, as a merchant sets them: everything else has its default. Only Stripe's addresses are
    /// the sandbox's.
    pub(crate) const SETTINGS: Settings = &[
        Shop::STRIPE_KEYS[0],
        Shop::STRIPE_KEYS[1],
        ("STRIPE_JS_URL", "https://stripe.example/stripe.js"),
        ("RELINK_PUBLIC_URL", Self::RELINK),
        ("RELINK_TRUSTED_PROXIES", "127.0.0.1"),
        ("RELINK_ORIGINS", Self::SHOP),
        ("RELINK_RETURN_ORIGINS", Self::SHOP),
        ("RELINK_TOKEN_URL", "https://shop.example/account/bank-sign-in"),
        ("RELINK_MAIL_FROM", "Northwind <billing@shop.example>"),
        ("RELINK_OPERATORS", Self::OPERATOR),
    ];

    /// Address of relink-server behind a path of the shop.
    pub const RELINK_BELOW_SHOP: &str = "https://shop.example/relink";
    /// Settings of a server behind a path of the shop.
    const SETTINGS_BELOW_SHOP: Settings = &[
        Shop::STRIPE_KEYS[0],
        Shop::STRIPE_KEYS[1],
        ("STRIPE_JS_URL", "https://stripe.example/stripe.js"),
        ("RELINK_PUBLIC_URL", Self::RELINK_BELOW_SHOP),
        ("RELINK_TRUSTED_PROXIES", "127.0.0.1"),
        ("RELINK_ORIGINS", Self::SHOP),
        ("RELINK_TOKEN_URL", "/account/bank-token"),
        ("RELINK_MAIL_FROM", "Northwind <billing@shop.example>"),
        ("RELINK_OPERATORS", Self::OPERATOR),
    ];

    /// Prepares a browser session in Chromium. No page is open yet.
    pub async fn prepare() -> Result<(BrowserSession, Self)> {
        Self::start(Self::SETTINGS, "relink.shop.example", Self::RELINK).await
    }

    /// Like [`PublicSite::prepare`], with relink-server behind a path of the shop.
    pub async fn prepare_with_one_origin() -> Result<(BrowserSession, Self)> {
        Self::start(Self::SETTINGS_BELOW_SHOP, "shop.example/relink", Self::RELINK_BELOW_SHOP).await
    }

    async fn start(settings: Settings, place: &'static str, relink: &str) -> Result<(BrowserSession, Self)> {
        BrowserSession::prepare_in_own_browser(settings, async |environment| {
            let pages = Shop::examples().join("merchant");
            let shop = Shop::start_at(&pages, relink, Self::STRIPE).await?;
            let proxy = TlsProxy::start(&[
                ("shop.example", shop.url()),
                (place, environment.url_without_proxy()),
                ("stripe.example", environment.sandbox_url()),
            ])
            .await?;
            let browser = Browser::start_chromium_with(&proxy.browser_arguments(proxy.port())).await?;
            Ok((browser, Self { _proxy: proxy, _shop: shop }))
        })
        .await
    }
}
