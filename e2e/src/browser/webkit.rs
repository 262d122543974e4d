//! WebKitGTK, with its own display and home folder, because GTK has no headless mode.

use std::fs;
use std::net::TcpStream;
use std::path::Path;

use anyhow::Result;
use relink_test_kit::{ReservedPort, command_without_settings};
use serde_json::json;
use thirtyfour::{By, Capabilities};

use super::{Browser, Companions};
use crate::bank::FRAME;
use crate::engine::Engine;
use crate::program::{Program, env_path};

/// GTK settings: without the first, the toolbar would be wider than a phone; the second stops animations, because
/// moving elements are hard to hit.
const GTK_SETTINGS: [(&str, &str); 2] = [
    ("gtk.css", "* { min-width: 0; margin: 0; padding: 0; border-width: 0; }"),
    ("settings.ini", "[Settings]\ngtk-enable-animations=0\n"),
];

pub(super) async fn start() -> Result<Browser> {
    let home = tempfile::tempdir()?;
    write_gtk_settings(home.path())?;
    let (screen, display) = start_display().await?;
    let reserved = ReservedPort::new()?;
    let port = reserved.port();
    let mut command = command_without_settings(&env_path("WEBKITDRIVER")?);
    command.arg(format!("--port={port}")).env("DISPLAY", format!(":{display}"));
    for variable in ["HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"] {
        command.env(variable, home.path());
    }
    command.env("LANG", "en_US.UTF-8").env("LANGUAGE", "en_US");
    // Without a GPU, its software emulation crashes now and then.
    command.env("WEBKIT_DISABLE_COMPOSITING_MODE", "1").env("WEBKIT_SKIA_ENABLE_CPU_RENDERING", "1");
    // Otherwise GIO would look for a route out of this machine and conclude that there is no network.
    command.env("GIO_USE_NETWORK_MONITOR", "base");
    // The driver prints nothing when it listens.
    let listens = |_: &str| TcpStream::connect(("127.0.0.1", port)).ok().map(|_| port.to_string());
    let (program, port) = Program::start("WebKitWebDriver", command, listens).await?;
    let mut capabilities = Capabilities::new();
    capabilities.set("browserName", "MiniBrowser")?;
    let options = json!({ "binary": env_path("MINIBROWSER")?, "args": ["--automation"] });
    capabilities.set("webkitgtk:browserOptions", options)?;
    let companions = Companions { driver: program, _screen: Some(screen), _home: Some(home) };
    let browser = Browser::connect(Engine::WebKit, &port, capabilities, "", companions).await?;
    browser.width(900).await?;
    Ok(browser)
}

fn write_gtk_settings(home: &Path) -> Result<()> {
    let folder = home.join("gtk-3.0");
    fs::create_dir(&folder)?;
    for (name, content) in GTK_SETTINGS {
        fs::write(folder.join(name), content)?;
    }
    Ok(())
}

/// Starts a display. Each browser has its own, because only one window of a display has the keyboard focus.
async fn start_display() -> Result<(Program, String)> {
    let mut command = command_without_settings(Path::new("Xvfb"));
    command.args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]);
    Program::start("Xvfb", command, |said| Some(said.split_once('\n')?.0.to_owned())).await
}

impl Browser {
    /// Fires the event of a browser that goes online or offline, which the driver can't do. The proxy has cut the
    /// network.
    pub(super) async fn set_online_in_webkit(&self, online: bool) -> Result<()> {
        let event = if online { "online" } else { "offline" };
        let script = format!(
            "Object.defineProperty(navigator, 'onLine', {{ get: () => {online}, configurable: true }});
            dispatchEvent(new Event('{event}'));"
        );
        let driver = self.driver()?;
        let at_bank = driver.execute("return window !== top;", Vec::new()).await?.convert()?;
        driver.enter_default_frame().await?;
        driver.execute(script, Vec::new()).await?;
        if at_bank {
            driver.find(By::Css(FRAME)).await?.enter_frame().await?;
        }
        Ok(())
    }
}
