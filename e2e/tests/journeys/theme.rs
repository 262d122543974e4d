//! A merchant's own colours.

use anyhow::{Result, ensure};
use relink_e2e::BrowserSession;

const CONTRASTS: &str = include_str!("theme/contrasts.js");

/// A merchant sets a single colour and need not think about the others.
#[tokio::test]
async fn whatever_accent_a_merchant_chooses_what_is_written_on_it_and_in_it_is_legible() -> Result<()> {
    let session = BrowserSession::begin().await?;
    session.go_to_explanation().await?;
    session.page.wait_for_screen("explaining").await?;
    let illegible = session.page.run(CONTRASTS).await?;
    ensure!(illegible.as_array().is_some_and(Vec::is_empty), "illegible: {illegible}");
    session.finish().await
}
