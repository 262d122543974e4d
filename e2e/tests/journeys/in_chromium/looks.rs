//! A page in the colours that a reader has chosen, and at the narrowest width.

use anyhow::{Result, ensure};
use relink_e2e::{EVERYTHING, Visit};
use serde_json::{Value, json};

/// Media features that a reader has set, and the rules that the page has to follow with them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    features: &'static [(&'static str, &'static str)],
    rules: &'static [&'static str],
}

pub(super) const LIGHT: Look = Look { features: &[("prefers-color-scheme", "light")], rules: &EVERYTHING };
pub(super) const DARK: Look = Look { features: &[("prefers-color-scheme", "dark")], rules: &EVERYTHING };
pub(super) const FORCED: [Look; 2] = [
    Look { features: &[("prefers-color-scheme", "light"), ("forced-colors", "active")], rules: &["wcag2aa"] },
    Look { features: &[("prefers-color-scheme", "dark"), ("forced-colors", "active")], rules: &["wcag2aa"] },
];

async fn media(visit: &Visit, features: &[(&str, &str)]) -> Result<()> {
    let features: Vec<Value> =
        features.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    visit.browser()?.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await?;
    visit.page.settles().await
}

/// Checks that axe-core finds no violation with any of these settings.
pub(super) async fn passes(visit: &Visit, name: &str, looks: &[Look]) -> Result<()> {
    for look in looks {
        media(visit, look.features).await?;
        let violations = visit.page.violations(look.rules).await?;
        ensure!(violations.is_empty(), "{name}, {:?}: {violations:#?}", look.features);
    }
    media(visit, &[]).await
}

/// Checks that the page fits 320 pixels, and whatever else `more` checks at that width.
pub(super) async fn fits(visit: &Visit, name: &str, more: impl AsyncFnOnce() -> Result<()>) -> Result<()> {
    visit.browser()?.width(320).await?;
    visit.page.settles().await?;
    let screen = visit.page.screen().await?;
    ensure!(screen.too_wide.is_empty(), "{name} is too wide: {:?}", screen.too_wide);
    more().await?;
    visit.browser()?.width(900).await
}
