//! An application with Stripe's own packages for pages and for servers. The sandbox has the host names of Stripe in its
//! browser, because Stripe's loader fetches Stripe.js from `js.stripe.com` and nowhere else.

use std::path::Path;

use anyhow::Result;
use relink_test_kit::{command_without_settings, listening_url};

use crate::browser::Browser;
use crate::browser_session::BrowserSession;
use crate::program::{Program, env_path};
use crate::tls_proxy::TlsProxy;

/// Running application and TLS proxy. They stop when this is dropped.
#[derive(Debug)]
pub struct StripeApplication {
    _proxy: TlsProxy,
    _program: Program,
}

impl StripeApplication {
    /// Origin of the application.
    pub const ORIGIN: &str = "https://shop.example";

    /// Prepares a browser session in Chromium. No page is open yet.
    pub async fn prepare() -> Result<(BrowserSession, Self)> {
        BrowserSession::prepare_in_own_browser(&[], async |environment| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/sandbox/clients/node");
            let mut command = command_without_settings(Path::new("node"));
            command.arg(folder.join("application/server.js")).arg(env_path("RELINK_E2E_STRIPE_APPLICATION")?);
            command.env("SANDBOX_URL", environment.sandbox_url());
            let (program, url) = Program::start("the application", command, listening_url).await?;
            let proxy = TlsProxy::start(&[
                ("shop.example", &url),
                ("js.stripe.com", environment.sandbox_url()),
                ("api.stripe.com", environment.sandbox_url()),
            ])
            .await?;
            let browser = Browser::start_chromium_with(&proxy.browser_arguments(proxy.port())).await?;
            Ok((browser, Self { _proxy: proxy, _program: program }))
        })
        .await
    }
}
