//! A browser with a profile of its own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use thirtyfour::{
    BrowserLogEntry, ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver,
};

use crate::program::{Program, clean, given, send};

/// Nothing that a customer would miss, and nothing that asks the world for anything.
const ARGUMENTS: [&str; 13] = [
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
    // What moves is hard to hit.
    "--force-prefers-reduced-motion",
];

/// Ends with the value.
#[derive(Debug)]
pub struct Browser {
    driver: Option<WebDriver>,
    /// The driver ends without its browser when it is killed.
    process: u32,
    _program: Program,
}

impl Browser {
    /// Starts a driver on a free port, and a browser.
    pub async fn start() -> Result<Self> {
        let mut command = clean(&given("CHROMEDRIVER")?);
        command.arg("--port=0");
        let (program, port) = Program::start("chromedriver", command, listening).await?;
        let mut wishes = DesiredCapabilities::chrome();
        wishes.set_binary(&given("CHROMIUM")?.to_string_lossy())?;
        for argument in ARGUMENTS {
            wishes.add_arg(argument)?;
        }
        let profile = program.folder().join("profile");
        wishes.add_arg(&format!("--user-data-dir={}", profile.display()))?;
        wishes.set_browser_log_level(LoggingPrefsLogLevel::All)?;
        wishes.set_logging_prefs("performance", LoggingPrefsLogLevel::All)?;
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wishes).await?;
        let process = driver.capabilities().get("goog:processID").and_then(Value::as_u64);
        let process = u32::try_from(process.context("the driver does not tell the browser's process")?)?;
        Ok(Self { driver: Some(driver), process, _program: program })
    }

    /// What drives it.
    pub fn driver(&self) -> Result<&WebDriver> {
        self.driver.as_ref().context("the browser was closed")
    }

    /// A command of the protocol that the browser's own tools speak.
    pub async fn devtools(&self, method: &str, parameters: Value) -> Result<Value> {
        Ok(self.driver()?.cdp().send_raw(method, parameters).await?)
    }

    /// What was written to the console since this was last asked.
    pub async fn console(&self) -> Result<Vec<BrowserLogEntry>> {
        Ok(self.driver()?.browser_log().await?)
    }

    /// What the network did since this was last asked, as events of the same protocol.
    pub async fn network(&self) -> Result<Vec<Value>> {
        let entries = self.driver()?.get_log("performance").await?;
        let event = |text: &str| Some(serde_json::from_str::<Value>(text).ok()?.get_mut("message")?.take());
        let events = entries.iter().filter_map(|entry| event(&entry.message));
        let is_network =
            |event: &Value| event["method"].as_str().is_some_and(|name| name.starts_with("Network."));
        Ok(events.filter(is_network).collect())
    }

    /// Cuts the browser off from every network, or connects it again.
    pub async fn network_is(&self, there: bool) -> Result<()> {
        let speed =
            json!({ "offline": !there, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.devtools("Network.emulateNetworkConditions", speed).await?;
        Ok(())
    }

    /// A screen so many CSS pixels wide.
    pub async fn width(&self, width: u32) -> Result<()> {
        let screen = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", screen).await?;
        Ok(())
    }

    /// Closes it in good order.
    pub async fn quit(mut self) -> Result<()> {
        if let Some(driver) = self.driver.take() {
            driver.quit().await?;
        }
        Ok(())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(driver) = self.driver.take() {
            // A test failed half-way.
            let closed = close_now(&driver);
            let _ = driver.leak();
            if closed.is_err() {
                let _ = send(self.process, Signal::SIGKILL);
            }
        }
    }
}

/// Closes the browser in good order without a runtime, which the driver's own way of doing so would wait for in vain.
fn close_now(driver: &WebDriver) -> Result<()> {
    let url = driver.server_url();
    let port = url.port().context("no port")?;
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let session = driver.session_id();
    write!(
        stream,
        "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    )?;
    // Answered once the browser has ended.
    let mut answer = [0; 12];
    stream.read_exact(&mut answer)?;
    ensure!(answer.ends_with(b" 200"), "the driver did not close the browser");
    Ok(())
}

/// `ChromeDriver was started successfully on port 12345.`
fn listening(said: &str) -> Option<String> {
    let (_, rest) = said.split_once("successfully on port ")?;
    let (port, _) = rest.split_once('.')?;
    Some(port.to_owned())
}
