//! Chromium, and the commands that only its driver has.

use std::sync::atomic::Ordering;

use anyhow::Result;
use relink_test_kit::command_without_settings;
use serde_json::{Value, json};
use thirtyfour::{BrowserLogEntry, ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel};

use super::{Browser, Companions};
use crate::engine::Engine;
use crate::program::{Program, env_path};

/// Arguments that turn off features that no customer needs, and all background network traffic.
const BROWSER_ARGUMENTS: [&str; 13] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--lang=en-US",
    "--window-size=900,900",
    // Moving elements are hard to hit.
    "--force-prefers-reduced-motion",
];

/// Number of times that the driver is started before that counts as a failure: it chooses a free port and binds it
/// only afterwards, and another program may have taken it by then.
const TRIES: usize = 3;

async fn driver() -> Result<(Program, String)> {
    let start = async || {
        let mut command = command_without_settings(&env_path("CHROMEDRIVER")?);
        command.arg("--port=0");
        Program::start_tied_to_tests("chromedriver", &command, listening_port).await
    };
    for _ in 1..TRIES {
        if let Ok(driver) = start().await {
            return Ok(driver);
        }
    }
    start().await
}

pub(super) async fn start(more_arguments: &[String]) -> Result<Browser> {
    let (program, port) = driver().await?;
    let mut capabilities = DesiredCapabilities::chrome();
    capabilities.set_binary(&env_path("CHROMIUM")?.to_string_lossy())?;
    for argument in BROWSER_ARGUMENTS {
        capabilities.add_arg(argument)?;
    }
    for argument in more_arguments {
        capabilities.add_arg(argument)?;
    }
    let profile = program.folder().join("profile");
    capabilities.add_arg(&format!("--user-data-dir={}", profile.display()))?;
    capabilities.set_browser_log_level(LoggingPrefsLogLevel::All)?;
    capabilities.set_logging_prefs("performance", LoggingPrefsLogLevel::All)?;
    let companions = Companions { driver: program, _screen: None, _home: None };
    Browser::connect(Engine::Chromium, &port, capabilities, "goog:processID", companions).await
}

/// Parses the port from `ChromeDriver was started successfully on port 12345.`
fn listening_port(output: &str) -> Option<String> {
    let (_, rest) = output.split_once("successfully on port ")?;
    let (port, _) = rest.split_once('.')?;
    Some(port.to_owned())
}

impl Browser {
    /// Sends a command of Chrome's devtools protocol (CDP). Chromium only.
    pub async fn devtools(&self, method: &str, parameters: Value) -> Result<Value> {
        self.is_altered.store(true, Ordering::SeqCst);
        self.devtools_for_this_tab(method, parameters).await
    }

    async fn devtools_for_this_tab(&self, method: &str, parameters: Value) -> Result<Value> {
        Ok(self.driver()?.cdp().send_raw(method, parameters).await?)
    }

    /// Returns the console messages since the last call. Chromium only.
    pub async fn console(&self) -> Result<Vec<BrowserLogEntry>> {
        Ok(self.driver()?.browser_log().await?)
    }

    /// Returns the network events of Chrome's devtools protocol since the last call. Chromium only.
    pub async fn network(&self) -> Result<Vec<Value>> {
        let entries = self.driver()?.get_log("performance").await?;
        let event = |text: &str| Some(serde_json::from_str::<Value>(text).ok()?.get_mut("message")?.take());
        let events = entries.iter().filter_map(|entry| event(&entry.message));
        let is_network =
            |event: &Value| event["method"].as_str().is_some_and(|name| name.starts_with("Network."));
        Ok(events.filter(is_network).collect())
    }

    pub(super) async fn set_online_in_chromium(&self, online: bool) -> Result<()> {
        let speed =
            json!({ "offline": !online, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.devtools_for_this_tab("Network.emulateNetworkConditions", speed).await?;
        Ok(())
    }

    pub(super) async fn set_width_in_chromium(&self, width: u32) -> Result<()> {
        self.set_size_in_chromium(width, 900).await
    }

    /// Sets the size of the screen in CSS pixels; other engines have no window that is so small.
    pub async fn set_size_in_chromium(&self, width: u32, height: u32) -> Result<()> {
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools_for_this_tab("Emulation.setDeviceMetricsOverride", screen).await?;
        Ok(())
    }
}
