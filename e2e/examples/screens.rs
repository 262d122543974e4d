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
use relink_e2e::{Browser, Visit, every_screen};
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
    let folder = arguments.next().map(PathBuf::from).context("name a folder for the pictures")?;
    let locale = arguments.next().unwrap_or_default().to_string_lossy().into_owned();
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let directions: &[&str] = if locale.is_empty() { &["ltr", "rtl"] } else { &[""] };
    let names = Mutex::new(Vec::new());
    every_screen(&locale, async |visit: &Visit, name: &str| {
        names.lock().unwrap_or_else(PoisonError::into_inner).push(name.to_owned());
        for (kind, scheme, width, direction) in kinds(directions) {
            visit.browser()?.width(width).await?;
            turn(visit, scheme, direction).await?;
            fs::write(folder.join(format!("{name}-{kind}.png")), picture(visit).await?)?;
        }
        visit.browser()?.width(900).await?;
        turn(visit, "light", directions.first().copied().unwrap_or_default()).await
    })
    .await?;
    let names = names.into_inner().unwrap_or_else(PoisonError::into_inner);
    let page = folder.join("index.html");
    fs::write(&page, sheet(&names, directions)?)?;
    photograph(&page, &folder.join("sheet.png")).await
}

/// Returns the variants of each screen, with the name of the screenshot.
fn kinds(directions: &[&'static str]) -> Vec<(String, &'static str, u32, &'static str)> {
    let mut kinds = Vec::new();
    for scheme in ["light", "dark"] {
        for width in [320, 900] {
            for direction in directions {
                kinds.push((format!("{scheme}-{width}{direction}"), scheme, width, *direction));
            }
        }
    }
    kinds
}

/// Sets the colour scheme, and the text direction unless it is empty.
async fn turn(visit: &Visit, scheme: &str, direction: &str) -> Result<()> {
    let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
    visit.browser()?.devtools("Emulation.setEmulatedMedia", json!({ "features": [feature] })).await?;
    if !direction.is_empty() {
        let turned = "(root.querySelector('[dir]') ?? document.documentElement).dir = document.dir";
        visit.page.run(&format!("{turned} = '{direction}';")).await?;
    }
    visit.page.settles().await
}

async fn picture(visit: &Visit) -> Result<Vec<u8>> {
    let clip = visit.page.run(CLIP).await?;
    capture(visit.browser()?, json!({ "clip": clip, "captureBeyondViewport": true })).await
}

async fn capture(browser: &Browser, how: Value) -> Result<Vec<u8>> {
    let shot = browser.devtools("Page.captureScreenshot", how).await?;
    Ok(BASE64_STANDARD.decode(shot.get("data").and_then(Value::as_str).context("no picture")?)?)
}

fn sheet(names: &[String], directions: &[&'static str]) -> Result<String> {
    let kinds = kinds(directions);
    let mut page = format!(
        "<!doctype html><meta charset=utf-8><title>Every screen</title><style>{STYLE}</style><table><tr><th>"
    );
    for (kind, ..) in &kinds {
        write!(page, "<th>{kind}")?;
    }
    for name in names {
        write!(page, "\n<tr><th>{name}")?;
        for (kind, ..) in &kinds {
            write!(page, "<td><a href={name}-{kind}.png><img src={name}-{kind}.png alt=''></a>")?;
        }
    }
    Ok(page)
}

/// Saves one screenshot of the whole page.
async fn photograph(page: &Path, file: &Path) -> Result<()> {
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
