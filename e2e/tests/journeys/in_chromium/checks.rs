//! A page in the colours that a reader has chosen, and at the narrowest width.

use anyhow::{Result, ensure};
use relink_e2e::{ALL_TAGS, BrowserSession};
use serde_json::{Value, json};

/// Media features that a reader has set, and the rules that the page has to follow with them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Appearance {
    features: &'static [(&'static str, &'static str)],
    rules: &'static [&'static str],
}

pub(super) const LIGHT: Appearance =
    Appearance { features: &[("prefers-color-scheme", "light")], rules: &ALL_TAGS };
pub(super) const DARK: Appearance =
    Appearance { features: &[("prefers-color-scheme", "dark")], rules: &ALL_TAGS };
pub(super) const FORCED: [Appearance; 2] = [
    Appearance {
        features: &[("prefers-color-scheme", "light"), ("forced-colors", "active")],
        rules: &["wcag2aa"],
    },
    Appearance {
        features: &[("prefers-color-scheme", "dark"), ("forced-colors", "active")],
        rules: &["wcag2aa"],
    },
];

async fn media(session: &BrowserSession, features: &[(&str, &str)]) -> Result<()> {
    let features: Vec<Value> =
        features.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    session.browser()?.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await?;
    session.page.wait_for_rendering().await
}

/// Checks that axe-core finds no violation with any of these settings.
pub(super) async fn assert_no_violations(
    session: &BrowserSession,
    name: &str,
    appearances: &[Appearance],
) -> Result<()> {
    for appearance in appearances {
        media(session, appearance.features).await?;
        let violations = session.page.violations(appearance.rules).await?;
        ensure!(violations.is_empty(), "{name}, {:?}: {violations:#?}", appearance.features);
    }
    media(session, &[]).await
}

/// Checks that the page fits 320 pixels, and whatever else `more` checks at that width.
pub(super) async fn assert_fits_320_pixels(
    session: &BrowserSession,
    name: &str,
    more: impl AsyncFnOnce() -> Result<()>,
) -> Result<()> {
    session.browser()?.width(320).await?;
    session.page.wait_for_rendering().await?;
    let screen = session.page.screen().await?;
    ensure!(screen.overflowing.is_empty(), "{name} is too wide: {:?}", screen.overflowing);
    more().await?;
    session.browser()?.width(900).await
}

/// Checks that IBM's engine finds nothing. Only in light colours, to save time: axe-core has checked the contrasts in the
/// others.
pub(super) async fn assert_equal_access(session: &BrowserSession, name: &str) -> Result<()> {
    media(session, LIGHT.features).await?;
    let violations = session.page.equal_access_violations().await?;
    ensure!(violations.is_empty(), "{name}: {violations:#?}");
    media(session, &[]).await
}
