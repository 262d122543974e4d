//! A merchant's own colours.

use anyhow::{Result, ensure};
use relink_e2e::Visit;

const CONTRASTS: &str = include_str!("theme/contrasts.js");

/// A merchant sets a single colour and need not think about the others.
#[tokio::test]
async fn whatever_accent_a_merchant_chooses_what_is_written_on_it_and_in_it_is_legible() -> Result<()> {
    let visit = Visit::begin().await?;
    visit.explain().await?;
    visit.page.waits_for("explaining").await?;
    let illegible = visit.page.run(CONTRASTS).await?;
    ensure!(illegible.as_array().is_some_and(Vec::is_empty), "illegible: {illegible}");
    visit.end().await
}
