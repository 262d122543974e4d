//! Saves a screenshot of every screen, light and dark, narrow and wide, and a page that shows them all.
//!
//! `cargo xtask screens` calls it with `FOLDER [LOCALE]`. Without a locale, the screens are in English, left to right
//! and right to left.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use relink_e2e::{Browser, BrowserSession, every_screen};
use serde_json::{Value, json};

const STYLE: &str = "
    body { margin: 24px; font: 14px/1.5 system-ui, sans-serif; background: #8b93a1; }
    table { border-spacing: 8px; }
    th { position: sticky; inset-inline-start: 0; text-align: start; vertical-align: top; min-inline-size: 160px; }
    td { vertical-align: top; }
    img { display: block; inline-size: 200px; max-block-size: 360px; object-fit: cover; object-position: top; }
";

/// Returns the card's rectangle with a margin.
const CLIP: &str = r"
    const { left, top, width, height } = (root.querySelector('section.card') ?? document.body).getBoundingClientRect();
    const x = Math.max(0, left - 24);
    return { x, y: Math.max(0, top + scrollY - 24), width: Math.min(width + 48, innerWidth - x), height: height + 48, scale: 1 };
";

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = arguments.next().map(PathBuf::from).context("name a folder for the screenshots")?;
    let locale = arguments.next().unwrap_or_default().to_string_lossy().into_owned();
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let directions: &[&str] = if locale.is_empty() { &["ltr", "rtl"] } else { &[""] };
    let names = Mutex::new(Vec::new());
    every_screen(&locale, async |session: &BrowserSession, name: &str| {
        names.lock().unwrap_or_else(PoisonError::into_inner).push(name.to_owned());
        for (kind, scheme, width, direction) in variants(directions) {
            session.browser()?.width(width).await?;
            set_appearance(session, scheme, direction).await?;
            fs::write(folder.join(format!("{name}-{kind}.png")), screenshot(session).await?)?;
        }
        session.browser()?.width(900).await?;
        set_appearance(session, "light", directions.first().copied().unwrap_or_default()).await
    })
    .await?;
    let names = names.into_inner().unwrap_or_else(PoisonError::into_inner);
    let page = folder.join("index.html");
    fs::write(&page, contact_sheet(&names, directions)?)?;
    screenshot_page(&page, &folder.join("sheet.png")).await
}

/// Returns the variants of each screen, with the name of the screenshot.
fn variants(directions: &[&'static str]) -> Vec<(String, &'static str, u32, &'static str)> {
    let mut variants = Vec::new();
    for scheme in ["light", "dark"] {
        for width in [320, 900] {
            for direction in directions {
                variants.push((format!("{scheme}-{width}{direction}"), scheme, width, *direction));
            }
        }
    }
    variants
}

/// Sets the colour scheme, and the text direction unless it is empty.
async fn set_appearance(session: &BrowserSession, scheme: &str, direction: &str) -> Result<()> {
    let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
    session.browser()?.devtools("Emulation.setEmulatedMedia", json!({ "features": [feature] })).await?;
    if !direction.is_empty() {
        let turned = "(root.querySelector('[dir]') ?? document.documentElement).dir = document.dir";
        session.page.run(&format!("{turned} = '{direction}';")).await?;
    }
    session.page.wait_for_rendering().await
}

async fn screenshot(session: &BrowserSession) -> Result<Vec<u8>> {
    let clip = session.page.run(CLIP).await?;
    capture(session.browser()?, json!({ "clip": clip, "captureBeyondViewport": true })).await
}

async fn capture(browser: &Browser, options: Value) -> Result<Vec<u8>> {
    let shot = browser.devtools("Page.captureScreenshot", options).await?;
    Ok(BASE64_STANDARD.decode(shot.get("data").and_then(Value::as_str).context("no screenshot")?)?)
}

fn contact_sheet(names: &[String], directions: &[&'static str]) -> Result<String> {
    let variants = variants(directions);
    let mut page = format!(
        "<!doctype html><meta charset=utf-8><title>Every screen</title><style>{STYLE}</style><table><tr><th>"
    );
    for (kind, ..) in &variants {
        write!(page, "<th>{kind}")?;
    }
    for name in names {
        write!(page, "\n<tr><th>{name}")?;
        for (kind, ..) in &variants {
            write!(page, "<td><a href={name}-{kind}.png><img src={name}-{kind}.png alt=''></a>")?;
        }
    }
    Ok(page)
}

/// Saves one screenshot of the whole page.
async fn screenshot_page(page: &Path, file: &Path) -> Result<()> {
    let browser = Browser::start().await?;
    browser.width(1880).await?;
    browser.driver()?.goto(format!("file://{}", fs::canonicalize(page)?.display())).await?;
    let size = browser.devtools("Page.getLayoutMetrics", json!({})).await?;
    let size = size.get("cssContentSize").context("no size")?;
    let (width, height) = (size.get("width"), size.get("height"));
    let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 0.75 });
    fs::write(file, capture(&browser, json!({ "clip": clip, "captureBeyondViewport": true })).await?)?;
    browser.quit().await
}
