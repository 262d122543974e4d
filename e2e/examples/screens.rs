//! Saves a picture of every screen: light and dark, narrow and wide.
//!
//! `cargo run -p relink-e2e --example screens -- FOLDER [LOCALE]`, with the variables that `cargo xtask test` sets. Without
//! a locale, in English, from left to right and from right to left.

use std::path::PathBuf;

use anyhow::{Context, Result};
use relink_e2e::{Visit, every_screen};
use serde_json::json;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = arguments.next().map(PathBuf::from).context("name a folder for the pictures")?;
    let locale = arguments.next().unwrap_or_default().to_string_lossy().into_owned();
    std::fs::create_dir_all(&folder)?;
    let directions: &[&str] = if locale.is_empty() { &["ltr", "rtl"] } else { &[""] };
    every_screen(&locale, async |visit: &Visit, name: &str| {
        for scheme in ["light", "dark"] {
            let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
            visit.browser()?.devtools("Emulation.setEmulatedMedia", json!({ "features": [feature] })).await?;
            for width in [320, 900] {
                visit.browser()?.width(width).await?;
                for direction in directions {
                    turn(visit, direction).await?;
                    let file = folder.join(format!("{name}-{scheme}-{width}{direction}.png"));
                    visit.browser()?.driver()?.screenshot(&file).await?;
                }
            }
        }
        turn(visit, directions.first().copied().unwrap_or_default()).await
    })
    .await
}

/// Lets lines run from that side, or as the page has them.
async fn turn(visit: &Visit, direction: &str) -> Result<()> {
    if !direction.is_empty() {
        visit.page.run(&format!("document.documentElement.dir = '{direction}';")).await?;
    }
    Ok(())
}
