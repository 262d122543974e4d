//! Firefox. A script in the browser's own window does what its driver has no command for.

use anyhow::{Result, ensure};
use hyper::Method;
use relink_test_kit::command_without_settings;
use serde_json::json;
use thirtyfour::common::capabilities::firefox::FirefoxPreferences;
use thirtyfour::common::command::FormatRequestData;
use thirtyfour::{BrowserCapabilitiesHelper as _, DesiredCapabilities, RequestData, SessionId};

use super::{Browser, Companions};
use crate::engine::Engine;
use crate::poll::until;
use crate::program::{Program, env_path};

const BROWSER_ARGUMENTS: [&str; 5] = ["-headless", "--width", "900", "--height", "1000"];

/// Arguments of the driver: free ports, and permission to run scripts in the browser's own window.
const DRIVER_ARGUMENTS: [&str; 5] = ["--port", "0", "--websocket-port", "0", "--allow-system-access"];

pub(super) async fn start() -> Result<Browser> {
    let mut command = command_without_settings(&env_path("GECKODRIVER")?);
    command.args(DRIVER_ARGUMENTS);
    let (program, port) = Program::start_tied_to_tests("geckodriver", &command, listening_port).await?;
    let mut capabilities = DesiredCapabilities::firefox();
    capabilities.set_firefox_binary(&env_path("FIREFOX")?.to_string_lossy())?;
    capabilities.set_browser_option("args", BROWSER_ARGUMENTS)?;
    let mut preferences = FirefoxPreferences::new();
    preferences.set("intl.accept_languages", "en-US")?;
    // Moving elements are hard to hit.
    preferences.set("ui.prefersReducedMotion", 1)?;
    // Offline includes connections to this machine, as in the other browsers.
    preferences.set("network.disable-localhost-when-offline", true)?;
    // No processes in reserve for pages that are never opened.
    preferences.set("dom.ipc.processPrelaunch.enabled", false)?;
    preferences.set("browser.newtab.preload", false)?;
    capabilities.set_preferences(preferences)?;
    let companions = Companions { driver: program, _screen: None, _home: None };
    Browser::connect(Engine::Firefox, &port, capabilities, "moz:processID", companions).await
}

/// Parses the port from `1700000000000 geckodriver INFO Listening on 127.0.0.1:12345`.
fn listening_port(output: &str) -> Option<String> {
    let (_, rest) = output.split_once("Listening on 127.0.0.1:")?;
    let (port, _) = rest.split_once('\n')?;
    Some(port.trim().to_owned())
}

/// Command that selects the window in which scripts run: the browser's own (`chrome`) or the page's (`content`).
#[derive(Debug)]
struct Context(&'static str);

impl FormatRequestData for Context {
    fn format_request(&self, session: &SessionId) -> RequestData {
        RequestData::new(Method::POST, format!("/session/{session}/moz/context"))
            .add_body(json!({ "context": self.0 }))
    }
}

impl Browser {
    async fn run_in_chrome_context(&self, script: &str) -> Result<()> {
        let driver = self.driver()?;
        driver.cmd(Context("chrome")).await?;
        let done = driver.execute(script, Vec::new()).await;
        driver.cmd(Context("content")).await?;
        done?;
        Ok(())
    }

    pub(super) async fn set_online_in_firefox(&self, online: bool) -> Result<()> {
        self.run_in_chrome_context(&format!("Services.io.offline = {};", !online)).await
    }

    /// Narrows the page, because the window can't be as narrow as a phone.
    pub(super) async fn set_width_in_firefox(&self, width: u32) -> Result<()> {
        let script = format!(
            "const {{ style }} = gBrowser.selectedBrowser;
            style.minWidth = '0';
            style.width = style.maxWidth = '{width}px';"
        );
        self.run_in_chrome_context(&script).await?;
        until(async || {
            let wide = self.driver()?.execute("return innerWidth;", Vec::new()).await?;
            ensure!(wide.json() == width, "the page is still {} wide", wide.json());
            Ok(())
        })
        .await
    }
}
