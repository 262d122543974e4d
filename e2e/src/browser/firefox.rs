//! Firefox. A script in the browser's own window does what its driver has no command for.

use anyhow::{Result, ensure};
use hyper::Method;
use serde_json::json;
use thirtyfour::common::capabilities::firefox::FirefoxPreferences;
use thirtyfour::common::command::FormatRequestData;
use thirtyfour::{BrowserCapabilitiesHelper as _, DesiredCapabilities, RequestData, SessionId};

use super::{Beside, Browser};
use crate::engine::Engine;
use crate::program::{Program, clean, given};
use crate::wait::until;

const ARGUMENTS: [&str; 5] = ["-headless", "--width", "900", "--height", "1000"];

/// Arguments of the driver: free ports, and permission to run scripts in the browser's own window.
const OF_THE_DRIVER: [&str; 5] = ["--port", "0", "--websocket-port", "0", "--allow-system-access"];

pub(super) async fn start() -> Result<Browser> {
    let mut command = clean(&given("GECKODRIVER")?);
    command.args(OF_THE_DRIVER);
    let (program, port) = Program::start_on_a_leash("geckodriver", &command, listening).await?;
    let mut wishes = DesiredCapabilities::firefox();
    wishes.set_firefox_binary(&given("FIREFOX")?.to_string_lossy())?;
    wishes.set_browser_option("args", ARGUMENTS)?;
    let mut preferences = FirefoxPreferences::new();
    preferences.set("intl.accept_languages", "en-US")?;
    // Moving elements are hard to hit.
    preferences.set("ui.prefersReducedMotion", 1)?;
    // Offline includes connections to this machine, as in the other browsers.
    preferences.set("network.disable-localhost-when-offline", true)?;
    // No processes in reserve for pages that are never opened.
    preferences.set("dom.ipc.processPrelaunch.enabled", false)?;
    preferences.set("browser.newtab.preload", false)?;
    wishes.set_preferences(preferences)?;
    let beside = Beside { driver: program, _screen: None, _home: None };
    Browser::begin(Engine::Firefox, &port, wishes, "moz:processID", beside).await
}

/// Parses the port from `1700000000000 geckodriver INFO Listening on 127.0.0.1:12345`.
fn listening(said: &str) -> Option<String> {
    let (_, rest) = said.split_once("Listening on 127.0.0.1:")?;
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
    async fn in_its_own_window(&self, script: &str) -> Result<()> {
        let driver = self.driver()?;
        driver.cmd(Context("chrome")).await?;
        let done = driver.execute(script, Vec::new()).await;
        driver.cmd(Context("content")).await?;
        done?;
        Ok(())
    }

    pub(super) async fn firefoxes_network(&self, there: bool) -> Result<()> {
        self.in_its_own_window(&format!("Services.io.offline = {};", !there)).await
    }

    /// Narrows the page, because the window can't be as narrow as a phone.
    pub(super) async fn firefoxes_width(&self, width: u32) -> Result<()> {
        let script = format!(
            "const {{ style }} = gBrowser.selectedBrowser;
            style.minWidth = '0';
            style.width = style.maxWidth = '{width}px';"
        );
        self.in_its_own_window(&script).await?;
        until(async || {
            let wide = self.driver()?.execute("return innerWidth;", Vec::new()).await?;
            ensure!(wide.json() == width, "the page is still {} wide", wide.json());
            Ok(())
        })
        .await
    }
}
