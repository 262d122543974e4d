//! Plain `trunk serve`: the page loads, and a change of the source appears without a reload.

use std::fs::{read_to_string, write};
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use relink_e2e::{Browser, until};

/// Heading of the page without a server, which its token would come from, and the text that replaces it.
const HEADING: &str = "This service isn't responding";
const CHANGED: &str = "This line has been changed";
const LOCALE: &str = "locales/en.json";
/// Number of waits in a row: Trunk compiles the page again, which takes longer than a single wait.
const WAITS: usize = 10;

fn required_variable(variable: &str) -> Result<String> {
    let value = std::env::var_os(variable).with_context(|| {
        format!("{variable} is not set: run cargo xtask test --only serve, which starts trunk")
    })?;
    value.into_string().ok().context("not Unicode")
}

async fn assert_text(browser: &Browser, heading: &str) -> Result<()> {
    let script = "return document.querySelector('bank-relink')?.shadowRoot?.textContent ?? '';";
    let check = async || {
        let text = browser.driver()?.execute(script, Vec::new()).await?.json().to_string();
        ensure!(text.contains(heading), "the page says {text}");
        Ok(())
    };
    for _ in 1..WAITS {
        if until(check).await.is_ok() {
            return Ok(());
        }
    }
    until(check).await
}

#[tokio::test]
async fn a_changed_line_of_a_screen_is_seen_without_a_reload() -> Result<()> {
    let browser = Browser::start().await?;
    browser.driver()?.goto(required_variable("RELINK_E2E_TRUNK")?).await?;
    assert_text(&browser, HEADING).await?;
    let locale = PathBuf::from(required_variable("RELINK_E2E_TRUNK_CLONE")?).join(LOCALE);
    let text = read_to_string(&locale)?;
    ensure!(text.contains(HEADING), "{LOCALE} says something else");
    write(&locale, text.replace(HEADING, CHANGED))?;
    assert_text(&browser, CHANGED).await?;
    browser.quit().await
}
