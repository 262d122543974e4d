//! WebKitGTK, with its own display and home folder, because GTK has no headless mode.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use anyhow::Result;
use serde_json::json;
use thirtyfour::{By, Capabilities};

use super::{Beside, Browser};
use crate::bank::FRAME;
use crate::engine::Engine;
use crate::program::{Program, clean, given};

/// GTK settings: without the first, the toolbar would be wider than a phone; the second stops animations, because
/// moving elements are hard to hit.
const LOOKS: [(&str, &str); 2] = [
    ("gtk.css", "* { min-width: 0; margin: 0; padding: 0; border-width: 0; }"),
    ("settings.ini", "[Settings]\ngtk-enable-animations=0\n"),
];

pub(super) async fn start() -> Result<Browser> {
    let home = tempfile::tempdir()?;
    dress(home.path())?;
    let (screen, display) = screen().await?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut command = clean(&given("WEBKITDRIVER")?);
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
    let mut wishes = Capabilities::new();
    wishes.set("browserName", "MiniBrowser")?;
    let options = json!({ "binary": given("MINIBROWSER")?, "args": ["--automation"] });
    wishes.set("webkitgtk:browserOptions", options)?;
    let beside = Beside { driver: program, _screen: Some(screen), _home: Some(home) };
    let browser = Browser::begin(Engine::WebKit, &port, wishes, "", beside).await?;
    browser.width(900).await?;
    Ok(browser)
}

fn dress(home: &Path) -> Result<()> {
    let folder = home.join("gtk-3.0");
    fs::create_dir(&folder)?;
    for (name, content) in LOOKS {
        fs::write(folder.join(name), content)?;
    }
    Ok(())
}

/// Starts a display. Each browser has its own, because only one window of a display has the keyboard focus.
async fn screen() -> Result<(Program, String)> {
    let mut command = clean(Path::new("Xvfb"));
    command.args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]);
    Program::start("Xvfb", command, |said| Some(said.split_once('\n')?.0.to_owned())).await
}

impl Browser {
    /// Fires the event of a browser that goes online or offline, which the driver can't do. The proxy has cut the
    /// network.
    pub(super) async fn webkits_network(&self, there: bool) -> Result<()> {
        let event = if there { "online" } else { "offline" };
        let script = format!(
            "Object.defineProperty(navigator, 'onLine', {{ get: () => {there}, configurable: true }});
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
