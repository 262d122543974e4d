//! Browser with a profile of its own.

mod chromium;
mod firefox;
mod pool;
mod webkit;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;
use relink_test_kit::send_signal;
use reqwest::Client;
use tempfile::TempDir;
use thirtyfour::{CapabilitiesHelper, WebDriver};

use crate::engine::Engine;
use crate::program::Program;

/// Timeout of a driver's commands. No command takes that long.
const COMMAND_TIMEOUT: Duration = Duration::from_mins(2);

/// Browser that a driver controls. It closes when it is dropped.
#[derive(Debug)]
pub struct Browser {
    engine: Engine,
    driver: Option<WebDriver>,
    /// Process of the browser, which a killed driver would leave behind. `None` if the driver does not report it:
    /// then the browser ends with its display.
    process: Option<u32>,
    /// True if the browser was changed in a way that a new tab does not undo.
    is_altered: AtomicBool,
    companions: Companions,
}

/// Resources of a browser, in the order in which they are dropped.
#[derive(Debug)]
struct Companions {
    driver: Program,
    _screen: Option<Program>,
    _home: Option<TempDir>,
}

impl Browser {
    /// Takes a browser from the pool, or starts a driver on a free port and a browser.
    pub async fn start() -> Result<Self> {
        if let Some(browser) = pool::take() {
            return Ok(browser);
        }
        let engine = Engine::of_this_run()?;
        match engine {
            Engine::Chromium => chromium::start(&[]).await,
            Engine::Firefox => firefox::start().await,
            Engine::WebKit => webkit::start().await,
        }
    }

    /// Starts Chromium with further arguments, for one test only.
    pub(crate) async fn start_chromium_with(arguments: &[String]) -> Result<Self> {
        ensure!(Engine::of_this_run()? == Engine::Chromium, "only Chromium has these arguments");
        let browser = chromium::start(arguments).await?;
        browser.is_altered.store(true, Ordering::SeqCst);
        Ok(browser)
    }

    /// Opens a session with the driver on that port; `process` is the capability that reports the browser's process.
    async fn connect(
        engine: Engine,
        port: &str,
        capabilities: impl CapabilitiesHelper,
        process: &str,
        companions: Companions,
    ) -> Result<Self> {
        let capabilities = capabilities.as_ref().clone();
        // Each test has its own runtime, and a connection does not outlive the runtime in which it was opened.
        let client =
            Client::builder().pool_max_idle_per_host(0).no_proxy().timeout(COMMAND_TIMEOUT).build()?;
        let driver =
            WebDriver::builder(format!("http://127.0.0.1:{port}"), capabilities).client(client).await?;
        let process = driver.capabilities().get(process).and_then(serde_json::Value::as_u64);
        let process = process.map(u32::try_from).transpose()?;
        Ok(Self { engine, driver: Some(driver), process, is_altered: AtomicBool::new(false), companions })
    }

    /// Engine of the browser.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Driver of the browser; fails once the browser is closed.
    pub fn driver(&self) -> Result<&WebDriver> {
        self.driver.as_ref().context("the browser was closed")
    }

    /// Sets the width of the screen in CSS pixels.
    pub async fn width(&self, width: u32) -> Result<()> {
        match self.engine {
            Engine::Chromium => self.set_width_in_chromium(width).await,
            Engine::Firefox => self.set_width_in_firefox(width).await,
            Engine::WebKit => Ok(self.driver()?.set_window_rect(0, 0, width, 900).await?),
        }
    }

    /// Takes the browser offline or online. The proxy cuts the page's connections in any case.
    pub(crate) async fn set_online(&self, online: bool) -> Result<()> {
        self.is_altered.store(true, Ordering::SeqCst);
        match self.engine {
            Engine::Chromium => self.set_online_in_chromium(online).await,
            Engine::Firefox => self.set_online_in_firefox(online).await,
            Engine::WebKit => self.set_online_in_webkit(online).await,
        }
    }

    /// Closes the browser through its driver.
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
            if let (Err(_), Some(process)) = (closed, self.process) {
                let _ = send_signal(process, Signal::SIGKILL);
            }
        }
    }
}

/// Closes the browser through its driver without a runtime, for which the driver's own `quit` would wait in vain.
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
    // The driver answers once the browser has ended.
    let mut answer = [0; 12];
    stream.read_exact(&mut answer)?;
    ensure!(answer.ends_with(b" 200"), "the driver did not close the browser");
    Ok(())
}
