//! Accessibility of every screen: legible, large enough and understandable, light and dark, left to right and right
//! to left.

use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use relink_e2e::{ALL_TAGS, BrowserSession, Html, assert_valid_html, every_screen};
use serde_json::json;

use super::checks::{DARK, FORCED, LIGHT, assert_equal_access, assert_fits_320_pixels, assert_no_violations};

/// Returns the controls that are smaller than a finger needs. Text for screen readers alone has no size.
const TOO_SMALL: &str = r"
    const small = ({ width, height }) => width < 24 || height < 24;
    return [...root.querySelectorAll('a, button, input, summary')]
        .filter((one) => !one.closest('.spoken') && small(one.getBoundingClientRect()))
        .map((one) => one.outerHTML);
";

/// Sets the text direction, as a language with this direction would.
fn direction_script(direction: &str) -> String {
    format!("(root.querySelector('[dir]') ?? document.documentElement).dir = document.dir = '{direction}';")
}

async fn assert_accessible(session: &BrowserSession, name: &str) -> Result<()> {
    session.page.run("for (const one of root.querySelectorAll('details')) one.open = true;").await?;
    for direction in ["ltr", "rtl"] {
        session.page.run(&direction_script(direction)).await?;
        assert_no_violations(session, &format!("{name}, {direction}"), &[LIGHT, DARK]).await?;
    }
    session.page.run(&direction_script("ltr")).await?;
    assert_no_violations(session, name, &FORCED).await?;
    assert_equal_access(session, name).await?;
    assert_fits_320_pixels(session, name, async || {
        let small = session.page.run(TOO_SMALL).await?;
        ensure!(small == json!([]), "on {name} too small to hit: {small}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn on_every_screen_axe_finds_nothing_and_everything_can_be_hit() -> Result<()> {
    let screens = Mutex::new(Vec::new());
    every_screen("", async |session: &BrowserSession, name: &str| {
        let screen = screen_html(session, name).await?;
        screens.lock().unwrap_or_else(PoisonError::into_inner).push(screen);
        assert_accessible(session, name).await
    })
    .await?;
    assert_valid_html(&screens.into_inner().unwrap_or_else(PoisonError::into_inner)).await
}

/// Returns the content of the element as HTML.
async fn screen_html(session: &BrowserSession, name: &str) -> Result<Html> {
    let screen = session.page.run("return root.querySelector('section.card').outerHTML;").await?;
    let screen = screen.as_str().context("no screen")?;
    let source = format!(
        "<!doctype html><html lang=\"en\"><head><title>{name}</title></head><body>{screen}</body></html>"
    );
    Ok(Html { name: name.to_owned(), source })
}

/// Adds three faults: an image without a text, grey on white, and a button that is too small for a finger and has no
/// text.
const FAULTS: &str = r"
    const card = root.querySelector('section.card');
    for (const kind of ['img', 'p', 'button']) card.append(document.createElement(kind));
    Object.assign(card.querySelector('p:last-of-type'), { textContent: 'faint' }).style.color = '#bbb';
    const button = card.querySelector('button:last-of-type');
    Object.assign(button.style, { width: '12px', minHeight: '0', height: '12px', padding: '0' });
";

#[tokio::test]
async fn what_is_wrong_inside_the_element_is_found() -> Result<()> {
    let session = BrowserSession::begin().await?;
    session.page.run(FAULTS).await?;
    let violations = session.page.violations(&ALL_TAGS).await?;
    let found: Vec<&str> = violations.iter().map(|one| one.rule.as_str()).collect();
    for rule in ["button-name", "color-contrast", "image-alt"] {
        ensure!(found.contains(&rule), "{rule} is not among {found:?}");
    }
    let violations = session.page.equal_access_violations().await?;
    let found: Vec<&str> = violations.iter().map(|one| one.rule.as_str()).collect();
    for rule in ["img_alt_valid", "text_contrast_sufficient"] {
        ensure!(found.contains(&rule), "{rule} is not among {found:?}");
    }
    let html = screen_html(&session, "with faults").await?;
    let complaints =
        assert_valid_html(&[html]).await.map_or_else(|error| error.to_string(), |()| String::new());
    ensure!(complaints.contains("wcag/h37"), "the image without a text is not among these: {complaints}");
    let small = session.page.run(TOO_SMALL).await?;
    ensure!(small.as_array().is_some_and(|small| small.len() == 1), "{small}");
    session.finish().await
}
